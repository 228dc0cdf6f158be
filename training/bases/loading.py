"""Base models: load model and tokenizer of a base, and check that they go together.

In: a `Base`. Out: a model with a masked-language-model head, its tokenizer, and how sentences
are given to it. Reads safetensors only, runs no code
from the base, and turns every failure into one sentence. Does not find bases (finding.py) nor make them (small.py).
"""

from dataclasses import dataclass
from typing import Any

import torch
import transformers
from safetensors import SafetensorError
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer

from foundation.errors import ConfigError
from training.bases.finding import Base, read_json
from training.bases.positions import first_position, longest_sentence
from training.feeding.masking import Vocabulary, vocabulary_of
from training.packed.reading import Reader, attention_for

_PROBE = "Å É"  # capital letters with marks: one letter of each kind that a tokenizer may change


@dataclass(frozen=True, kw_only=True)
class MaskedModel:
    """A model that guesses hidden words, with all that is needed to ask it.

    `reader` gives it sentences, packed or padded; `max_length` is the longest it takes, in tokens.
    """

    base: Base
    model: Any
    tokenizer: Any
    vocabulary: Vocabulary
    reader: Reader
    device: torch.device
    max_length: int


def load_masked_model(base: Base, device: torch.device) -> MaskedModel:
    """Load a base, checked, onto a device. Raises ConfigError."""
    tokenizer = load_tokenizer(base)
    model = _moved(load_model(base), base, device)
    check_fit(base, model, tokenizer)
    vocabulary = masking_vocabulary(tokenizer)
    return MaskedModel(
        base=base, model=model, tokenizer=tokenizer, vocabulary=vocabulary,
        reader=Reader(model, pad_id=vocabulary.pad_id, device=device), device=device,
        max_length=longest_sentence(model.config),
    )  # fmt: skip


def _moved(model: Any, base: Base, device: torch.device) -> Any:
    try:
        return model.to(device)
    except torch.OutOfMemoryError as error:
        reason = _first_line(error)
        raise ConfigError(f"base {base.name}: it does not fit into the memory of the GPU ({reason})") from None


def load_tokenizer(base: Base) -> Any:
    """Load and check the tokenizer of a base.

    Raises:
        ConfigError: it cannot be read, would run code, has no mask or padding token, is not one of the fast kind,
            leaves out numbers, or its two files contradict each other.
    """
    hush_transformers()
    described = base.folder / "tokenizer_config.json"
    if described.is_file() and "auto_map" in read_json(described, base.name):  # transformers would take another one
        raise ConfigError(
            f"base {base.name}: its tokenizer would run code from the base, which is never done; use another base"
        )
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(base.folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError, AttributeError) as error:
        raise ConfigError(f"base {base.name}: its tokenizer cannot be read ({_first_line(error)})") from None
    _check_tokenizer(base, tokenizer)
    return tokenizer


def _check_tokenizer(base: Base, tokenizer: Any) -> None:
    if tokenizer.mask_token_id is None:
        raise ConfigError(f"base {base.name}: its tokenizer has no mask token, so it cannot be trained by masking")
    if tokenizer.pad_token_id is None or not tokenizer.is_fast:
        raise ConfigError(
            f"base {base.name}: its tokenizer has no padding token or no tokenizer.json; use another base"
        )
    highest = max(tokenizer.get_vocab().values())
    if highest >= len(tokenizer):
        raise ConfigError(
            f"base {base.name}: its {len(tokenizer)} tokens have numbers up to {highest}, with some left out; "
            "use another base"
        )
    normalizer, file = tokenizer.backend_tokenizer.normalizer, base.folder / "tokenizer.json"
    if isinstance(normalizer, BertNormalizer) and file.is_file():
        # Without a word on it in tokenizer_config.json transformers makes letters small, whatever tokenizer.json says.
        meant = Tokenizer.from_file(str(file)).normalizer
        if isinstance(meant, BertNormalizer) and meant.normalize_str(_PROBE) != normalizer.normalize_str(_PROBE):
            raise ConfigError(
                f"base {base.name}: its tokenizer_config.json says of capital letters and marks something else than "
                "its tokenizer.json; set do_lower_case and strip_accents in the former, in a copy of the folder"
            )


def load_model(base: Base) -> Any:
    """Load a base's model in float32.

    Raises:
        ConfigError: its weights cannot be read, or have no masked-language-model head.
    """
    hush_transformers()
    try:
        model, report = transformers.AutoModelForMaskedLM.from_pretrained(
            str(base.folder), use_safetensors=True, trust_remote_code=False,
            dtype=torch.float32, attn_implementation=attention_for(base.model_type), output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise ConfigError(f"base {base.name}: its weights cannot be read ({_first_line(error)})") from None
    if report["missing_keys"] or report["mismatched_keys"]:
        lacking = sorted(map(str, report["missing_keys"] or report["mismatched_keys"]))[0]
        remedy = "; take the generator that belongs to it" if base.model_type == "electra" else ""
        raise ConfigError(f"base {base.name}: not a masked language model (its weights lack {lacking}){remedy}")
    return model


def check_fit(base: Base, model: Any, tokenizer: Any, *, max_length: int | None = None) -> None:
    """Raises ConfigError where tokenizer, model and sentence length do not go together."""
    if len(tokenizer) > model.config.vocab_size:
        raise ConfigError(
            f"base {base.name}: its tokenizer has {len(tokenizer)} tokens, its model only {model.config.vocab_size}"
        )
    if first_position(model.config) and tokenizer.pad_token_id != model.config.pad_token_id:
        raise ConfigError(
            f"base {base.name}: its tokenizer pads with token {tokenizer.pad_token_id}, its model counts positions "
            f"from behind token {model.config.pad_token_id}: they do not belong together; copy the base again"
        )
    longest = longest_sentence(model.config)
    if max_length is not None and max_length > longest:
        raise ConfigError(f"max_length: {max_length}: base {base.name} takes sentences of at most {longest} tokens")


def masking_vocabulary(tokenizer: Any) -> Vocabulary:
    return vocabulary_of(
        size=len(tokenizer), special_ids=list(tokenizer.all_special_ids),
        mask_id=tokenizer.mask_token_id, pad_id=tokenizer.pad_token_id,
    )  # fmt: skip


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def hush_transformers() -> None:
    """Keep transformers' bars and load reports out of ours; what they report is checked here."""
    transformers_logging: Any = transformers.utils.logging
    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
