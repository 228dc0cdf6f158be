"""A base with a new head, checked that nothing but the head is new; and a trained head, in which nothing is.

In: a `Base`, the task, the labels and a seed. Out: a model with its tokenizer and its reader. Reads safetensors only
and runs no code from the base.
"""

from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from foundation.errors import ConfigError
from training.bases.finding import Base, read_json
from training.bases.loading import MaskedModel, check_fit, hush_transformers, load_tokenizer, masking_vocabulary
from training.bases.positions import longest_sentence
from training.feeding.draws import Purpose, torch_seed
from training.heads.config import ENTITIES, HeadConfig
from training.heads.texts_reader import TextsReader
from training.packed.reading import Reader, attention_for

_KINDS = {"entities": "AutoModelForTokenClassification", "classes": "AutoModelForSequenceClassification"}
# What a head consists of in the families there are; the pooler is one that no masked language model has trained.
_OF_HEAD = ("classifier", "pre_classifier", "pooler", "score", "head", "sequence_summary")
_HEADS = ("ForTokenClassification", "ForSequenceClassification")


def load_with_head(base: Base, config: HeadConfig, labels: tuple[str, ...], device: torch.device) -> MaskedModel:
    """Load a base with a head for these labels; the same seed gives the same head.

    Raises:
        ConfigError: the base cannot be read, has a head already, or does not go with its tokenizer.
    """
    _check_is_no_head(base)
    model, new = _load(base, config, labels)
    lacking = [name for name in new if not any(part in _OF_HEAD for part in name.split("."))]
    if lacking:
        raise ConfigError(f"base {base.name}: its weights lack {lacking[0]}, which is none of a head; copy it again")
    return _with_reader(base, model, config, device)


def load_trained_head(base: Base, config: HeadConfig, labels: tuple[str, ...], device: torch.device) -> MaskedModel:
    """Load the model of a finished run.

    Raises:
        ConfigError: it cannot be read, or weights of it are missing.
    """
    model, new = _load(base, config, labels)
    if new:
        raise ConfigError(f"{base.name}: its weights lack {new[0]}; restore {base.folder} from a backup")
    return _with_reader(base, model, config, device)


def _with_reader(base: Base, model: Any, config: HeadConfig, device: torch.device) -> MaskedModel:
    tokenizer = load_tokenizer(base)
    model = model.to(device)
    check_fit(base, model, tokenizer, max_length=config.max_length)
    vocabulary = masking_vocabulary(tokenizer)
    kind = Reader if config.task == ENTITIES else TextsReader
    return MaskedModel(
        base=base, model=model, tokenizer=tokenizer, vocabulary=vocabulary,
        reader=kind(model, pad_id=vocabulary.pad_id, device=device), device=device,
        max_length=longest_sentence(model.config),
    )  # fmt: skip


def _load(base: Base, config: HeadConfig, labels: tuple[str, ...]) -> tuple[Any, list[str]]:
    """The model, and the names of the weights that are new in it."""
    hush_transformers()
    torch.manual_seed(torch_seed(config.seed, Purpose.WEIGHTS))
    try:
        model, report = getattr(transformers, _KINDS[config.task]).from_pretrained(
            str(base.folder), use_safetensors=True, trust_remote_code=False, dtype=torch.float32,
            attn_implementation=attention_for(base.model_type), output_loading_info=True, num_labels=len(labels),
            id2label=dict(enumerate(labels)), label2id={label: number for number, label in enumerate(labels)},
        )  # fmt: skip
    except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise ConfigError(f"base {base.name}: no head can be put on it ({reason})") from None
    if report["mismatched_keys"]:
        shown = sorted(map(str, report["mismatched_keys"]))[0]
        raise ConfigError(f"base {base.name}: its weights have another shape than they should: {shown}; copy it again")
    return model, sorted(map(str, report["missing_keys"]))


def _check_is_no_head(base: Base) -> None:
    made_as = read_json(base.folder / "config.json", base.name).get("architectures") or []
    if found := [name for name in made_as if isinstance(name, str) and name.endswith(_HEADS)]:
        raise ConfigError(
            f"base {base.name}: it was fine-tuned already ({found[0]}), and nobody can say here on what; take the "
            "language model that it began from"
        )
