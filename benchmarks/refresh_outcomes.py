"""Five quarters of a changing Kommuneby against the truth: what became of each URL, and what may not be in a corpus.

In: a folder and sizes. Out: figures over the quarters behind the first, and on standard error the table of expected
and found outcomes and the URLs that are judged wrongly. The truth is that of demo/expected.py; found is what the real
command published and built.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.corpus_gate import rows, run
from benchmarks.figures import Figure, at_least, exactly
from benchmarks.served import say
from corpus.schema import Change
from crawler.pages.urls import url_key
from crawler.snapshot import Outcome, UrlOutcome, read_outcomes, read_snapshot_manifest
from demo.expected import Expected, expected_quarters
from demo.kommuneby import Web, make_web
from demo.server import KommunebyServer
from demo.town import Town, found_town
from foundation.manifests import is_complete

NUM_QUARTERS = 5
NUM_MUNICIPALITIES = 24  # each life twice; of fewer too many would fail in one quarter for it to be published
MIN_RIGHT, MIN_OF_CLASS, MIN_CASES = 0.995, 0.98, 50
MAX_WRONG_SHOWN = 30
NOWHERE = "-"  # no outcome of this quarter
ABSENT = "no document"


@dataclass(kw_only=True)
class Tally:
    """What was seen in the quarters behind the first.

    Attributes:
        outcomes: how often an outcome was expected and another found.
        changes: how often a page of an outcome had a document with a `change`; of changed pages with a text of their
            own, the outcome is what ought to stand there.
        num_removed, left: pages that were away, and rows of documents and sentences with the address of one.
        num_facts, facts_left: facts of pages that were away, and those of them in some text of a corpus.
        num_said: those of them that some text of the corpus before said.
        said: all texts of the newest corpus.
    """

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    changes: Counter[tuple[str, str]] = field(default_factory=Counter)
    num_verified: int = 0
    num_removed: int = 0
    left: int = 0
    num_facts: int = 0
    facts_left: int = 0
    num_said: int = 0
    said: str = ""


def outcome_figures(folder: Path, pages_per_site: int) -> Iterator[Figure]:
    webs = changing_webs(NUM_MUNICIPALITIES, pages_per_site, NUM_QUARTERS)
    truth = expected_quarters(webs)
    tally = Tally()
    with KommunebyServer(webs[0]) as server:
        town = found_town(folder, webs[0], server)
        for web, expected in zip(webs, truth, strict=True):
            server.publish(web)
            name = quarter_name(web)
            crawl_and_publish(town, name, "--processes", "2")
            tally.num_verified += town.run("--quiet", "snapshot", "verify", name, capture_output=True).returncode == 0
            run(town, "corpus", "build", name, "--workers", "2")
            _compare(town, name, expected, tally)
            if web.quarter_index == 0:  # where all is new nothing is hard to tell
                tally = Tally(num_verified=tally.num_verified, said=tally.said)
    _show("outcomes, expected in rows and found in columns", tally.outcomes)
    _show("change of documents, by outcome expected", tally.changes)
    yield exactly(f"{NUM_QUARTERS} quarters: snapshots that `snapshot verify` finds whole", NUM_QUARTERS,
                  tally.num_verified)  # fmt: skip
    yield from _figures_of_outcomes(tally.outcomes)
    yield from _figures_of_changes(tally.changes)
    yield exactly(f"{tally.num_removed} pages that were away, each quarter: rows of them in the corpus", 0, tally.left)
    name = f"{tally.num_facts} facts of pages that were away, {tally.num_said} said until then: in texts of the corpus"
    yield exactly(name, 0, tally.facts_left)


def changing_webs(num_municipalities: int, pages_per_site: int, num_quarters: int) -> list[Web]:
    return [
        make_web(num_municipalities=num_municipalities, pages_per_site=pages_per_site, with_changes=True,
                 quarter_index=index)
        for index in range(num_quarters)
    ]  # fmt: skip


def quarter_name(web: Web) -> str:
    return f"{2022 + web.quarter_index // 4}Q{web.quarter_index % 4 + 1}"


def crawl_and_publish(town: Town, name: str, *options: str) -> None:
    """Exit code 3 is that of a quarter in which a site is carried on, which is published all the same.

    Raises:
        RuntimeError: another exit code, or nothing was published.
    """
    for arguments in (("crawl", name, *options), ("snapshot", "publish", name)):
        done = town.run("--quiet", *arguments, capture_output=True)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"tvaerkom {' '.join(arguments)}: exit code {done.returncode}: {done.stderr[-2000:]}")
    if not is_complete(town.data / "snapshots" / name):
        raise RuntimeError(f"{name} is not published: {done.stderr[-2000:]}")


def found_outcomes(town: Town, name: str) -> dict[str, UrlOutcome]:
    """By key, of the URLs of which something became in this quarter; what ended earlier keeps its row for ever."""
    snapshot = town.data / "snapshots" / name
    found = [each for site in read_snapshot_manifest(snapshot).sites for each in read_outcomes(snapshot, site.site)]
    return {
        url_key(each.url): each for each in found
        if each.capture_id or each.since == name or each.outcome == Outcome.STALE
    }  # fmt: skip


def _compare(town: Town, name: str, expected: Expected, tally: Tally) -> None:
    found = found_outcomes(town, name)
    due = {url_key(url): str(outcome) for url, outcome in expected.outcomes.items()}
    wrong = []
    for key in sorted(due.keys() | found.keys()):
        pair = due.get(key, NOWHERE), found[key].outcome if key in found else NOWHERE
        tally.outcomes[pair] += 1
        if len(set(pair)) > 1:
            wrong.append(f"{pair[0]} found as {pair[1]}: {key} ({found[key].reason if key in found else ''})")
    documents = rows(town, "corpora", "documents/*.parquet", name)
    changes = {url_key(row["url"]): row["change"] for row in documents}
    texts = {url_key(url): is_other for url, is_other in expected.texts_changed.items()}
    for key, outcome in due.items():
        wanted = _change_wanted(outcome, texts.get(key))
        tally.changes[wanted, changes.get(key) or ABSENT] += 1
        if wanted in (_TEXT, _SHELL) and changes.get(key) not in (None, Change.TEXT if texts[key] else Change.SHELL):
            wrong.append(f"{wanted} found as {changes[key]}: {key}")
    sentences = rows(town, "corpora", "sentences/*.parquet", name)
    removed = {url_key(url) for url in expected.removed}
    left = Counter(key for row in (*documents, *sentences) if (key := url_key(row["url"])) in removed)
    wrong += [f"{number} rows of a page that was taken away: {key}" for key, number in left.items()]
    dropped = rows(town, "corpora", "dropped/*.parquet", name)
    said = "\n".join(row["text"] for row in (*documents, *sentences, *dropped) if row["text"])
    facts_left = [fact for fact in expected.removed_facts if fact in said]
    wrong += [f"fact of a page that was taken away: {fact}" for fact in facts_left]
    tally.num_removed += len(removed)
    tally.left += left.total()
    tally.num_facts += len(expected.removed_facts)
    tally.facts_left += len(facts_left)
    tally.num_said += sum(fact in tally.said for fact in expected.removed_facts)
    tally.said = said
    say(f"{name}: {len(due)} URLs, {len(documents)} documents, {len(wrong)} wrong")
    for line in wrong[:MAX_WRONG_SHOWN]:
        say(f"  {line}")


_TEXT, _SHELL = f"{Outcome.CHANGED}: text", f"{Outcome.CHANGED}: shell"


def _change_wanted(outcome: str, is_other_text: bool | None) -> str:
    """Hubs, which have no text of their own, are changed pages too; what is due of them is not known."""
    return outcome if is_other_text is None else _TEXT if is_other_text else _SHELL


def _figures_of_outcomes(counted: Mapping[tuple[str, str], int]) -> Iterator[Figure]:
    num_all = sum(counted.values())
    right = sum(number for (expected, found), number in counted.items() if expected == found)
    yield at_least(f"refresh: outcomes right / all {num_all}", MIN_RIGHT, _share(right, num_all))
    numbers = []
    for outcome in map(str, Outcome):
        right = counted.get((outcome, outcome), 0)
        due = sum(number for (expected, _), number in counted.items() if expected == outcome)
        found = sum(number for (_, each), number in counted.items() if each == outcome)
        numbers.append(due)
        yield at_least(f"refresh: {outcome}, found / all {due}", MIN_OF_CLASS, _share(right, due))
        yield at_least(f"refresh: {outcome}, right / {found} so called", MIN_OF_CLASS, _share(right, found))
    yield at_least("refresh: cases of the rarest outcome", MIN_CASES, min(numbers))
    num_stale = sum(number for (expected, _), number in counted.items() if expected == Outcome.STALE)
    name = f"refresh: called gone of {num_stale} pages that were out, walled off or relaunched"
    yield exactly(name, 0, counted.get((Outcome.STALE, Outcome.GONE), 0))


def _figures_of_changes(counted: Mapping[tuple[str, str], int]) -> Iterator[Figure]:
    """Of changed pages that have a document: English pages and doubles have none."""
    for due, wanted, name in (
        (_SHELL, Change.SHELL, "whose text stayed, called shell"),
        (_TEXT, Change.TEXT, "with another text, called text"),
    ):
        num_all = sum(number for (each, found), number in counted.items() if each == due and found != ABSENT)
        yield at_least(f"corpus: changed pages {name} / all {num_all}", MIN_OF_CLASS,
                       _share(counted.get((due, wanted), 0), num_all))  # fmt: skip


def _share(number: int, of: int) -> float:
    return number / of if of else 0.0


def _show(title: str, counted: Mapping[tuple[str, str], int]) -> None:
    say(title)
    names, columns = (_in_order({pair[place] for pair in counted}) for place in (0, 1))
    say(f"{'':16}" + "".join(f"{column:>12}" for column in columns))
    for name in names:
        say(f"{name:16}" + "".join(f"{counted.get((name, column), 0):12}" for column in columns))


def _in_order(names: Collection[str]) -> list[str]:
    order = [*map(str, Outcome), _TEXT, _SHELL, *map(str, Change), ABSENT, NOWHERE]
    return sorted(names, key=order.index)
