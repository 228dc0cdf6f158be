"""How well and how fast pages become text: beside trafilatura on real pages, and on an independent Danish gold set.

In: the 200 real pages of ../shared and the pages of tests/gate/pages. Out: figures. Both sides pay for title and date,
and the text of both is searched together with its title. The gold set is also measured in two halves: rules may be
tuned on the development half, whose pages may be looked at; of the held-out half only the figures are known.
"""

import hashlib
import json
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import trafilatura

from benchmarks.figures import Figure, at_least, at_most, skipped
from benchmarks.real_material import REAL_PAGES, gold_of_real_pages
from corpus.decoding import decoded
from corpus.extract import Extraction, extract

GOLD_PAGES = Path(__file__).parents[1] / "tests" / "gate" / "pages"
_ROUNDS = 3  # in turn, the best counts: others may use the machine
_HTML = "text/html"


@dataclass(frozen=True, kw_only=True)
class GoldPage:
    """One page with what must be in it, what must not, and what it says about itself."""

    name: str
    kind: str
    html: str
    title: str | None
    language: str | None
    date: str | None
    blocks: tuple[tuple[str, str], ...]
    unwanted: tuple[str, ...]


@dataclass
class Segments:
    """Segments found and missed, and found that must not be there."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def count(self, text: str, wanted: Sequence[str], unwanted: Sequence[str]) -> None:
        joined = _joined(text)
        found = sum(_joined(segment) in joined for segment in wanted)
        self.right += found
        self.missed += len(wanted) - found
        self.wrong += sum(_joined(segment) in joined for segment in unwanted)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.missed + self.wrong)


def extraction_figures(_: Path) -> Iterator[Figure]:
    """Ours against trafilatura with all its fall-backs."""
    yield from _real_figures()
    yield from _gold_figures()


def _real_figures() -> Iterator[Figure]:
    names = ("200 real pages: segment F1, ours minus trafilatura's", "200 real pages: CPU time, ours / trafilatura's")
    if not REAL_PAGES.is_file():
        yield skipped(names[0], ">= 0")
        yield skipped(names[1], "<= 0.85")
        return
    gold = gold_of_real_pages()
    pages = _real_pages(list(gold))
    ours, theirs = (_segments(pages, gold, text_of).f1 for text_of in (_our_text, _their_text))
    yield at_least(names[0], 0, round(ours - theirs, 4))
    yield at_most(names[1], 0.85, round(_time_ratio(list(pages.values())), 3))


def _gold_figures() -> Iterator[Figure]:
    pages = list(gold_pages()) if GOLD_PAGES.is_dir() else []
    if not pages:
        yield skipped("gold pages: segment F1", ">= 0.97")
        return
    ours, theirs = (_gold_segments(pages, text_of).f1 for text_of in (_our_text, _their_text))
    yield at_least("gold pages: segment F1", 0.97, ours)
    yield at_most("gold pages: segment F1 of trafilatura alone", 0.90, theirs)
    yield from _block_and_metadata_figures("gold pages", pages)
    development = [page for page in pages if is_for_development(page.name)]
    held_out = [page for page in pages if not is_for_development(page.name)]
    for name, half in (("development half", development), ("held-out half", held_out)):
        yield at_least(f"gold pages, {name}: segment F1", 0.97, _gold_segments(half, _our_text).f1)
        yield from _block_and_metadata_figures(f"gold pages, {name}", half)


def _block_and_metadata_figures(name: str, pages: Sequence[GoldPage]) -> Iterator[Figure]:
    extractions = [extract(page.html) for page in pages]
    yield at_least(f"{name}: blocks exactly right in kind and text, F1", 0.93, _block_f1(pages, extractions))
    for stated, is_right in _STATED.items():
        share = sum(map(is_right, pages, extractions)) / max(1, len(pages))
        yield at_least(f"{name}: {stated} right / all", 0.97, share)


def _block_f1(pages: Sequence[GoldPage], extractions: Sequence[Extraction]) -> float:
    right = wanted = found = 0
    for page, extraction in zip(pages, extractions, strict=True):
        blocks = {(block.kind, _joined(block.text)) for block in extraction.blocks}
        right += len(blocks & set(page.blocks))
        wanted += len(set(page.blocks))
        found += len(blocks)
    return 2 * right / max(1, wanted + found)


def is_for_development(name: str) -> bool:
    """Half of the pages, drawn by their names alone; they may be looked at, the others not."""
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0


def gold_pages() -> Iterator[GoldPage]:
    """The independent set, in order of the names."""
    for path in sorted(GOLD_PAGES.glob("*.json")):
        gold = json.loads(path.read_text())
        yield GoldPage(
            name=path.stem, kind=gold["kind"],
            html=decoded(path.with_suffix(".html").read_bytes(), gold.get("content_type") or _HTML),
            title=gold.get("title"), language=gold.get("language"), date=gold.get("date"),
            blocks=tuple((block["kind"], _joined(block["text"])) for block in gold["blocks"]),
            unwanted=tuple(gold["unwanted"]),
        )  # fmt: skip


def f1_by_kind() -> dict[str, tuple[float, float]]:
    """Kind of page -> segment F1 of ours and of trafilatura alone."""
    pages = list(gold_pages())
    kinds = {kind: [page for page in pages if page.kind == kind] for kind in sorted({page.kind for page in pages})}
    return {kind: (_gold_segments(some, _our_text).f1, _gold_segments(some, _their_text).f1)
            for kind, some in kinds.items()}  # fmt: skip


def _is_title_right(page: GoldPage, extraction: Extraction) -> bool:
    return _joined(page.title or "") == _joined(extraction.title or "")


def _is_language_right(page: GoldPage, extraction: Extraction) -> bool:
    """`da-DK` and `da` are one language."""
    return _primary(page.language) == _primary(extraction.language)


def _is_date_right(page: GoldPage, extraction: Extraction) -> bool:
    return page.date == extraction.date


_STATED: Mapping[str, Callable[[GoldPage, Extraction], bool]] = {
    "title": _is_title_right, "language": _is_language_right, "date": _is_date_right
}  # fmt: skip


def _segments(
    pages: Mapping[str, str], gold: Mapping[str, tuple[list[str], list[str]]], text_of: Callable[[str], str]
) -> Segments:
    segments = Segments()
    for name, (wanted, unwanted) in gold.items():
        segments.count(text_of(pages[name]), wanted, unwanted)
    return segments


def _gold_segments(pages: Sequence[GoldPage], text_of: Callable[[str], str]) -> Segments:
    segments = Segments()
    for page in pages:
        segments.count(text_of(page.html), [text for _, text in page.blocks], page.unwanted)
    return segments


def _our_text(html: str) -> str:
    extraction = extract(html)
    return f"{extraction.title or ''}\n{extraction.text}"


def _their_text(html: str) -> str:
    found = trafilatura.bare_extraction(html, fast=False, include_comments=False, with_metadata=True)
    return "" if found is None or isinstance(found, dict) else f"{found.title or ''}\n{found.text or ''}"


def _time_ratio(pages: Sequence[str]) -> float:
    best = {text_of: float("inf") for text_of in (_our_text, _their_text)}
    for _ in range(_ROUNDS):
        for text_of in best:
            start = time.process_time()
            for html in pages:
                text_of(html)
            best[text_of] = min(best[text_of], time.process_time() - start)
    return best[_our_text] / best[_their_text]


def _real_pages(names: Sequence[str]) -> dict[str, str]:
    pages = {}
    with tarfile.open(REAL_PAGES) as archive:
        for name in names:
            file = archive.extractfile(name)
            if file is not None:
                pages[name] = decoded(file.read(), _HTML)
    return pages


def _primary(language: str | None) -> str:
    return (language or "").replace("_", "-").partition("-")[0].lower()


def _joined(text: str) -> str:
    """As the gold set compares: blanks collapsed, soft hyphens removed, on both sides."""
    return " ".join(text.replace("\xad", "").split())
