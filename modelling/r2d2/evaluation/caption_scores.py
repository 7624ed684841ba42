"""BLEU and CIDEr of captions, by words or by characters, as the COCO evaluation computes them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain

from r2d2.data.chinese_words import chinese_words

Tokens = list[str]
NGrams = Counter[tuple[str, ...]]

MAX_N = 4
_SIGMA = 6.0
_WORD = re.compile(r"\w")
_CHARACTER = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
_ENGLISH = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def spoken_words(text: str) -> Tokens:
    """Chinese words, without punctuation."""
    return [word for word in chinese_words(text.lower()) if _WORD.search(word)]


def chinese_characters(text: str) -> Tokens:
    """Han characters, and runs of other letters and digits; no punctuation."""
    return _CHARACTER.findall(text.lower())


def english_words(text: str) -> Tokens:
    """Lower-case words, without punctuation."""
    return _ENGLISH.findall(text.lower())


TOKENIZERS: dict[str, dict[str, Callable[[str], Tokens]]] = {
    "zh": {"word": spoken_words, "character": chinese_characters},
    "en": {"word": english_words},
}
"""How captions are cut, by language and unit."""
TOKENIZER_NOTE = (
    "caption scores: Chinese words are those of jieba, English ones runs of letters and digits; "
    "characters are Han characters and runs of others; no punctuation"
)


def ngrams(tokens: Sequence[str]) -> list[NGrams]:
    """Counts of the n-grams of 1 to 4 tokens."""
    return [
        Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
        for n in range(1, MAX_N + 1)
    ]


def bleu_4(captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> float:
    """BLEU-4 over a corpus in per cent (Papineni et al. 2002), unsmoothed, closest length."""
    right, total = [0] * MAX_N, [0] * MAX_N
    length = wanted = 0
    for caption, own in zip(captions, references, strict=True):
        length += len(caption)
        wanted += min((abs(len(r) - len(caption)), len(r)) for r in own)[1]
        counted = [ngrams(reference) for reference in own]
        for n, counts in enumerate(ngrams(caption)):
            total[n] += sum(counts.values())
            for gram, count in counts.items():
                right[n] += min(count, max(each[n][gram] for each in counted))
    if not all(right):
        return 0.0
    precision = math.exp(sum(math.log(r / t) for r, t in zip(right, total, strict=True)) / MAX_N)
    return 100 * precision * min(1.0, math.exp(1 - wanted / length))


class Cider:
    """CIDEr-D (Vedantam et al. 2015) in per cent, as usually printed; 1000 is the highest."""

    def __init__(self, references: Sequence[Sequence[Tokens]]) -> None:
        """`references` by photo tell how rare an n-gram is."""
        self._documents: Counter[tuple[str, ...]] = Counter()
        for own in references:
            grams = chain.from_iterable(counts for tokens in own for counts in ngrams(tokens))
            self._documents.update(set(grams))
        self._log_count = math.log(max(2, len(references)))

    def vector(self, tokens: Tokens) -> CiderVector:
        """A caption's n-grams weighted by their rarity."""
        weights = []
        for counts in ngrams(tokens):
            weights.append(
                {
                    gram: count * (self._log_count - math.log(max(1, self._documents[gram])))
                    for gram, count in counts.items()
                }
            )
        return CiderVector(weights, len(tokens))

    def score(self, caption: Tokens, references: Sequence[Tokens]) -> float:
        """Mean similarity of a caption to the references of its photo."""
        vector = self.vector(caption)
        return sum(vector.similarity(self.vector(r)) for r in references) / len(references)

    def mean(self, captions: Sequence[Tokens], references: Sequence[Sequence[Tokens]]) -> float:
        """Mean score over photos."""
        scores = [self.score(c, own) for c, own in zip(captions, references, strict=True)]
        return sum(scores) / len(scores)


class CiderVector:
    """TF-IDF weights of a caption's n-grams, by n."""

    def __init__(self, weights: list[dict[tuple[str, ...], float]], length: int) -> None:
        self.weights = weights
        self.length = length
        self.norms = [math.sqrt(sum(w * w for w in own.values())) for own in weights]

    def similarity(self, reference: CiderVector) -> float:
        """Clipped cosine, mean over n, less the longer or shorter it is than the reference."""
        total = 0.0
        for own, theirs, norm, other in zip(
            self.weights, reference.weights, self.norms, reference.norms, strict=True
        ):
            if norm and other:
                product = sum(
                    min(weight, theirs[gram]) * theirs[gram]
                    for gram, weight in own.items()
                    if gram in theirs
                )
                total += product / (norm * other)
        gap = self.length - reference.length
        return 1000 * total / MAX_N * math.exp(-(gap**2) / (2 * _SIGMA**2))


class CaptionJudge:
    """Scores captions of the same photos again and again, by every unit of their language."""

    def __init__(self, references: Sequence[Sequence[str]], language: str) -> None:
        """`references` are what people wrote, by photo."""
        self._tokenize = TOKENIZERS[language]
        self._references = {
            unit: [[tokenize(text) for text in own] for own in references]
            for unit, tokenize in self._tokenize.items()
        }
        self._cider = {unit: Cider(own) for unit, own in self._references.items()}
        self._vectors = {
            unit: [[self._cider[unit].vector(tokens) for tokens in own] for own in photos]
            for unit, photos in self._references.items()
        }
        self._known: dict[tuple[str, int, str], float] = {}

    def cider(self, unit: str, photo: int, caption: str) -> float:
        """CIDEr-D of one caption of a photo."""
        key = (unit, photo, caption)
        if key not in self._known:
            vector = self._cider[unit].vector(self._tokenize[unit](caption))
            own = self._vectors[unit][photo]
            self._known[key] = sum(vector.similarity(other) for other in own) / len(own)
        return self._known[key]

    def figures(self, captions: Sequence[str]) -> dict[str, float]:
        """BLEU-4 and CIDEr by unit, and the share of distinct captions; one a photo, in order."""
        figures = {}
        for unit, tokenize in self._tokenize.items():
            cut = [tokenize(caption) for caption in captions]
            figures[f"BLEU-4 by {unit}"] = bleu_4(cut, self._references[unit])
            scores = [self.cider(unit, photo, caption) for photo, caption in enumerate(captions)]
            figures[f"CIDEr by {unit}"] = sum(scores) / len(scores)
        figures["distinct"] = 100 * len(set(captions)) / len(captions)
        return figures
