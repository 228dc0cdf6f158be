"""Base models: which can be trained, by what their config.json says, and why the others cannot.

In: the values of config.json. Out: nothing, or an error that says why not and what to use instead. Reads no weights;
that they have a masked-language-model head is seen when they are loaded (loading.py).
"""

from typing import Any

from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

from foundation.errors import ConfigError

INSTEAD = "use a base of another type, such as NbAiLab/nb-bert-base or xlm-roberta-base"
_LANGUAGE_TOLD = "it must be told the language of each sentence, in a form of input that no other type has"
_REWRITES = "it writes a sentence anew instead of guessing hidden words where they stand"
_SEES_PADDING = "what it makes of a sentence depends on the padding beside it, so no figure could be had twice"
_PICTURES = "it reads more than text"
_PROTEINS = "it reads proteins"
_PLACES = "it needs the place of each word on a page or in a table"
# transformers has a masked language model of these types, and none of them takes sentences alone
REFUSED_TYPES = {
    "xlm": f"this is XLM without RoBERTa: {_LANGUAGE_TOLD}; use xlm-roberta-base",
    "flaubert": f"this is XLM without RoBERTa, for French: {_LANGUAGE_TOLD}; use xlm-roberta-base",
    "xmod": f"{_LANGUAGE_TOLD}; use xlm-roberta-base",
    "bart": _REWRITES, "mbart": _REWRITES, "mvp": _REWRITES,
    "convbert": _SEES_PADDING, "fnet": _SEES_PADDING, "funnel": _SEES_PADDING, "nystromformer": _SEES_PADDING,
    "yoso": "it looks at words by chance, so no figure could be had twice",
    "reformer": "it takes sentences of one length only",
    "luke": "half of it reads names of entities beside the words, and would stay untrained",
    "layoutlm": _PLACES, "tapas": _PLACES, "esm": _PROTEINS, "esmc": _PROTEINS,
    "modernvbert": _PICTURES, "neomme": _PICTURES, "perceiver": _PICTURES, "ultravbert": _PICTURES,
}  # fmt: skip
_ATTENTIONS = {None, "eager", "sdpa", "flex_attention", "flash_attention_2"}  # any other name may be code to download


def check_settings(settings: dict[str, Any], name: str) -> None:
    """Raises ConfigError where a base with this config.json cannot be trained."""
    model_type = settings.get("model_type")
    is_known = isinstance(model_type, str) and model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if not is_known and "auto_map" in settings:
        raise ConfigError(f"base {name}: it would run code from the base, which is never done; {INSTEAD}")
    if not isinstance(model_type, str):
        raise ConfigError(f"base {name}: its config.json states no model_type; copy the base again, or {INSTEAD}")
    if not is_known:
        raise ConfigError(f"base {name}: model type {model_type!r} is not one that guesses hidden words; {INSTEAD}")
    if reason := REFUSED_TYPES.get(model_type):
        remedy = "" if "; use " in reason else f"; {INSTEAD}"
        raise ConfigError(f"base {name}: model type {model_type!r} cannot be trained here: {reason}{remedy}")
    if "quantization_config" in settings:
        raise ConfigError(f"base {name}: its weights are quantised and cannot be trained; use the base they came from")
    for key in ("attn_implementation", "_attn_implementation"):
        if not isinstance(value := settings.get(key), str | None) or value not in _ATTENTIONS:
            raise ConfigError(f"base {name}: its config.json asks for the attention {value!r}, code that is not ours; "
                              f"take {key} out of it in a copy of the folder")  # fmt: skip
