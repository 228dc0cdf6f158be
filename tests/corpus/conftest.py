"""Snapshots laid out from pages without a crawl, and one small Kommuneby corpus for all tests to read."""

import datetime
import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from corpus.build import build
from corpus.config import CorpusConfig
from corpus.dedup import document_id
from corpus.plan import plan_build
from corpus.schema import CorpusManifest
from corpus.split import SIDES, document_side
from crawler.snapshot import capture_schema, import_warcs
from demo.kommuneby import PageKind, TruePage, Web, make_web
from demo.register import register_text
from foundation.command import Command
from foundation.manifests import MANIFEST_NAME, file_entries, write_manifest
from foundation.places import Places
from foundation.user_settings import UserSettings

# A busy machine is no failure.
hypothesis.settings.register_profile("no clock", deadline=None)
hypothesis.settings.load_profile("no clock")

SIZES = {"num_municipalities": 2, "pages_per_site": 10, "trap_months": 1}
FETCHED_AT = datetime.datetime(2020, 1, 15, tzinfo=datetime.UTC)
HTML = "text/html; charset=utf-8"
SHARE = 0.3  # of few documents some are on the validation side
NOT_CRAWLED = {PageKind.ROBOTS_EXCLUDED, PageKind.ROBOTS, PageKind.SITEMAP}


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer of a web server, as a WARC file keeps it."""

    url: str
    body: bytes
    content_type: str = HTML
    status: int = 200


def answers_of(web: Web) -> list[Response]:
    """What a crawl of the whole web would bring home."""
    return [_answer(page) for page in web.pages.values() if page.is_reachable and page.kind not in NOT_CRAWLED]


def _answer(page: TruePage) -> Response:
    return Response(
        url=page.url, body=page.body, content_type=page.header("Content-Type") or "", status=page.status
    )  # fmt: skip


def write_warc(path: Path, responses: Iterable[Response]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for response in responses:
            headers = StatusAndHeaders(f"{response.status} OK", [("Content-Type", response.content_type)], "HTTP/1.1")
            record = writer.create_warc_record(
                response.url, "response", payload=io.BytesIO(response.body), http_headers=headers,
                warc_headers_dict={"WARC-Date": FETCHED_AT.strftime("%Y-%m-%dT%H:%M:%SZ")},
            )  # fmt: skip
            writer.write_record(record)
    return path


@dataclass(frozen=True)
class House:
    """A data folder with a register: lays out snapshots, builds corpora and reads their tables."""

    command: Command

    @property
    def data(self) -> Path:
        return self.command.places.data

    def snapshot(self, quarter: str, responses: Iterable[Response]) -> Path:
        """A published snapshot of these answers."""
        warc = write_warc(self.data / "archives" / f"{quarter}.warc.gz", responses)
        return import_warcs([warc], self.command.places.snapshot(quarter), quarter, self.command.register)

    def change_captures(self, quarter: str, changes: dict[str, dict[str, Any]]) -> None:
        """Other values in the captures of these addresses (address -> column -> value)."""
        for path in self.command.places.snapshot(quarter).glob("sites/*/captures.parquet"):
            rows = [row | changes.get(row["url"], {}) for row in pq.read_table(path).to_pylist()]
            pq.write_table(pa.Table.from_pylist(rows, schema=capture_schema()), path)

    def name_archives(self, quarter: str) -> None:
        """Name the WARC files in the snapshot's manifest, as a crawl does and an import does not."""
        snapshot = self.command.places.snapshot(quarter)
        manifest = json.loads((snapshot / MANIFEST_NAME).read_text())
        entries = file_entries(snapshot, snapshot.glob("sites/*/*.warc.gz"))
        write_manifest(snapshot, manifest | {"files": [vars(entry) for entry in entries]})

    def build(self, name: str, *, workers: int = 1, **options: Any) -> CorpusManifest:
        return build(plan_build(self.command, name, workers=workers, **options))

    def build_with(self, name: str, **thresholds: Any) -> CorpusManifest:
        """Other thresholds than the published ones under the name of a quarter, as only a test may have."""
        plan = plan_build(self.command, name, workers=1)
        return build(replace(plan, config=CorpusConfig(**thresholds)))

    def build_pages(self, quarter: str, pages: dict[str, Iterable[str]]) -> CorpusManifest:
        """A snapshot of these pages (address -> paragraphs) and its corpus; SHARE of the documents validate."""
        self.snapshot(quarter, [Response(url=url, body=danish_page(*texts)) for url, texts in pages.items()])
        return self.build_with(quarter, validation_share=SHARE)

    def corpus(self, name: str) -> Path:
        return self.command.places.corpus(name)

    def rows(self, name: str, table: str) -> list[dict[str, Any]]:
        """The rows of a table: `sentences/train`, `documents`, `dropped`, `sites` ..."""
        return rows_of(self.corpus(name), table)


