"""Makes `assets/body/body.npz`, the body that we may ship, from MakeHuman's CC0 assets.

Run ``python -m lart_core.body.convert``; docs/body.md says what it needs. Nothing here is imported
when the product runs.
"""
