"""The crawl of one site, told apart from the framework that fetches.

In: answers and failures. Out: the next URL to fetch; WARC records, captures and new URLs, committed together.
Knows no Scrapy: scheduler.py and spiders/site.py connect the two. Which URLs are worth it stands in discovery.py, what
the hosts ask for in host_rules.py, how long the site rests in politeness.py.
"""

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from crawler import frontier as states
from crawler.discovery import Discovery
from crawler.erasing.obeying import ERASED, Obeyed
from crawler.exchange_rows import record_capture, record_exchange, record_failure
from crawler.frontier import PAGE, PROBE, ROBOTS, SITEMAP, TDMREP, Asks, Found, Frontier, Lease
from crawler.host_rules import PATHS, HostRules, Wanted, origin_spoken_for
from crawler.judgement import Judgement, judged
from crawler.net.answers import REDIRECTS, Answer
from crawler.novelty import SiteTexts, hash64
from crawler.pages.links import PageReading
from crawler.pages.sitemaps import SitemapReading, read_sitemap
from crawler.pages.urls import host_of, normal_url, origin_of, url_key
from crawler.politeness import ASKED_FOR_A_PAUSE, MAX_RETRY_AFTER_S, Manners, Politeness, now, retry_after_s
from crawler.refresh.revalidation import Revalidation, was_conditional
from crawler.register import Network, Site
from crawler.rules.challenges import Wall, looks_like_javascript_app
from crawler.rules.robots import MAX_ROBOTS_REDIRECTS, Robots, RobotsVerdict, read_robots
from crawler.scope import NotTaken
from crawler.soft404 import SoftErrors, probe_path
from crawler.telling.outcome import BUDGET_USED_UP
from crawler.warc.archive import RecordPlace, WarcSeries
from foundation.erasures import NOTHING_ERASED

MAX_REDIRECTS = 5
MAX_SETTLING_S = 0.05  # at a time; a paused shape may have 200,000 URLs, and a verdict of robots.txt take 30 ms
MAX_REFUSED = 20  # in a row; a folder that is closed to the public has fewer pages that anybody links to
NOT_FOLLOWED = "kept, its links not followed"
CHALLENGED = "a challenge page"
CHECKPOINT_S, CHECKPOINT_BYTES = 10.0, 16_000_000  # what a power cut may cost a site: fetched again, never lost


