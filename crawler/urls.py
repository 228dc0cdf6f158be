"""The normal form of a URL, and the key under which twins meet.

In: a URL as written in a page, and the page's base. Out: an absolute normal URL, or None where it is not for us.
Does not say whether a URL belongs to a site; scope.py does.
"""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

MAX_URL_LENGTH = 1024  # StormCrawler's limit; longer ones are traps (notes on traps in docs/explanation)
DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that name the visit, never the page.
TRACKING_PARAMETERS = re.compile(r"utm_[a-z]+|fbclid|gclid|msclkid|mc_[ce]id", re.IGNORECASE)
_BLANKS = re.compile(r"[\t\r\n]")


def normal_url(reference: str, base: str = "") -> str | None:
    """Resolve and normalise as the WHATWG URL standard does, less what we never ask for.

    None for other schemes than http and https, user names, odd characters in the host, and overlong URLs.
    The fragment and tracking parameters go; the query keeps its order, which some servers read.
    """
    written = _BLANKS.sub("", reference.strip())
    try:
        absolute = urljoin(base, written)
        parts = urlsplit(absolute)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in DEFAULT_PORTS or not host or parts.username is not None or "\\" in parts.netloc:
        return None
    try:
        host = host.encode("idna").decode().lower() if not host.isascii() else host
    except UnicodeError:
        return None
    if not re.fullmatch(r"[a-z0-9._-]+", host):
        return None
    netloc = host if port in (None, DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    path = _without_dot_segments(parts.path) or "/"
    url = urlunsplit((parts.scheme, netloc, path, _without_tracking(parts.query), ""))
    try:
        normal = _quoted(url)
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return normal if len(normal) <= MAX_URL_LENGTH else None


def url_key(url: str) -> str:
    """What twins have in common: http and https, and a host with and without www, serve the same page."""
    parts = urlsplit(url)
    return urlunsplit(("", parts.netloc.removeprefix("www."), parts.path, parts.query, "")).removeprefix("//")


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def _quoted(url: str) -> str:
    """The path in canonical form; in the query only what may not stand in a URL is percent-encoded."""
    parts = urlsplit(url)
    path: str = urlsplit(canonicalize_url(urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")))).path
    query: str = urlsplit(safe_url_string(urlunsplit((parts.scheme, parts.netloc, "/", parts.query, "")))).query
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def _without_tracking(query: str) -> str:
    if not query:
        return query
    kept = [pair for pair in query.split("&") if pair and not TRACKING_PARAMETERS.fullmatch(pair.partition("=")[0])]
    return "&".join(kept)


def _without_dot_segments(path: str) -> str:
    """RFC 3986 section 5.2.4, for the dots that urljoin leaves in absolute references."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/".join(kept)
