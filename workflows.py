"""What crosses stages: quarter, status, demo. Sequences of the stages' own functions, no logic of their own.

In: the global options. Out: folders made by the stages, one summary. Heavy imports stand in the functions.
"""

import datetime
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.command import Command, command_of
from foundation.errors import BrokenRunError, ConfigError, NeedsPersonError
from foundation.manifests import is_complete
from foundation.places import names_below, newest_complete
from foundation.quarters import parse_quarter, quarter_of

app = typer.Typer()
STAGES = ("snapshot", "corpus", "model")


@dataclass
class Summary:
    """What a quarter's stages gave, for a person or (as a dictionary) for a program."""

    quarter: str
    lines: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    needs_person: list[str] = field(default_factory=list)

    def add(self, line: str, **values: Any) -> None:
        self.lines.append(line)
        self.values |= values


@app.command()
def quarter(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="QUARTER", help="Such as 2026Q4; left out: an unfinished one, else today's.")
    ] = None,
    until: Annotated[str, typer.Option(help="snapshot, corpus or model.")] = "corpus",
    config: Annotated[str | None, typer.Option(help="Training configuration, with --until model.")] = None,
    base: Annotated[str | None, typer.Option(help="Base model, or champion, with --until model.")] = None,
) -> None:
    """Do all of a quarter: crawl, publish, build, verify, report and, with --until model, train.

    Finished stages are skipped, so the same command goes on after an interruption. Exit code 3: done, but some sites
    need a person.
    Example: tvaerkom quarter 2026Q4 --until model
    """
    if until not in STAGES:
        raise ConfigError(f"--until {until}: choose one of {', '.join(STAGES)}")
    command = command_of(ctx)
    summary = Summary(str(parse_quarter(name)) if name else _quarter_to_do(command))
    _snapshot(command, summary)
    if until != "snapshot":
        _corpus(command, summary)
    if until == "model":
        _model(command, summary, config, base)
    if command.json:
        typer.echo(json.dumps(summary.values | {"quarter": summary.quarter}, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join([f"quarter {summary.quarter}", *(f"  {line}" for line in summary.lines)]))
    if summary.needs_person:
        raise NeedsPersonError("\n".join(summary.needs_person))


def _quarter_to_do(command: Command) -> str:
    unfinished = [name for name in names_below(command.places.snapshots)
                  if not name.is_trial and not is_complete(command.places.snapshot(str(name)))]  # fmt: skip
    return str(max(unfinished, default=quarter_of(datetime.date.today())))


def _snapshot(command: Command, summary: Summary) -> None:
    from crawler.crawl import crawl
    from crawler.plan import plan_crawl, publish_crawl
    from crawler.pruning import overdue, prune
    from crawler.snapshot import read_snapshot_manifest
    from crawler.telling.freshness import person_lines, thin_line

    folder = command.places.snapshot(summary.quarter)
    if not is_complete(folder):
        crawl(plan_crawl(command, summary.quarter, only=(), include_all=False))
        publish_crawl(command, summary.quarter)
    manifest = read_snapshot_manifest(folder)
    pages = sum(site.num_pages for site in manifest.sites)
    summary.add(
        f"snapshot  {pages} pages of {len(manifest.sites)} sites  {folder}", num_pages=pages, snapshot=str(folder)
    )
    summary.needs_person += person_lines(manifest)
    old = [each.quarter for each in overdue(command.places)]
    try:
        prune(command.places, old)
    except ConfigError as error:  # published is published; `status` says what is overdue
        summary.add(f"          old archives stay for now: {error}")
        old = []
    if old:
        summary.add(f"          raw archives of {', '.join(old)}, which are no longer needed, were removed", pruned=old)
    for site in manifest.sites:
        if site.state != "complete" and not site.needs_person:
            summary.add(f"          {site.name}: {site.state}: {site.reason}")
    if thin := thin_line(manifest):
        summary.add(f"          {thin}")


def _corpus(command: Command, summary: Summary) -> None:
    import os

    from corpus.build import build
    from corpus.plan import plan_build
    from corpus.schema import read_corpus_manifest
    from corpus.stats import damage_lines, read_statistics
    from corpus.verify import verify_corpus

    folder = command.places.corpus(summary.quarter)
    if not is_complete(folder):
        build(plan_build(command, summary.quarter, workers=os.cpu_count() or 1))
    if complaints := verify_corpus(folder):
        raise BrokenRunError("\n".join(complaints))
    counts = read_corpus_manifest(folder).counts
    summary.needs_person += damage_lines(
        read_statistics(folder), f"tvaerkom snapshot verify {summary.quarter}"
    )
    summary.add(
        f"corpus    {counts['train']} training and {counts['validation']} validation sentences  {folder}",
        corpus=str(folder), **counts,
    )  # fmt: skip
    _report_of(command, summary, folder)


def _report_of(command: Command, summary: Summary, corpus: Path) -> None:
    """Made anew each time: it costs little, and the register or an erasure may have changed what it says."""
    from corpus.inspection.connection import stoppable
    from corpus.report.making import make_report
    from crawler.snapshot import registered_sites

    registered = registered_sites(command.register, command.settings.sites)
    try:
        path = stoppable(lambda: make_report(command.places, corpus, registered))[0]
    except (BrokenRunError, ConfigError) as error:  # the corpus is whole: what it is compared with may not be
        summary.needs_person.append(f"no report was made: {error}")
        return
    summary.add(f"report    {path}", report=str(path))


def _model(command: Command, summary: Summary, config: str | None, base: str | None) -> None:
    from training.extra import require_training_extra

    require_training_extra()
    from training.config import read_config
    from training.run import Wishes, train
    from training.wanted_base import config_for, folder_for

    config = config or config_for(base)
    run = command.places.run(f"{summary.quarter}-{Path(config).stem}")
    settings = read_config(config, (), base=folder_for(command.places, base, run, fresh=False))
    result = train(
        command.places.corpus(summary.quarter), run, settings, cache=command.places.cache,
        wishes=Wishes(controls=command.settings.training.controls),
    )  # fmt: skip
    before, after = result.score("before", "loss"), result.score("after", "loss")
    summary.add(
        f"model     validation loss {before:.2f} before, {after:.2f} after  {result.model_folder}",
        model=str(result.model_folder), loss_before=before, loss_after=after,
    )  # fmt: skip
    _judge(command, summary, result.run)


def _judge(command: Command, summary: Summary, run: str) -> None:
    """What the gate says of the new model where one is in use; putting it in use is left to a person."""
    from training.champions.gate import REFUSED, deciding
    from training.champions.judging import judge
    from training.champions.lineage import weights_of
    from training.champions.tracks import read_tracks
    from training.devices import choose_device

    champions = [track.champion for track in read_tracks(command.places)]
    weights = weights_of(command.places.run(run))
    in_use = [(each.run, each.weights_sha256) for each in champions]
    if not in_use or (run, weights) in in_use:
        summary.add(f"gate      {'in use already' if in_use else f'to put it in use: tvaerkom promote {run}'}")
        return
    controls = command.settings.training.controls
    judgement = judge(command.places, run, device=choose_device("auto"), controls=controls).judgement
    opponent = judgement.against["name"]
    summary.add(f"gate      {judgement.verdict}, against {opponent}", verdict=judgement.verdict, against=opponent)
    if judgement.verdict == REFUSED:
        reasons = [f"{each.name}: {each.reason}" for each in deciding(judgement.criteria)]
        summary.needs_person.append(f"the gate refuses {run}: {'; '.join(reasons)}; what was in use stays so")
    else:
        summary.add(f"          to put it in use: tvaerkom promote {run}")


@app.command()
def status(ctx: typer.Context) -> None:
    """Show what is there, what is in force, what needs a person, and what to type next.

    Example: tvaerkom status
    """
    command = command_of(ctx)
    report = _report(command)
    if command.json:
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    typer.echo(f"data folder {command.places.data}")
    for title, key in (("there", "there"), ("in force", "in_force"), ("needs you", "needs_you")):
        for line in report[key]:
            typer.echo(f"{title:10} {line}")
    typer.echo(f"next       {report['next']}")


def _report(command: Command) -> dict[str, Any]:
    from crawler.pruning import overdue
    from crawler.snapshot import read_snapshot_manifest
    from crawler.telling.freshness import person_lines
    from training.champions.standing import champion_warnings, in_force
    from training.erasing import superseded_runs

    places = command.places
    there, needs = [], []
    unfinished: str | None = None
    for name in names_below(places.snapshots):
        done = is_complete(places.snapshot(str(name)))
        there.append(f"snapshot {name}{'' if done else ' (not published)'}")
        if done:
            needs += [f"{name} {line}" for line in person_lines(read_snapshot_manifest(places.snapshot(str(name))))]
        else:
            unfinished = str(name)
    needs += [
        f"{each.quarter}: its raw archive ({each.num_bytes / 1e6:.0f} MB) is older than needed; run: "
        "tvaerkom snapshot prune" for each in overdue(places)
    ]  # fmt: skip
    there += [f"corpus {name}" for name in names_below(places.corpora)]
    needs += [
        f"run {name}: trained on a corpus from which something was erased since; train a new run"
        for name in superseded_runs(places)
    ]
    runs = sorted(places.runs.iterdir()) if places.runs.is_dir() else []
    there += [f"run {run.name}{'' if is_complete(run) else ' (not finished)'}" for run in runs if run.is_dir()]
    newest = {"snapshot": newest_complete(places.snapshots), "corpus": newest_complete(places.corpora)}
    used = [f"{kind} {name}" for kind, name in newest.items() if name] + in_force(places)
    needs += champion_warnings(places)
    return {
        "data": str(places.data), "there": there or ["nothing yet"], "in_force": used, "needs_you": needs,
        "next": _next_command(command, unfinished, runs),
    }  # fmt: skip


def _next_command(command: Command, unfinished: str | None, runs: list[Path]) -> str:
    from training.champions.lineage import is_head
    from training.champions.standing import is_judged

    places = command.places
    runs = [run for run in runs if not is_head(places, run.name)]
    snapshot, corpus = newest_complete(places.snapshots), newest_complete(places.corpora)
    if unfinished:
        return f"tvaerkom crawl {unfinished}; then tvaerkom snapshot publish {unfinished}"
    if snapshot is None:
        return "tvaerkom demo" if command.settings.operator is None else "tvaerkom quarter"
    if corpus is None or corpus < snapshot:
        return f"tvaerkom corpus build {snapshot}"
    if not all(map(is_complete, runs)) or not any(run.name.startswith(f"{corpus}-") for run in runs):
        return f"tvaerkom train {corpus}"
    waiting = [run.name for run in runs if is_complete(run) and run.name.startswith(f"{corpus}-")]
    if fresh := [run for run in waiting if not is_judged(places, run)]:
        return f"tvaerkom promote {fresh[-1]}"
    today = quarter_of(datetime.date.today())
    return (
        f"tvaerkom quarter {today}" if snapshot < today else "nothing; the newest quarter is crawled, built and trained"
    )


@app.command()
def demo(ctx: typer.Context) -> None:
    """Crawl Kommuneby, a pretend municipal web on this machine, build a corpus and train a small model, twice.

    Two quarters, a few minutes, no network. Everything lies in data/demo, which is made anew each time.
    Example: tvaerkom demo
    """
    from training.extra import require_training_extra

    require_training_extra()
    from demo.tour import tour

    command = command_of(ctx)
    for line in tour(command.places.data / "demo", quiet=command.quiet):
        typer.echo(line)
