"""Measures a model on the validation split: retrieval, matching, short queries, labels, names."""
