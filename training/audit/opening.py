"""Which kind of run is audited.

In: the name of a run, and files of the user's. Out: the run, opened by who knows its kind (subject.py, head.py).
"""

from collections.abc import Sequence
from pathlib import Path

from foundation.errors import ConfigError
from foundation.places import Places
from training.audit.head import open_head
from training.audit.kinds import Subject
from training.audit.subject import open_subject
from training.champions.lineage import is_head


def open_run(places: Places, run: str, data: Sequence[Path]) -> Subject:
    """Raises ConfigError and BrokenRunError as `open_subject` and `open_head`."""
    if is_head(places, run):
        return open_head(places, run, data)
    subject = open_subject(places, run)
    if data:
        raise ConfigError(f"--data: run {run} is a language model, and its corpus is found by itself; leave --data out")
    return subject
