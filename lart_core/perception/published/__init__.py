"""The full system's backends: Detectron2, HMR 2.0, HMAR, MViT."""
