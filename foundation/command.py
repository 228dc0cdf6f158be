"""What every command is given: the data folder, the register to use, and how much to say.

In: the global options. Out: one frozen object in `ctx.obj`. Does not open the data folder.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import typer

from foundation.places import Places
from foundation.user_settings import UserSettings, read_user_settings

DATA_VARIABLE = "TVAERKOM_DATA"


@dataclass(frozen=True, kw_only=True)
class Command:
    """The global options, resolved."""

    places: Places
    settings: UserSettings
    register: Path | None
    quiet: bool = False
    verbose: bool = False
    json: bool = False


def resolve_command(*, data: Path | None, register: Path | None, quiet: bool, verbose: bool, json: bool) -> Command:
    """Find the data folder: --data, else TVAERKOM_DATA, else tvaerkom.yaml, else ./data."""
    settings = read_user_settings(Path.cwd())
    chosen = data or os.environ.get(DATA_VARIABLE) or settings.data or "data"
    return Command(
        places=Places(Path(chosen)), settings=settings, register=register, quiet=quiet, verbose=verbose, json=json
    )


def command_of(ctx: typer.Context) -> Command:
    command = ctx.find_object(Command)
    if command is None:
        raise RuntimeError("a stage's command is started through tvaerkom only")
    return command
