"""Chinese cut into words."""

import logging

from r2d2.errors import R2D2Error


def chinese_words(text: str) -> list[str]:
    """Words and what stands between them, as jieba cuts them.

    Raises `R2D2Error` where jieba is not installed, which only training and scores of captions
    need.
    """
    try:
        import jieba
    except ImportError as error:
        raise R2D2Error(
            "Chinese is cut into words by jieba, which is not installed: "
            "pip install -e 'modelling[train]'"
        ) from error
    jieba.setLogLevel(logging.ERROR)
    words: list[str] = jieba.lcut(text)
    return words
