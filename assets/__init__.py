"""Small files that the product ships: body, label maps, demo models, study results."""
