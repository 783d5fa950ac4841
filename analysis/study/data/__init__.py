"""The study's data: motion sets and videos as labelled tracklets."""
