"""Watch: one cursor over video, people, probabilities and bodies."""

from app import theme

theme.heading("Watch", "The video, its people, their actions and bodies under one cursor.")
theme.empty("Nothing to watch yet", "Choose the sample or add a video on the Home page.")
