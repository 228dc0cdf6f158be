"""A small BERT with a WordPiece vocabulary of its own, made from the training split: for demo and tests.

In: sentences, sizes and a seed. Out: a folder like that of any other base (safetensors, tokenizer), with
random weights. The same sentences, sizes and seed give the same folder. Case and Danish letters are kept.
Does not train it.
"""

from collections.abc import Iterable
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from foundation.errors import ConfigError
from training.bases.loading import hush_transformers
from training.config import SmallConfig
from training.feeding.draws import Purpose, torch_seed

SPECIAL_TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CONTINUATION = "##"
MAX_POSITIONS = 512  # as BERT; more than any max_length


def make_small_base(folder: Path, sentences: Iterable[str], sizes: SmallConfig, *, seed: int) -> None:
    """Write the base into an existing, empty folder.

    Raises:
        ConfigError: the vocabulary cannot hold the characters of the text.
    """
    vocabulary = learn_vocabulary(sentences, sizes.vocabulary_size)
    tokenizer = transformers.BertTokenizer(vocab=vocabulary, do_lower_case=False, strip_accents=False)
    torch.manual_seed(torch_seed(seed, Purpose.WEIGHTS))
    model = transformers.BertForMaskedLM(
        transformers.BertConfig(
            vocab_size=len(vocabulary), hidden_size=sizes.hidden_size, num_hidden_layers=sizes.num_layers,
            num_attention_heads=sizes.num_heads, intermediate_size=sizes.intermediate_size,
            max_position_embeddings=MAX_POSITIONS, pad_token_id=vocabulary["[PAD]"],
        )
    )  # fmt: skip
    hush_transformers()
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def learn_vocabulary(sentences: Iterable[str], size: int) -> dict[str, int]:
    """Learn word pieces: special tokens first, then by frequency.

    The trainer numbers the pieces `##x` in the order of a hash table that differs from process to process,
    and breaks ties by these numbers. Naming them beforehand, as if they were special, makes it the same
    every time.
    """
    texts = list(sentences)
    cleaner = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    letters = sorted({letter for text in texts for letter in cleaner.normalize_str(text) if not letter.isspace()})
    pieces = [CONTINUATION + letter for letter in letters]
    if len(SPECIAL_TOKENS) + 2 * len(letters) > size:
        raise ConfigError(
            f"small.vocabulary_size: {size}: the text has {len(letters)} different characters; "
            f"allow at least {len(SPECIAL_TOKENS) + 2 * len(letters)}"
        )
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = cleaner
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, special_tokens=SPECIAL_TOKENS + pieces, continuing_subword_prefix=CONTINUATION,
        show_progress=False,
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    return dict(sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]))
