"""Converters of released checkpoints into model packages."""
