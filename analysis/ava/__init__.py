"""AVA's files and figure: CSV tables, label maps, mAP@0.5, matching."""
