"""The study's small models: training, judging, calibration, cards."""
