"""The dataset card: what `datasets.load_dataset` and a reader need to know of a corpus.

In: counts and inputs. Out: the text of README.md.
"""

from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from corpus.config import CorpusConfig
from corpus.schema import SPLITS, Change

# Hugging Face's names for sizes; the last is open.
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"),
)  # fmt: skip

_TREATMENT = {"mask": "replaced by a placeholder", "drop": "their sentences are left out", "keep": "kept"}


def dataset_card(
    *, name: str, quarter: str, identity: str, statistics: Mapping[str, Any], inputs: Mapping[str, str | None],
    follows: str | None, config: CorpusConfig, num_excluded: int, revision: int = 1,
) -> str:  # fmt: skip
    template = files("corpus").joinpath("dataset_card.md.j2").read_text(encoding="utf-8")
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # Markdown
    total = sum(statistics["num_sentences"].values())
    filled = {"train": 0, "validation": 0}
    changes = statistics.get("changes")  # not in a first corpus
    return environment.from_string(template).render(
        name=name, quarter=quarter, id=identity, inputs=inputs, follows=follows,
        statistics=dict(statistics) | {
            "num_sentences": filled | statistics["num_sentences"], "num_words": filled | statistics["num_words"]},
        revision=revision,
        changes=dict.fromkeys(Change, 0) | changes if changes else None,
        splits=[split for split in SPLITS if statistics["num_sentences"].get(split)],
        treatment=_TREATMENT, languages=config.languages or ["mul"], config=config, num_excluded=num_excluded,
        tvaerkom_version=version("tvaerkom"),
        size_category=next((word for limit, word in _SIZES if total < limit), "100M<n<1B"),
    )  # fmt: skip
