"""Which pages links lead to: built pages and seeds in, the URLs reached out.

Follows links and redirects the way a rule-abiding crawler does: not out of the web, not
from a page that robots.txt closes.
"""

import urllib.parse
from collections.abc import Iterable, Mapping

from demo.building import BuiltPage
from demo.truth import PageKind, without_tracking


def reached_by_links(pages: Mapping[str, BuiltPage], seeds: Iterable[str]) -> frozenset[str]:
    reached = set(seeds)
    waiting = list(reached)
    while waiting:
        built = pages[waiting.pop()]
        if built.page.kind is PageKind.ROBOTS_EXCLUDED:
            continue
        for href in built.hrefs:
            url = _target(built.page.url, href, pages)
            if url and url not in reached:
                reached.add(url)
                waiting.append(url)
    return frozenset(reached)


def _target(base: str, href: str, pages: Mapping[str, BuiltPage]) -> str | None:
    url = urllib.parse.urldefrag(urllib.parse.urljoin(base, href)).url
    return next((candidate for candidate in (url, without_tracking(url)) if candidate in pages), None)
