"""A host's /.well-known/tdmrep.json (W3C TDMRep, community report of 10 May 2024).

In: the file and a path. Out: the rule that reserves the path against text and data mining, as it was written.
The first rule that matches decides (the report's "most specific match is the first in sequence"), even one that
reserves nothing, or whose value is none of the report's; a broken file says nothing.
"""

import json
from functools import lru_cache
from typing import Any

from crawler.rules.path_patterns import PathPattern, path_octets, path_pattern

MAX_TDMREP_BYTES = 500 * 1024  # as for robots.txt; the report names no limit


def reserving_rule(tdmrep_json: bytes, path: str) -> str | None:
    """The rule for a path (with its query) where it reserves, else None."""
    octets = path_octets(path)
    return next((written for pattern, written in _rules(tdmrep_json) if pattern.matches(octets)), None)


@lru_cache(maxsize=128)  # asked for each page; the register has a hundred sites
def _rules(tdmrep_json: bytes) -> tuple[tuple[PathPattern, str | None], ...]:
    """Patterns in the file's order, each with its rule's text where that reserves."""
    if len(tdmrep_json) > MAX_TDMREP_BYTES:
        return ()
    try:
        listed: Any = json.loads(tdmrep_json)
    except (ValueError, RecursionError):
        return ()
    return tuple(
        (path_pattern(rule["location"].strip()), json.dumps(rule, ensure_ascii=False) if _reserves(rule) else None)
        for rule in (listed if isinstance(listed, list) else ())
        if isinstance(rule, dict) and isinstance(rule.get("location"), str)
    )


def _reserves(rule: dict[str, Any]) -> bool:
    value = rule.get("tdm-reservation")
    return value == 1 and not isinstance(value, bool)  # the report: an integer, any other value is an error
