"""`models/<track>/champion.json`: which run is in use on each track, since when, and which were before it.

In: the data folder. Out: tracks, read, named and written whole. A track is one tokenizer, private or not: only within
it are losses comparable. Judges nothing (judging.py); does not look whether a champion is still there (standing.py).
"""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from foundation.errors import BrokenRunError
from foundation.files import write_text
from foundation.places import Places

CHAMPION_NAME, JUDGEMENTS_NAME, AUDIT_NAME = "champion.json", "judgements", "audit.json"
FORMAT_VERSION = 1
PROMOTED, BACK = "promoted", "back"
WEIGHTS_DIGITS = 8  # of a model's sha256, in the name of its judgement
_HASH_DIGITS = 8  # of the tokenizer's sha256; two tokenizers of one name are told apart by them
_NOT_IN_SLUG = re.compile(r"[^a-z0-9.]+")
_MAX_SLUG = 40


@dataclass(frozen=True, kw_only=True)
class InUse:
    """A run that is, or was, in use.

    Attributes:
        since: UTC, ISO 8601.
        weights_sha256: of its model (training.bases.finding.Base); a run of that name trained anew has another.
        judgement: file below the track's folder.
        reason: given by the person who promoted it.
    """

    run: str
    since: str
    weights_sha256: str
    judgement: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One promotion (`promoted`) or rollback (`back`): which run came into use, and when."""

    at: str
    kind: str
    run: str
    judgement: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Track:
    """One tokenizer, private or not, with its champion.

    Attributes:
        before: what `promote --back` goes back to, oldest first.
        changes: everything that ever happened, oldest first.
    """

    name: str
    tokenizer_sha256: str
    is_private: bool
    champion: InUse
    before: tuple[InUse, ...]
    changes: tuple[Change, ...]


def is_private(run_folder: Path, record: dict[str, Any]) -> bool:
    """Whether a run was trained with differential privacy: run.json says so, or it has a privacy.json."""
    return record.get("private") is True or (run_folder / "privacy.json").is_file()


def track_folder(places: Places, track: str) -> Path:
    return places.models / track


def track_name(places: Places, *, base: str, tokenizer_sha256: str, is_private: bool) -> str:
    """The name of a track: that of the folder there is for this tokenizer, else one made of the base's name."""
    ending = tokenizer_sha256[:_HASH_DIGITS] + ("-private" if is_private else "")
    there = sorted(path.parent.name for path in places.models.glob(f"*-{ending}/{CHAMPION_NAME}"))
    slug = _NOT_IN_SLUG.sub("-", base.rsplit("/", 1)[-1].lower()).strip("-.")[:_MAX_SLUG].rstrip("-.")
    return there[0] if there else f"{slug or 'model'}-{ending}"


def read_tracks(places: Places) -> list[Track]:
    """All tracks with a champion, by name. Raises BrokenRunError."""
    names = sorted(path.parent.name for path in places.models.glob(f"*/{CHAMPION_NAME}"))
    return [track for name in names if (track := read_track(places, name)) is not None]


def read_track(places: Places, name: str) -> Track | None:
    """None where the track has no champion yet.

    Raises:
        BrokenRunError: its champion.json cannot be read.
    """
    path = track_folder(places, name) / CHAMPION_NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.pop("format_version") != FORMAT_VERSION:
            raise BrokenRunError(f"{path}: written by a newer tvaerkom; install that one")
        return Track(**values | {
            "champion": InUse(**values["champion"]), "before": tuple(InUse(**each) for each in values["before"]),
            "changes": tuple(Change(**each) for each in values["changes"]),
        })  # fmt: skip
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenRunError(f"{path}: cannot be read ({type(error).__name__}); restore it from a backup") from None


def write_track(places: Places, track: Track) -> None:
    values = {"format_version": FORMAT_VERSION} | asdict(track)
    path = track_folder(places, track.name) / CHAMPION_NAME
    write_text(path, json.dumps(values, ensure_ascii=False, indent=2) + "\n")
