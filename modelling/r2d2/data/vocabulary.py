"""A Chinese-English vocabulary out of E5's 250,002 pieces, and the tokenizer over it.

Pieces are chosen by how often frequent words of both languages use them, so the word lists
(package `wordfreq`) are needed only when a vocabulary is made, never to run a model.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from r2d2.data.pretrained import E5

SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_PLAIN = re.compile(r"[\x21-\x7e，。！？、：；“”‘’（）《》【】…—·]+")


def build_tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """A Unigram tokenizer over `pieces`, whose first four are the special ones.

    Its steps (NFKC, lower case, split at white space, one mark before each word) mean the same
    in the Python and the JavaScript implementation, unlike E5's own compiled character map.
    """
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer


def plain_pieces(tokenizer: Tokenizer) -> list[str]:
    """The pieces of a vocabulary as texts of their own: words, characters and parts of words."""
    vocabulary = tokenizer.get_vocab()
    bare = (piece.replace("▁", "") for piece in sorted(vocabulary, key=vocabulary.__getitem__))
    return list(dict.fromkeys(piece for piece in bare if piece and piece not in SPECIAL))


def frequent_words(count: int) -> list[tuple[str, float]]:
    """The most frequent words of each language, with their frequency."""
    import wordfreq

    words = []
    for language in ("en", "zh"):
        frequencies = wordfreq.get_frequency_dict(language)
        ranked = sorted(frequencies.items(), key=lambda item: -item[1])
        words += ranked[:count]
    return words


def choose_pieces(e5: E5, texts: Iterable[str], size: int) -> list[int]:
    """Ids of at most `size` pieces: single characters, then what frequent words and `texts` use.

    The texts (captions, class names) only speak for themselves: each of their pieces is kept.
    """
    full = build_tokenizer(list(zip(e5.pieces, e5.scores.tolist(), strict=True)))
    kept = dict.fromkeys(range(len(SPECIAL)))
    by_use: dict[int, float] = defaultdict(float)
    for word, frequency in frequent_words(60000):
        for piece in full.encode(word, add_special_tokens=False).ids:
            by_use[piece] += frequency
        # Inside a sentence Chinese words carry no mark before them.
        if _HAN.search(word):
            for piece in full.encode("的" + word, add_special_tokens=False).ids:
                by_use[piece] += frequency
    for encoding in full.encode_batch(list(texts), add_special_tokens=False):
        kept.update(dict.fromkeys(encoding.ids))
    for i, text in enumerate(e5.pieces):
        bare = text.replace("▁", "")
        if len(bare) <= 1 and (not bare or _PLAIN.fullmatch(bare)):
            kept[i] = None
    for i in sorted(by_use, key=by_use.__getitem__, reverse=True):
        if len(kept) >= size:
            break
        bare = e5.pieces[i].replace("▁", "")
        if _HAN.search(bare) or _PLAIN.fullmatch(bare):
            kept[i] = None
    return sorted(kept)