def rows_of(corpus: Path, table: str) -> list[dict[str, Any]]:
    folder, _, stem = table.partition("/")
    paths = sorted((corpus / folder).glob(f"{stem}*.parquet")) or [corpus / f"{table}.parquet"]
    return [row for path in paths if path.is_file() for row in pq.read_table(path).to_pylist()]


def sentences_of(corpus: Path) -> list[dict[str, Any]]:
    """The sentences of both sides, each with its `split`."""
    return [
        row | {"split": split}
        for split in ("train", "validation")
        for row in (rows_of(corpus, f"sentences/{split}") if list((corpus / "sentences").glob(f"{split}-*")) else [])
    ]


def make_house(data: Path, web: Web) -> House:
    data.mkdir(parents=True, exist_ok=True)
    register = data / "municipalities.yaml"
    register.write_text(register_text(web, port=9))
    return House(Command(places=Places(data), settings=UserSettings(), register=register))


def danish_page(*paragraphs: str) -> bytes:
    """A page with a heading and these paragraphs."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<!doctype html><html><body><main><h1>Kommuneby</h1>{body}</main></body></html>".encode()


@pytest.fixture(scope="session")
def web() -> Web:
    return make_web(**SIZES)


@pytest.fixture(scope="session")
def kommuneby(tmp_path_factory: pytest.TempPathFactory, web: Web) -> House:
    """The corpus 2020Q1 of a small Kommuneby; to be read, never changed."""
    house = make_house(tmp_path_factory.mktemp("kommuneby"), web)
    house.snapshot("2020Q1", answers_of(web))
    house.build("2020Q1")
    return house


@pytest.fixture
def house(tmp_path: Path, web: Web) -> House:
    """An empty data folder with Kommuneby's register."""
    return make_house(tmp_path / "data", web)


@pytest.fixture(scope="session")
def urls() -> dict[str, list[str]]:
    """Addresses of one site by the side of the split that their documents are on, where SHARE of them validate."""
    found: dict[str, list[str]] = {side: [] for side in SIDES}
    for number in range(150):
        url = f"http://www.nordby.kommuneby.test/side-{number}"
        found[document_side(document_id("9001", url), SHARE)].append(url)
    return found


@pytest.fixture(scope="session")
def page_of() -> Callable[..., bytes]:
    return danish_page


@pytest.fixture(scope="session")
def response() -> type[Response]:
    return Response


@pytest.fixture(scope="session")
def answers() -> Callable[[Web], list[Response]]:
    return answers_of


@pytest.fixture(scope="session")
def sentences() -> Callable[[Path], list[dict[str, Any]]]:
    return sentences_of


@pytest.fixture(scope="session")
def rows() -> Callable[[Path, str], list[dict[str, Any]]]:
    return rows_of


@pytest.fixture(scope="session")
def archive() -> Callable[[Path, Iterable[Response]], Path]:
    return write_warc
