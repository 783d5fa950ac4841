"""For whoever keeps a server: is it well, what does it do, and how much of it."""