class SiteCrawl:
    """One site: its frontier, its archive, and the rules between them."""

    def __init__(
        self, site: Site, network: Network, frontier: Frontier, warc: WarcSeries, politeness: Politeness, *,
        budget: int, revalidation: Revalidation | None = None, obeyed: Obeyed | None = None,
    ) -> None:  # fmt: skip
        self.site, self.frontier, self.warc = site, frontier, warc
        self.stopped: str | None = None  # why the site is left alone until the next start
        self._num_refused = 0
        self._network, self._politeness, self._budget = network, politeness, budget
        self._manners = Manners(politeness, asked_delay_s=site.delay_s)
        self._obeyed = obeyed or Obeyed(NOTHING_ERASED, site.id)
        self._revalidation = revalidation or Revalidation(frontier, None, "")
        self._checkpoint_at = 0.0  # the first answer is made safe at once: an archive without rows is then a damage
        with frontier.transaction():
            self._remember_manners()
            frontier.begin()
            for name in ("stopped", "waits_for", "waits_until", "blocked"):
                frontier.set_fact(name, None)
            frontier.set_fact("budget", str(budget))
            self._rules = HostRules(frontier)
            self._recall()
            self._discovery.add_pages(site.seeds, Found(priority=states.PRIORITY_SEED))
            probes = [origin_of(site.seeds[0]) + probe_path(site.id)] if site.seeds and not site.prefixes else []
            frontier.add(probes, Found(kind=PROBE, priority=states.PRIORITY_SEED, depth=1))
            self._write_condition()  # a start that is killed at once must not forget a pause either
        self._own_origins = self._origins_of_seeds()

    def _remember_manners(self) -> None:
        """A pause that the site asked for, and its back-off, hold over a new start; a breaker does not."""
        until, reason = float(self.frontier.fact("waits_until") or 0), self.frontier.fact("waits_for")
        if reason == ASKED_FOR_A_PAUSE:
            self._manners.rest(min(until, now() + MAX_RETRY_AFTER_S), reason)
        self._manners.back_off = float(self.frontier.fact("back_off") or 1)

    def _recall(self) -> None:
        """Make what is kept at hand agree with what is committed."""
        self._condition: dict[str, str | None] = {}
        self._discovery = Discovery(
            self.site, self._network, self.frontier, budget=self._budget, obeyed=self._obeyed
        )
        self._texts, self._soft_errors = SiteTexts(self.frontier.db), SoftErrors(self.frontier)

    def lease(self, at: float) -> Lease | None:
        """The next URL that may be fetched; those that may not are settled on the way.

        None also where so many of them stood before it that the other sites would have to wait; ask again then.
        """
        if self.stopped is not None or at < self._manners.rests_until:
            return None
        stop_at = time.monotonic() + MAX_SETTLING_S
        with self.frontier.transaction():
            while lease := self.frontier.lease(at):
                if lease.host not in self.site.hosts:  # the register changed since it was found
                    self.frontier.settle(lease, states.EXCLUDED, reason=NotTaken.OTHER_HOST)
                elif lease.kind == ROBOTS or self._may_go(lease, at):
                    return lease
                if self.stopped is not None or at < self._manners.rests_until or time.monotonic() > stop_at:
                    return None
            self._look_back()
        return None

    def _look_back(self) -> None:
        """When nothing waits any more: whether what was said to be unchanged is so."""
        if not self.frontier.totals().waiting:
            self._revalidation.audit()

    def headers(self, lease: Lease) -> dict[str, str]:
        """What a request carries besides the headers of all requests."""
        return self._revalidation.headers(lease)

    def resolved(self, lease: Lease, answer: Answer) -> Answer:
        """An answer that says "as it was" as the page that was."""
        return self._revalidation.resolved(lease, answer)

    def next_due(self) -> float | None:
        """When this site has something to fetch (seconds since the epoch); None where nothing waits."""
        due = None if self.stopped is not None else self.frontier.next_due()
        return None if due is None else max(due, self._manners.rests_until)

    def delay_s(self, url: str) -> float:
        """Seconds between requests: the register's, or more where robots.txt or the site's condition asks for it."""
        return self._manners.delay_s(self._rules.crawl_delay_s(url))

    @property
    def own_delay_s(self) -> float:
        """The pause that the crawl would make of itself: what the others at the same address wait for."""
        return self._politeness.delay_s if self.site.delay_s is None else self.site.delay_s

    def wants_reading(self, lease: Lease, answer: Answer) -> bool:
        """Whether an answer is a page whose links and texts are to be read."""
        return lease.kind in (PAGE, PROBE) and answer.status == 200 and answer.is_html

    def fetched(self, lease: Lease, answer: Answer, reading: PageReading | None, *, pause_s: float | None) -> None:
        """Archive an answer and commit all that follows from it.

        Args:
            reading: what stands on the page, None where it is none or its markup was too hostile to be parsed.
        """
        judgement = judged(lease, answer, reading, self._rules, self._soft_errors)
        if self._obeyed and self._is_erased(lease, answer, reading):
            judgement = replace(judgement, withheld=ERASED)
        revisit = None if judgement.withheld else self._revalidation.revisit(lease, answer)
        if judgement.withheld:
            place = self.warc.write_withheld(answer.exchange, judgement.withheld)
        elif revisit:
            place = self.warc.write_revisit(answer.exchange, *revisit)
        else:
            place = self.warc.write(answer.exchange)
        profile = revisit[0] if revisit else None
        try:
            with self.frontier.transaction():
                self._commit(lease, answer, reading, judgement, place, profile, pause_s)
                self._look_back()
        except BaseException:
            self.warc.take_back(place)  # else a record that no row names would stay in the middle of the file
            self._recall()
            raise
        self._checkpoint()

    def _is_erased(self, lease: Lease, answer: Answer, reading: PageReading | None) -> bool:
        """Whether an answer is, says, or leads to what must be forgotten."""
        if answer.status in REDIRECTS and self._obeyed.covers_redirect(answer.headers.get("location", ""), lease.url):
            return True
        texts = reading.texts if reading else None
        return self._obeyed.withholds(answer.body, lease.url, answer.headers.get("content-type", ""), texts)

    def _commit(
        self, lease: Lease, answer: Answer, reading: PageReading | None, judgement: Judgement, place: RecordPlace,
        revisit: str | None, pause_s: float | None,
    ) -> None:  # fmt: skip
        withheld = judgement.withheld
        record_exchange(self.frontier.db, lease, answer, place, pause_s)
        if answer.status in REDIRECTS:
            record_capture(self.frontier.db, lease, answer, place, withheld)
            if withheld == ERASED:  # where it leads is written nowhere
                self.frontier.settle(lease, states.DONE, status=answer.status, reason=ERASED)
            else:
                self._redirected(lease, answer)
            self._revalidation.learn(lease, answer, reading)
        elif judgement.wall is Wall.CHALLENGE:
            self._try_again(lease, CHALLENGED, 0.0, is_final=lease.kind != ROBOTS)  # asking again makes it worse
        elif answer.status == 429 or answer.status >= 500:
            asked_s = retry_after_s(answer.headers.get("retry-after"), time.time())
            self._manners.pushed_back(asked_s)
            self._try_again(lease, f"status {answer.status}", asked_s)
        elif answer.status == 304 and was_conditional(answer):
            if lease.asks is Asks.TO_CONVICT:
                self._revalidation.convict(lease)
            else:
                self.frontier.ask_plainly(lease)  # what it refers to cannot be read
        elif answer.status == 403 and lease.kind == PAGE:
            self._refused(lease)
        else:
            self._num_refused = 0
            self._manners.answered(answer.seconds)
            record_capture(self.frontier.db, lease, answer, place, withheld, revisit)
            if lease.kind == PAGE and answer.status == 200 and not withheld:
                self.frontier.count_page(lease)
            if judgement.wall is Wall.LOGIN and lease.priority == states.PRIORITY_SEED:
                self.frontier.set_fact("blocked", f"{lease.url} asks for a login")
            self._read(lease, answer, reading, judgement)
            reason = withheld or (None if judgement.signals.follows_links else NOT_FOLLOWED)
            self.frontier.settle(lease, states.DONE, status=answer.status, reason=reason)
            self._revalidation.learn(lease, answer, reading)
        self._write_condition({"address": answer.exchange.address, "delay_s": f"{self.delay_s(lease.url):g}"})

    def _refused(self, lease: Lease) -> None:
        """403: a page that is not for us; but when page upon page is, it is the site that does not want us."""
        self._num_refused += 1
        self.frontier.settle(lease, states.FAILED, status=403, reason="status 403")
        if self._num_refused >= MAX_REFUSED:
            reason = f"{self._num_refused} pages in a row are refused (status 403)"
            self._stop(reason)
            self.frontier.set_fact("blocked", reason)

    def failed(self, lease: Lease, error: str, *, is_final: bool, address: str | None, pause_s: float | None) -> None:
        """Nothing came back: no address, refused, timed out, cut off.

        Args:
            is_final: another try cannot help: an address or a port that may not be visited.
        """
        with self.frontier.transaction():
            record_failure(self.frontier.db, lease, error, address, pause_s)
            if is_final and lease.kind not in (ROBOTS, TDMREP):
                self.frontier.settle(lease, states.FAILED, reason=error)
            else:
                self._try_again(lease, error, 0.0)
            self._look_back()
            self._write_condition()

    def archived_body(self, url: str) -> bytes:
        """The body of a page that did not change; raises as crawler.snapshot.body_at."""
        return self._revalidation.archived_body(url)

    def add_links(self, links: Sequence[str], found: Found, *, page: str | None) -> None:
        """Take links of a page that was read at an earlier start."""
        with self.frontier.transaction():
            self._discovery.add_pages(links, found, page=page)

    def add_listed(self, reading: SitemapReading, *, via: int) -> None:
        """Take what a sitemap lists that was read at an earlier start."""
        with self.frontier.transaction():
            self._add_listed(reading, via)

    def condition(self, at: float) -> str:
        """What a person who watches the crawl wants to know of the site; nothing where all is well."""
        if self.stopped is not None:
            return f"stopped: {self.stopped}"
        if self._manners.rests_for is not None and self._manners.rests_until > at:
            until = datetime.datetime.fromtimestamp(self._manners.rests_until).strftime("%H:%M")
            return f"{self._manners.rests_for}, until {until}"
        return "" if self.frontier.totals().waiting else "finished"

    def unused(self, lease: Lease) -> None:
        """A leased URL was not asked for after all: the crawl ends."""
        with self.frontier.transaction():
            self.frontier.give_back(lease)

    def forgive(self, leases: Sequence[Lease]) -> None:
        """Take back failures that were the operator's own network's."""
        with self.frontier.transaction():
            self.frontier.forgive(leases)
            self._manners.forgive()
            self.stopped = None
            self.frontier.set_fact("stopped", None)
            self._write_condition()

    def _origins_of_seeds(self) -> frozenset[str]:
        """The schemes and hosts without which there is no site: where its seeds lie, or were redirected to."""
        rows = self.frontier.db.execute(
            "select url from url where kind = 'page' and priority = ?", (states.PRIORITY_SEED,)
        )
        return frozenset(origin_of(url) for url in (*self.site.seeds, *(row[0] for row in rows)))

    def _is_own(self, lease: Lease) -> bool:
        return (origin_spoken_for(lease) if lease.kind in PATHS else origin_of(lease.url)) in self._own_origins

    def _may_go(self, lease: Lease, at: float) -> bool:
        """Whether a leased URL is fetched now; if not, its lease has been ended."""
        if lease.kind == PAGE:
            if reason := self._discovery.reason_to_pass_over(lease):
                self.frontier.settle(lease, states.EXCLUDED, reason=reason)
                return False
            if self.frontier.totals().done >= self._budget and lease.asks is Asks.FOR_CHANGES:
                self.frontier.give_back(lease)
                if self._revalidation.audit():
                    return False
                self._stop(f"{BUDGET_USED_UP} {self._budget} fetches is used up")
                return False
        wanted = self._rules.verdict(lease)
        if wanted is Wanted.FORBIDDEN:
            self.frontier.settle(lease, states.EXCLUDED, reason="robots.txt")
        elif wanted is Wanted.FIRST:
            self.frontier.give_back(lease)
            due = self._rules.put_first(lease)
            if due is not None and due > at:
                self._wait_for_robots(lease, due)
        elif wanted is Wanted.UNREACHABLE:
            reason = f"robots.txt of {lease.host} cannot be reached"
            if self._is_own(lease):
                self.frontier.give_back(lease)
                self._stop(reason)
            else:
                self.frontier.settle(lease, states.FAILED, reason=reason)
        return wanted is Wanted.ALLOWED

    def _wait_for_robots(self, lease: Lease, due: float) -> None:
        """Nothing of a host is fetched before its rules; without those of its seed's host all of a site sleeps."""
        if self._is_own(lease):
            name = PATHS.get(lease.kind, PATHS[ROBOTS]).rpartition("/")[2]
            self._manners.rest(due, f"{name} of {lease.host} cannot be reached")
            self._write_condition()
        else:
            self.frontier.hold_origin(origin_of(lease.url), until=due)

    def _read(self, lease: Lease, answer: Answer, reading: PageReading | None, judgement: Judgement) -> None:
        if lease.kind == ROBOTS:
            self._learn_robots(lease, read_robots(answer.status, answer.body))
        elif lease.kind == TDMREP:
            self._rules.learn_tdmrep(lease, answer.body if answer.status == 200 else b"")
        elif lease.kind == SITEMAP and answer.status == 200:
            self._add_listed(read_sitemap(answer.body, lease.url), lease.id)
        elif lease.kind == PROBE and reading is not None and judgement.wall is None:
            self._soft_errors.learn_probe(reading.texts)
        elif lease.kind == PAGE and reading is not None and judgement.may_be_read:
            self._read_page(lease, answer, reading, judgement)

    def _add_listed(self, reading: SitemapReading, via: int) -> None:
        self._discovery.add_sitemaps(reading.sitemaps, via=via)
        self._discovery.add_pages(reading.pages, Found(priority=states.PRIORITY_SITEMAP_PAGE, depth=1, via=via))
        listed = [url for url in reading.pages if not self._obeyed.covers(url)]
        self.frontier.set_listed({url: reading.dates.get(url) for url in listed})

    def _read_page(self, lease: Lease, answer: Answer, reading: PageReading, judgement: Judgement) -> None:
        if lease.priority == states.PRIORITY_SEED:
            self._soft_errors.learn_front(reading.texts)
        novelty = self._texts.learn(reading.texts) if judgement.withheld is None else None
        num_strange = self._discovery.strangeness(lease, novelty) if novelty else lease.num_strange
        new_urls: list[str] = []
        if judgement.signals.follows_links:
            found = Found(priority=states.PRIORITY_LINK, depth=lease.depth + 1, via=lease.id, num_strange=num_strange)
            new_urls = self._discovery.add_pages(reading.links, found, page=lease.url)
        self._discovery.count_references(lease, reading.not_followed)
        num_words = sum(len(text.split()) for text in reading.texts)
        if looks_like_javascript_app(answer.body, num_words, len(reading.links)):
            self._discovery.count_not_taken(hash64(lease.url), "needs JavaScript")
        self._discovery.learn(lease, novelty, num_strange=num_strange, new_urls=new_urls)

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
            if lease.priority == states.PRIORITY_SEED:
                self._own_origins |= {origin_of(target)}
            return
        self.frontier.settle(lease, states.DONE, status=answer.status, reason=f"redirects to {target}")
        if lease.kind == PAGE:
            found = Found(priority=lease.priority, depth=lease.depth, via=lease.id, hops=lease.hops + 1,
                          num_strange=lease.num_strange)  # fmt: skip
            self._discovery.add_pages([target], found)
            if lease.priority == states.PRIORITY_SEED and host_of(target) in self.site.hosts:
                self._own_origins |= {origin_of(target)}

    def _try_again(self, lease: Lease, reason: str, asked_wait_s: float, *, is_final: bool = False) -> None:
        waits = {
            ROBOTS: self._politeness.robots_retry_s, TDMREP: self._politeness.retry_after_s[:1]
        }.get(lease.kind, self._politeness.retry_after_s)  # fmt: skip
        if lease.tries < len(waits) and not is_final:
            due = now() + max(waits[lease.tries], asked_wait_s)
            self.frontier.postpone(lease, not_before=due, reason=reason)
            if lease.kind in (ROBOTS, TDMREP):
                self._wait_for_robots(lease, due)
        else:
            self.frontier.settle(lease, states.FAILED, reason=reason)
            if lease.kind == ROBOTS:
                self._learn_robots(lease, Robots(RobotsVerdict.UNREACHABLE, ""))
        # a robots.txt has waits of its own; an alias without a web server tells nothing about the site
        if lease.kind != ROBOTS and self._is_own(lease) and (over := self._manners.failed(reason)):
            self._stop(over)
            if reason == CHALLENGED:
                self.frontier.set_fact("blocked", f"{lease.url} and others are answered by a challenge page")

    def _learn_robots(self, lease: Lease, robots: Robots) -> None:
        self._rules.learn_robots(lease, robots)
        origin = origin_spoken_for(lease)
        listed = [url for url in (normal_url(written, f"{origin}/") for written in robots.sitemaps) if url]
        self._discovery.add_sitemaps(listed or [f"{origin}/sitemap.xml"], via=lease.id)
        if self._is_own(lease):
            shut_out = {each: self._rules.shut_out_ai_agents(each) for each in sorted(self._own_origins)}
            reasons = [f"robots.txt of {host_of(each)} shuts out {', '.join(names)}"
                       for each, names in shut_out.items() if names]  # fmt: skip
            self.frontier.set_fact("reservation", reasons[0] if reasons else None)

    def _stop(self, reason: str) -> None:
        self.stopped = reason
        self.frontier.set_fact("stopped", reason)

    def _write_condition(self, more: Mapping[str, str] = MappingProxyType({})) -> None:
        """What a reader of the frontier may want to know of this moment; written where it has changed."""
        is_resting = self._manners.rests_until > now()
        facts = {
            "waits_for": self._manners.rests_for if is_resting else None,
            "waits_until": str(self._manners.rests_until) if is_resting else None,
            "running": str(int(now())),
            "back_off": f"{self._manners.back_off:g}",
            **more,
        }
        for name, value in facts.items():
            if self._condition.get(name) != value:
                self.frontier.set_fact(name, value)
                self._condition[name] = value

    def _checkpoint(self) -> None:
        if now() >= self._checkpoint_at or self.warc.unsynced_bytes >= CHECKPOINT_BYTES:
            self.frontier.checkpoint(self.warc.sync)
            self._checkpoint_at = now() + CHECKPOINT_S

