"""The light preset's backends: MoveNet, BlazePose, following, I3D."""
