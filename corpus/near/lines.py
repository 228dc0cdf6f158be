"""Whether two long texts whose gram sets are alike are alike where they differ.

In: two texts of lines. Out: yes or no. The set of 3-grams of a long text says ever less about it, as most 3-grams of
the language are in it anyway: of two pages of 20 kB with one frame, a third may be about something else. So lines that
both have are taken away, and what is left must be little or alike itself.
"""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from corpus.near.verify import overlaps

LITTLE_NUMERATOR, LITTLE_DENOMINATOR = 1, 5  # of the longer text's characters: the counterpart of 0.8


def are_alike_where_they_differ(first: str, second: str) -> bool:
    """At most a fifth of the longer text is in lines that only one has, or those lines' gram sets are near as well.

    A line counts as often as it stands; case and blanks do not matter. Both answers are exact.
    """
    lines, others = _lines(first), _lines(second)
    left, left_of_other = list((lines - others).elements()), list((others - lines).elements())
    most = max(_num_chars(left), _num_chars(left_of_other))
    longer = max(_num_chars(lines.elements()), _num_chars(others.elements()))
    if LITTLE_DENOMINATOR * most <= LITTLE_NUMERATOR * longer:
        return True
    rest = ["\n".join(left), "\n".join(left_of_other)]
    return bool(overlaps(rest, np.array([0]), np.array([1])).is_near[0])


def _lines(text: str) -> Counter[str]:
    return Counter(" ".join(line.split()) for line in text.lower().split("\n"))


def _num_chars(lines: Iterable[str]) -> int:
    return sum(map(len, lines))
