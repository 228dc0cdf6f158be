"""robots.txt as RFC 9309 reads it.

In: the status and bytes of a robots.txt, and our agent's name. Out: what it allows, its sitemaps, its delay, what it
says of training, and which AI agents it shuts out. Reservations in pages and headers are reservations.py's.

A Robots object parses its text once and keeps the rules that are for us as long as it lives: who holds one object per
host bounds the memory (13 MB at worst, for 500 KiB of nothing but rules; a few KB for an ordinary file).
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from crawler.rules.ai_agents import AI_AGENTS
from crawler.rules.path_patterns import path_octets
from crawler.rules.robots_groups import ContentUsageRule, Group, Rule, read_groups

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


@dataclass(frozen=True, kw_only=True)
class AgentRules:
    """What a robots.txt says to one agent. What it says to others is not kept."""

    rules: tuple[Rule, ...]  # the most specific first; of equals, those that allow (section 2.2.2)
    crawl_delay_s: float
    sitemaps: tuple[str, ...]
    content_usage: tuple[ContentUsageRule, ...]
    shut_out_ai_agents: tuple[str, ...]

    def allows(self, url: str) -> bool:
        octets = path_octets(url)
        return octets == b"/robots.txt" or _allows(self.rules, octets)


@dataclass(frozen=True)
class Robots:
    """The rules of one host for us."""

    verdict: RobotsVerdict
    text: str  # empty unless there are rules

    def allows(self, url: str) -> bool:
        if self.verdict is RobotsVerdict.RULES:
            return self._rules.allows(url)
        return self.verdict is RobotsVerdict.NO_RULES

    @property
    def crawl_delay_s(self) -> float:
        """Seconds, 0 where none is asked for, never more than MAX_CRAWL_DELAY_S."""
        return min(self._rules.crawl_delay_s, MAX_CRAWL_DELAY_S)

    @property
    def sitemaps(self) -> list[str]:
        return list(self._rules.sitemaps)

    @property
    def content_usage(self) -> tuple[ContentUsageRule, ...]:
        """Statements on the use of content, of our group; reservations.robots_reservation applies them."""
        return self._rules.content_usage

    @property
    def shut_out_ai_agents(self) -> tuple[str, ...]:
        """Well-known AI agents that are named and shut out of "/" where we are let in."""
        return self._rules.shut_out_ai_agents

    @cached_property
    def _rules(self) -> AgentRules:
        return rules_for(AGENT_TOKEN, self.text if self.verdict is RobotsVerdict.RULES else "")


def read_robots(status: int, body: bytes) -> Robots:
    """The meaning of a final answer (after redirects)."""
    if 200 <= status < 300:
        return Robots(RobotsVerdict.RULES, _decoded(body))
    if status in (304, 429) or status >= 500:  # 304 answers a question that was not asked
        return Robots(RobotsVerdict.UNREACHABLE, "")
    return Robots(RobotsVerdict.NO_RULES, "")


def rules_for(agent: str, text: str) -> AgentRules:
    """The rules for a product token: those of its own groups, or of `*` where it has none (section 2.2.1)."""
    agent = agent.lower()
    groups, sitemaps = read_groups(text, {agent, "*", *map(str.lower, AI_AGENTS)})
    own = groups.get(agent) or groups.get("*") or Group()
    rules = _most_specific_first(own.rules)
    return AgentRules(
        rules=rules,
        crawl_delay_s=own.crawl_delay_s,
        sitemaps=tuple(sitemaps),
        content_usage=tuple(own.content_usage),
        shut_out_ai_agents=_shut_out_ai_agents(groups) if _allows(rules, b"/") else (),
    )


def _decoded(body: bytes) -> str:
    """The text up to the limit, without the line that the limit cuts in two."""
    if len(body) > MAX_ROBOTS_BYTES:
        whole_lines = re.match(rb".*[\r\n]", body[: MAX_ROBOTS_BYTES + 1], re.DOTALL)
        body = whole_lines[0] if whole_lines else b""
    return "\n".join(map(_decoded_line, body.removeprefix(b"\xef\xbb\xbf").splitlines()))


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")  # what an older editor leaves; the RFC wants UTF-8


def _most_specific_first(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    return tuple(sorted(rules, key=lambda rule: (rule.pattern.num_octets, rule.allows), reverse=True))


def _allows(rules: Sequence[Rule], octets: bytes) -> bool:
    return next((rule.allows for rule in rules if rule.pattern.matches(octets)), True)


def _shut_out_ai_agents(groups: dict[str, Group]) -> tuple[str, ...]:
    named = ((agent, groups.get(agent.lower())) for agent in AI_AGENTS)
    return tuple(agent for agent, group in named if group and not _allows(_most_specific_first(group.rules), b"/"))
