"""The crawl of one site, told apart from the framework that fetches.

In: answers and failures. Out: the next URL to fetch; WARC records, captures and new URLs, committed together.
Knows no Scrapy: scheduler.py and spiders/site.py connect the two.
"""

import datetime
import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from crawler import frontier as states
from crawler.archive import Exchange, RecordPlace, WarcSeries
from crawler.frontier import PAGE, ROBOTS, SITEMAP, Frontier, Lease
from crawler.links import page_links, sitemap_links
from crawler.politeness import Politeness, retry_after_s
from crawler.register import Network, Site
from crawler.robots import MAX_ROBOTS_AGE_S, MAX_ROBOTS_REDIRECTS, Robots, RobotsVerdict, read_robots
from crawler.scope import MAX_URLS_PER_SITE, reason_not_taken
from crawler.urls import host_of, normal_url, url_key

REDIRECTS = (301, 302, 303, 307, 308)
MAX_REDIRECTS = 5
MAX_SITEMAPS = 200  # the largest site seen lists 2,000 pages a file
HTML_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A response: status, header fields (names in lower case), decoded body, and the bytes of the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    exchange: Exchange


class SiteCrawl:
    """One site: its frontier, its archive, and the rules between them."""

    def __init__(
        self, site: Site, network: Network, frontier: Frontier, warc: WarcSeries, politeness: Politeness
    ) -> None:
        self.site, self.network, self.politeness = site, network, politeness
        self.frontier, self.warc = frontier, warc
        self.stopped: str | None = None  # why the site is left alone until the next start
        self._failures = 0
        self._asleep_until = 0.0  # a robots.txt that failed waits for its next try, or the site asked for a pause
        self._robots: dict[str, Robots] = {}
        self._robots_until: dict[str, float] = {}  # when rules are a day old
        self._seed_hosts = frozenset(map(host_of, site.seeds))
        self._start()

    def _start(self) -> None:
        with self.frontier.transaction():
            self.frontier.begin()
            self.frontier.set_fact("stopped", None)
            self._add_pages(list(self.site.seeds), priority=states.PRIORITY_SEED, depth=0)
            for (host,) in self.frontier.db.execute("select host from robots order by host").fetchall():
                self._forget_old_robots(host)

    def lease(self, now: float) -> Lease | None:
        """The next URL that robots.txt allows; those it forbids are settled on the way."""
        while self.stopped is None and now >= self._asleep_until:
            lease = self.frontier.lease(now)
            if lease is None or lease.kind == ROBOTS:
                return lease
            if lease.kind == PAGE and (reason := self._reason_not_taken(lease.url, lease.depth)):
                self.frontier.settle(lease, states.EXCLUDED, reason=reason)  # the register changed since it was found
                continue
            robots = self._robots_of(lease)
            if robots is None:
                self.frontier.give_back(lease)
                self._put_robots_first(lease)
                continue
            if robots.verdict is RobotsVerdict.UNREACHABLE:
                reason = f"robots.txt of {lease.host} cannot be reached"
                if lease.host in self._seed_hosts:
                    self.frontier.give_back(lease)
                    self._stop(reason)
                    return None
                self.frontier.settle(lease, states.FAILED, reason=reason)
                continue
            if robots.allows(lease.url):
                return lease
            self.frontier.settle(lease, states.EXCLUDED, reason="robots.txt")
        return None

    def next_due(self) -> float | None:
        """When this site has something to fetch (seconds since the epoch); None where nothing waits."""
        due = None if self.stopped else self.frontier.next_due()
        return None if due is None else max(due, self._asleep_until)

    def fetched(self, lease: Lease, answer: Answer, *, pause_s: float | None) -> None:
        """Archive an answer and commit all that follows from it."""
        place = self.warc.write(answer.exchange)
        with self.frontier.transaction():
            self._record_request(lease, answer, place, pause_s)
            if answer.status in REDIRECTS:
                self._record_capture(lease, answer, place)
                self._redirected(lease, answer)
            elif answer.status == 429 or answer.status >= 500:
                asked_s = retry_after_s(answer.headers.get("retry-after"), time.time())
                self._asleep_until = max(self._asleep_until, time.time() + asked_s)  # it is the site that asks
                self._try_again(lease, f"status {answer.status}", asked_s)
            else:
                self._failures = 0
                self._record_capture(lease, answer, place)
                self._read(lease, answer)
                self.frontier.settle(lease, states.DONE, status=answer.status)

    def failed(self, lease: Lease, error: str, *, pause_s: float | None) -> None:
        """Nothing came back: no address, refused, timed out, cut off."""
        with self.frontier.transaction():
            self.frontier.db.execute(
                "insert into request (time, method, url, bytes, pause_s, error) values (?, 'GET', ?, 0, ?, ?)",
                (_now(), lease.url, pause_s, error),
            )
            self._try_again(lease, error, 0.0)

    def delay_of(self, host: str) -> float:
        """Seconds between requests to a host: the register's, or more where robots.txt asks for it."""
        known = self._robots.get(host)
        own = self.politeness.delay_s if self.site.delay_s is None else self.site.delay_s
        return max(own, known.crawl_delay_s if known else 0.0)

    def _read(self, lease: Lease, answer: Answer) -> None:
        if lease.kind == ROBOTS:
            self._learn_robots(lease, read_robots(answer.status, answer.body))
        elif lease.kind == SITEMAP and answer.status == 200:
            pages, sitemaps = sitemap_links(answer.body, lease.url)
            self._add_sitemaps(sitemaps, via=lease.url)
            self._add_pages(pages, priority=states.PRIORITY_SITEMAP_PAGE, depth=1, via=lease.url)
        elif lease.kind == PAGE and answer.status == 200 and _content_type(answer) in HTML_TYPES:
            found = page_links(answer.body, lease.url, answer.headers.get("content-type", ""))
            self._add_pages(found, priority=states.PRIORITY_LINK, depth=lease.depth + 1, via=lease.url)

    def _redirected(self, lease: Lease, answer: Answer) -> None:
        """A redirect's target is a URL like any other: in scope or not, new or known."""
        target = normal_url(answer.headers.get("location", ""), lease.url)
        limit = MAX_ROBOTS_REDIRECTS if lease.kind == ROBOTS else MAX_REDIRECTS
        if target is None or lease.hops >= limit:
            if lease.kind == ROBOTS:  # RFC 9309 section 2.3.1.2: after five redirects as if there were none
                self._learn_robots(lease, Robots(RobotsVerdict.NO_RULES, ""))
            self.frontier.settle(lease, states.DONE, status=answer.status, reason="redirect leads nowhere")
            return
        is_twin = url_key(target) == url_key(lease.url) and target != lease.url
        if lease.kind == ROBOTS or (is_twin and host_of(target) in self.site.hosts):
            self.frontier.point_to(lease, target)
            return
        self.frontier.settle(lease, states.DONE, status=answer.status, reason=f"redirects to {target}")
        self._add_pages([target], priority=states.PRIORITY_LINK, depth=lease.depth, via=lease.url, hops=lease.hops + 1)

    def _try_again(self, lease: Lease, reason: str, asked_wait_s: float) -> None:
        # an alias without a web server, say, tells nothing about the site
        self._failures += lease.kind != ROBOTS or lease.host in self._seed_hosts
        waits = self.politeness.retry_after_s
        if lease.tries < len(waits):
            not_before = time.time() + max(waits[lease.tries], asked_wait_s)
            self.frontier.postpone(lease, not_before=not_before, reason=reason)
        else:
            self.frontier.settle(lease, states.FAILED, reason=reason)
            if lease.kind == ROBOTS:
                self._learn_robots(lease, Robots(RobotsVerdict.UNREACHABLE, ""))
        if self._failures >= self.politeness.max_failures:
            self._stop(f"{self._failures} failures in a row, the last: {reason}")

    def _stop(self, reason: str) -> None:
        self.stopped = reason
        self.frontier.set_fact("stopped", reason)

    def _robots_of(self, lease: Lease) -> Robots | None:
        host = lease.host
        if time.time() > self._robots_until.get(host, 0.0):
            self._forget_old_robots(host)
            row = self.frontier.robots(host)
            if row is None:
                return None
            self._robots[host] = Robots(RobotsVerdict(row[0]), row[1])
            fetched_at = datetime.datetime.fromisoformat(row[2]).timestamp()
            self._robots_until[host] = fetched_at + MAX_ROBOTS_AGE_S
        return self._robots[host]

    def _put_robots_first(self, lease: Lease) -> None:
        """Fetch a host's robots.txt before anything else of it; where it is waiting for a retry, wait with it."""
        url = normal_url("/robots.txt", lease.url) or ""
        if not self.frontier.add([url], kind=ROBOTS, priority=states.PRIORITY_ROBOTS):
            self._asleep_until = max(self._asleep_until, self.frontier.robots_due(lease.host))

    def _learn_robots(self, lease: Lease, robots: Robots) -> None:
        self.frontier.set_robots(lease.host, verdict=robots.verdict, text=robots.text, fetched_at=_now())
        self._robots[lease.host] = robots
        base = f"{lease.url.partition('://')[0]}://{lease.host}/"
        listed = [url for url in (normal_url(written, base) for written in robots.sitemaps) if url]
        self._add_sitemaps(listed or [f"{base}sitemap.xml"], via=lease.url)

    def _forget_old_robots(self, host: str) -> None:
        """Rules older than a day are asked for again; at a new start also those that could not be had."""
        row = self.frontier.robots(host)
        if row is None:
            return
        age_s = time.time() - datetime.datetime.fromisoformat(row[2]).timestamp()
        is_new_start = host not in self._robots
        if age_s > MAX_ROBOTS_AGE_S or (is_new_start and row[0] == RobotsVerdict.UNREACHABLE):
            self.frontier.db.execute("delete from robots where host = ?", (host,))
            self.frontier.db.execute("delete from url where kind = 'robots' and host = ?", (host,))

    def _add_sitemaps(self, urls: list[str], *, via: str) -> None:
        known = self.frontier.db.execute("select count(*) from url where kind = 'sitemap'").fetchone()[0]
        own = [url for url in urls if host_of(url) in self.site.hosts][: max(MAX_SITEMAPS - known, 0)]
        self.frontier.add(own, kind=SITEMAP, priority=states.PRIORITY_SITEMAP, via=via)

    def _add_pages(self, urls: list[str], *, priority: int, depth: int, via: str | None = None, hops: int = 0) -> None:
        reasons = [(url, self._reason_not_taken(url, depth)) for url in urls]
        taken = [url for url, reason in reasons if reason is None]
        known = self.frontier.db.execute("select max(id) from url").fetchone()[0] or 0
        self.frontier.add(
            taken[: max(MAX_URLS_PER_SITE - known, 0)], priority=priority, depth=depth, via=via, hops=hops
        )
        self.frontier.count_not_taken(Counter(str(reason) for _, reason in reasons if reason is not None))

    def _reason_not_taken(self, url: str, depth: int) -> str | None:
        return reason_not_taken(url, self.site, self.network, depth=depth)

    def _record_request(self, lease: Lease, answer: Answer, place: RecordPlace, pause_s: float | None) -> None:
        exchange = answer.exchange
        verdict = None if lease.kind == ROBOTS else "allowed"
        self.frontier.db.execute(
            "insert into request (time, method, url, address, status, bytes, pause_s, robots_verdict, warc_file,"
            " warc_end) values (?,?,?,?,?,?,?,?,?,?)",
            (exchange.started_at.isoformat(), exchange.method, lease.url, exchange.address, answer.status,
             len(exchange.response), pause_s, verdict, place.file, place.end),
        )  # fmt: skip

    def _record_capture(self, lease: Lease, answer: Answer, place: RecordPlace) -> None:
        headers = answer.headers
        self.frontier.db.execute(
            "insert into capture (url, kind, status, content_type, etag, last_modified, payload_digest, body_sha256,"
            " warc_file, warc_offset, warc_length, fetched_at) values (?,?,?,?,?,?,?,?,?,?,?,?)",
            (lease.url, lease.kind, answer.status, headers.get("content-type"), headers.get("etag"),
             headers.get("last-modified"), place.payload_digest, hashlib.sha256(answer.body).hexdigest(),
             place.file, place.offset, place.length, answer.exchange.started_at.isoformat()),
        )  # fmt: skip


def _content_type(answer: Answer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()


def _now() -> str:
    return datetime.datetime.fromtimestamp(time.time(), datetime.UTC).isoformat()
