"""WARC files member by member: every byte is accounted for, and every damage has its name."""

import hashlib
import io
import tarfile
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.warc import members
from crawler.warc.members import Record, read_record, read_records
from crawler.warc.record_parts import Flaw
from crawler.warc.records import NO_PAYLOAD, digest_of

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "warc" / "warcio_samples.tar.xz"
HTTP = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\nhej"


def packed(content: bytes) -> bytes:
    return zlib.compress(content, 6, 31)


def record(block: bytes = HTTP, *, behind: bytes = b"\r\n\r\n", **fields: str) -> bytes:
    """A response record, not packed; `fields` replace its own, names with _ for -."""
    named = {
        "WARC-Type": "response", "WARC-Target-URI": "http://nordby.test/", "WARC-Block-Digest": digest_of(block),
        "WARC-Payload-Digest": digest_of(b"hej"), "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }  # fmt: skip
    named |= {name.replace("_", "-"): value for name, value in fields.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return b"WARC/1.1\r\n" + head.encode() + b"\r\n" + block + behind


def read(path: Path, content: bytes) -> list[Record]:
    path.write_bytes(content)
    return list(read_records(path))


WRONG = digest_of(b"other")
DAMAGES = {
    "nothing is wrong": (record(), ()),
    "digest in hex": (record(WARC_Payload_Digest=f"sha-256:{hashlib.sha256(b'hej').hexdigest()}"), ()),
    "payload that has no head": (record(WARC_Payload_Digest=digest_of(HTTP), Content_Type="text/plain"), ()),
    "unknown algorithm": (record(WARC_Payload_Digest="blake9:x", WARC_Block_Digest=""), ()),
    "no payload where the head has no end": (record(b"HTTP/1.1 200 OK", WARC_Payload_Digest=NO_PAYLOAD), ()),
    "head of bare newlines": (record(b"HTTP/1.1 200 OK\nX: y\n\nhej"), ()),
    "revisit with the payload digest of another": (record(WARC_Type="revisit", WARC_Payload_Digest=WRONG), ()),
    "other block": (record(WARC_Block_Digest=WRONG), (Flaw.BLOCK,)),
    "other payload": (record(WARC_Payload_Digest=WRONG), (Flaw.PAYLOAD,)),
    "shorter than it says": (record(Content_Length="1000"), (Flaw.SHORT,)),
    "without its end": (record(behind=b"\r\n"), (Flaw.SHORT,)),
    "longer than it says": (record(Content_Length="5"), (Flaw.LONG,)),
    "two in a member": (record() + record(), (Flaw.LONG,)),
    "no length": (record(Content_Length=""), (Flaw.NO_LENGTH,)),
    "no type": (record(WARC_Type=""), (Flaw.NO_RECORD,)),
    "no head": (b"hej", (Flaw.NO_RECORD,)),
    "empty member": (b"", (Flaw.NO_RECORD,)),
    "head without end": (b"WARC/1.1\r\nX: " + b"y" * 3_000_000, (Flaw.NO_RECORD,)),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_flaw_of_a_record_is_named_and_its_neighbours_have_none(name: str, tmp_path: Path) -> None:
    content, flaws = DAMAGES[name]
    first, found, last = read(tmp_path / "x", packed(record()) + packed(content) + packed(record()))
    assert ((), flaws, ()) == (first.flaws, found.flaws, last.flaws)
    assert (first.length, len(packed(content))) == (found.offset, found.length)
    assert (last.kind, last.url) == ("response", "http://nordby.test/")


BROKEN_BYTES = {
    "garbage": b"garbage",
    "zeros": bytes(40),
    "what looks like a member": b"\x1f\x8b\x08\0\0\0\0\0",
    "half a record": packed(record())[:-20],
}


@pytest.mark.parametrize("name", BROKEN_BYTES)
def test_reading_goes_on_behind_bytes_that_are_no_record(name: str, tmp_path: Path) -> None:
    bad, good = BROKEN_BYTES[name], packed(record())
    found = read(tmp_path / "x", good + bad + good + bad)
    assert [(), *found[1].flaws, (), *found[3].flaws] == [
        each.flaws if not each.flaws else each.flaws[0] for each in found
    ]
    assert [len(good), len(bad), len(good), len(bad)] == [each.length for each in found]
    assert found[3].flaws == ((Flaw.NO_RECORD,) if name in ("garbage", "zeros") else (Flaw.CUT_OFF,))


def test_any_flipped_byte_is_found_and_any_cut(tmp_path: Path) -> None:
    good = packed(record())
    for place in range(len(good)):
        flipped = good[:place] + bytes([good[place] ^ 255]) + good[place + 1 :]
        if place in (4, 5, 6, 7, 8, 9):  # time, level and system in the head of a gzip member: nobody reads them
            continue
        found = read(tmp_path / "x", good + flipped + good)
        assert not found[0].flaws
        assert found[1].flaws, place
        assert sum(each.length for each in found) == 3 * len(good)
        assert found[-1].offset == 2 * len(good) and not found[-1].flaws
    for length in range(1, len(good)):
        found = read(tmp_path / "x", good + good[:length])
        assert [bool(each.flaws) for each in found] == [False, True], length


@pytest.mark.parametrize(
    ("constant", "size"), [("UNPACKED_PIECE_BYTES", 1), ("UNPACKED_PIECE_BYTES", 7), ("READ_BLOCK_BYTES", 5)]
)
def test_size_of_the_pieces_read_makes_no_difference(
    constant: str, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [record for record, _ in DAMAGES.values() if len(record) < 1000]
    content = b"".join(packed(record) + b"garbage" * number for number, record in enumerate(records))
    expected = read(tmp_path / "x", content)
    monkeypatch.setattr(members, constant, size)
    assert read(tmp_path / "x", content) == expected


def test_large_record_is_read_in_little_memory(tmp_path: Path) -> None:
    block = HTTP + bytes(60_000_000)
    content = packed(record(block, WARC_Payload_Digest=digest_of(block[len(HTTP) - 3 :])))
    (tmp_path / "x").write_bytes(content)
    del block
    tracemalloc.start()
    (found,) = read_records(tmp_path / "x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.flaws == ()
    assert peak < 4_000_000


def samples() -> Iterator[tuple[str, bytes]]:
    with tarfile.open(SAMPLES) as archive:
        for member in archive:
            if member.isfile():
                file = archive.extractfile(member)
                assert file
                yield member.name.rpartition("/")[2], file.read()


@pytest.mark.skipif(not SAMPLES.exists(), reason="the WARC samples in ../shared are not there")
def test_samples_of_other_tools(tmp_path: Path) -> None:
    found = {name: read(tmp_path / "x", content) for name, content in samples() if name.endswith((".gz", ".bad"))}
    whole = {name for name, records in found.items() if not any(each.flaws for each in records)}
    assert whole == {
        "example.warc.gz", "example-resource.warc.gz", "example-space-in-target-uri.warc.gz",
        "example-wget-bad-target-uri.warc.gz", "post-test.warc.gz",
    }  # fmt: skip
    kinds = ["warcinfo", "warcinfo", "response", "request", "revisit", "request"]
    assert kinds == [each.kind for each in found["example.warc.gz"]]
    for name in ("example-bad-non-chunked.warc.gz", "example-bad.warc.gz.bad"):
        assert [each.flaws for each in found[name]] == [(Flaw.LONG,)], "the whole file is one member"
    assert found["example-wrong-chunks.warc.gz"][0].flaws == (Flaw.SHORT,)
    assert {(Flaw.NO_RECORD,)} == {each.flaws for each in found["example.arc.gz"]}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the WARC samples in ../shared are not there")
def test_digests_in_base32_and_both_kinds_of_base64() -> None:
    text = dict(samples())["example-digest.warc"]
    records = [b"WARC/1.0" + each for each in text.split(b"WARC/1.0")[1:]]
    file = io.BytesIO(b"".join(map(packed, records)))
    offsets = [sum(len(packed(each)) for each in records[:number]) for number in range(len(records))]
    flaws = [read_record(file, offset).flaws for offset in offsets]
    assert flaws == [(Flaw.PAYLOAD,), (), (), ()], "as warcio check says"
