"""The findings of a probe as a file.

In: findings. Out: `data/reports/probe-<date>.json`, with every request that was sent; and what an estimate reads of
such files again. The proposals stand in a file of the same name that ends in .yaml.
"""

import datetime
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawler.contact.probe_findings import ProbeFindings
from foundation.errors import BrokenRunError
from foundation.files import write_text


@dataclass(frozen=True, kw_only=True)
class ProbedSize:
    """What an estimate reads of a probe. `num_pages` 0: no sitemap that lists pages was seen."""

    date: str
    address: str | None
    num_pages: int
    num_sitemaps: int
    crawl_delay_s: float
    seconds: float | None


def report_path(reports: Path, at: datetime.datetime) -> Path:
    """A name without suffix for the reports of a probe: the day's first, or one with a number behind it."""
    first = reports / f"probe-{at:%Y-%m-%d}"
    path, number = first, 1
    while path.with_suffix(".json").exists():
        number += 1
        path = first.with_name(f"{first.name}-{number}")
    return path


def write_findings(path: Path, findings: ProbeFindings) -> None:
    values = {"kind": "probe", **asdict(findings)}
    write_text(path, json.dumps(values, ensure_ascii=False, indent=1, default=_written) + "\n")


def probed_sizes(reports: Path) -> dict[str, ProbedSize]:
    """Site -> what the newest probe of it says of its size.

    Raises:
        BrokenRunError: a report cannot be read.
    """
    sizes: dict[str, ProbedSize] = {}
    for values in sorted(map(_read, reports.glob("probe-*.json")), key=lambda values: str(values["at"])):
        sizes |= dict(_sizes(values))
    return sizes


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text())
        if values["kind"] == "probe" and values["at"]:
            return dict(values)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise BrokenRunError(f"{path}: not the report of a probe; delete it, or probe again: tvaerkom sites --probe")


def _sizes(values: dict[str, Any]) -> Iterator[tuple[str, ProbedSize]]:
    for site in values["sites"]:
        sitemap = site["sitemap"] or {}
        seconds = [page["seconds"] for page in site["pages"] if page["seconds"] is not None]
        yield site["site"], ProbedSize(
            date=values["at"][:10], address=next((host["address"] for host in site["hosts"] if host["address"]), None),
            num_pages=sitemap.get("num_pages", 0), num_sitemaps=sitemap.get("num_sitemaps", 0),
            crawl_delay_s=max((robots["crawl_delay_s"] for robots in site["robots"]), default=0.0),
            seconds=sum(seconds) / len(seconds) if seconds else None,
        )  # fmt: skip


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)
