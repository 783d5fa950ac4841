"""Finding people and lifting them to 3-D. One file a backend, behind three small protocols."""
