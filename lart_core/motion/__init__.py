"""Motion over time: from joints, smoothing, frame rates, swapped sides."""
