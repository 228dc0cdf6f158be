"""One fetch in this process: hostile answers are bounded, whole answers are kept, nothing else is connected to."""

import asyncio
import contextlib
import copy
import datetime
import gzip
import hashlib
import itertools
import os
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.reactor import install_reactor

from crawler.net.addresses import AddressBook
from crawler.net.bodies import DecodedBody, decoded_body
from crawler.net.failures import FetchError, SilenceError, is_silence
from crawler.net.guard import AddressGuard, ForbiddenAddressError, ForbiddenPortError
from crawler.net.messages import body_of_answer
from crawler.net.transcript import Transcript
from crawler.net.trust import BadCertificateError
from crawler.net.turns import Turns, TurnsClosedError
from crawler.net.wire import EXCHANGE, TeeDownloadHandler, Wire, _TeeFactory
from crawler.register import Network
from crawler.settings import proxy_notice, scrapy_settings
from crawler.snapshot import Capture, read_body
from crawler.warc.archive import Exchange, WarcSeries

HOST = "by1.example.test"
PAGE = "<html><body><p>Rødgrød med fløde</p></body></html>".encode()
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
Handler = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """The server's side of one request."""

    path: str
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes, pause_s: float = 0.0) -> None:
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(pause_s)

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


@dataclass
class Server:
    """Speaks raw bytes; `connections` lists the paths that were asked for on each."""

    answers: dict[str, bytes | Handler] = field(default_factory=dict)
    connections: list[list[str]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        paths: list[str] = []
        self.connections.append(paths)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                paths.append(path)
                self.heads.append(head)
                begun = time.monotonic()
                await self.answer(path, writer)
                self.times.append((begun, time.monotonic()))
        writer.close()

    async def answer(self, path: str, writer: asyncio.StreamWriter) -> None:
        answer = self.answers[path]
        if isinstance(answer, bytes):
            writer.write(answer)
            await writer.drain()
            if b"connection: close" in answer.lower():
                raise ConnectionResetError
        else:
            await answer(Talk(path, writer))


@dataclass
class Web:
    """A server, a handler that fetches from it, and the loop that both live in."""

    loop: asyncio.AbstractEventLoop
    server: Server
    handler: TeeDownloadHandler
    wire: Wire

    def fetch(self, path: str, answer: bytes | Handler | None = None, **meta: Any) -> Response:
        """Fetch a path, or a URL as it is."""
        if answer is not None:
            self.server.answers[path.removeprefix(f"https://{HOST}")] = answer
        return self.run(self.request(path, **meta))

    async def request(self, path: str, **meta: Any) -> Response:
        request = Request(path if "://" in path else f"http://{HOST}{path}", meta=meta)
        response = await self.handler.download_request(request)
        response.request = request
        return response

    def run(self, awaitable: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(awaitable, 10))

    def failure(self, path: str, answer: bytes | Handler | None = None, **meta: Any) -> FetchError:
        with pytest.raises(FetchError) as caught:
            self.fetch(path, answer, **meta)
        return caught.value


def exchange_of(response: Response) -> Exchange:
    exchange = response.meta[EXCHANGE]
    assert isinstance(exchange, Exchange)
    return exchange


@pytest.fixture(scope="module")
def loop() -> asyncio.AbstractEventLoop:
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    running: Any = reactor
    return running._asyncioEventloop


@contextlib.asynccontextmanager
async def serving(server: Server, address: str = "127.0.1.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    listening = await asyncio.start_server(server.serve, address, 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    yield
    listening.close()


def handler_for(wire: Wire, timeout_s: float = 5.0) -> TeeDownloadHandler:
    settings = Settings(scrapy_settings(wire, None, num_hosts=1) | {"DOWNLOAD_TIMEOUT": timeout_s})
    assert wire is settings.copy()["TVAERKOM_WIRE"]
    return TeeDownloadHandler(SimpleNamespace(settings=settings, spider=None))  # type: ignore[arg-type]


def wire_for(port: int, *, also: dict[str, str] | None = None, allow: tuple[str, ...] = ("127.0.1.0/24",)) -> Wire:
    network = Network(resolve={HOST: f"127.0.1.1:{port}", **(also or {})}, allow_addresses=allow)
    return Wire(network=network, book=AddressBook(network.resolve), turns=Turns())


@pytest.fixture
def web(loop: asyncio.AbstractEventLoop) -> Iterator[Web]:
    server = Server()
    open_server = serving(server)
    loop.run_until_complete(open_server.__aenter__())
    wire = wire_for(server.port)
    made = Web(loop, server, handler_for(wire), wire)
    yield made
    loop.run_until_complete(made.handler.close())
    loop.run_until_complete(open_server.__aexit__(None, None, None))


def plain(body: bytes, headers: bytes = b"") -> bytes:
    return OK + headers + b"Content-Length: %d\r\n\r\n" % len(body) + body


def for_ever(head: bytes, part: bytes) -> Handler:
    async def answer(talk: Talk) -> None:
        await talk.send(head)
        while True:
            await talk.send(part)

    return answer


def then_close(*parts: bytes, pause_s: float = 0.0) -> Handler:
    async def answer(talk: Talk) -> None:
        await talk.send(*parts, pause_s=pause_s)
        raise ConnectionResetError

    return answer


def then_reset(*parts: bytes) -> Handler:
    async def answer(talk: Talk) -> None:
        await talk.send(*parts, pause_s=0.02)
        talk.reset()
        raise ConnectionResetError

    return answer


# What comes in order


def test_whole_answer_is_kept_with_what_was_sent_and_to_whom(web: Web) -> None:
    response = web.fetch("/side?a=1", plain(PAGE))
    exchange = exchange_of(response)
    assert (response.status, response.body, exchange.response) == (200, PAGE, plain(PAGE))
    assert [exchange.request] == web.server.heads
    assert (exchange.address, exchange.truncated, exchange.url) == ("127.0.1.1", None, f"http://{HOST}/side?a=1")
    assert response.meta["address"] == "127.0.1.1"
    assert response.meta["pause_s"] is None
    assert 0 < response.meta["download_latency"] < 5


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-2/9\r\nContent-Length: 3\r\n\r\nhej", b"hej"),
        (b"HTTP/1.1 999 \xc6\xd8\xc5\r\nContent-Length: 3\r\n\r\nhej", b"hej"),
        (b"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nhej", b"hej"),
        (CHUNKED + b"0\r\n\r\n", b""),
        (OK + b"Connection: close\r\n\r\n" + PAGE, PAGE),
        (OK + b"X-Nul: a\0b\r\nX-By: K\xf8benhavn\r\nNo colon\r\nContent-Length: 3\r\n\r\nhej", b"hej"),
        (OK + b"X-Long: " + b"a" * 100_000 + b"\r\nContent-Length: 3\r\n\r\nhej", b"hej"),
        (OK + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nhej", b"hej"),
    ],
)
def test_odd_but_whole_answer_is_kept(answer: bytes, body: bytes, web: Web) -> None:
    response = web.fetch("/", answer)
    exchange = exchange_of(response)
    assert (response.body, exchange.response, exchange.truncated) == (body, answer, None)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_interim_answers_are_left_out(step: int, web: Web) -> None:
    whole = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" * 3 + plain(PAGE)
    parts = [whole[start : start + step] for start in range(0, len(whole), step)]
    response = web.fetch("/", lambda talk: talk.send(*parts))
    assert (response.body, exchange_of(response).response) == (PAGE, plain(PAGE))


def test_head_of_duplicate_fields_is_told_whole(web: Web) -> None:
    response = web.fetch("/", plain(PAGE, b"Set-Cookie: a=1\r\nset-cookie:   b=2\r\nX-By: K\xf8benhavn\r\n"))
    assert response.headers.getlist("Set-Cookie") == [b"a=1", b"b=2"]
    assert response.headers["X-By"] == b"K\xf8benhavn"


def test_connection_is_kept_for_the_next_request(web: Web) -> None:
    web.server.answers |= {"/a": plain(PAGE), "/b": plain(PAGE), "/c": b"HTTP/1.1 204 No\r\n\r\n", "/d": plain(b"")}
    for path in "abcd":
        web.fetch(f"/{path}")
    assert web.server.connections == [["/a", "/b", "/c", "/d"]]


def test_connection_that_the_host_closes_is_replaced(web: Web) -> None:
    web.server.answers |= {"/a": OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nhej", "/b": plain(PAGE)}
    for path in ("/a", "/b"):
        web.fetch(path)
    assert web.server.connections == [["/a"], ["/b"]]


def test_kept_connection_closed_without_an_answer_is_replaced_once_in_a_new_turn(web: Web) -> None:
    async def only_on_a_new_connection(talk: Talk) -> None:
        if len(web.server.connections) == 1:
            raise ConnectionResetError
        await talk.send(plain(PAGE))

    web.fetch("/a", plain(PAGE))
    response = web.fetch("/b", only_on_a_new_connection, delay_s=0.2)
    assert response.body == PAGE
    assert response.meta["pause_s"] >= 0.2
    assert web.server.connections == [["/a", "/b"], ["/b"]]
    assert web.server.times[-1][0] - web.server.times[0][1] >= 0.2


def test_new_connection_closed_without_an_answer_is_not_tried_again(web: Web) -> None:
    assert str(web.failure("/", then_close())) == "the host closed the connection without an answer"
    assert web.server.connections == [["/"]]


def test_idle_connection_is_given_up(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.net.wire._Connections.cachedConnectionTimeout", 0.05)
    web.fetch("/a", plain(PAGE))
    web.run(asyncio.sleep(0.15))
    web.fetch("/a")
    assert web.server.connections == [["/a"], ["/a"]]


# Limits


@pytest.mark.parametrize(
    ("head", "part", "complaint"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 1000 + b"\r\n", "longer than 262144 bytes"),
        (b"HTTP/1.1 200 OK\r\nX: a\r\n", (b" " + b"b" * 8000 + b"\r\n") * 20, "longer than 262144 bytes"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"b" * 65_536, "longer than 262144 bytes"),
        (b"HTTP/1.1 200 OK\r\n", b"X: a\r\n" * 100, "more than 1000 lines"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "more than 1000 lines"),
        (b"", b"HTTP/1.1 103 Hints\r\nX: " + b"a" * 60_000 + b"\r\n\r\n", "longer than 262144 bytes"),
        (b"", b"x" * 65_536, "longer than 262144 bytes"),
    ],
)
def test_head_without_end_is_broken_off(head: bytes, part: bytes, complaint: str, web: Web) -> None:
    begun = time.monotonic()
    assert complaint in str(web.failure("/", for_ever(head, part)))
    assert time.monotonic() - begun < 2
    web.fetch("/b", plain(PAGE))
    assert web.server.connections == [["/"], ["/b"]]


def test_head_with_too_many_fields_is_refused_though_it_ends(web: Web) -> None:
    many = b"".join(b"X-%d: a\r\n" % number for number in range(2000))
    assert "more than 1000 lines" in str(web.failure("/", OK + many + b"Content-Length: 2\r\n\r\nok"))


@pytest.fixture
def small_bodies(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("crawler.net.transcript.MAX_BODY_BYTES", 100_000)
    return 100_000


ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "with a length": (OK + b"Content-Length: 999999999999\r\n\r\n", b"a" * 65_536),
    "until the end": (OK + b"Connection: close\r\n\r\n", b"a" * 65_536),
    "chunked": (CHUNKED, b"10000\r\n" + b"a" * 65_536 + b"\r\n"),
    "in small chunks": (CHUNKED, b"1\r\na\r\n" * 1000),
    "keep-alive": (OK + b"Connection: keep-alive\r\n\r\n", b"a" * 1000),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_body_is_cut_at_the_limit_and_kept_as_truncated(name: str, web: Web, small_bodies: int) -> None:
    head, part = ENDLESS[name]
    response = web.fetch("/", for_ever(head, part))
    exchange = exchange_of(response)
    assert exchange.truncated == "length"
    assert len(exchange.response) == len(head) + small_bodies
    expected = head + part * (small_bodies // len(part) + 1)
    assert expected.startswith(exchange.response)
    assert set(response.body) == {ord("a")}
    web.fetch("/b", plain(PAGE))
    assert web.server.connections == [["/"], ["/b"]]


def test_body_at_the_limit_is_whole(web: Web, small_bodies: int) -> None:
    response = web.fetch("/", plain(b"a" * small_bodies))
    assert (len(response.body), exchange_of(response).truncated) == (small_bodies, None)
    assert exchange_of(web.fetch("/", plain(b"a" * small_bodies) + b"behind")).truncated is None
    assert exchange_of(web.fetch("/", plain(b"a" * (small_bodies + 1)))).truncated == "length"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.net.transcript.SPEED_AFTER_S", 0.1)


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", OK + b"\r\n", CHUNKED, b""])
def test_answer_that_drips_is_broken_off(head: bytes, web: Web, hurried: None) -> None:
    async def drip(talk: Talk) -> None:
        await talk.send(head)
        while True:
            await talk.send(b"1\r\na\r\n" if head == CHUNKED else b"a", pause_s=0.02)

    assert str(web.failure("/", drip)) == "the answer is slower than 1000 bytes a second"


def test_slow_thought_and_a_quick_answer_are_no_dripping(web: Web, hurried: None) -> None:
    async def think(talk: Talk) -> None:
        await asyncio.sleep(0.2)
        await talk.send(plain(PAGE))

    assert web.fetch("/", think).body == PAGE


def test_speed_is_asked_on_average() -> None:
    now = [0.0]
    transcript = Transcript(b"", "127.0.1.1", lambda: now[0])
    transcript.add(OK + b"\r\n" + b"a" * 20_000)
    for now[0] in (9.0, 11.0, 19.0):
        transcript.add(b"a")
        assert transcript.complaint is None
    now[0] = 25.0
    assert transcript.add(b"a") == b""
    assert transcript.complaint == "the answer is slower than 1000 bytes a second"


def test_head_in_single_bytes_costs_no_more_than_it_is_long() -> None:
    transcript = Transcript(b"", "127.0.1.1")
    begun = time.process_time()
    for byte in OK + (b"X: " + b"a" * 995 + b"\r\n") * 200 + b"\r\n":
        transcript.add(bytes([byte]))
    assert transcript.complaint is None
    assert time.process_time() - begun < 2


def test_silent_host_is_given_up_after_the_time_for_a_whole_answer(web: Web) -> None:
    web.handler = handler_for(web.wire, timeout_s=0.1)

    for number, beginning in enumerate((b"", OK + b"Content-Length: 9\r\n\r\n")):

        async def hang(talk: Talk, beginning: bytes = beginning) -> None:
            await talk.send(beginning)
            await asyncio.sleep(5)

        error = web.failure(f"/{number}", hang)
        assert str(error) == "no whole answer within 0.1 seconds"
        assert is_silence(error) is not bool(beginning)
    web.fetch("/b", plain(PAGE))
    assert web.server.connections == [["/0"], ["/1"], ["/b"]]


# Answers that are not whole, or not HTTP

BROKEN: dict[str, tuple[bytes | Handler, str]] = {
    "too long a length": (then_close(OK + b"Content-Length: 90\r\n\r\nhej"), "broke off"),
    "cut chunks": (then_close(CHUNKED + b"3\r\nhej\r\n"), "broke off"),
    "reset in a body with a length": (then_reset(OK + b"Content-Length: 90\r\n\r\nhej"), "broke off"),
    "reset in chunks": (then_reset(CHUNKED + b"3\r\nhej\r\n"), "broke off"),
    "reset in a body without a length": (then_reset(OK + b"Connection: close\r\n\r\nhej"), "broke off"),
    "cut head": (then_close(OK), "broke off"),
    "two lengths": (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nhej!", "conflicting Content-Length"),
    "negative length": (OK + b"Content-Length: -3\r\n\r\nhej", "broke off"),
    "unknown transfer coding": (OK + b"Transfer-Encoding: gzip\r\n\r\nhej", "broke off"),
    "no chunk size": (CHUNKED + b"hej\r\n", "Chunk-size"),
    "endless chunk extension": (for_ever(CHUNKED + b"1;", b"x" * 65_536), "Chunk size line"),
    "HTTP/0.9": (then_close(b"<html>\r\nhej</html>"), "not HTTP: b'<html>'"),
    "HTTP/0.9 in one line": (then_close(b"<html>hej</html>"), "broke off"),
    "HTTP/2": (b"HTTP/2 200 OK\r\nContent-Length: 3\r\n\r\nhej", "not HTTP: b'HTTP/2 200 OK'"),
    "another protocol": (b"SSH-2.0-OpenSSH_9\r\n", "not HTTP"),
    "status of letters": (b"HTTP/1.1 OK 200\r\n\r\n", "not HTTP"),
    "status of zeros": (b"HTTP/1.1 000 OK\r\n\r\n", "not HTTP"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_answer_is_a_failure_and_its_connection_is_not_used_again(name: str, web: Web) -> None:
    answer, complaint = BROKEN[name]
    error = web.failure("/", answer)
    assert complaint in str(error)
    assert not is_silence(error)
    web.fetch("/b", plain(PAGE))
    assert web.server.connections == [["/"], ["/b"]]


@pytest.mark.parametrize(
    ("answer", "whole"),
    [
        (plain(b"hej") + b" og farvel", plain(b"hej")),
        (plain(b"hej") + plain(b"farvel"), plain(b"hej")),
        (CHUNKED + b"3\r\nhej\r\n0\r\n\r\nfarvel", CHUNKED + b"3\r\nhej\r\n0\r\n\r\n"),
        (b"HTTP/1.1 304 No\r\n\r\nfarvel", b"HTTP/1.1 304 No\r\n\r\n"),
    ],
)
def test_bytes_behind_a_whole_answer_are_nobodys(answer: bytes, whole: bytes, web: Web) -> None:
    assert whole == exchange_of(web.fetch("/", answer)).response
    assert web.fetch("/b", plain(PAGE)).body == PAGE
    assert web.server.connections == [["/"], ["/b"]]


def test_bytes_that_come_later_close_the_connection(web: Web) -> None:
    async def chatter(talk: Talk) -> None:
        await talk.send(plain(b"hej"), pause_s=0.05)
        await talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nond")

    web.fetch("/", chatter)
    web.run(asyncio.sleep(0.1))
    assert web.fetch("/b", plain(PAGE)).body == PAGE
    assert web.server.connections == [["/"], ["/b"]]


def test_of_chunks_and_a_length_the_chunks_count(web: Web) -> None:
    answer = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhejsa\r\n0\r\n\r\n"
    response = web.fetch("/", answer)
    assert (response.body, exchange_of(response).response) == (b"hejsa", answer)


# What is read back from the archive


def read_back(response: Response, folder: Path) -> bytes:
    """Through a WARC file, as the corpus reads it."""
    series = WarcSeries(folder, "9001-2020Q1", {}, {})
    place = series.write(exchange_of(response))
    series.close()
    now = datetime.datetime.now(datetime.UTC)
    values: dict[str, Any] = {
        "capture_id": "1", "url": response.url, "kind": "page", "status": 200, "outcome": None,
        "content_type": "text/html", "etag": None, "last_modified": None, "payload_digest": place.payload_digest,
        "body_sha256": hashlib.sha256(body_of(response)).hexdigest(), "warc_file": place.file,
        "warc_offset": place.offset, "warc_length": place.length, "fetched_at": now, "first_seen": now,
        "last_changed": now,
    }  # fmt: skip
    return read_body(folder, Capture(**values))


def body_of(response: Response) -> bytes:
    coding = (response.headers.get("Content-Encoding") or b"").decode()
    return decoded_body(coding, response.body).body


@pytest.mark.parametrize("name", ENDLESS)
def test_cut_body_is_found_again_in_the_bytes_of_the_wire(name: str, web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in range(2_000, 2_007):  # the cut falls at each place of a small chunk
        monkeypatch.setattr("crawler.net.transcript.MAX_BODY_BYTES", limit)
        response = web.fetch("/", for_ever(*ENDLESS[name]))
        exchange = exchange_of(response)
        assert exchange.truncated == "length"
        assert body_of_answer(exchange.response).body == response.body


@pytest.mark.parametrize("name", [name for name in ENDLESS if name != "in small chunks"])
def test_cut_body_is_read_back(name: str, web: Web, small_bodies: int, tmp_path: Path) -> None:
    response = web.fetch("/", for_ever(*ENDLESS[name]))
    assert read_back(response, tmp_path) == response.body


@pytest.mark.parametrize("is_chunked", [False, True])
def test_cut_gzip_is_read_back_as_far_as_it_goes(is_chunked: bool, web: Web, small_bodies: int, tmp_path: Path) -> None:
    noise = os.urandom(150_000).hex().encode()
    payload = gzip.compress(noise)
    head = OK + b"Content-Encoding: gzip\r\n"
    length = b"Content-Length: %d\r\n\r\n" % len(payload)
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"%x\r\n%s\r\n0\r\n\r\n" % (len(payload), payload)
    response = web.fetch("/", head + (chunks if is_chunked else length + payload))
    exchange = exchange_of(response)
    assert exchange.truncated == "length"
    read = read_back(response, tmp_path)
    assert read
    assert noise.startswith(read)
    assert body_of_answer(exchange.response) == DecodedBody(body=read, problem="corrupt gzip")


def test_chunks_beside_a_length_are_read_back(web: Web, tmp_path: Path) -> None:
    answer = OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhejsa\r\n0\r\n\r\n"
    assert read_back(web.fetch("/", answer), tmp_path) == b"hejsa"


# Silence


def test_reset_before_a_byte_is_silence(web: Web) -> None:
    error = web.failure("/", then_reset())
    assert str(error) == "the connection was lost before a byte came back"
    assert is_silence(error)


def test_refused_connection_is_an_answer(web: Web) -> None:
    web.handler = handler_for(wire_for(1))
    error = web.failure("/")
    assert str(error) == "the connection was refused"
    assert not is_silence(error)


def test_unknown_name_is_silence(web: Web) -> None:
    def nobody(host: str) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    web.wire = Wire(network=Network(), book=AddressBook({}, look_up=nobody), turns=Turns())
    web.handler = handler_for(web.wire)
    error = web.failure("/")
    assert is_silence(error)
    assert str(error) == f"no address for {HOST}: Temporary failure in name resolution"


def test_connection_that_is_never_made_is_silence(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crawler.net.wire.CONNECT_TIMEOUT_S", 0.2)
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.1.1", 0))
        full.listen(0)
        for _ in range(3):  # fills the queue, after which the kernel answers no more
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        web.handler = handler_for(wire_for(full.getsockname()[1]))
        error = web.failure("/")
    assert (str(error), is_silence(error)) == ("no connection in time", True)


# Where it goes


@pytest.fixture
def canary(loop: asyncio.AbstractEventLoop) -> Iterator[Server]:
    """Stands for a machine that must never be connected to."""
    server = Server(answers={"/": plain(b"hemmeligt")})
    open_server = serving(server, "127.0.2.1")
    loop.run_until_complete(open_server.__aenter__())
    yield server
    loop.run_until_complete(open_server.__aexit__(None, None, None))


def test_address_that_is_not_public_is_not_even_connected_to(web: Web, canary: Server) -> None:
    inside = {"indenfor.example.test": f"127.0.2.1:{canary.port}"}
    web.wire = wire_for(web.server.port, also=inside)
    web.handler = handler_for(web.wire)
    error = web.failure("http://indenfor.example.test/")
    assert isinstance(error, ForbiddenAddressError)
    assert str(error) == "the address 127.0.2.1 is not public"
    assert canary.connections == []


@pytest.mark.parametrize("host", ["127.0.2.1", "[::ffff:127.0.2.1]", "0x7f.0.2.1", "2130706945", "127.0.513"])
def test_host_written_as_an_address_is_refused(host: str, web: Web, canary: Server) -> None:
    assert isinstance(web.failure(f"http://{host}/"), ForbiddenAddressError)
    assert canary.connections == []


def test_odd_port_is_not_connected_to_unless_the_register_names_it(web: Web, canary: Server) -> None:
    web.server.answers["/"] = plain(PAGE)
    assert isinstance(web.failure(f"http://{HOST}:{canary.port}/"), ForbiddenPortError)
    assert canary.connections == []
    web.handler = handler_for(wire_for(1, also={f"{HOST}:8081": f"127.0.1.1:{web.server.port}"}))
    assert web.fetch(f"http://{HOST}:8081/").body == PAGE
    assert f"Host: {HOST}:8081".encode() in web.server.heads[-1]


def test_peer_is_asked_about_again_before_a_byte_is_sent() -> None:
    factory = _TeeFactory(AddressGuard(("127.0.1.0/24",)), None, "")
    assert factory.buildProtocol(SimpleNamespace(host="127.0.1.1"))
    with pytest.raises(ForbiddenAddressError):
        factory.buildProtocol(SimpleNamespace(host="127.0.2.1"))


def test_name_that_changes_its_address_is_still_asked_for_at_the_first_one(web: Web, canary: Server) -> None:
    answers = itertools.chain([["127.0.1.1"]], itertools.repeat(["127.0.2.1"]))
    book = AddressBook({}, look_up=lambda _: next(answers))
    web.wire = Wire(network=Network(allow_addresses=("127.0.1.0/24",)), book=book, turns=Turns())
    web.handler = handler_for(web.wire)
    assert str(web.failure("/")) == str(web.failure("/")) == "the connection was refused"  # nobody is at port 80
    assert canary.connections == []


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_address_of_ipv6_is_connected_to(web: Web) -> None:
    server = Server(answers={"/": plain(PAGE)})
    open_server = serving(server, "::1")
    web.run(open_server.__aenter__())
    web.handler = handler_for(wire_for(1, also={"by6.example.test": f"[::1]:{server.port}"}, allow=("::1/128",)))
    assert exchange_of(web.fetch("http://by6.example.test/")).address == "::1"
    web.run(open_server.__aexit__(None, None, None))


# In turn


def test_hosts_on_one_address_are_asked_one_after_the_other_with_the_pause(web: Web) -> None:
    others = {f"by{number}.example.test": f"127.0.1.1:{web.server.port}" for number in range(2, 5)}
    web.wire = wire_for(web.server.port, also=others)
    web.handler = handler_for(web.wire)

    async def work(talk: Talk) -> None:
        await asyncio.sleep(0.02)
        await talk.send(plain(PAGE))

    web.server.answers["/"] = work
    requests = [web.request(f"http://{host}/", delay_s=0.05) for host in (HOST, *others)]
    responses = web.run(asyncio.gather(*requests))
    times = sorted(web.server.times)
    assert len(times) == 4
    assert all(later[0] - earlier[1] >= 0.05 for earlier, later in itertools.pairwise(times))
    assert [pause and pause >= 0.05 for pause in (each.meta["pause_s"] for each in responses)] == [
        None,
        True,
        True,
        True,
    ]


def test_wait_for_a_turn_does_not_count_as_time_of_the_answer(web: Web) -> None:
    web.handler = handler_for(web.wire, timeout_s=0.2)
    web.fetch("/", plain(PAGE), delay_s=0.4)
    assert web.fetch("/", delay_s=0.4).meta["pause_s"] >= 0.4


def test_failed_request_gives_its_turn_back_with_the_pause(web: Web) -> None:
    web.failure("/", then_close(), delay_s=0.1)
    assert web.fetch("/b", plain(PAGE), delay_s=0.1).meta["pause_s"] >= 0.1


def test_at_the_end_of_the_crawl_nobody_waits_for_a_long_pause(web: Web) -> None:
    web.fetch("/", plain(PAGE), delay_s=60)

    async def waiting() -> None:
        task = asyncio.ensure_future(web.request("/", delay_s=60))
        await asyncio.sleep(0.01)
        web.wire.turns.close()
        with pytest.raises(TurnsClosedError):
            await task

    web.run(waiting())


# TLS


@dataclass
class Authority:
    """A certificate authority for a test."""

    folder: Path
    name: str = "Tvaerkom test authority"

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.name, self.key, is_authority=True)
        self.path = self.folder / f"{self.name}.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, *, days: int = 1, is_self_signed: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(host, key, days=days, is_self_signed=is_self_signed)
        path = self.folder / f"{host}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self, name: str, key: Any, *, days: int = 1, is_authority: bool = False, is_self_signed: bool = False
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = is_authority or is_self_signed
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if own else self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=30))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name.replace(" ", "-"))]), critical=False)
        )
        return builder.sign(key if own else self.key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


@contextlib.contextmanager
def tls_web(web: Web, context: ssl.SSLContext) -> Iterator[Web]:
    server = Server(answers={"/": plain(PAGE)})
    open_server = serving(server, tls=context)
    web.run(open_server.__aenter__())
    wire = wire_for(server.port)
    yield Web(web.loop, server, handler_for(wire), wire)
    web.run(open_server.__aexit__(None, None, None))


def test_certificate_of_an_authority_in_ssl_cert_file_is_believed(web: Web, authority: Authority) -> None:
    context = authority.context(HOST)
    names: list[str | None] = []
    context.sni_callback = lambda _, name, __: names.append(name)  # type: ignore[assignment]
    with tls_web(web, context) as secure:
        for _ in range(2):
            assert exchange_of(secure.fetch(f"https://{HOST}/")).response == plain(PAGE)
        assert secure.server.connections == [["/", "/"]]
    assert names == [HOST]


def test_authority_that_nobody_named_is_not_believed(
    web: Web, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with tls_web(web, authority.context(HOST)) as secure:
        error = secure.failure(f"https://{HOST}/")
    assert str(error) == f"the certificate of {HOST} is not valid: unable to get issuer cert locally"


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        (HOST, {"days": -1}, "cert has expired"),
        (HOST, {"is_self_signed": True}, "depth zero self signed cert"),
        ("andet.example.test", {}, "it is for another host"),
    ],
)
def test_bad_certificate_is_a_clear_failure_and_no_silence(
    name: str, options: dict[str, Any], complaint: str, web: Web, authority: Authority
) -> None:
    with tls_web(web, authority.context(name, **options)) as secure:
        error = secure.failure(f"https://{HOST}/")
        assert secure.server.heads == []  # no byte of the request was sent
    assert isinstance(error, BadCertificateError)
    assert not is_silence(error)
    assert str(error) == f"the certificate of {HOST} is not valid: {complaint}"


def test_host_that_speaks_no_tls_is_a_failure_and_no_silence(web: Web) -> None:
    async def check() -> None:
        async def answer_plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(10)
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        async with await asyncio.start_server(answer_plainly, "127.0.1.1", 0) as server:
            web.handler = handler_for(wire_for(server.sockets[0].getsockname()[1]))
            with pytest.raises(FetchError, match="no TLS connection: ") as caught:
                await web.request(f"https://{HOST}/")
            assert not is_silence(caught.value)

    web.run(check())


@pytest.mark.parametrize("name", ["with a length", "chunked", "until the end"])
def test_endless_body_over_tls_is_cut_too(name: str, web: Web, authority: Authority, small_bodies: int) -> None:
    with tls_web(web, authority.context(HOST)) as secure:
        response = secure.fetch(f"https://{HOST}/endless", for_ever(*ENDLESS[name]))
    assert exchange_of(response).truncated == "length"


def test_body_until_the_end_over_tls_is_whole_only_with_a_farewell(web: Web, authority: Authority) -> None:
    answer = OK + b"Connection: close\r\n\r\n" + PAGE

    async def without_farewell(talk: Talk) -> None:
        await talk.send(answer, pause_s=0.02)
        talk.reset()
        raise ConnectionResetError

    with tls_web(web, authority.context(HOST)) as secure:
        assert secure.fetch(f"https://{HOST}/whole", answer).body == PAGE
        assert "broke off" in str(secure.failure(f"https://{HOST}/cut", without_farewell))


def test_host_that_never_says_farewell_does_not_keep_the_connection(
    web: Web, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crawler.net.tee.GOODBYE_S", 0.05)
    was_reset = threading.Event()

    def answer_and_be_mute(listening: socket.socket, context: ssl.SSLContext) -> None:
        connection, _ = listening.accept()
        raw = connection.dup()
        with raw, context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(10_000)
            secure.sendall(OK + b"Connection: close\r\nContent-Length: 3\r\n\r\nhej")
            raw.settimeout(5)
            try:
                while raw.recv(10_000):  # reads the client's farewell, and answers nothing
                    pass
            except ConnectionResetError:
                was_reset.set()

    with socket.socket() as listening:
        listening.bind(("127.0.1.1", 0))
        listening.listen()
        arguments = (listening, authority.context(HOST))
        thread = threading.Thread(target=answer_and_be_mute, args=arguments, daemon=True)
        thread.start()
        web.handler = handler_for(wire_for(listening.getsockname()[1]))
        assert web.fetch(f"https://{HOST}/").body == b"hej"
        web.run(asyncio.sleep(0.2))
        thread.join(5)
    assert was_reset.is_set()


# Settings


def test_wire_is_the_same_after_scrapy_copied_its_settings() -> None:
    wire = wire_for(1)
    assert copy.deepcopy({"x": wire})["x"] is wire


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_proxy_that_is_not_used_is_told(name: str) -> None:
    notice = proxy_notice({name: "http://proxy.example.test:3128", "PATH": "/bin"})
    assert notice is not None
    assert notice.startswith(f"{name} is set, but the crawl does not go through a proxy")
    assert proxy_notice({name: "", "NO_PROXY": "localhost"}) is None


def test_silence_is_a_failure_to_fetch() -> None:
    assert issubclass(SilenceError, FetchError)
