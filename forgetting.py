"""`tvaerkom find` and `tvaerkom forget`: what somebody asks to see, or to have forgotten, in all that is kept.

In: addresses, sites or texts. Out: where they are; after `forget`, nothing of them, and a receipt. A sequence of the
stages' own functions, like workflows.py; heavy imports stand in the functions.
"""

import datetime
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foundation.applied import missing_ids, stamp
from foundation.command import Command, command_of
from foundation.erasures import Erasures, Matcher, Sought, Trace, add_erasure, erasure_ids, read_erasures, set_done
from foundation.errors import BrokenRunError, ConfigError
from foundation.places import Places
from foundation.progress import Meter, progress

if TYPE_CHECKING:
    from crawler.erasing.erasing import Search
    from crawler.erasing.inspecting import Depth

app = typer.Typer()
Urls = Annotated[list[str] | None, typer.Option("--url", help="The address of a page; may be given again.")]
Prefixes = Annotated[list[str] | None, typer.Option("--prefix", help="All addresses that begin so.")]
Sites = Annotated[list[str] | None, typer.Option("--site", help="All of a site, by id, name or host.")]
TextFiles = Annotated[
    list[Path] | None,
    typer.Option("--text-file", help="A text, or several with empty lines between; - is standard input."),
]
UNIT = "records"
MAX_SHOWN = 5


@app.command()
def find(
    ctx: typer.Context, url: Urls = None, prefix: Prefixes = None, site: Sites = None, text_file: TextFiles = None
) -> None:
    """Say where a page or a text is kept: for a request for access. Changes nothing.

    Searches archives, tables, working states, corpora, caches and reports of all quarters. A text is found in whatever
    case, with whatever between its words.
    Example: tvaerkom find --url https://www.nordby.dk/medarbejdere/17
    """
    command = command_of(ctx)
    sought = _asked(command, url, prefix, site, text_file)
    with progress("find", unit=UNIT) as meter:
        sought, traces = _search(command.places, sought, meter)
    if command.json:
        _echo_json(_values(sought, traces))
    else:
        typer.echo("\n".join(_lines(sought, traces) or ["nothing is kept of it"]))


