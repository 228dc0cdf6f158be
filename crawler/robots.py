"""robots.txt as RFC 9309 reads it.

In: the status and bytes of a robots.txt, and our agent's name. Out: what it allows, its sitemaps and its delay.
Reservations in pages and headers (noindex, TDMRep) are not read yet.
"""

import enum
from dataclasses import dataclass
from functools import lru_cache

from protego import Protego

MAX_ROBOTS_BYTES = 500 * 1024  # RFC 9309 section 2.5
MAX_ROBOTS_REDIRECTS = 5  # RFC 9309 section 2.3.1.2
MAX_ROBOTS_AGE_S = 24 * 3600  # RFC 9309 section 2.4
MAX_CRAWL_DELAY_S = 30.0  # longer ones are asked about by hand; Nutch and StormCrawler stop there too
AGENT_TOKEN = "tvaerkom"


class RobotsVerdict(enum.StrEnum):
    """What the answer for robots.txt means."""

    RULES = "rules"  # read and obeyed
    NO_RULES = "no rules"  # 4xx: everything is allowed (RFC 9309 section 2.3.1.3)
    UNREACHABLE = "unreachable"  # 5xx or no answer: nothing is allowed (section 2.3.1.4)


@dataclass(frozen=True)
class Robots:
    """The rules of one host."""

    verdict: RobotsVerdict
    text: str

    def allows(self, url: str) -> bool:
        if self.verdict is RobotsVerdict.RULES:
            return bool(_parsed(self.text).can_fetch(url, AGENT_TOKEN))
        return self.verdict is RobotsVerdict.NO_RULES

    @property
    def crawl_delay_s(self) -> float:
        """Seconds, 0 where none is asked for, never more than MAX_CRAWL_DELAY_S."""
        delay = _parsed(self.text).crawl_delay(AGENT_TOKEN) if self.verdict is RobotsVerdict.RULES else None
        return min(max(delay or 0.0, 0.0), MAX_CRAWL_DELAY_S) if delay == delay else 0.0

    @property
    def sitemaps(self) -> list[str]:
        return list(_parsed(self.text).sitemaps) if self.verdict is RobotsVerdict.RULES else []


def read_robots(status: int, body: bytes) -> Robots:
    """The meaning of a final answer (after redirects)."""
    if status == 200:
        text = body[:MAX_ROBOTS_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")
        return Robots(RobotsVerdict.RULES, text)
    if status == 429 or status >= 500:
        return Robots(RobotsVerdict.UNREACHABLE, "")
    return Robots(RobotsVerdict.NO_RULES, "")


@lru_cache(maxsize=500)
def _parsed(text: str) -> Protego:
    """Parse once per text: a crawl asks for every URL, of a hundred hosts."""
    return Protego.parse(text)
