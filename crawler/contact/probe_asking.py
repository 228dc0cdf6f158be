"""A few questions to a few hosts: how a probe asks.

In: URLs. Out: a `Trail`: where each leads, and the answer at its end. Nothing is asked without the permission of the
origin's robots.txt, of no host outside the sites, and no more than MAX_REQUESTS times of one host or area. A host that
fails or pushes back is left alone. Knows no framework: `Fetch` sends one request in its turn.
"""

import datetime
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from crawler.contact.probe_findings import RobotsFinding
from crawler.net.answers import REDIRECTS, Answer
from crawler.pages.urls import host_of, normal_url, origin_of
from crawler.politeness import Manners, Politeness
from crawler.rules.robots import AGENT_TOKEN, MAX_ROBOTS_REDIRECTS, Robots, RobotsVerdict, read_robots, rules_for
from crawler.site_crawl import MAX_REDIRECTS
from crawler.telling.ledger import SentRequest

MAX_REQUESTS = 4  # what nobody notices; more is a crawl
FORBIDDEN = "not asked: robots.txt forbids it"
USED_UP = f"not asked: its {MAX_REQUESTS} requests are used up"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What became of one request: an answer, or in one sentence why there is none."""

    answer: Answer | None = None
    problem: str | None = None
    address: str | None = None
    pause_s: float | None = None
    is_silence: bool = False


Fetch = Callable[[str, float], Awaitable[Fetched]]  # a URL, and the pause behind it in seconds


@dataclass(frozen=True, kw_only=True)
class Trail:
    """Where a URL leads: itself and each target of a redirect, and what the last of them answers.

    Attributes:
        problem: why there is no answer.
        leaves: the last URL is on a host that may not be asked.
    """

    urls: tuple[str, ...]
    redirect_status: int | None = None
    answer: Answer | None = None
    problem: str | None = None
    leaves: bool = False

    @property
    def end(self) -> str:
        return self.urls[-1]


class Asker:
    """Asks the hosts of sites that belong together, one request after the other."""

    def __init__(
        self, fetch: Fetch, politeness: Politeness, hosts: Collection[str], *, asked_delay_s: float | None = None
    ) -> None:
        self.requests: list[SentRequest] = []
        self.is_silent = True  # nothing came back at all, and the cause may be our own network
        self._fetch, self._hosts = fetch, hosts
        self._manners = Manners(politeness, asked_delay_s=asked_delay_s)
        self._accounts: Counter[str] = Counter()
        self._left_alone: dict[str, str] = {}  # host -> why it is asked no more
        self._robots: dict[str, tuple[Robots | None, RobotsFinding]] = {}
        self._fetched: dict[str, Fetched] = {}

    def num_requests(self, account: str) -> int:
        return self._accounts[account]

    async def trail(self, url: str, account: str | None = None) -> Trail:
        """Follow a URL to its end.

        Args:
            account: whose requests are counted; by default those of each host.
        """
        urls, redirect_status = [url], None
        while True:
            if host_of(url) not in self._hosts:
                return Trail(urls=tuple(urls), redirect_status=redirect_status, leaves=True)
            fetched = await self._permitted(url, account)
            answer, problem = fetched.answer, fetched.problem
            if answer is not None and answer.status in REDIRECTS:
                target = normal_url(answer.headers.get("location", ""), url)
                if target is not None and target not in urls and len(urls) <= MAX_REDIRECTS:
                    redirect_status = answer.status
                    urls.append(target)
                    url = target
                    continue
                answer, problem = None, "redirects in a circle, or to nowhere"
            return Trail(urls=tuple(urls), redirect_status=redirect_status, answer=answer, problem=problem)

    async def robots(self, origin: str) -> tuple[Robots | None, RobotsFinding]:
        """The rules of an origin, asked for once; None where they could not be had within the requests."""
        if origin not in self._robots:
            self._robots[origin] = await self._ask_robots(origin)
        return self._robots[origin]

    def robots_seen(self) -> list[RobotsFinding]:
        return [finding for _, finding in self._robots.values()]

    async def _permitted(self, url: str, account: str | None) -> Fetched:
        if url in self._fetched:
            return self._fetched[url]
        robots, finding = await self.robots(origin_of(url))
        if robots is None or robots.verdict is RobotsVerdict.UNREACHABLE:
            return Fetched(problem=f"not asked: robots.txt: {finding.problem}")
        if not robots.allows(url):
            return Fetched(problem=FORBIDDEN)
        return await self._get(url, account or host_of(url), robots.crawl_delay_s)

    async def _ask_robots(self, origin: str) -> tuple[Robots | None, RobotsFinding]:
        """Followed wherever it leads, as in a crawl (RFC 9309 section 2.3.1.2)."""
        url, num_redirects = f"{origin}/robots.txt", 0
        while True:
            fetched = await self._get(url, host_of(url), 0.0)
            answer = fetched.answer
            if answer is None:
                robots = None if fetched.problem == USED_UP else Robots(RobotsVerdict.UNREACHABLE, "")
                return robots, _robots_finding(origin, robots, fetched.problem)
            target = normal_url(answer.headers.get("location", ""), url) if answer.status in REDIRECTS else None
            if target is None or num_redirects == MAX_ROBOTS_REDIRECTS:
                break
            url, num_redirects = target, num_redirects + 1
        robots = read_robots(answer.status, answer.body)
        problem = f"status {answer.status}" if robots.verdict is RobotsVerdict.UNREACHABLE else None
        return robots, _robots_finding(origin, robots, problem)

    async def _get(self, url: str, account: str, crawl_delay_s: float) -> Fetched:
        """One request, unless its answer is known, its account is empty, or its host is left alone."""
        host = host_of(url)
        if url in self._fetched:
            return self._fetched[url]
        if host in self._left_alone:
            return Fetched(problem=f"not asked: {self._left_alone[host]}")
        if self._accounts[account] >= MAX_REQUESTS:
            return Fetched(problem=USED_UP)
        self._accounts[account] += 1
        at = datetime.datetime.now(datetime.UTC)
        fetched = self._fetched[url] = await self._fetch(url, self._manners.delay_s(crawl_delay_s))
        self._note(url, at, fetched)
        return fetched

    def _note(self, url: str, at: datetime.datetime, fetched: Fetched) -> None:
        answer, host = fetched.answer, host_of(url)
        if answer is None:
            self._left_alone[host] = str(fetched.problem)
        elif answer.status == 429 or answer.status >= 500:
            self._left_alone[host] = f"status {answer.status}"
        else:
            self._manners.answered(answer.seconds)
        self.is_silent = self.is_silent and fetched.is_silence
        self.requests.append(
            SentRequest(
                time=at, method="GET", url=url, address=fetched.address, status=answer.status if answer else None,
                bytes=len(answer.exchange.response) if answer else 0, pause_s=fetched.pause_s,
                robots_verdict=None if url.endswith("/robots.txt") else "allowed", error=fetched.problem,
            )
        )  # fmt: skip


def _robots_finding(origin: str, robots: Robots | None, problem: str | None) -> RobotsFinding:
    if robots is None or robots.verdict is not RobotsVerdict.RULES:
        return RobotsFinding(origin=origin, verdict=robots.verdict if robots else None, problem=problem)
    return RobotsFinding(
        origin=origin, verdict=robots.verdict, crawl_delay_s=rules_for(AGENT_TOKEN, robots.text).crawl_delay_s,
        shut_out_ai_agents=robots.shut_out_ai_agents,
    )  # fmt: skip
