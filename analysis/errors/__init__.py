"""What a model gets wrong: verdicts, error types, their cost, and comparisons."""
