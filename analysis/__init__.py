"""What results mean: AVA files, average precision, verdicts, error types, comparisons, figures."""
