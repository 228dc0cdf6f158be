"""The errors that end a command, and the exit code of each.

    TvaerkomError
    ├── ConfigError        wrong use or a broken file by the user: exit code 2, never a traceback
    ├── BrokenRunError     disk full, digest mismatch, damaged shard: exit code 1, nothing committed is lost
    └── NeedsPersonError   finished, but a gate said no; what was in force stays: exit code 3

`tvaerkom.py` catches them and prints the message, which says what, where, and what to do.
A bad document is none of these: it is dropped with a reason and the run goes on.
"""


class TvaerkomError(Exception):
    """Base of all errors whose message is meant for the user."""

    exit_code = 1


class ConfigError(TvaerkomError):
    """Wrong use, or a file written by the user that cannot be read."""

    exit_code = 2


class BrokenRunError(TvaerkomError):
    """The run cannot go on; what was committed stays."""


class NeedsPersonError(TvaerkomError):
    """The work ended, but a gate refused its result."""

    exit_code = 3
