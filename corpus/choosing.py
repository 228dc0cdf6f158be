"""Which corpus a command means.

In: the name that was typed, or none. Out: the folder of a corpus; of none typed the newest, and says which.
"""

from pathlib import Path

import typer

from foundation.command import Command
from foundation.errors import ConfigError
from foundation.places import complete_names, newest_complete
from foundation.quarters import parse_quarter


def chosen_corpus(command: Command, name: str | None) -> Path:
    """The folder of the corpus of this name; without one, of the newest, which is then named on standard error.

    Raises:
        ConfigError: there is none.
    """
    if name is None:
        newest = newest_complete(command.places.corpora)
        if newest is None:
            raise ConfigError(f"there is no corpus in {command.places.corpora}; see: tvaerkom status")
        typer.echo(f"corpus {newest}", err=True)
        return command.places.corpus(str(newest))
    return named_corpus(command, name)


def named_corpus(command: Command, name: str) -> Path:
    """The folder of the corpus of this name; raises as chosen_corpus."""
    folder = command.places.corpus(str(parse_quarter(name)))
    if not folder.is_dir():
        there = ", ".join(map(str, complete_names(command.places.corpora))) or "none"
        raise ConfigError(f"there is no corpus {name} in {command.places.corpora} (there: {there})")
    return folder
