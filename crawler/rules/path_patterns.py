"""Path patterns as robots.txt and tdmrep.json write them (RFC 9309 section 2.2), and the paths that they match.

In: a pattern, a URL, both as they were written. Out: whether the one matches the other, and how specific it is.
A pattern is a prefix in which `*` stands for any octets and a `$` at its end for the end of the path.

Both sides are compared as decoded octets: section 2.2.2 encodes octets outside ASCII and reserved characters, and
decodes all others, before it compares, so that two spellings are one path exactly if they decode to the same octets.
One consequence is that `%2F` and `/` are the same here.

Each piece between two `*` is looked for once, from where the last one ended: the time grows with the length of the
path, never with the number of ways to match. A regular expression would go through all of them.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

_URL_OCTETS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&'()*+,;="
_START_OF_PATH = re.compile(r"[/?]")


class PathPattern(NamedTuple):
    """A pattern, read. A tuple because a robots.txt may hold fifty thousand."""

    pieces: tuple[bytes, ...]  # between the wildcards; one piece where there is none
    is_anchored: bool
    num_octets: int  # of the encoded pattern: the larger, the more specific

    def matches(self, octets: bytes) -> bool:
        """Whether a path as path_octets gives it is matched."""
        first, *others = self.pieces
        if not octets.startswith(first):
            return False
        if not others:
            return not self.is_anchored or len(octets) == len(first)
        end = len(first)
        last = others.pop()
        for piece in others:
            start = octets.find(piece, end)
            if start < 0:
                return False
            end = start + len(piece)
        if self.is_anchored:
            return len(octets) - len(last) >= end and octets.endswith(last)
        return octets.find(last, end) >= 0


def path_pattern(written: str) -> PathPattern:
    """The pattern that a rule's text stands for. The empty text matches every path."""
    is_anchored = written.endswith("$")
    texts = written.removesuffix("$").split("*")
    # "a**b" is "a*b": an empty piece between two wildcards says nothing
    kept = [text for place, text in enumerate(texts) if text or place in (0, len(texts) - 1)]
    pieces = tuple(_decoded(text) for text in kept)
    # escaped octets are three long
    num_octets = sum(len(piece) + 2 * len(piece.translate(None, _URL_OCTETS)) for piece in pieces)
    return PathPattern(pieces, is_anchored, num_octets + len(texts) - 1 + is_anchored)


def path_octets(url: str) -> bytes:
    """Path and query of a URL, or of a path with its query, decoded; "/" where there is no path."""
    text = url.partition("#")[0]
    if not text.startswith("/"):
        after_scheme = text.partition("://")[2]
        start = _START_OF_PATH.search(after_scheme)
        text = after_scheme[start.start() :] if start else ""
        text = text if text.startswith("/") else f"/{text}"
    return _decoded(text)


def _decoded(text: str) -> bytes:
    return unquote_to_bytes(text.encode("utf-8", "replace"))  # a lone surrogate stands for no octet
