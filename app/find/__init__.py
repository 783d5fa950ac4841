"""Finding videos and moments: tiles that play in place, searches, tags and notes."""
