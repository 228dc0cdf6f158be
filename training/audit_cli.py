"""The command `tvaerkom audit`: what a run betrays of the texts it was trained on.

In: what the user typed. Out: one call, its two paragraphs or JSON, an exit code. Heavy imports stand in the function.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from foundation.command import command_of
from foundation.errors import NeedsPersonError
from foundation.printing import printable, printable_json

app = typer.Typer()


@app.callback()
def _group() -> None:
    """Keeps `audit` a command of a group, as the others are."""


@app.command()
def audit(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(help="A finished run.")],
    canaries: Annotated[
        int | None, typer.Option(min=100, max=100_000, help="Invented persons; the twin learns about half. 1000.")
    ] = None,
    twin: Annotated[bool, typer.Option("--twin/--no-twin", help="Train a twin, or ask the run itself only.")] = True,
    data: Annotated[
        list[Path] | None, typer.Option(help="Of a head trained on files of yours: the folder or files.")
    ] = None,
    probe_file: Annotated[
        Path | None, typer.Option(help="Texts, one a line: can they still be got out of the model?")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask all anew; what failed before is kept.")] = False,
) -> None:
    """Test what a run betrays of the texts it was trained on.

    Asks the run which sentences it knows, and lets it fill in rare names and numbers, beside its base; a head is asked
    which examples it knows. Then trains a twin, which takes as long as the run did: the same settings, the same
    sentences, and a random half of the canaries (sentences about invented persons). What the twin gives away of them
    is a lower bound on epsilon, the privacy that was promised (smaller is more). The run itself never sees a canary.
    Typed again, it goes on.

    Example: tvaerkom audit 2026Q4-private
    """
    from training.extra import require_training_extra

    require_training_extra()
    from training.audit.auditing import audit_run
    from training.audit.wishes import AuditWishes
    from training.audit.wording import audit_lines

    command = command_of(ctx)
    wishes = AuditWishes(
        num_canaries=canaries, device=device, has_twin=twin, probe_file=probe_file, fresh=fresh,
        data=tuple(each.expanduser() for each in data or ()),
    )  # fmt: skip
    found = audit_run(command.places, run, wishes)
    if command.json:
        typer.echo(printable_json(json.dumps(found.values, ensure_ascii=False, indent=2)))
    else:
        typer.echo("\n".join(map(printable, audit_lines(found.values))))
    if found.passed is False:
        raise NeedsPersonError(
            f"the audit of {run} did not pass, and {found.consequence}; what was found is in runs/{run}/audit.json"
        )
