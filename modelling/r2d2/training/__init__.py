"""Training: the dual encoder first, then the ranker, then their calibration."""
