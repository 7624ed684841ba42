"""Objectives, apart from the models that they train."""
