"""The command `tvaerkom promote`: a run judged and put in use, or the one before it put back.

In: what the user typed. Out: one call, its result as a table or JSON, an exit code. Heavy imports stand in the
functions.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from foundation.command import Command, command_of
from foundation.errors import ConfigError, NeedsPersonError

if TYPE_CHECKING:
    from training.champions.promoting import Promotion

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keeps `promote` a command of a group, as the others are."""


@app.command()
def promote(
    ctx: typer.Context,
    run: Annotated[str | None, typer.Argument(help="A finished run.")] = None,
    reason: Annotated[str | None, typer.Option(help="Put it in use although the gate refuses it; recorded.")] = None,
    back: Annotated[bool, typer.Option("--back", help="Put the run in use again that was before the present.")] = False,
    track: Annotated[str | None, typer.Option(help="With --back: which track, where there are several.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
) -> None:
    """Put a run in use, where the gate lets it pass.

    The gate compares it with the champion, the run in use on its track (its tokenizer, private or not), on sentences
    that neither was trained on; the first one with the base it began from. What it refuses is put in use only with
    --reason. --back undoes it; again it goes one further back.

    Example: tvaerkom promote 2026Q4-published
    """
    from training.extra import require_training_extra

    require_training_extra()
    command = command_of(ctx)
    if back:
        if run is not None or reason is not None:
            raise ConfigError("--back takes neither a run nor --reason; write: tvaerkom promote --back [--track TRACK]")
        _go_back(command, track)
        return
    if run is None or track is not None:
        raise ConfigError("say which run: tvaerkom promote RUN (its track follows from it; --track is for --back)")
    if reason is not None and not reason.strip():
        raise ConfigError("--reason: say in a few words why; they are recorded")
    _promote(command, run, reason, device)


def _promote(command: Command, run: str, reason: str | None, device: str) -> None:
    from training.champions.gate import REFUSED
    from training.champions.promoting import can_be_overruled, promote
    from training.devices import choose_device

    result = promote(
        command.places, run, reason=reason, device=choose_device(device),
        controls=command.settings.training.controls,
    )  # fmt: skip
    if command.json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_lines(result)))
    if result.outcome == REFUSED and result.judgement is not None:
        advice = (
            f"to put it in use all the same: tvaerkom promote {run} --reason TEXT"
            if can_be_overruled(result.judgement)
            else "no reason helps against an erasure or a broken promise; train a new one"
        )  # fmt: skip
        stays = f"{result.before} stays in use" if result.before else "nothing is in use yet"
        raise NeedsPersonError(f"the gate refused {run}; {stays}; {advice}")


def _lines(result: "Promotion") -> list[str]:
    from training.champions.gate import REFUSED
    from training.champions.promoting import ALREADY
    from training.champions.wording import judgement_lines

    if result.outcome == ALREADY or result.judgement is None:
        return [f"{result.run} is the champion of {result.track} already"]
    lines = judgement_lines(result.judgement)
    if result.is_stored:
        lines.append(f"This is the judgement of {result.judgement.judged_at}: nothing that decides it changed since.")
    if result.outcome != REFUSED:
        before = f" in place of {result.before}" if result.before else ""
        overruled = " against the gate" if result.judgement.verdict == REFUSED else ""
        lines += ["", f"{result.run} is now the champion of {result.track}{before}{overruled}"]
    return lines


def _go_back(command: Command, track: str | None) -> None:
    from training.champions.promoting import go_back

    result = go_back(command.places, track)
    if command.json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join([
            *(f"passed over: {each}" for each in result.passed_over),
            f"{result.run} is the champion of {result.track} again, in place of {result.before}",
        ]))  # fmt: skip
