"""The dataset card: what `datasets.load_dataset`, the hub and a reader need to know of a corpus.

In: the tables of a corpus, its manifest but for the files, its statistics. Out: the text of README.md. The words stand
in dataset_card.md.j2; every number is one of the run's own, and nothing that a page said stands there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from jinja2 import Environment, StrictUndefined

from corpus.citation import bibtex, citation_id, inputs_hash
from corpus.config import CorpusConfig, config_of
from corpus.near.verify import NEAR_DENOMINATOR, NEAR_NUMERATOR
from corpus.schema import SITES_NAME, SPLITS, Change, DropReason

# Hugging Face's names for sizes; the last is open.
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"),
)  # fmt: skip
# Nobody has granted one; what may be done with the texts is no licence, but the law.
_LICENSE = {
    "license": "other", "license_name": "no-licence-granted",
    "license_details": "The texts belong to those who published them; see Rights.",
}  # fmt: skip
_TAGS = ["danish", "municipalities", "public-sector", "tvaerkom"]
_LEVELS = ("page", "block", "document", "sentence")
_KINDS = ("municipality", "area", "archive")
_NEAR_DUPLICATES = (DropReason.NEAR_DUPLICATE_SENTENCE, DropReason.NEAR_DUPLICATE_ACROSS_SPLIT)
_RESERVED = (DropReason.RESERVED_SITE, DropReason.RESERVED_PAGE)
_PERSONAL = ("cpr", "bare_cpr", "email", "phone", "account")
_COUNTS = ("num_pages", "num_documents", "num_sentences", "num_words")
_OF_THIS_QUARTER = frozenset({"new", "changed", "unchanged", "moved", "returned", "orphan"})
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|#&!]")
_LATER = ("boilerplate_blocks", "changes", "outcomes")  # not in the statistics of every older corpus


def dataset_card(folder: Path, manifest: Mapping[str, Any], statistics: Mapping[str, Any], quarter: str) -> str:
    """The card of the corpus whose tables stand in `folder`.

    Args:
        manifest: as it is written, but for the files, of which the card is one.
        statistics: of what the card is to tell; after an erasure the tables may still have the rows that go.
    """
    config = config_of(manifest["configuration"])
    counted = _filled(statistics)
    sites = _site_rows(folder, counted)
    template = files("corpus").joinpath("dataset_card.md.j2").read_text(encoding="utf-8")
    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        autoescape=False,  # Markdown
    )  # fmt: skip
    environment.filters |= {"n": "{:,}".format, "percent": _percent, "cell": _cell}
    name, revision, inputs = manifest["name"], manifest["revision"], inputs_hash(manifest["id"])
    data_files = _data_files(counted, sites)
    return environment.from_string(template).render(
        head=yaml.safe_dump(_head(manifest, config, counted, data_files), sort_keys=False, allow_unicode=True),
        name=name, quarter=quarter, manifest=manifest, revision=revision, config=config,
        is_imported=manifest["snapshot"].startswith("imported-"),
        num_excluded=(manifest.get("excluded") or {}).get("num_texts", 0), near=NEAR_NUMERATOR / NEAR_DENOMINATOR,
        tables=data_files, columns=_columns(folder), statistics=counted, **_of_counts(counted), **_of_sites(sites),
        citation=citation_id(name, revision, inputs), bibtex=bibtex(name, revision, inputs),
    )  # fmt: skip


def _of_counts(counted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "num_sentences": sum(counted["num_sentences"].values()), "num_words": sum(counted["num_words"].values()),
        "dropped": _dropped(counted["dropped"]),
        "reserved": sum(counted["dropped"].get("page", {}).get(reason, 0) for reason in _RESERVED),
        "boilerplate": sum(counted["boilerplate_blocks"].values()),
        "found": dict.fromkeys(_PERSONAL, 0) | counted["personal_data"],
        "lengths": sorted(counted["sentence_length_in_words"].items(), key=_shortest),
    }  # fmt: skip


def _of_sites(sites: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "total": _summed("all", sites), "kinds": _grouped(sites, "kind", _KINDS),
        "regions": _grouped((row for row in sites if row["region"]), "region"),
        "areas": _grouped((row for row in sites if row["kind"] == "area"), "name"),
        "verdicts": Counter(row["robots_verdict"] or "not known" for row in sites),
        "largest": max(sites, key=lambda row: row["num_sentences"], default=None),
        "missing": [row for row in sites if row["terminal_state"] != "complete" or not row["num_sentences"]],
    }  # fmt: skip


def _filled(statistics: Mapping[str, Any]) -> dict[str, Any]:
    """With a count for each split and each change, so that the template need not ask."""
    nothing: dict[str, Any] = dict.fromkeys(SPLITS, 0)
    filled = {key: {} for key in _LATER} | dict(statistics)
    return filled | {
        "num_sentences": nothing | filled["num_sentences"], "num_words": nothing | filled["num_words"],
        "changes": dict.fromkeys(Change, 0) | filled["changes"] if filled["changes"] else {},
    }  # fmt: skip


def _head(
    manifest: Mapping[str, Any], config: CorpusConfig, counted: Mapping[str, Any], tables: Mapping[str, Any]
) -> dict[str, Any]:
    """What the hub reads. It has no `dataset_info`: the schemas are in the files, and sizes in bytes of no file.

    `datasets` takes a copy from its cache where the configurations are the same, whatever the files are now: by the
    description those of other corpora, and of the same one before an erasure, are others.
    """
    total = sum(counted["num_sentences"].values())
    cited = citation_id(manifest["name"], manifest["revision"], inputs_hash(manifest["id"]))
    description = f"{cited}, made by Tværkom {manifest['software']['tvaerkom']}"
    configs = [
        {"config_name": table} | ({"default": True} if table == "sentences" else {})
        | {"description": description}
        | {"data_files": [{"split": split, "path": path} for split, path in paths.items()]}
        for table, paths in tables.items()
    ]  # fmt: skip
    return {
        "language": list(config.languages) or ["mul"],
        **_LICENSE,
        "annotations_creators": ["no-annotation"],
        "language_creators": ["found"],
        "multilinguality": ["monolingual" if len(config.languages) == 1 else "multilingual"],
        "source_datasets": ["original"],
        "task_categories": ["fill-mask"],
        "task_ids": ["masked-language-modeling"],
        "pretty_name": f"Tværkom {manifest['name']}",
        "size_categories": [next((word for limit, word in _SIZES if total < limit), "100M<n<1B")],
        "tags": _TAGS,
        "configs": configs,
    }


def _data_files(counted: Mapping[str, Any], sites: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Table -> split -> its files; a table or split without rows has no file, and a card that names one cannot be read.

    Only training and validation are splits of anything: the other tables stand under one name.
    """
    sentences = {split: f"sentences/{split}-*.parquet" for split in SPLITS if counted["num_sentences"][split]}
    found = {
        "sentences": sentences,
        "documents": {"train": "documents/documents-*.parquet"} if counted["num_documents"] else {},
        "sites": {"train": SITES_NAME} if sites else {},
        "dropped": {"train": "dropped/dropped-*.parquet"} if any(counted["dropped"].values()) else {},
    }
    return {table: paths for table, paths in found.items() if paths}


