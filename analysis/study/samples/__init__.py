"""Training samples of the study: virtual views, noise, jumps."""