@app.command()
def forget(
    ctx: typer.Context,
    reason: Annotated[str, typer.Option(help="Why; it is written into the receipt.")],
    url: Urls = None,
    prefix: Prefixes = None,
    site: Sites = None,
    text_file: TextFiles = None,
    case: Annotated[str | None, typer.Option(help="The number of the case, for the receipt.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
) -> None:
    """Forget a page or a text: everywhere, for good, and for all crawls and builds to come.

    Shows what goes and asks first. Older addresses of a page, and the same bytes at other addresses, go too. Models
    that were trained on it are named; they cannot unlearn it. Exit code 1: something is still there.
    Example: tvaerkom forget --url https://www.nordby.dk/medarbejdere/17 --reason "request of the person" --case 26/1234
    """
    from crawler.erasing.holding import all_work_held

    command = command_of(ctx)
    asked = _asked(command, url, prefix, site, text_file)
    if not (yes or dry_run or _is_attended()):
        raise ConfigError("nobody is there to confirm; look with --dry-run, then give --yes")
    apply_missing_erasures(command.places)
    with progress("find", unit=UNIT) as meter:
        sought, traces = _search(command.places, asked, meter)
    if dry_run and command.json:
        _echo_json({"dry_run": True} | _values(sought, traces))
        return
    if not command.json or not yes:
        lines = _lines(sought, traces) or ["nothing is kept of it; it will not be taken again"]
        typer.echo("\n".join(lines), err=command.json)
    if dry_run:
        return
    if not yes:
        typer.confirm("forget all of this, for good?", abort=True, err=True)
    with all_work_held(command.places):
        receipt = _forget(command.places, sought, traces, reason, case)
    if command.json:
        _echo_json(receipt)
        return
    typer.echo(f"forgotten: {command.places.erasures / receipt['id']}.json is the receipt")
    for line in _advice(receipt):
        typer.echo(line)


def _forget(places: Places, sought: Sought, traces: list[Trace], reason: str, case: str | None) -> dict[str, Any]:
    """Enter it into the index, then take it away by hashes alone, then look again."""
    from crawler.erasing.receipts import begin_receipt, new_id

    today = datetime.date.today()
    identity = new_id(places, today)
    erasures = add_erasure(places.erasures, identity, today.isoformat(), sought)
    begin_receipt(places, erasures, traces, reason=reason, case=case)
    with progress("forget", unit=UNIT) as meter:
        erased = _erase(places, erasures, identity, meter)
    return _end(places, erasures, identity, erased, sought)


def apply_missing_erasures(places: Places) -> list[str]:
    """End what was begun, and apply to what came back from a backup what had been erased since; gives the ids.

    Costs a few milliseconds where nothing is missing; nothing at all where nothing was ever erased.

    Raises:
        BrokenRunError: something is still there, or cannot be read.
        ConfigError: a crawl or build is at work.
    """
    missing = missing_ids(places)
    if not missing:
        return []
    from crawler.erasing.holding import all_work_held
    from crawler.erasing.receipts import begin_receipt, has_receipt, note_again

    pending = erasure_ids(places.erasures, only_pending=True)
    with all_work_held(places):
        for identity in missing:
            erasures = read_erasures(places.erasures, [identity])
            if not has_receipt(places, identity):
                begin_receipt(places, erasures, [], reason="not known; it was cut off", case=None)
            with progress(f"forget {identity}", unit=UNIT) as meter:
                erased = _erase(places, erasures, identity, meter)
            if identity in pending:
                _end(places, erasures, identity, erased, None)
                typer.echo(f"erasure {identity} was cut off; it is done now", err=True)
            elif erased:
                note_again(places, identity, erased)
                places_again = len({each.place for each in erased})
                typer.echo(f"erasure {identity} was applied to {places_again} files that did not have it", err=True)
    return missing


def _end(
    places: Places, erasures: Erasures, identity: str, erased: Sequence[Trace], sought: Sought | None
) -> dict[str, Any]:
    """The proof, and the receipt."""
    from crawler.erasing.erasing import links_depth, proof_depth
    from crawler.erasing.receipts import MODEL, end_receipt, read_receipt

    with progress("look again", unit=UNIT) as meter:
        left, found = _look_again(places, erasures, meter, proof_depth())
        if sought is not None:
            more, by_words = _look_again(places, sought, meter, links_depth(sought))
            left, found = [*left, *more], by_words
    if still := [each for each in left if each.kind != MODEL]:
        raise BrokenRunError(
            f"erasure {identity}: something is still there: "
            f"{'; '.join(sorted({f'{each.count} {each.kind} in {each.place}' for each in still})[:5])}. "
            "It stays pending, and the next command tries again"
        )
    values: dict[str, Any] = {"state": "done", "unreadable": found.unreadable}
    if sought is not None:
        values |= {"links_left": found.num_links, "erased": [asdict(each) for each in erased if each.kind != MODEL]}
    models = {each.place for each in erased if each.kind == MODEL}
    values["models"] = sorted(models.union(read_receipt(places, identity)["models"]))
    receipt = end_receipt(places, identity, **values)
    set_done(places.erasures, identity)
    return receipt


def _asked(
    command: Command, url: list[str] | None, prefix: list[str] | None, site: list[str] | None,
    text_file: list[Path] | None,
) -> Sought:  # fmt: skip
    from corpus.erasing import corpus_forms
    from crawler.erasing.asking import asked_for
    from crawler.register import read_register

    register = read_register(command.register, command.settings.sites)
    return asked_for(
        register, urls=url or (), prefixes=prefix or (), sites=site or (), text_files=text_file or (),
        forms=corpus_forms,
    )  # fmt: skip


def _search(places: Places, asked: Sought, meter: Meter) -> tuple[Sought, list[Trace]]:
    """All that is meant, and where it is."""
    from corpus.erasing import corpora_of, find_in_corpora, other_addresses
    from crawler.erasing.erasing import find_in_crawls
    from crawler.erasing.expanding import expand
    from training.erasing import find_in_training

    sought = expand(places, asked, meter)
    if sought.urls and (more := other_addresses(places, Sought(urls=sought.urls)) - sought.urls):
        sought = expand(places, replace(sought, urls=sought.urls | more), meter)
    search = find_in_crawls(places, sought, meter)
    corpora = find_in_corpora(places, sought, meter, sites=search.sites, captures=search.captures)
    models = find_in_training(places, sought, meter, corpora=corpora_of(corpora))
    sought = replace(sought, payloads=sought.payloads | search.captures)  # by which corpora know the same bytes
    return sought, [*search.traces, *corpora, *models]


def _look_again(places: Places, matcher: Matcher, meter: Meter, depth: "Depth") -> tuple[list[Trace], "Search"]:
    from corpus.erasing import find_in_corpora
    from crawler.erasing.erasing import find_in_crawls
    from training.erasing import find_in_training

    search = find_in_crawls(places, matcher, meter, depth)
    corpora, training = find_in_corpora(places, matcher, meter), find_in_training(places, matcher, meter)
    return [*search.traces, *corpora, *training], search


def _erase(places: Places, erasures: Erasures, identity: str, meter: Meter) -> list[Trace]:
    """Archives last: after a kill they still tell which captures and sites are meant."""
    from corpus.erasing import erase_from_corpora
    from crawler.erasing.erasing import erase_from_crawls, find_in_crawls
    from training.erasing import erase_from_training

    search = find_in_crawls(places, erasures, meter)
    traces = erase_from_corpora(
        places, erasures, identity, meter, sites=search.sites, captures=search.captures
    )  # fmt: skip
    traces += erase_from_training(places, erasures, identity, meter)
    traces += erase_from_crawls(places, erasures, identity, meter)
    stamp(places.cache, identity)
    return traces


def _is_attended() -> bool:
    return sys.stdin.isatty()


def _lines(sought: Sought, traces: Sequence[Trace]) -> list[str]:
    """What was found where, for a person."""
    lines = [f"{each.place:70} {each.count:7} {each.kind}{'' if each.count == 1 else 's'}" for each in traces]
    if lines and sought.urls:
        lines = ["addresses of the page:", *(f"  {key}" for key in sorted(sought.urls)), *lines]
    return lines


def _values(sought: Sought, traces: Sequence[Trace]) -> dict[str, Any]:
    return {
        "found": sum(each.count for each in traces), "traces": [asdict(each) for each in traces],
        "urls": sorted(sought.urls), "prefixes": sorted(sought.prefixes), "sites": sorted(sought.sites),
        "num_texts": len(sought.texts), "num_bodies": len(sought.payloads),
    }  # fmt: skip


def _advice(receipt: dict[str, Any]) -> list[str]:
    """What a person has to do now."""
    lines = [f"trained on it, and to be trained anew or put out of use: {each}" for each in receipt["models"]]
    if receipt["links_left"]:
        lines.append(f"links to it are left in other pages: {receipt['links_left']}")
    lines += [f"damaged, so not searched: {each}" for each in receipt["unreadable"][:MAX_SHOWN]]
    if (more := len(receipt["unreadable"]) - MAX_SHOWN) > 0:
        lines.append(f"and {more} more that are damaged; the receipt names them")
    return [*lines, *(f"not in the data folder, look there yourself: {each}" for each in receipt["outside"])]


def _echo_json(values: dict[str, Any]) -> None:
    typer.echo(json.dumps(values, ensure_ascii=False, indent=2))
