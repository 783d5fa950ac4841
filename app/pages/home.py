"""Home: what this is, the sample, recent runs, add a video."""

from app import theme

theme.heading(
    "LART Lens",
    "People in video, tracked in 3-D, with a curve of probabilities for every action they do.",
)
theme.empty("No videos yet", "The sample is processed at the first start.")
