"""The light preset's backends: MoveNet, BlazePose, following, MobileNetV2."""
