"""Real material served on loopback: 200 real web pages, and the proceedings of the Danish parliament as pages.

In: the files of ../shared/data. Out: a `Web` that demo.server serves and demo.town registers. Copies nothing into the
project.
"""

import gzip
import html
import json
import re
import tarfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from demo.kommuneby import PageKind, PretendSite, SiteKind, TruePage, Web

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
REAL_PAGES = SHARED_DATA / "html" / "trafilatura_eval_200.tar.xz"
PROCEEDINGS = SHARED_DATA / "text" / "folketinget_20222.jsonl.gz"
LINKS_PER_LIST = 500  # a list page of links, so that all pages are reached by links alone
PARAGRAPHS_PER_PAGE = 40
_PARAGRAPH = re.compile(r"\n\s*\n")


def web_of_real_pages() -> Web:
    """The 200 pages as they were, each under its number; bytes and declared character sets unchanged."""
    with tarfile.open(REAL_PAGES) as archive:
        names = sorted(name for name in archive.getnames() if name.endswith(".html"))
        bodies = {name: _read(archive, name) for name in names}
    return _web("virkelig", bodies)


def gold_of_real_pages() -> dict[str, tuple[list[str], list[str]]]:
    """File name -> text segments that must be in the extraction, and that must not."""
    with tarfile.open(REAL_PAGES) as archive:
        lines = _read(archive, "gold.jsonl").decode().splitlines()
    return {row["file"]: (row["with"], row["without"]) for row in map(json.loads, lines)}


def web_of_proceedings(num_sittings: int | None = None) -> Web:
    """Pages of 40 paragraphs each; the column breaks of the PDF stay in the text, as they would in a web page."""
    bodies = {}
    with gzip.open(PROCEEDINGS, "rt") as file:
        for number, line in enumerate(islice(file, num_sittings)):
            for part, page in enumerate(_pages(json.loads(line)["text"])):
                bodies[f"moede-{number:03}/side-{part:04}.html"] = page
    return _web("folketing", bodies)


def _pages(text: str) -> Iterator[bytes]:
    paragraphs = [" ".join(paragraph.split()) for paragraph in _PARAGRAPH.split(text)]
    paragraphs = [paragraph for paragraph in paragraphs if paragraph]
    for start in range(0, len(paragraphs), PARAGRAPHS_PER_PAGE):
        body = "".join(f"<p>{html.escape(each)}</p>\n" for each in paragraphs[start : start + PARAGRAPHS_PER_PAGE])
        title = f"Referat, del {start // PARAGRAPHS_PER_PAGE + 1}"
        yield (
            f'<!DOCTYPE html><html lang="da"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><main><h1>{title}</h1>\n{body}</main></body></html>"
        ).encode()


def _web(name: str, bodies: dict[str, bytes]) -> Web:
    site = PretendSite(
        id="9999", name=name.capitalize(), region="Region Syddanmark", kind=SiteKind.MUNICIPALITY,
        host=f"www.{name}.kommuneby.test", apex_host=f"{name}.kommuneby.test", address="127.0.1.1", index=0,
    )  # fmt: skip
    pages = {path: _page(site, path, body, PageKind.CONTENT) for path, body in bodies.items()}
    paths = list(pages)
    lists = [paths[start : start + LINKS_PER_LIST] for start in range(0, len(paths), LINKS_PER_LIST)]
    for number, linked in enumerate(lists):
        pages[f"liste-{number}"] = _page(site, f"liste-{number}", _list_of(linked), PageKind.SECTION)
    pages[""] = _page(site, "", _list_of([f"liste-{number}" for number in range(len(lists))]), PageKind.HOME)
    missing = TruePage(url="", site=site.id, kind=PageKind.MISSING, status=404, body=b"<h1>Ikke fundet</h1>")
    return Web(
        seed=0, quarter_index=0, sites=(site,), pages={page.url: page for page in pages.values()},
        error_pages={site.host: missing},
    )  # fmt: skip


def _page(site: PretendSite, path: str, body: bytes, kind: PageKind) -> TruePage:
    # no charset in the header: what a page declares itself, or does not, decides
    return TruePage(
        url=f"{site.root}{path}", site=site.id, kind=kind, linked=True, body=body,
        headers=(("Content-Type", "text/html"),),
    )  # fmt: skip


def _list_of(paths: list[str]) -> bytes:
    return (
        "<!DOCTYPE html><title>Liste</title>" + "".join(f'<a href="/{path}">{path}</a> ' for path in paths)
    ).encode()


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise FileNotFoundError(name)
    return file.read()
