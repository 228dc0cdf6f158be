"""Bytes of a Danish page to text.

In: the body of an answer and its Content-Type. Out: text without NUL and unpaired surrogates. Reads no HTML besides a
declaration of the character set.
"""

import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_PROBE = "<p>a+AOY-"  # utf-7 reads an æ in it, utf-16 and the like read nothing
_DANISH_LETTERS = b"\xe6\xf8\xe5\xc6\xd8\xc5"  # æøåÆØÅ in latin-1 and cp1252
# In Danish text nearly all accented letters are those six; in Czech or Polish bytes read so, few are.
_ENOUGH_DANISH = 0.7
_HALF_A_PAIR = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")  # a surrogate written as if it were a character
_PROBED_BYTES = 1024  # of utf-16 without a mark: the doctype and the head are ASCII there
_ENOUGH_NULS = 0.4  # in utf-16 every other byte of ASCII is NUL; stray NULs were never more than a few


def decoded(body: bytes, content_type: str) -> str:
    """Bytes to text, with a prior for Danish.

    A byte order mark decides; then what is valid UTF-8 is UTF-8, whatever is declared (mojibake is rarer than a
    wrong declaration), also with a few stray bytes in it; then the declaration of the header or the page, unless
    the bytes are Danish letters only in latin-1; last cp1252, which undeclared Danish latin-1 is a part of (a
    detector takes it for cp1250 and reads ř for ø).
    """
    encoding, mark = read_bom(body)
    if encoding and mark:
        text = body[len(mark):].decode(encoding, "replace")  # fmt: skip
    elif unmarked := _utf_16_without_mark(body):
        text = body.decode(unmarked, "replace")
    else:
        text = _utf_8(body) or body.decode(_single_byte_encoding(body, content_type), "replace")
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")


def _utf_16_without_mark(body: bytes) -> str | None:
    probe = body[:_PROBED_BYTES]
    odd, even = probe[1::2].count(0), probe[::2].count(0)
    enough = _ENOUGH_NULS * len(probe)
    if odd > enough and not even:
        return "utf-16-le"
    return "utf-16-be" if even > enough and not odd else None


def _utf_8(body: bytes) -> str | None:
    """None where it is not UTF-8. Stray bytes of an included text in latin-1 are read as cp1252."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        escaped = _HALF_A_PAIR.sub(b"", body).decode("utf-8", "surrogateescape")
    num_right = sum(0x80 <= ord(char) < 0xD800 or ord(char) > 0xDFFF for char in escaped)
    strays = re.findall("[\ud800-\udfff]", escaped)
    if len(strays) >= num_right and strays:
        return None
    return re.sub("[\udc80-\udcff]", lambda stray: _as_cp1252(stray[0]), escaped)


def _as_cp1252(stray: str) -> str:
    return bytes([ord(stray) - 0xDC00]).decode("cp1252", "replace")


def _single_byte_encoding(body: bytes, content_type: str) -> str:
    declared = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    usable = _usable(declared)
    return "cp1252" if usable is None or _is_danish_in_latin_1(body, usable) else usable


def _is_danish_in_latin_1(body: bytes, declared: str) -> bool:
    """Whether a declaration turns into other letters what latin-1 reads as æ, ø and å."""
    if _DANISH_LETTERS.decode(declared, "replace") == _DANISH_LETTERS.decode("cp1252"):
        return False
    letters = [byte for byte in body if byte >= 0xC0]
    return sum(byte in _DANISH_LETTERS for byte in letters) >= _ENOUGH_DANISH * len(letters) > 0


def _usable(declared: str | None) -> str | None:
    """A declared encoding in which a page can be written; UTF-8 was tried already and is a false declaration here."""
    name: str | None = resolve_encoding(declared) if declared else None
    if name is None or name.startswith("utf-8") or "escape" in name:
        return None
    try:  # Python also knows codecs that are none for pages: idna, utf-7, hex
        return name if _PROBE.encode("ascii").decode(name, "replace") == _PROBE else None
    except (LookupError, ValueError):
        return None
