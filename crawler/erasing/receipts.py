"""The receipt of an erasure: what was done, without a word of what was erased.

In: the hashes of an erasure and what went from where. Out: `data/erasures/<id>.json`, written when the erasure begins
and again when it is done; and the places outside the data folder that a person has to look after.
"""

import datetime
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from foundation.erasures import PENDING, Erasures, Trace, erasure_ids
from foundation.errors import BrokenRunError
from foundation.files import write_text
from foundation.places import Places

MODEL = "model"  # kind of a trace: a model trained on what was erased is named, not changed


def new_id(places: Places, today: datetime.date) -> str:
    """The date, and a number that no erasure of that day has."""
    taken = {*erasure_ids(places.erasures), *(path.stem for path in places.erasures.glob("*.json"))}
    number = 1
    while f"{today}-{number}" in taken:
        number += 1
    return f"{today}-{number}"


def begin_receipt(
    places: Places, erasures: Erasures, found: Sequence[Trace], *, reason: str, case: str | None
) -> None:  # fmt: skip
    """Write down what is about to be erased: if this is killed, another command ends it and knows the rest from here.

    Args:
        found: what was found of it and where.
    """
    (identity,) = erasures.ids
    hashes = {
        kind: [{"length": length, "hash": each.hex()} for length, each in _sorted(lengths)]
        for kind, lengths in sorted(erasures.hashes.items())
    }  # fmt: skip
    values = {
        "id": identity, "state": PENDING, "date": _today(), "reason": reason, "case": case,
        "kinds": sorted(erasures.hashes), "hashes": hashes, "outside": outside(os.environ), "links_left": None,
        "unreadable": [], "applied_again": [], **_told(found),
    }  # fmt: skip
    _write(places, identity, values)


def end_receipt(places: Places, identity: str, **values: Any) -> dict[str, Any]:
    """Write it again with what is known at the end; gives all of it."""
    new = read_receipt(places, identity) | values
    _write(places, identity, new)
    return new


def note_again(places: Places, identity: str, erased: Sequence[Trace]) -> None:
    """Add that something was erased once more, from what came back from a backup."""
    values = read_receipt(places, identity)
    again = {"date": _today(), "erased": _told(erased)["erased"]}
    _write(places, identity, values | {"applied_again": [*values["applied_again"], again]})


def has_receipt(places: Places, identity: str) -> bool:
    return (places.erasures / f"{identity}.json").exists()


def read_receipt(places: Places, identity: str) -> dict[str, Any]:
    """A receipt.

    Raises:
        BrokenRunError: it cannot be read.
    """
    path = places.erasures / f"{identity}.json"
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BrokenRunError(f"{path}: cannot be read ({error}); restore {path.parent} from a backup") from None


def outside(environ: Mapping[str, str]) -> list[str]:
    """What this command cannot reach: where else copies may lie."""
    home = Path(environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    datasets = Path(environ.get("HF_DATASETS_CACHE") or home / "datasets")
    places = ["backups of the data folder; they are cleaned when they are put back, as long as data/erasures is kept",
              "copies of snapshots, corpora and models that were given to others"]  # fmt: skip
    return [f"{datasets}: copies made by load_dataset; delete those of a corpus named above", *places]


def _today() -> str:
    return datetime.date.today().isoformat()


def _told(found: Sequence[Trace]) -> dict[str, Any]:
    return {
        "erased": [asdict(each) for each in found if each.kind != MODEL],
        "models": sorted({each.place for each in found if each.kind == MODEL}),
    }


def _sorted(lengths: Mapping[int, frozenset[bytes]]) -> list[tuple[int, bytes]]:
    return [(length, each) for length, found in sorted(lengths.items()) for each in sorted(found)]


def _write(places: Places, identity: str, values: Mapping[str, Any]) -> None:
    path = places.erasures / f"{identity}.json"
    write_text(path, json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
    path.chmod(0o600)
