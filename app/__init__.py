"""What people see: Streamlit pages and one player component."""
