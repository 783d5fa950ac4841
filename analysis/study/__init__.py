"""The study: tracklets with AVA labels from motion and video sets, and models trained on them."""
