"""Two large corpora, one quarter after the other, and the tables of their snapshots: to measure looking at a corpus.

In: a folder, a number of sentences, a seed. Out: a data folder with `corpora/2026Q3`, `corpora/2026Q4`, and snapshots
of these names without archives; the same bytes for the same arguments. Its texts are made of the parliament's
proceedings in ../shared/data. No build writes it; it keeps what `tvaerkom corpus verify` checks.
`python -m benchmarks.large_corpora FOLDER [--sentences N]` makes it.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.large_pages import BLOCK_KINDS, Losses, Page, Pages, documents_table
from benchmarks.large_plan import FATES, NEWER, OLDER, Plan, Repeats, make_plan
from benchmarks.large_snapshots import QUARTERS, write_snapshot
from benchmarks.large_texts import MASKED_EVERY, Texts
from benchmarks.served import say
from corpus.boilerplate import block_key, key_text
from corpus.carried_documents import CARRIED_DOCUMENTS_FILE, next_documents
from corpus.carry import BOILERPLATE_FILE, CARRY_FILE, Carry, carry_table, looked_up, next_carry, read_carry
from corpus.config import CorpusConfig
from corpus.dedup import ids_of, sentence_number
from corpus.documents import Documents
from corpus.joined import Joined, repeated, with_nulls
from corpus.lists import write_sites
from corpus.papers import Inputs, write_papers
from corpus.quality import num_words
from corpus.schema import (
    BOILERPLATE_NAME,
    BOILERPLATE_SCHEMA,
    CARRY_BOILERPLATE_SCHEMA,
    CARRY_DOCUMENT_SCHEMA,
    CARRY_SCHEMA,
    DOCUMENT_SCHEMA,
    DROPPED_SCHEMA,
    PERSONAL_DATA_NAME,
    PERSONAL_DATA_SCHEMA,
    SENTENCE_SCHEMA,
    SPLITS,
    DropReason,
)  # fmt: skip
from corpus.shards import ShardWriter, with_metadata, write_table, write_tables
from corpus.split import SIDES, sentence_sides
from corpus.stats import Statistics
from corpus.verdicts import Verdicts
from crawler.snapshot import SnapshotManifest
from foundation.erasures import NOTHING_ERASED
from foundation.files import make_folder
from foundation.overrides import config_sha256

NUM_SENTENCES, SEED = 2_700_000, 1
_CHUNK_DOCUMENTS, _CHUNK_SENTENCES = 2000, 50_000
_BOILERPLATE_BLOCKS = 14  # of each site
_ACROSS_EVERY = 70  # one of so many near duplicates goes because it is on the other side of the split


def make_corpora(folder: Path, num_sentences: int = NUM_SENTENCES, *, seed: int = SEED) -> None:
    """Args: num_sentences: that the newer corpus keeps."""
    plan, texts = make_plan(num_sentences, seed), Texts()
    numbers = _sentence_numbers(plan, texts)
    say(f"planned: {len(plan.site)} pages, {plan.num_sentences} sentences")
    for quarter, name in enumerate(QUARTERS):
        snapshot = write_snapshot(make_folder(folder / "snapshots" / name), plan, quarter)
        _Corpus(folder / "corpora", plan, texts, quarter, numbers, snapshot).write()
        say(f"made: {name}")


def _sentence_numbers(plan: Plan, texts: Texts) -> NDArray[np.uint64]:
    """(2 S,) ids as numbers, by the numbers of the texts; zero where there is no such text.

    Raises:
        ValueError: two texts have the same id.
    """
    numbers = np.zeros(2 * plan.num_sentences, dtype=np.uint64)
    for place, is_new in enumerate(plan.is_new_sentence.tolist()):
        numbers[place] = sentence_number(texts.sentence(place, is_new))
    for place in (np.flatnonzero(plan.is_replaced) + plan.num_sentences).tolist():
        numbers[place] = sentence_number(texts.sentence(place))
    there = numbers[numbers > 0]
    if len(np.unique(there)) < len(there):
        raise ValueError("two sentences are the same; choose another number of sentences")
    return numbers


class _Corpus:
    """One corpus while it is written."""

    def __init__(
        self, corpora: Path, plan: Plan, texts: Texts, quarter: int, numbers: NDArray[np.uint64],
        snapshot: SnapshotManifest,
    ) -> None:  # fmt: skip
        self.output = make_folder(corpora / QUARTERS[quarter])
        self.plan, self.texts, self.quarter = plan, texts, quarter
        self.snapshot, self.statistics, self.config = snapshot, Statistics(), CorpusConfig()
        self.carry = read_carry(corpora / QUARTERS[OLDER]) if quarter == NEWER else Carry()
        self.pages = Pages(plan, texts, quarter)
        is_validation = plan.is_validation(self.config.validation_share)
        self._page_sides = pa.array(SIDES).take(pa.array(is_validation.astype(np.int8)))
        self._sites = pa.array([site.id for site in plan.sites])
        self._areas = pa.array([site.label for site in plan.sites], pa.string())
        places, text_numbers = plan.sentences_of(quarter)
        order = np.argsort(numbers[text_numbers])
        # (N,) kept sentences in order of their ids: place in the plan, number of the text, id
        self.places, self.text_numbers = places[order], text_numbers[order]
        self.sentences = numbers[self.text_numbers]
        self._rank = np.full(plan.num_sentences, -1)
        self._rank[self.places] = np.arange(len(order))
        self._kept = np.bincount(plan.page[places], minlength=len(plan.site))
        self._copies, self._nears = self._live(plan.copies), self._live(plan.nears)
        self._occurrences, self._num_sites = self._counted()
        self._num_near = np.bincount(self._nears.sentence, minlength=len(order))
        is_all_validation = is_validation[plan.page[self.places]]
        is_all_validation[self._copies.sentence[~is_validation[self._copies.page]]] = False
        carried = (self.carry.sentences, self.carry.quarters, self.carry.sides)
        self.first_quarters, known = looked_up(self.sentences, carried, quarter)
        self.sides = sentence_sides(is_all_validation, known)

    def write(self) -> None:
        joined = self._joined()
        with joined.shard_writer(self.output / "dropped", "dropped", DROPPED_SCHEMA) as dropped:
            documents, losses = self._write_documents(joined, dropped)
            self._write_sentences(joined, dropped)
            for site, some in losses:
                self._drop(dropped, site, some)
        write_sites(joined, self.output, self.statistics)
        self._write_lists()
        self._write_carry(documents)
        inputs = Inputs(
            snapshot_id=self.snapshot.id, snapshot_sha256=self.snapshot.content_sha256,
            configuration_sha256=joined.config_sha256, excluded_sha256=None, num_excluded=0, erasures=NOTHING_ERASED,
        )  # fmt: skip
        write_papers(self.output, joined, inputs, joined.name, self.statistics)

    def _joined(self) -> Joined:
        """Of what a build knows only what the lists and papers are made of."""
        return Joined(
            name=QUARTERS[self.quarter], config=self.config, config_sha256=config_sha256(self.config),
            sites=self.snapshot.sites, tasks=(), carry=self.carry, quarter_names=QUARTERS,
            documents=cast(Documents, None), verdicts=cast(Verdicts, None), work=self.output,
        )  # fmt: skip

    def _live(self, repeats: Repeats) -> Repeats:
        """Those of this quarter, in order of the sentences, which are places in that order."""
        is_live = self.plan.is_there[self.quarter][repeats.page]
        page, sentence = repeats.page[is_live], self._rank[repeats.sentence[is_live]]
        order = np.argsort(sentence, kind="stable")
        return Repeats(page=page[order], sentence=sentence[order])

    def _counted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(N,) how often each sentence was met, and on how many sites."""
        size, num_sites = len(self.places), len(self.plan.sites)
        rows = np.concatenate([np.arange(size), self._copies.sentence])
        pages = np.concatenate([self.plan.page[self.places], self._copies.page])
        met = np.unique(rows * num_sites + self.plan.site[pages])
        return np.bincount(rows, minlength=size), np.bincount(met // num_sites, minlength=size)

    def _write_documents(
        self, joined: Joined, dropped: ShardWriter
    ) -> tuple[list[pa.Table], list[tuple[str, Losses]]]:  # fmt: skip
        """Gives what is carried on of them, and the documents that were left out for others."""
        handed_on, duplicates = [], []
        with joined.shard_writer(self.output / "documents", "documents", DOCUMENT_SCHEMA) as writer:
            for place, site in enumerate(self.plan.sites):
                last = Losses()
                for found, losses in _chunks(self.pages, place):
                    self.statistics.pages[site.id] += len(losses)
                    if found:
                        table = documents_table(self.pages, found, self._page_sides, self._kept)
                        self.statistics.count_documents(table, site.id)
                        writer.write(table)
                        handed_on.append(table.select(CARRY_DOCUMENT_SCHEMA.names))
                    now, later = _parted(losses)
                    self._drop(dropped, site.id, now)
                    last.extend(later)
                duplicates.append((site.id, last))
        return handed_on, duplicates

    def _write_sentences(self, joined: Joined, dropped: ShardWriter) -> None:
        folder = self.output / "sentences"
        writers = [joined.shard_writer(folder, split, SENTENCE_SCHEMA) for split in SPLITS]
        for first in range(0, len(self.places), _CHUNK_SENTENCES):
            chunk = slice(first, min(first + _CHUNK_SENTENCES, len(self.places)))
            rows = self._sentence_rows(chunk)
            for side, writer in enumerate(writers):
                kept = rows.filter(pa.array(self.sides[chunk] == side))
                self.statistics.count_sentences(kept, writer.stem)
                writer.write(kept)
            for repeats, is_near in ((self._copies, False), (self._nears, True)):
                table = self._repeat_rows(rows, chunk, repeats, is_near=is_near)
                self.statistics.count_dropped(table)
                dropped.write(table)
        for writer in writers:
            writer.close()

    def _sentence_rows(self, chunk: slice) -> pa.Table:
        places, plan = self.places[chunk], self.plan
        is_new = plan.is_new_sentence[places] & (self.text_numbers[chunk] == places)
        pairs = zip(self.text_numbers[chunk].tolist(), is_new.tolist(), strict=True)
        texts = [self.texts.sentence(number, flag) for number, flag in pairs]
        page, ids = plan.page[places], ids_of(self.sentences[chunk])
        sites = plan.site[page]
        return pa.table(
            {
                "sentence_id": ids, "text": texts, "document_id": plan.document_ids.take(page),
                "position": self.pages.position[places],
                "block": pa.array(BLOCK_KINDS).take(pa.array(self.pages.block[places])),
                "site": self._sites.take(sites), "area": self._areas.take(sites),
                "url": plan.urls(self.quarter).take(page),
                "num_words": pa.array(map(num_words, texts), pa.int32()),
                "num_masked": (self.text_numbers[chunk] % MASKED_EVERY == 0).astype(np.int32),
                "language_score": 1 - np.maximum(0, places % 100 - 70) / 100,
                "num_occurrences": self._occurrences[chunk], "num_sites": self._num_sites[chunk],
                "num_near_duplicates": self._num_near[chunk],
                "cluster_id": pa.array(ids.to_pylist(), mask=self._num_near[chunk] == 0),
                "first_quarter": pa.array(QUARTERS).take(pa.array(self.first_quarters[chunk])),
            }
        ).cast(SENTENCE_SCHEMA)  # fmt: skip

    def _repeat_rows(self, rows: pa.Table, chunk: slice, repeats: Repeats, *, is_near: bool) -> pa.Table:
        begin, end = np.searchsorted(repeats.sentence, [chunk.start, chunk.stop])
        page, sentence = repeats.page[begin:end], repeats.sentence[begin:end]
        kept = rows.take(pa.array(sentence - chunk.start))
        texts, reasons, similarity = kept["text"], repeated(DropReason.DUPLICATE_SENTENCE, kept), np.ones(len(page))
        if is_near:
            numbers = (page + self.places[sentence]).tolist()
            texts = [self.texts.near(text, number) for text, number in zip(texts.to_pylist(), numbers, strict=True)]
            across, near = DropReason.NEAR_DUPLICATE_ACROSS_SPLIT, DropReason.NEAR_DUPLICATE_SENTENCE
            reasons = [across if number % _ACROSS_EVERY == 0 else near for number in page.tolist()]
            similarity = 0.8 + page % 180 / 1000
        return with_nulls(
            {
                "level": repeated("sentence", kept), "reason": reasons, "text": texts, "similarity": similarity,
                "site": self._sites.take(self.plan.site[page]), "url": self.plan.urls(self.quarter).take(page),
                "kept_id": kept["sentence_id"],
            },
            DROPPED_SCHEMA,
        )  # fmt: skip

    def _drop(self, writer: ShardWriter, site: str, losses: Losses) -> None:
        if len(losses):
            table = pa.table(vars(losses) | {"site": [site] * len(losses)}).select(DROPPED_SCHEMA.names)
            self.statistics.count_dropped(table)
            writer.write(table.cast(DROPPED_SCHEMA))

    def _write_lists(self) -> None:
        personal = pa.Table.from_pylist(list(self._personal_data()), schema=PERSONAL_DATA_SCHEMA)
        self.statistics.count_personal_data(personal)
        self._write_table(personal, PERSONAL_DATA_NAME)
        rows = [row for site in range(len(self.plan.sites)) for row in self._boilerplate(site)]
        boilerplate = pa.Table.from_pylist(rows, schema=BOILERPLATE_SCHEMA)
        self.statistics.count_boilerplate(boilerplate)
        self._write_table(boilerplate, BOILERPLATE_NAME)
        self._write_table(boilerplate.select(CARRY_BOILERPLATE_SCHEMA.names), BOILERPLATE_FILE)

    def _personal_data(self) -> Iterator[dict[str, object]]:
        counts = Counter(self.plan.page[self.places[self.text_numbers % MASKED_EVERY == 0]].tolist())
        is_there, fates = self.plan.is_there[self.quarter], self.plan.fate.tolist()
        for page in np.flatnonzero(is_there).tolist():
            kind, number = "email", counts[page]
            if FATES[fates[page]] == DropReason.CPR_ON_PAGE:
                kind, number = "cpr", 1
            elif page % 23 == 0:
                kind, number = "phone", 1 + page % 3
            if number:
                site = self.plan.sites[self.plan.site[page]].id
                yield {"site": site, "url": self.pages.urls[page], "kind": kind, "count": number}

    def _boilerplate(self, site: int) -> list[dict[str, object]]:
        num_pages, rows = self.statistics.pages[self.plan.sites[site].id], []
        for number in range(site * _BOILERPLATE_BLOCKS, (site + 1) * _BOILERPLATE_BLOCKS):
            text = self.texts.sentence(number + 1) if number % 3 else self.texts.short(number)
            on = max(1, num_pages * (30 + number % 60) // 100)
            rows.append(
                {
                    "site": self.plan.sites[site].id, "key": key_text(block_key(text)), "kind": BLOCK_KINDS[number % 4],
                    "text": text, "num_pages": on, "page_share": round(on / num_pages, 3),
                    "first_quarter": QUARTERS[OLDER], "is_kept": False,
                }
            )  # fmt: skip
        return sorted(rows, key=lambda row: str(row["key"]))

    def _write_carry(self, documents: Sequence[pa.Table]) -> None:
        sentences, quarters, sides = next_carry(self.carry, self.sentences, self.first_quarters, self.sides)
        schema = with_metadata(CARRY_SCHEMA, config_sha256(self.config))
        size = self.config.rows_per_group
        groups = (slice(first, first + size) for first in range(0, len(sentences), size))
        tables = (
            carry_table(sentences[group], quarters[group], sides[group], QUARTERS).cast(schema) for group in groups
        )
        write_tables(tables, schema, self.output / CARRY_FILE, rows_per_group=size)
        self._write_table(next_documents(self.carry.documents, documents), CARRIED_DOCUMENTS_FILE)

    def _write_table(self, table: pa.Table, path: str) -> None:
        make_folder((self.output / path).parent)
        marked = table.cast(with_metadata(table.schema, config_sha256(self.config)))
        write_table(marked, self.output / path, rows_per_group=self.config.rows_per_group)


def _chunks(pages: Pages, site: int) -> Iterator[tuple[list[tuple[int, Page]], list[Losses]]]:
    """So many documents at a time, and the losses of each page."""
    found: list[tuple[int, Page]] = []
    losses: list[Losses] = []
    for page, document, some in pages.of_site(site):
        losses.append(some)
        if document is not None:
            found.append((page, document))
        if len(found) == _CHUNK_DOCUMENTS:
            yield found, losses
            found, losses = [], []
    if losses:
        yield found, losses


def _parted(losses: Sequence[Losses]) -> tuple[Losses, Losses]:
    """What goes for itself, and documents that go for another, which a build writes last."""
    now, later = Losses(), Losses()
    for each in losses:
        (later if each.kept_id and each.kept_id[0] else now).extend(each)
    return now, later


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sentences", type=int, default=NUM_SENTENCES, help="that the newer corpus keeps")
    arguments = parser.parse_args()
    make_corpora(arguments.folder, arguments.sentences)


if __name__ == "__main__":
    main()
