"""The characters of a page.

In: the bytes of an HTML page and its Content-Type. Out: the page in UTF-8, and the encoding in which it was written.
Never fails: bytes that mean nothing become replacement characters, here or in the parser.
"""

import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding

DANISH_FALLBACK = "cp1252"  # what browsers in Denmark take for a page that says nothing
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
# The encodings of the web, as Python spells them. Others that Python has can be made slow (punycode), are none of text
# (hex), or hide tags from whoever counts them in the bytes (cp037).
_OF_THE_WEB = re.compile(
    r"utf-(?:8|16(?:-[bl]e)?)|cp(?:866|874|932|949|950|125[0-8])|iso8859-[0-9]+|koi8-[ru]|mac-[a-z]+|gb[k0-9]+|"
    r"big5[a-z]*|euc_[a-z]+|shift_jis|iso2022_jp"
)


def in_utf8(body: bytes, content_type: str) -> tuple[bytes, str]:
    """What a byte order mark says holds, then Content-Type, then the page itself, then the bytes.

    Zero bytes are left out: they stand in no text, and so the ASCII of UTF-16 that says nothing can still be read.
    """
    page, encoding = _decoded(body, content_type)
    return (page.replace(b"\0", b"") if b"\0" in page else page), encoding


def _decoded(body: bytes, content_type: str) -> tuple[bytes, str]:
    for bom, encoding in _BOMS.items():
        if body.startswith(bom):
            return _recoded(body[len(bom) :], encoding), encoding
    declared = http_content_type_encoding(content_type) or _declared_inside(body)
    if declared and declared != "utf-8" and _OF_THE_WEB.fullmatch(declared):
        return _recoded(body, declared), declared
    if _is_utf8(body):
        return body, "utf-8"
    return _recoded(body, DANISH_FALLBACK), DANISH_FALLBACK


def _declared_inside(body: bytes) -> str | None:
    declared = html_body_declared_encoding(body)
    # bytes in which this could be read are no UTF-16, says the standard
    return "utf-8" if declared and declared.startswith("utf-16") else declared


def _is_utf8(body: bytes) -> bool:
    """Whether more letters are right than wrong: one bad byte does not make the page something else."""
    try:
        body.decode()
    except UnicodeDecodeError:
        read = body.decode(errors="replace")
        num_right = len(body) - len(read)  # each letter beyond ASCII is one byte too long, the Danish ones just one
        return num_right > read.count("\ufffd")
    return True


def _recoded(body: bytes, encoding: str) -> bytes:
    return body if encoding == "utf-8" else body.decode(encoding, errors="replace").encode()
