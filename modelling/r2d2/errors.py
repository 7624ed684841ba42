"""Failures that a person can act on."""


class R2D2Error(Exception):
    """The message says what is wrong and names the file or tensor; no traceback is needed."""
