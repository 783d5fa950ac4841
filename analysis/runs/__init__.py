"""What a run's probabilities say: predictions in AVA's layout, spans, disagreements."""
