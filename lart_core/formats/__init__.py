"""Other people's tracklet files: PHALP and LART, both ways."""
