"""Sites that say of changed pages that they did not change: how much of that a refresh finds out in the same quarter.

In: a folder and sizes. Out: figures. Found is a lie where the snapshot holds the body that the site has now. Two sorts
of sites: those of Kommuneby that lie, and small sites with as few lies as count, one page of twenty, whose sitemaps
tell nothing. What the looking costs is said on standard error, also for honest sites.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.corpus_gate import run
from benchmarks.figures import Figure, at_least
from benchmarks.refresh_outcomes import NUM_MUNICIPALITIES, changing_webs, crawl_and_publish, quarter_name
from benchmarks.served import say
from crawler.pages.urls import url_key
from crawler.snapshot import read_captures, read_snapshot_manifest
from demo.expected import lying_urls
from demo.kommuneby import SiteKind
from demo.server import KommunebyServer
from demo.site_lives import Validators, life_of
from demo.town import REGISTER_NAME, Town, found_town
from demo.village import Page, Village, served, sitemap, text_page
from foundation.files import make_folder, write_text

MIN_LYING_SHARE = 0.05  # of the 304s of a site; fewer lies may be met by chance only
MIN_FOUND = 0.95
FIRST, SECOND = "2022Q1", "2022Q2"
LYING_EVERY = 20
HONEST_EVERY = 5  # every so many sites of the village tell the truth


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one site said in a quarter, or several sites.

    Attributes:
        num_304, num_false: pages that did not change by the site's word, and those of them that had.
        num_found: those of them whose present body is in the snapshot.
        num_again, bytes_again: pages that were fetched once more after such an answer, and what came.
        num_requests, bytes: all of the refresh.
        num_caught: sites of which a lie was found.
    """

    num_304: int = 0
    num_false: int = 0
    num_found: int = 0
    num_again: int = 0
    bytes_again: int = 0
    num_requests: int = 0
    bytes: int = 0
    num_caught: int = 0

    @property
    def lies_often(self) -> bool:
        return self.num_false >= MIN_LYING_SHARE * self.num_304 > 0


def false_304_figures(folder: Path, pages_per_site: int, num_sites: int, pages_of_small: int) -> Iterator[Figure]:
    """`pages_per_site` of Kommuneby; small sites that lie."""
    yield from _figures("lying sites of Kommuneby", _kommuneby(folder / "kommuneby", pages_per_site))
    yield from _figures("small sites", _village(folder / "village", num_sites, pages_of_small))


def _figures(name: str, sites: Sequence[Looked]) -> Iterator[Figure]:
    lying = [site for site in sites if site.lies_often]
    for kind, chosen in (
        ("caught", [site for site in lying if site.num_caught]),
        ("not caught", [site for site in lying if not site.num_caught]),
        ("honest", [site for site in sites if not site.num_false]),
    ):
        total = _sum(chosen)
        say(
            f"{name}, {kind}: {len(chosen)} sites, {total.num_304} said to be unchanged, {total.num_false} falsely, "
            f"{total.num_found} of these found; fetched again {total.num_again} of {total.num_requests} requests, "
            f"{total.bytes_again / 1e6:.2f} of {total.bytes / 1e6:.2f} MB"
        )
    total = _sum(lying)
    yield at_least(f"{len(lying)} {name}: false 304s found / all {total.num_false} of {total.num_304}", MIN_FOUND,
                   total.num_found / total.num_false if total.num_false else 0)  # fmt: skip


def _kommuneby(folder: Path, pages_per_site: int) -> list[Looked]:
    webs = changing_webs(NUM_MUNICIPALITIES, pages_per_site, 2)
    lying = [site.id for site in webs[0].sites
             if site.kind is SiteKind.MUNICIPALITY and life_of(site).validators is Validators.LYING]  # fmt: skip
    with KommunebyServer(webs[0]) as server:
        town = found_town(folder, webs[0], server)
        for web in webs:
            server.publish(web)
            crawl_and_publish(town, quarter_name(web), "--only", ",".join(lying))
    bodies = {url_key(url): webs[1].pages[url].body for url in lying_urls(*webs)}
    return _looked_at(town, bodies)


def _village(folder: Path, num_sites: int, num_pages: int) -> list[Looked]:
    """Lying sites, and honest ones between them."""
    num_honest = num_sites // HONEST_EVERY
    hosts = [f"by{number:03}.dk" for number in range(num_sites + num_honest)]
    liars = hosts[:num_sites]
    village = Village(sites={host: _site(host, num_pages, is_lying=host in liars) for host in hosts})
    with served(village):
        town = Town(make_folder(folder), folder)
        write_text(folder / REGISTER_NAME, village.register())
        crawl_and_publish(town, FIRST)
        for host in hosts:
            village.sites[host] = _site(host, num_pages, is_lying=host in liars, is_later=True)
        crawl_and_publish(town, SECOND)
    run(town, "snapshot", "verify", SECOND)
    bodies = {
        url_key(f"http://{host}{path}"): page.body.encode()
        for host in liars for path, page in _site(host, num_pages, is_lying=True, is_later=True).items()
        if _has_changed(path)
    }  # fmt: skip
    return _looked_at(town, bodies)


def _site(host: str, num_pages: int, *, is_lying: bool, is_later: bool = False) -> Mapping[str, Page]:
    """One page of twenty has changed later; of a site that lies its ETag has not."""
    paths = [_path(number) for number in range(num_pages - 1)]
    pages = {"/": text_page(host, links=tuple(paths), etag=f'"{host}"')}
    for path in paths:
        name = f"emnet {path[1:-1]} i {host}"
        words = "fra 1. april er reglerne nye" if is_later and _has_changed(path) else ""
        pages[path] = text_page(name, words, etag=f'"{path}"' if is_lying else "auto")
    return pages | {"/sitemap.xml": sitemap(*((f"http://{host}{path}", None) for path in paths))}


def _path(number: int) -> str:
    return f"/side-{number:04}/"


def _has_changed(path: str) -> bool:
    return path.startswith("/side-") and int(path[6:-1]) % LYING_EVERY == 0


def _looked_at(town: Town, changed: Mapping[str, bytes]) -> list[Looked]:
    """Each site of the second quarter; `changed` are the pages with old validators and a new body, by key."""
    snapshot = town.data / "snapshots" / SECOND
    wanted = {key: hashlib.sha256(body).hexdigest() for key, body in changed.items()}
    looked = []
    for site in read_snapshot_manifest(snapshot).sites:
        kept = {url_key(each.url): each.body_sha256 for each in read_captures(snapshot, site.site) if each.outcome}
        ledger = pq.read_table(snapshot / "sites" / site.site / "requests.parquet").to_pylist()
        answers = defaultdict(list)
        for row in ledger:
            answers[url_key(row["url"])].append(row)
        unchanged = {key for key, each in answers.items() if each[0]["status"] == 304}
        false = unchanged & wanted.keys()
        again = [row for key in unchanged for row in answers[key][1:]]
        looked.append(
            Looked(
                num_304=len(unchanged), num_false=len(false),
                num_found=sum(kept.get(key) == wanted[key] for key in false),
                num_again=len(again), bytes_again=_bytes(again), num_requests=len(ledger), bytes=_bytes(ledger),
                num_caught=int(site.validators_off == SECOND),
            )
        )  # fmt: skip
    return looked


def _bytes(ledger: Collection[Mapping[str, int]]) -> int:
    return sum(row["bytes"] for row in ledger)


def _sum(looked: Collection[Looked]) -> Looked:
    return Looked(**{each.name: sum(getattr(site, each.name) for site in looked) for each in fields(Looked)})
