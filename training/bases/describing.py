"""What a base is, told before anything is trained on it.

In: a `Base`. Out: its type, sizes, tokenizer and quirks, or an error that says why it cannot be used. Reads the heads
of its weights only; the weights themselves where these leave open whether they have a masked-language-model head.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError, safe_open

from foundation.errors import ConfigError
from training.bases.finding import Base
from training.bases.hub import SAFETENSORS
from training.bases.loading import check_fit, load_model, load_tokenizer
from training.bases.positions import longest_sentence
from training.bases.quirks import Quirk, quirks_of
from training.packed.families import FAMILIES

_OLD_ENDINGS = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}  # renamed in loading


@dataclass(frozen=True, kw_only=True)
class BaseDescription:
    """What `tvaerkom base` shows.

    Attributes:
        architecture: the class of transformers that it becomes.
        is_packed: sentences end to end; else padded.
        num_parameters: all that are trained; a matrix that head and embeddings share is counted once.
        num_embedding_parameters: those of the word embeddings.
        vocabulary_size, num_tokens: rows of the word embeddings, and tokens of the tokenizer.
        max_length: tokens of the longest sentence, special tokens included.
        weights_bytes: size of its safetensors files.
    """

    base: Base
    architecture: str
    is_packed: bool
    num_parameters: int
    num_embedding_parameters: int
    vocabulary_size: int
    num_tokens: int
    max_length: int
    tokenizer: str
    weights_bytes: int
    quirks: tuple[Quirk, ...]


def describe_base(base: Base) -> BaseDescription:
    """Look at a base.

    Raises:
        ConfigError: its configuration, tokenizer or weights cannot be used, or do not go together.
    """
    tokenizer = load_tokenizer(base)
    model = _outline(base)
    check_fit(base, model, tokenizer)
    if not _names_and_shapes(model) <= _names_and_shapes_of_files(base):
        load_model(base)  # says what is lacking, or that it only has other names
    embeddings = model.get_input_embeddings().weight
    return BaseDescription(
        base=base, architecture=type(model).__name__, is_packed=base.model_type in FAMILIES,
        num_parameters=sum(each.numel() for each in model.parameters()),
        num_embedding_parameters=embeddings.numel(), vocabulary_size=model.config.vocab_size,
        num_tokens=len(tokenizer), max_length=longest_sentence(model.config), tokenizer=type(tokenizer).__name__,
        weights_bytes=sum(path.stat().st_size for path in base.folder.glob(SAFETENSORS)),
        quirks=quirks_of(base, tokenizer, model.config),
    )  # fmt: skip


def _outline(base: Base) -> Any:
    """The model without its weights."""
    try:
        config = transformers.AutoConfig.from_pretrained(str(base.folder), trust_remote_code=False)
        maker: Any = transformers.AutoModelForMaskedLM
        with torch.device("meta"):
            return maker.from_config(config, trust_remote_code=False)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"base {base.name}: its config.json does not describe a model ({error})") from None


def _names_and_shapes(model: Any) -> set[tuple[str, tuple[int, ...]]]:
    """What the weights must hold; a matrix that stands there once for two places is asked for once."""
    tied = set(model.all_tied_weights_keys)
    return {(name, tuple(values.shape)) for name, values in model.state_dict().items() if name not in tied}


def _names_and_shapes_of_files(base: Base) -> set[tuple[str, tuple[int, ...]]]:
    return {pair for path in base.folder.glob(SAFETENSORS) for pair in _head_of(path, base.name)}


def _head_of(path: Path, name: str) -> set[tuple[str, tuple[int, ...]]]:
    try:
        with safe_open(path, framework="pt") as weights:
            return {(_present(key), tuple(weights.get_slice(key).get_shape())) for key in weights.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ConfigError(f"base {name}: its weights cannot be read ({error})") from None


def _present(key: str) -> str:
    """Today's name of a weight."""
    for old, new in _OLD_ENDINGS.items():
        if key.endswith(old):
            return key.removesuffix(old) + new
    return key
