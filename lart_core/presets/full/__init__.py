"""The full system as a preset: files, requirements, budget."""
