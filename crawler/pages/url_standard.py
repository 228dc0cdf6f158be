"""The URL standard's reading of http and https URLs.

In: a reference as somebody wrote it, and the URL of the page where it stands. Out: an `HttpUrl`, or None.
Follows url.spec.whatwg.org, as browsers do, less what is never asked for: other schemes, user names, IPv6 addresses,
and hosts that no name server could know. Does not decide which URLs name the same page; urls.py does.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

import idna

DEFAULT_PORTS = {"http": 80, "https": 443}
# What browsers do not percent-encode besides letters, digits and "_.-~": the complements of the standard's path
# percent-encode set and special-query percent-encode set.
SAFE_IN_PATH = "!$%&'()*+,/:;=@[\\]|"
SAFE_IN_QUERY = "!$%&()*+,/:;=?@[\\]^`{|}"
_AROUND = "".join(map(chr, range(0x21)))  # C0 controls and space, stripped at both ends
_INSIDE = str.maketrans("", "", "\t\n\r")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*+):")
_AUTHORITY = re.compile(r"[/\\]*+([^/\\?]*+)([^?]*+)(.*+)", re.DOTALL)
_PLAIN_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")  # labels of at most 63 letters: RFC 1035 2.3.4
_LAST_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)")
_MAX_HOST_LENGTH = 253
_MAX_AUTHORITY_LENGTH = 1024  # percent-encoded letters are up to six times as long
_SINGLE_DOTS = {".", "%2e"}
_DOUBLE_DOTS = {"..", ".%2e", "%2e.", "%2e%2e"}


class HttpUrl(NamedTuple):
    """What is asked for; the query without its question mark, the fragment gone."""

    scheme: str
    netloc: str
    path: str
    query: str


def read_url(written: str, base: HttpUrl | None = None, *, encoding: str = "utf-8") -> HttpUrl | None:
    """Resolve a reference. `encoding` is the page's, in which browsers write the query.

    Raises:
        UnicodeEncodeError: there is a lone surrogate in it.
    """
    reference = written.strip(_AROUND).translate(_INSIDE).partition("#")[0]
    scheme, rest = base.scheme if base else "", reference
    if named := _SCHEME.match(reference):
        scheme, rest = named[1].lower(), reference[named.end() :]
        if scheme not in DEFAULT_PORTS:
            return None
        if base is None or scheme != base.scheme:
            return _absolute(scheme, rest, encoding)
    if base is None:
        return None
    if rest[:1] in ("/", "\\") and rest[1:2] in ("/", "\\"):
        return _absolute(scheme, rest, encoding)
    return _relative(rest, base, encoding)


def _absolute(scheme: str, rest: str, encoding: str) -> HttpUrl | None:
    parts = _AUTHORITY.fullmatch(rest)
    if parts is None or len(parts[1]) > _MAX_AUTHORITY_LENGTH:
        return None
    netloc = read_netloc(parts[1], scheme)
    if netloc is None:
        return None
    return HttpUrl(scheme, netloc, _path(parts[2]), _query(parts[3][1:], encoding))


def _relative(rest: str, base: HttpUrl, encoding: str) -> HttpUrl:
    path, mark, query = rest.partition("?")
    if not path:
        return base._replace(query=_query(query, encoding)) if mark else base
    if path[0] not in "/\\":
        path = f"{base.path[: base.path.rfind('/') + 1]}{path}"
    return HttpUrl(base.scheme, base.netloc, _path(path), _query(query, encoding))


@lru_cache(maxsize=1024)
def read_netloc(authority: str, scheme: str) -> str | None:
    written, _, port = authority.partition(":")
    number = port.lstrip("0") or "0"
    if (port and not (port.isascii() and port.isdigit())) or len(number) > 5 or int(number) > 65_535:
        return None
    host = _host(written)
    if host is None or not port or int(number) == DEFAULT_PORTS[scheme]:
        return host
    return f"{host}:{number}"


def _host(written: str) -> str | None:
    try:
        decoded = unquote_to_bytes(written).decode() if "%" in written else written
        host = decoded.lower()
        if not host.isascii() or "xn--" in host:
            # the standard's UTS 46, with IDNA 2008's stricter check of what registries hand out
            host = idna.encode(host, uts46=True, std3_rules=False).decode()
    except (UnicodeError, idna.IDNAError):
        return None
    host = host.removesuffix(".")  # the standard keeps it; for a name server it is the same host
    if not _PLAIN_HOST.fullmatch(host) or len(host) > _MAX_HOST_LENGTH:
        return None
    return _ipv4(host) if _LAST_NUMBER.fullmatch(host) else host


def _ipv4(host: str) -> str | None:
    """127.0.0.1 for 2130706433, 0x7f.1 and 0177.0.0.1 too: the standard's IPv4 parser."""
    parts = host.split(".")
    try:
        numbers = [_ipv4_number(part) for part in parts]
    except ValueError:
        return None
    last = numbers.pop()
    if len(parts) > 4 or any(number > 255 for number in numbers) or last >= 256 ** (4 - len(numbers)):
        return None
    address = last + sum(number * 256 ** (3 - place) for place, number in enumerate(numbers))
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def _ipv4_number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)


def _path(written: str) -> str:
    return without_dot_segments(quote(written.replace("\\", "/"), safe=SAFE_IN_PATH)) or "/"


def _query(written: str, encoding: str) -> str:
    if written.isascii() or encoding.startswith("utf"):
        return quote(written, safe=SAFE_IN_QUERY)
    try:
        return quote(written, safe=SAFE_IN_QUERY, encoding=encoding)
    except UnicodeEncodeError:  # the standard writes &#8364; for a letter that the page's encoding does not have
        return quote(written, safe=SAFE_IN_QUERY)


def without_dot_segments(path: str) -> str:
    """Resolve "." and ".." in an absolute path, percent-encoded dots too."""
    if "/." not in path and "/%2" not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        dots = segment.lower()
        if dots in _DOUBLE_DOTS:
            if len(kept) > 1:
                kept.pop()
        elif dots not in _SINGLE_DOTS:
            kept.append(segment)
    if segments[-1].lower() in _SINGLE_DOTS | _DOUBLE_DOTS:
        kept.append("")
    return "/".join(kept)