def _site_rows(folder: Path, counted: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The sites with the counts of what is told."""
    columns = ["site", "name", "region", "kind", "terminal_state", "robots_verdict"]
    path = folder / SITES_NAME
    rows = pq.read_table(path, columns=columns).to_pylist() if path.is_file() else []
    for row in rows:
        counts = counted["sites"].get(row["site"], {})
        dropped, outcomes = counts.get("dropped", {}), counts.get("outcomes", {})
        row |= {name: counts.get(name, 0) for name in _COUNTS}
        row["num_near_duplicates"] = sum(dropped.get(reason, 0) for reason in _NEAR_DUPLICATES)
        row["is_carried"] = "stale" in outcomes and not _OF_THIS_QUARTER & outcomes.keys()
    return rows


def _grouped(rows: Iterable[dict[str, Any]], key: str, order: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Sums for each value of a column: those of `order` first, then by the alphabet."""

    def place(value: str) -> tuple[int, str]:
        return (order.index(value) if value in order else len(order), value)

    ordered = sorted(rows, key=lambda row: place(row[key]))
    return [_summed(value, list(group)) for value, group in groupby(ordered, key=lambda row: row[key])]


def _summed(name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    sums = {count: sum(row[count] for row in rows) for count in (*_COUNTS, "num_near_duplicates")}
    return {"name": name, "num_sites": len(rows), **sums}


def _shortest(bucket: tuple[str, int]) -> int:
    """Least number of words in a bucket such as `8-9` or `100+`."""
    return int(bucket[0].rstrip("+").partition("-")[0])


def _dropped(dropped: Mapping[str, Mapping[str, int]]) -> list[tuple[str, str, int]]:
    """Level, reason and number; of each level the most first."""
    return [
        (level, reason, number)
        for level in _LEVELS
        for reason, number in sorted(dropped.get(level, {}).items(), key=lambda item: (-item[1], item))
    ]


def _columns(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Table -> its columns, as the first of its files has them: an older corpus has fewer."""
    paths = {table: sorted((folder / table).glob("*.parquet")) for table in ("sentences", "documents", "dropped")}
    paths["sites"] = [path for path in (folder / SITES_NAME,) if path.is_file()]
    return {
        table: [
            {"name": field.name, "type": _type_name(field.type), "nullable": field.nullable}
            for field in pq.read_schema(found[0])
        ]
        for table, found in paths.items() if found
    }  # fmt: skip


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {', '.join(field.name for field in kind.value_type)}"
    if pa.types.is_timestamp(kind):
        return "time (UTC)"
    return "float64" if pa.types.is_float64(kind) else str(kind)


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _cell(text: str) -> str:
    """Text that is no Markdown and stays in its cell; names may come from a user's register or an archive."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
