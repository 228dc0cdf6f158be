"""Whether an address is meant by an erasure.

In: what is sought, a site, its addresses as captures or tables have them. Out: yes or no. The key of an address is that
of crawler.pages.urls.url_key, which this stage may not import; a test holds the two together.
"""

import re

from foundation.erasures import Matcher

_GUID = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=%7B))[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])")


def address_key(url: str) -> str:
    """What twins have in common: http and https, a host with and without www, a GUID in either case."""
    key = url.partition("://")[2].removeprefix("www.")
    return key if key.count("-") < 4 or key.islower() else _GUID.sub(lambda found: found[0].lower(), key)


def covers_address(matcher: Matcher, site: str, *urls: str | None) -> bool:
    """Whether one of these addresses of a page is meant."""
    return any(matcher.covers_url(site, address_key(url)) for url in urls if url)
