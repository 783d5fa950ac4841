"""What the app keeps under LART_HOME: runs, uploads, models."""
