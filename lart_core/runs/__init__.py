"""A run: the folder of one processed video, its actions and its summary."""
