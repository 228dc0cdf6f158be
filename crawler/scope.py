"""What belongs to a site.

In: a site and normal URLs. Out: None where the URL may be fetched, else the kind of reason why not.
What is worth fetching of it stands in discovery.py.
"""

import enum
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from crawler.pages.urls import DEFAULT_PORTS
from crawler.register import Network, Site

MAX_DEPTH = 25  # links from a seed; Netarkivet's template uses the same
MAX_PATH_SEGMENTS = 15  # Heritrix 20, Norconex 10
MAX_SAME_SEGMENT = 2  # Heritrix: more than two consecutive; here at any place
# Result pages of site search: endless, and every page on them is linked elsewhere.
SEARCH_PATHS = ("/soeg", "/søg", "/s%c3%b8g", "/search", "/soegning", "/soegeresultat")
# What a path ends in, by the kind under which links not taken are counted.
FILE_KINDS = {
    ".pdf": "pdf", ".doc": "docx", ".docx": "docx", ".odt": "docx", ".xls": "spreadsheet", ".xlsx": "spreadsheet",
    ".ods": "spreadsheet", ".ppt": "slides", ".pptx": "slides", ".jpg": "image", ".jpeg": "image", ".png": "image",
    ".gif": "image", ".svg": "image", ".webp": "image", ".ico": "image", ".mp3": "media", ".mp4": "media",
    ".zip": "archive", ".gz": "archive", ".css": "style", ".js": "script", ".ics": "calendar", ".csv": "data",
    ".xml": "data", ".json": "data", ".rss": "data", ".exe": "other file", ".woff": "font", ".woff2": "font",
}  # fmt: skip


class NotTaken(enum.StrEnum):
    """Why a link was not taken, besides the kinds of files."""

    OTHER_HOST = "other host"
    OTHER_AREA = "other area"
    EXCLUDED = "excluded by the register"
    SEARCH = "site search"
    TOO_DEEP = "too deep"
    REPEATING = "repeating path"
    ODD_PORT = "odd port"


def reason_not_taken(url: str, site: Site, network: Network, *, depth: int = 0) -> str | None:
    """None if `url` is in the site's scope; else the kind under which the link is counted."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    path = parts.path.lower()
    if host in site.excludes or any(_is_below(path, rule.lower()) for rule in site.excludes if rule[0] == "/"):
        return NotTaken.EXCLUDED
    if host not in site.hosts:
        return NotTaken.OTHER_HOST
    if parts.port not in (None, DEFAULT_PORTS[parts.scheme]) and f"{host}:{parts.port}" not in network.resolve:
        return NotTaken.ODD_PORT
    if site.prefixes and not any(_is_below(path, prefix.lower()) for prefix in site.prefixes):
        return NotTaken.OTHER_AREA
    if kind := FILE_KINDS.get(PurePosixPath(path).suffix):
        return kind
    if any(_is_below(path, search) for search in SEARCH_PATHS):
        return NotTaken.SEARCH
    segments = [segment for segment in path.split("/") if segment]
    if depth > MAX_DEPTH or len(segments) > MAX_PATH_SEGMENTS:
        return NotTaken.TOO_DEEP
    if any(segments.count(segment) > MAX_SAME_SEGMENT for segment in segments):
        return NotTaken.REPEATING
    return None


def _is_below(path: str, prefix: str) -> bool:
    """Whole path segments: /boern-og-unge/ holds /boern-og-unge and /boern-og-unge/skole, not /boern-og-unges."""
    bare = prefix.rstrip("/")
    return path == bare or path.startswith(f"{bare}/")
