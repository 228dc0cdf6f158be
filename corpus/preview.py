"""What other thresholds would add and remove, on a sample of pages, before anything is built.

In: a snapshot and two configurations. Out: a `Preview` with counts by reason and examples. Pages are drawn by a hash of
their capture, so the same snapshot gives the same sample. Duplicates are not looked for, and boilerplate is what the
corpus of that quarter found; neither depends on one page.
"""

import heapq
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from corpus.boilerplate import block_key, kept_keys
from corpus.config import CorpusConfig
from corpus.extract import Block
from corpus.page_text import PageText, read_page_text, whole_text
from corpus.pages import body_of, read_pages
from corpus.personal_data import blotted_url, masked_url, private_kind
from corpus.schema import BOILERPLATE_NAME
from corpus.text_steps import work_out
from crawler.snapshot import Capture, SnapshotManifest
from foundation.erasures import NOTHING_ERASED, Erasures
from foundation.files import sha256_of_text
from foundation.progress import progress

NUM_EXAMPLES = 10
_KEPT = "kept"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A sentence that one configuration keeps and the other does not; `reason` is why it does not."""

    text: str
    url: str
    reason: str


@dataclass(kw_only=True)
class Preview:
    """Counts of sentences; a page that goes whole takes its sentences with it."""

    num_pages: int = 0
    num_before: int = 0
    num_after: int = 0
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    examples_added: list[Change] = field(default_factory=list)
    examples_removed: list[Change] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; asdict() would count the items of a Counter."""
        examples = ("examples_added", "examples_removed")
        return vars(self) | {name: [asdict(each) for each in getattr(self, name)] for name in examples}


def preview(
    snapshot: Path, manifest: SnapshotManifest, corpus: Path | None, before: CorpusConfig, after: CorpusConfig,
    num_pages: int, erasures: Erasures = NOTHING_ERASED,
) -> Preview:  # fmt: skip
    """Compare two configurations; `corpus` is that of the quarter, where there is one.

    A page of which a text must be forgotten is counted and not shown.
    """
    boilerplate = _boilerplate(corpus)
    found = Preview()
    sample = _sample(snapshot, manifest, num_pages, before, erasures)
    with progress("preview", unit="pages", total=len(sample)) as meter:
        for site, capture in sample:
            body = body_of(snapshot, site, capture)
            if body is not None:
                text = read_page_text(body, capture.content_type or "")
                keys = boilerplate.get(site, frozenset())
                url = masked_url(blotted_url(capture.url), before)
                verdicts = [_judged(text, capture.url, keys, config) for config in (before, after)]
                if not any(map(erasures.covers_text, (whole_text(text), *verdicts[0], *verdicts[1]))):
                    _compare(found, url, *verdicts)
            meter.advance(note=site)
    return found


def _sample(
    snapshot: Path, manifest: SnapshotManifest, number: int, config: CorpusConfig, erasures: Erasures
) -> list[tuple[str, Capture]]:  # fmt: skip
    """The pages of the least hashes, in order of site and address; of reserved sites none."""
    open_sites = [site for site in manifest.sites if site.reservation is None or config.include_reserved_sites]
    drawn = heapq.nsmallest(
        number,
        ((sha256_of_text("preview", page.capture_id), site.site, page) for site in open_sites
         for page in read_pages(snapshot, site.site, erasures=erasures) if isinstance(page, Capture)),
        key=lambda each: each[0],
    )  # fmt: skip
    return sorted(((site, page) for _, site, page in drawn), key=lambda each: (each[0], each[1].url))


def _boilerplate(corpus: Path | None) -> dict[str, frozenset[int]]:
    if corpus is None or not (corpus / BOILERPLATE_NAME).is_file():
        return {}
    found: dict[str, set[int]] = {}
    for row in pq.read_table(corpus / BOILERPLATE_NAME, columns=["site", "key"]).to_pylist():
        found.setdefault(row["site"], set()).add(int(row["key"], 16))
    return {site: frozenset(keys) for site, keys in found.items()}


def _judged(text: PageText, url: str, boilerplate: Collection[int], config: CorpusConfig) -> dict[str, str]:
    """Each sentence of a page with `kept`, or why it goes."""
    if text.failure or text.num_cpr or private_kind(url, text.title, text.blocks) in config.leave_out:
        return {}
    keep = kept_keys(config)
    gone = {place for place, block in enumerate(text.blocks) if not _stays(block, boilerplate, keep)}
    outcome = work_out(text.title, text.blocks, config, gone)
    verdicts = {loss.text: loss.reason for loss in outcome.losses if loss.level == "sentence" and loss.text}
    verdicts |= {sentence.text: _KEPT for sentence in outcome.sentences}
    if outcome.reason:  # of a page in another language no sentence is told
        verdicts |= {"": outcome.reason}
    return verdicts


def _stays(block: Block, boilerplate: Collection[int], keep: Collection[int]) -> bool:
    key = block_key(block.text)
    return key not in boilerplate or key in keep


def _compare(found: Preview, url: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    kept_before, kept_after = ({text for text, verdict in each.items() if verdict == _KEPT} for each in (before, after))
    found.num_pages += 1
    found.num_before += len(kept_before)
    found.num_after += len(kept_after)
    for texts, other, counts, examples in (
        (kept_after - kept_before, before, found.added, found.examples_added),
        (kept_before - kept_after, after, found.removed, found.examples_removed),
    ):
        for text in sorted(texts):
            reason = other.get(text) or other.get("") or "page left out"
            counts[reason] += 1
            if len(examples) < NUM_EXAMPLES:
                examples.append(Change(text=text, url=url, reason=reason))


def preview_lines(found: Preview) -> Iterator[str]:
    """For a terminal."""
    yield (
        f"{found.num_pages} pages: {found.num_before} sentences as it is, {found.num_after} with the changes; "
        f"{sum(found.added.values())} come in, {sum(found.removed.values())} go (before duplicates are looked for)"
    )
    for title, counts, examples in (
        ("come in, left out until now for", found.added, found.examples_added),
        ("go, from now on for", found.removed, found.examples_removed),
    ):
        for reason, number in counts.most_common():
            yield f"{number} {title} {reason}"
        for change in examples:
            yield f"    {change.reason:24} {change.text}"
