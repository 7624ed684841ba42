"""Released vocabularies → tokenizer.json."""

from pathlib import Path

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
)

from r2d2.convert.checkpoint import Config, ConversionError
from r2d2.tokenizer import read_tokenizer

CLIP_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def wordpiece_tokenizer(folder: Path) -> Tokenizer:
    """BERT's WordPiece from `vocab.txt` (and `added_tokens.json`), lower case, without accents."""
    path = folder / "vocab.txt"
    if not path.is_file():
        raise ConversionError(f"{path} is missing")
    # Split at line feeds alone: some pieces are characters that count as line ends elsewhere.
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    vocabulary = {line.rstrip("\r"): number for number, line in enumerate(lines)}
    for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]"):
        if token not in vocabulary:
            raise ConversionError(f"{path} has no {token}")
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.decoder = decoders.WordPiece()
    special = [
        token for token in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]") if token in vocabulary
    ]
    tokenizer.add_special_tokens(special)
    added = folder / "added_tokens.json"
    if added.is_file():
        for token, number in sorted(Config.read(added).values.items(), key=lambda item: item[1]):
            tokenizer.add_tokens([AddedToken(token)])
            if tokenizer.token_to_id(token) != number:
                raise ConversionError(f"{added}: {token} cannot have the id {number}")
    return tokenizer


def clip_tokenizer(folder: Path) -> Tokenizer:
    """CLIP's byte-pair encoding from `tokenizer.json`, or from `vocab.json` and `merges.txt`."""
    ready = folder / "tokenizer.json"
    if ready.is_file():
        tokenizer = read_tokenizer(ready)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer
    vocabulary = Config.read(folder / "vocab.json").values
    merges_path = folder / "merges.txt"
    if not merges_path.is_file():
        raise ConversionError(f"{merges_path} is missing")
    lines = merges_path.read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if not line.startswith("#version")]
    merges = [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
    start, end = "<|startoftext|>", "<|endoftext|>"
    for token in (start, end):
        if token not in vocabulary:
            raise ConversionError(f"{folder / 'vocab.json'} has no {token}")
    tokenizer = Tokenizer(
        models.BPE(
            vocabulary,
            merges,
            continuing_subword_prefix="",
            end_of_word_suffix="</w>",
            unk_token=end,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CLIP_WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])],
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([start, end])
    return tokenizer
