"""The captioner's tokenizer: words of the captions it learns from, and characters for the rest.

A word that captions use often is one piece, so that a caption takes few steps; characters are
pieces too, so that hardly any caption holds something unknown, and those that do are left out.
English words carry a mark
in place of the space before them, Chinese ones none: joined, the pieces are readable text.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from r2d2.data.chinese_words import chinese_words

SPECIAL = ("<pad>", "<unk>", "</s>", "<zh>", "<en>", "<zh-machine>")
PAD, UNKNOWN, END = 0, 1, 2
START_TOKENS = {"zh": 3, "en": 4}
MACHINE_TRANSLATED = 5
"""Start of machine-translated Chinese: it teaches the language, in a manner of its own."""
UNWRITTEN = (PAD, UNKNOWN, *START_TOKENS.values(), MACHINE_TRANSLATED)

RARE = 3
"""Captions with a character that occurs less often are not learned from."""

_ENGLISH = re.compile(r"▁?[A-Za-z]+|.")


def caption_text(caption: str, language: str) -> str:
    """A caption as the tokenizer takes it: Chinese without spaces, English with one before it."""
    text = caption.strip()
    if not text.endswith((".", "!", "?", "。", "！", "？", "”", '"')):
        text += "。" if language == "zh" else "."
    return re.sub(r"\s+", "", text) if language == "zh" else " " + re.sub(r"\s+", " ", text)


def words_of(text: str, language: str) -> list[str]:
    """The pieces that a caption would be made of, were the vocabulary unlimited."""
    if language == "zh":
        return chinese_words(text)
    return _ENGLISH.findall(text.replace(" ", "▁"))


def build_caption_tokenizer(counts: dict[str, int]) -> Tokenizer:
    """A Unigram tokenizer whose pieces have the log of their count as score."""
    pieces = [(piece, 0.0) for piece in SPECIAL]
    total = sum(counts.values())
    pieces += [(piece, math.log(count / total)) for piece, count in counts.items()]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def choose_caption_tokenizer(captions: Iterable[tuple[str, str]], size: int) -> Tokenizer:
    """A tokenizer of at most `size` pieces out of captions and their languages."""
    words: Counter[str] = Counter()
    characters: Counter[str] = Counter()
    for caption, language in captions:
        text = caption_text(caption, language)
        words.update(words_of(text, language))
        characters.update(text.replace(" ", "▁"))
    # A character that is no frequent word is a last resort.
    counts = {c: 1 for c, count in sorted(characters.items()) if count >= RARE}
    for word, count in sorted(words.items(), key=lambda item: (-item[1], item[0])):
        if len(counts) >= size - len(SPECIAL) and word not in counts:
            break
        counts[word] = count
    return build_caption_tokenizer(counts)
