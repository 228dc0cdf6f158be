"""Which pages links lead to: built pages and seeds in, the URLs reached out.

Follows links and redirects the way a rule-abiding crawler does: not out of the web, not
from a page that robots.txt closes.
"""

import urllib.parse
from collections.abc import Iterable, Iterator, Mapping

from demo.building import BuiltPage
from demo.truth import PageKind, without_tracking


def reached_by_links(pages: Mapping[str, BuiltPage], seeds: Iterable[str]) -> frozenset[str]:
    walk = _Walk(pages)
    reached = set(seeds)
    waiting = list(reached)
    while waiting:
        built = pages[waiting.pop()]
        if built.page.kind is PageKind.ROBOTS_EXCLUDED:
            continue
        for url in walk.targets(built):
            if url not in reached:
                reached.add(url)
                waiting.append(url)
    return frozenset(reached)


class _Walk:
    """Where links lead; each link of a host is looked up once, and a menu that all its pages share once in all."""

    def __init__(self, pages: Mapping[str, BuiltPage]) -> None:
        self._pages = pages
        self._targets: dict[tuple[str, str], str | None] = {}
        self._shared_seen: set[tuple[str, tuple[str, ...]]] = set()

    def targets(self, built: BuiltPage) -> Iterator[str]:
        origin = built.page.url[: built.page.url.index("/", len("https://"))]
        hrefs = built.hrefs
        if (origin, built.shared) not in self._shared_seen:
            self._shared_seen.add((origin, built.shared))
            hrefs += built.shared
        for href in hrefs:
            # a link that begins with one slash leads to the same place from every page of its host
            base = origin if href[:1] == "/" and href[1:2] != "/" else built.page.url
            if (base, href) not in self._targets:
                self._targets[base, href] = self._target(base, href)
            if url := self._targets[base, href]:
                yield url

    def _target(self, base: str, href: str) -> str | None:
        url = urllib.parse.urldefrag(urllib.parse.urljoin(base, href)).url
        return next((candidate for candidate in (url, without_tracking(url)) if candidate in self._pages), None)
