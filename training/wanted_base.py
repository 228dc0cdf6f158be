"""What `--base` means where it names no model: `champion`, the one in use.

In: what the user typed, and the run it is for. Out: the folder of a model, and the configuration that goes with it.
Finds no other bases (bases/finding.py).
"""

from pathlib import Path

from foundation.places import Places
from training.champions.standing import resolve_champion
from training.erasing import run_of_base
from training.record import RECORD_NAME
from training.run_folder import MODEL_FOLDER

CHAMPION = "champion"


def config_for(base: str | None) -> str:
    """The configuration where none is named: the champion learns what changed, another base everything."""
    return "changed" if _is_champion(base) else "published"


def folder_for(places: Places, base: str | None, run_folder: Path, *, fresh: bool) -> str | None:
    """What goes into the configuration as `base`; None where the configuration's own is meant.

    A run that was begun with the champion of its day goes on with that one.

    Raises:
        ConfigError: there is no champion, there are several, or it can be used no longer.
    """
    if base is None or not _is_champion(base):
        return base
    begun_with = run_of_base(places, run_folder.name) if (run_folder / RECORD_NAME).exists() and not fresh else None
    _, _, track = base.partition(":")
    run = begun_with or resolve_champion(places, track or None)
    return str((places.run(run) / MODEL_FOLDER).resolve())


def _is_champion(base: str | None) -> bool:
    return base is not None and base.partition(":")[0] == CHAMPION
