"""Bytes become the text that was written, whatever is declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.decoding import decoded

TEXT = "<p>Æblerød på øen: »smørrebrød«</p>"
HTML, LATIN_1 = "text/html", "text/html; charset=iso-8859-1"

DECODING = {
    "utf-8, declared": (TEXT.encode(), "text/html; charset=utf-8", TEXT),
    "utf-8, undeclared": (TEXT.encode(), HTML, TEXT),
    "utf-8, no content type": (TEXT.encode(), "", TEXT),
    "utf-8, wrongly declared in the header": (TEXT.encode(), LATIN_1, TEXT),
    "utf-8 with a byte order mark": (b"\xef\xbb\xbf" + TEXT.encode(), HTML, TEXT),
    "utf-8 with a byte order mark, wrongly declared": (b"\xef\xbb\xbf" + TEXT.encode(), LATIN_1, TEXT),
    "latin-1, declared in the header": (TEXT.encode("latin-1"), LATIN_1, TEXT),
    "latin-1, declared in the page": (
        b'<meta charset="iso-8859-1">' + TEXT.encode("latin-1"), HTML, '<meta charset="iso-8859-1">' + TEXT
    ),
    "latin-1, declared in the old way": (
        b'<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">' + TEXT.encode("latin-1"), HTML,
        '<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-1">' + TEXT,
    ),
    "latin-1, undeclared": (TEXT.encode("latin-1"), HTML, TEXT),
    "latin-1, declared as utf-8": (TEXT.encode("latin-1"), "text/html; charset=utf-8", TEXT),
    "latin-1, declared as something unknown": (TEXT.encode("latin-1"), "text/html; charset=dansk", TEXT),
    "cp1252, declared as latin-1": ("“ja” – nej …".encode("cp1252"), LATIN_1, "“ja” – nej …"),
    "cp1252, undeclared": ("“ja” – nej € æøå".encode("cp1252"), HTML, "“ja” – nej € æøå"),
    "utf-16, little-endian": (b"\xff\xfe" + TEXT.encode("utf-16-le"), HTML, TEXT),
    "utf-16, big-endian": (b"\xfe\xff" + TEXT.encode("utf-16-be"), LATIN_1, TEXT),
    "nul bytes": (b"<p>\x00Borger\x00service</p>\x00", HTML, "<p>Borgerservice</p>"),
    "utf-16 without a mark, little-endian": (TEXT.encode("utf-16-le"), HTML, TEXT),
    "utf-16 without a mark, big-endian": (TEXT.encode("utf-16-be"), HTML, TEXT),
    "utf-8 with a stray latin-1 byte": ("<p>Æblerød på".encode() + b" \xf8en</p>", HTML, "<p>Æblerød på øen</p>"),
    "latin-1, declared as cp1250": (TEXT.encode("cp1252"), "text/html; charset=windows-1250", TEXT),
    "Czech, declared as cp1250": ("<p>Příliš žluťoučký kůň</p>".encode("cp1250"), "text/html; charset=windows-1250",
                                  "<p>Příliš žluťoučký kůň</p>"),
    "half of a pair in utf-8": ("<p>sø".encode() + b"\xed\xa0\x80</p>", HTML, "<p>sø</p>"),
    "a lone surrogate": (b"\xff\xfe" + b"a\x00\x00\xd8b\x00", HTML, "a\N{REPLACEMENT CHARACTER}b"),
    "half a character at the end": ("<p>sø".encode()[:-1], "text/html; charset=utf-8", "<p>sÃ"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "content_type", "text"), DECODING.values(), ids=DECODING.keys())
def test_bytes_become_the_text_that_was_written(body: bytes, content_type: str, text: str) -> None:
    assert decoded(body, content_type) == text


@pytest.mark.parametrize(
    "charset",
    ["idna", "utf-16", "utf-7", "unicode_escape", "punycode", "hex", "base64", "undefined", "x" * 500, "utf-8;"],
)
def test_declaration_of_no_encoding_for_pages_is_passed_over(charset: str) -> None:
    """Python has codecs that stop at a byte or read ASCII as something else."""
    assert decoded(TEXT.encode("latin-1"), f"text/html; charset={charset}") == TEXT


@given(st.binary(max_size=60), st.sampled_from([HTML, LATIN_1, "text/html; charset=shift_jis"]))
def test_any_bytes_become_text_that_can_be_written(body: bytes, content_type: str) -> None:
    assert "\0" not in decoded(body, content_type)
    decoded(body, content_type).encode()
