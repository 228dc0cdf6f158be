"""The normal form of a URL, and the key under which twins meet.

In: a URL as written in a page, and the page's address. Out: an absolute normal URL, or None where it is not for us.
Does not say whether a URL belongs to a site; scope.py does. Reading by the URL standard stands in url_standard.py.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.pages.url_standard import DEFAULT_PORTS as DEFAULT_PORTS
from crawler.pages.url_standard import HttpUrl, read_netloc, read_url, without_dot_segments

MAX_URL_LENGTH = 1024  # StormCrawler's limit; longer ones are traps (notes on traps in docs/explanation)
MAX_WRITTEN_LENGTH = 8 * MAX_URL_LENGTH  # servers refuse longer request lines; nothing that long becomes short
# Parameters that name the visit, never the page.
VISIT_PARAMETERS = re.compile(
    r"utm_[a-z]+|fbclid|gclid|msclkid|mc_[ce]id|jsessionid|phpsessid|aspsessionid[a-z]*|cfid|cftoken", re.IGNORECASE
)
# These name a visit only where the value looks drawn by lot: 24 letters and digits (ASP.NET) or more; PHP has 26 or 32.
_SESSION = re.compile(r"(?:sid|sessid|sessionid|session_id)=(?=[a-z]*[0-9])[0-9a-z]{24,}", re.IGNORECASE)
# Session ids in the path: Java's after a semicolon, ASP.NET's as a segment of its own such as /(S(lit3py55))/.
_SESSION_AT_SEGMENT = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_SESSION_SEGMENT = re.compile(r"/\((?:[ASFX]\([^()/]*\)){1,3}\)(?=/|$)", re.IGNORECASE)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_GUID = re.compile(r"(?:(?<![0-9A-Za-z])|(?<=%7B))[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
_HOST = re.compile(r"https?://([a-z0-9._-]+)(?::[0-9]+)?(?=[/?#]|$)")
# A reference that needs no thought: nothing to encode, to decode, to resolve or to leave out in its path. Possessive,
# so that time grows with length only.
_PLAIN = re.compile(
    r"(?:(https?)://([a-z0-9.-]++(?::[0-9]++)?))?"
    r"(/(?!/)(?:[A-Za-z0-9_~!$&'*+,:=@|\[\]/-]++|(?<!/)\.|%(?:20|[89A-F][0-9A-F]))*+)"
    r"(?:\?([A-Za-z0-9_.~!$%&()*+,/:;=?@\[\]^`{|}-]*+))?(?:#.*+)?",
    re.DOTALL,
)


def normal_url(reference: str, base: str = "", *, encoding: str = "utf-8") -> str | None:
    """Resolve and normalise as the WHATWG URL standard does, less what we never ask for.

    None for other schemes than http and https, user names, IPv6, odd characters in the host, and overlong URLs.
    The fragment and parameters that name a visit go; the query keeps its order, which some servers read. `encoding`
    is that of the page, in which browsers write the query.
    """
    if len(reference) > MAX_WRITTEN_LENGTH:
        reference = reference.partition("#")[0]
        if len(reference) > MAX_WRITTEN_LENGTH:
            return None
    page = _read_base(base) if base else None
    plain = _PLAIN.fullmatch(reference)
    if plain is None:
        return general_normal_url(reference, page, encoding)
    scheme, authority, path, query = plain.groups()
    if not scheme:
        if page is None:
            return None
        return _written(page.scheme, page.netloc, path, query)
    netloc = read_netloc(authority, scheme)
    return _written(scheme, netloc, path, query) if netloc else None


def general_normal_url(reference: str, page: HttpUrl | None, encoding: str) -> str | None:
    """The normal form of any reference: the slow way, with which the quick one must agree."""
    try:
        url = read_url(reference, page, encoding=encoding)
    except UnicodeEncodeError:  # a lone surrogate
        return None
    if url is None:
        return None
    return _written(url.scheme, url.netloc, _normal_path(url.path), url.query)


def _written(scheme: str, netloc: str, path: str, query: str | None) -> str | None:
    kept = _without_visit(query) if query else ""
    normal = f"{scheme}://{netloc}{path}?{kept}" if kept else f"{scheme}://{netloc}{path}"
    return normal if len(normal) <= MAX_URL_LENGTH else None


@lru_cache(maxsize=256)  # a few pages are being read at any time
def _read_base(base: str) -> HttpUrl | None:
    try:
        return read_url(base) if len(base) <= MAX_WRITTEN_LENGTH else None
    except UnicodeEncodeError:
        return None


def url_key(url: str) -> str:
    """What twins have in common: http and https, a host with and without www, a GUID in either case, serve the same.

    `url` is in its normal form.
    """
    key = url.partition("://")[2].removeprefix("www.")
    return key if key.count("-") < 4 or key.islower() else _GUID.sub(_lower, key)


def host_of(url: str) -> str:
    found = _HOST.match(url)
    return found[1] if found else urlsplit(url).hostname or ""


def origin_of(url: str) -> str:
    """Scheme and host of a normal URL, with the port where it is odd: `https://www.nordby.dk`."""
    end = url.find("/", len("https://"))
    return url if end < 0 else url[:end]


def _normal_path(path: str) -> str:
    """With percent-encodings as RFC 3986 section 6.2.2 wants them, and without session ids."""
    path = _without_session(path)
    if "%" not in path:
        return path
    is_clear = _STRAY_PERCENT.search(path) is None  # else decoding could make new percent-encodings
    return _without_session(_ESCAPE.sub(_normal_escape if is_clear else _upper, path))


def _without_session(path: str) -> str:
    if ";" not in path and "/(" not in path:
        return path
    path = _SESSION_SEGMENT.sub("", _SESSION_AT_SEGMENT.sub("", path))
    return without_dot_segments(path) or "/"


def _normal_escape(found: re.Match[str]) -> str:
    character = chr(int(found[0][1:], 16))
    return character if character in _UNRESERVED else found[0].upper()


def _upper(found: re.Match[str]) -> str:
    return found[0].upper()


def _lower(found: re.Match[str]) -> str:
    return found[0].lower()


def _without_visit(query: str) -> str:
    """Without parameters that name the visit, and without empty ones."""
    kept = [pair for pair in query.split("&") if pair and not _names_visit(pair)]
    return "&".join(kept)


def _names_visit(pair: str) -> bool:
    return bool(VISIT_PARAMETERS.fullmatch(pair.partition("=")[0]) or _SESSION.fullmatch(pair))
