"""Chance that depends on a name and on nothing else.

In: a key of words and numbers. Out: a `random.Random` of its own for that key.
No clock, no `hash()`, no shared generator: drawing more for one thing never changes another.
"""

import random


def chance(*key: str | int) -> random.Random:
    """A generator for one thing; seeding by text uses SHA-512, the same for every PYTHONHASHSEED."""
    return random.Random("/".join(str(part) for part in key))
