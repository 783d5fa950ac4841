"""Bodies and results into pictures."""
