"""Base models: load model and tokenizer of a base, and check that they go together.

In: a `Base`. Out: a model with a masked-language-model head and its tokenizer. Reads safetensors only, runs no code
from the base, and turns every failure into one sentence. Does not find bases (finding.py) nor make them (small.py).
"""

from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from foundation.errors import ConfigError
from training.bases.finding import Base
from training.feeding.masking import Vocabulary, vocabulary_of

_OFFSET_POSITIONS = ("roberta", "xlm-roberta")  # positions start behind the padding id: the table holds fewer


def load_tokenizer(base: Base) -> Any:
    """Load and check the tokenizer of a base.

    Raises:
        ConfigError: it cannot be read, has no mask or padding token, or is not one of the fast kind.
    """
    hush_transformers()
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(base.folder), trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, ImportError, AttributeError) as error:
        raise ConfigError(f"base {base.name}: its tokenizer cannot be read ({_first_line(error)})") from None
    if tokenizer.mask_token_id is None:
        raise ConfigError(f"base {base.name}: its tokenizer has no mask token, so it cannot be trained by masking")
    if tokenizer.pad_token_id is None or not tokenizer.is_fast:
        raise ConfigError(
            f"base {base.name}: its tokenizer has no padding token or no tokenizer.json; use another base"
        )
    return tokenizer


def load_model(base: Base) -> Any:
    """Load a base's model in float32.

    Raises:
        ConfigError: its weights cannot be read, or have no masked-language-model head.
    """
    hush_transformers()
    try:
        model, report = transformers.AutoModelForMaskedLM.from_pretrained(
            str(base.folder), use_safetensors=True, trust_remote_code=False,
            dtype=torch.float32, attn_implementation="sdpa", output_loading_info=True,
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        raise ConfigError(f"base {base.name}: its weights cannot be read ({_first_line(error)})") from None
    if report["missing_keys"] or report["mismatched_keys"]:
        lacking = sorted(map(str, report["missing_keys"] or report["mismatched_keys"]))[0]
        raise ConfigError(f"base {base.name}: not a masked language model (its weights lack {lacking})")
    return model


def check_fit(base: Base, model: Any, tokenizer: Any, *, max_length: int) -> None:
    """Raises ConfigError where tokenizer, model and sentence length do not go together."""
    if len(tokenizer) > model.config.vocab_size:
        raise ConfigError(
            f"base {base.name}: its tokenizer has {len(tokenizer)} tokens, its model only {model.config.vocab_size}"
        )
    positions = model.config.max_position_embeddings
    if base.model_type in _OFFSET_POSITIONS:
        positions -= model.config.pad_token_id + 1
    if max_length > positions:
        raise ConfigError(f"max_length: {max_length}: base {base.name} takes sentences of at most {positions} tokens")


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
