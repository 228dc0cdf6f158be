"""The report's page: one HTML file that needs nothing else and fetches nothing.

In: the report's data, as contents.py makes it, and pictures by language and name. Out: the page's text.
What can be read without JavaScript is written here, in Danish; report.js sorts, filters, translates, and shows one
site. Counts nothing that is not in the report. Texts of pages go into the page as data only: escaped by Jinja, or as
JSON in which no `<` is left.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from corpus.report.tile_map import FIRST_EASTERN_COLUMN, LABELS
from corpus.report.wording import LANGUAGES, all_texts, say, write_number

Row = Mapping[str, Any]

# How much a kind of warning matters; what is not named is for information only.
LEVELS = {
    "serious": ("missing", "absent", "blocked", "dead", "damaged_records"),
    "watch": ("carried", "partial", "robots-closed", "reserved", "empty", "not-visited", "look", "revision"),
}
# What a status is to a reader, and the sign that tells it without colour.
STATUSES = {
    "complete": ("good", "✓"), "carried": ("watch", "↺"), "partial": ("watch", "◐"), "thin": ("watch", "▽"),
    "reserved": ("watch", "§"), "robots-closed": ("watch", "⊖"), "empty": ("watch", "○"), "not-visited": ("watch", "…"),
    "absent": ("serious", "✕"), "blocked": ("serious", "⊘"), "dead": ("serious", "✕"), "missing": ("serious", "!"),
    "not-crawled": ("none", "–"),
}  # fmt: skip
VERDICTS = {"usual": ("good", "✓"), "look": ("watch", "!"), "none": ("none", "–")}
PICTURES = ("lengths", "scores", "document_lengths", "freshness", "losses", "sites")
FIGURES = ("pages", "documents", "sentences", "words")  # and tokens, where a tokenizer counted them
# The parts of the page, in its order.
SECTIONS = (
    "warnings", "figures", "changes", "map", "sites", "funnel", "distributions", "parts", "duplicates", "personal",
    "coverage", "settings", "glossary",
)  # fmt: skip
PAGE_CHANGES = ("kept", "changed", "new", "gone", "ours", "elsewhere", "erased", "absent")
CAUSES = ("site", "ours", "erasure", "elsewhere", "absent")
TERMS = ("corpus", "document", "duplicate", "boilerplate", "score")
FIRST_PART = ("fetched", "pages", "documents")  # of the funnel, counted in pages; the rest in sentences
NUM_NAMES = 12  # sites named at once with a warning; the others unfold
# A drawing's own style attributes are let in; a style sheet or a script only if it is ours.
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src-elem '{style}'; style-src-attr 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'"
)
_ESCAPES = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def render(report: Mapping[str, Any], pictures: Mapping[str, Mapping[str, str]]) -> str:
    """The whole page; `pictures[language][name]` are SVG elements of our own making."""
    script, style = _own("report.js"), _own("report.css")
    environment = Environment(
        loader=FunctionLoader(_own), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(say=say, write_number=write_number, enumerate=enumerate, max=max, sum=sum, zip=zip)
    environment.filters["json"] = json.dumps
    return environment.get_template("report.html.j2").render(
        report=report, knows_bytes=_knows_bytes(report),
        policy=_POLICY.format(script=_digest(script), style=_digest(style)),
        script=Markup(script), style=Markup(style),
        data=_as_data(_data(report)),
        quarter=_quarter(report["corpus"]["quarter"]),
        warnings=_warnings(report["warnings"]),
        rows=[_row(site) for site in report["sites"]],
        tiles=_tiles(report), others=_others(report), first_eastern_column=FIRST_EASTERN_COLUMN,
        pictures={language: {name: Markup(svg) for name, svg in pictures[language].items()} for language in LANGUAGES},
        tables=_tables(report),
        levels=("serious", "watch", "note"), statuses=STATUSES, verdicts=VERDICTS, sections=SECTIONS,
        figures=FIGURES, card_figures=_card_figures(report["totals"]),
        picture_names=PICTURES, page_changes=PAGE_CHANGES, causes=CAUSES, terms=TERMS, num_names=NUM_NAMES,
        funnel_parts=_funnel_parts(report["funnel"]),
    )  # fmt: skip


def _own(name: str) -> str:
    return files("corpus.report").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _as_data(value: object) -> Markup:
    """JSON that can neither end its element nor begin another."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))


def _data(report: Mapping[str, Any]) -> dict[str, Any]:
    """What report.js needs: of each site all, of the whole only what it measures sites by."""
    return {
        "name": report["corpus"]["name"],
        "before": report["before"] and report["before"]["name"],
        "sites": [dict(site) | {"status": status_of(site)} for site in report["sites"]],
        "bins": {name: _bins(report[name]["edges"]) for name in ("lengths", "scores")},
        "quarters": report["freshness"]["quarters"],
        "texts": all_texts(), "statuses": STATUSES, "verdicts": VERDICTS,
        "figures": _card_figures(report["totals"]), "knows_bytes": _knows_bytes(report),
        "page_changes": PAGE_CHANGES, "causes": CAUSES, "first_part": FIRST_PART,
    }  # fmt: skip


def _card_figures(totals: Row) -> tuple[str, ...]:
    return FIGURES if totals.get("tokens") is None else (*FIGURES, "tokens")


def _knows_bytes(report: Mapping[str, Any]) -> bool:
    """Whether the archives of both quarters tell a page that its site changed from one that is read differently."""
    return bool((report["comparison"] or {}).get("knows_bytes", True))


def status_of(site: Row) -> str:
    """The one word for a site in the table and on the map: the worst that is true of it."""
    state, freshness = site["state"], site["freshness"]
    if state in ("missing", "not-crawled"):
        return str(state)
    if freshness == "absent" and state == "complete":
        return "absent"
    if state != "complete":
        return str(state)
    if freshness == "carried":
        return "carried"
    return "reserved" if site["reservation"] else "thin" if site["is_thin"] else "complete"


def _quarter(quarter: str) -> dict[str, str]:
    """Key and arguments of "4. kvartal 2026"."""
    year, _, number = quarter.partition("Q")
    return {"key": f"quarter.{number[:1]}", "year": year}


def _warnings(warnings: Sequence[Row]) -> list[dict[str, Any]]:
    """One entry for each kind, with its sites; the most serious first, else in the order given."""
    kinds: dict[str, list[Row]] = {}
    for warning in warnings:
        kinds.setdefault(warning["kind"], []).append(warning)
    entries = [
        {
            "kind": kind, "level": _level(kind), "sites": [each for each in members if each["site"]],
            "parts": dict(members[0]["numbers"]) | {"sites": len(members)},
        }
        for kind, members in kinds.items()
    ]  # fmt: skip
    return sorted(entries, key=lambda entry: ("serious", "watch", "note").index(str(entry["level"])))


def _level(kind: str) -> str:
    return next((level for level, kinds in LEVELS.items() if kind in kinds), "note")


def _row(site: Row) -> dict[str, Any]:
    """What the table of all sites shows and is filtered by."""
    now, before = site["totals"], site["before"]
    return {
        "site": site["site"], "name": site["name"], "kind": site["kind"], "region": site["region"],
        "status": status_of(site), "verdict": site["verdict"] or "none", "totals": now,
        "change": now["sentences"] / before["sentences"] - 1 if before and before["sentences"] else None,
    }  # fmt: skip


def _tiles(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """From west to east and north to south, as a reader steps through them."""
    names = {site["site"]: site["name"] for site in report["sites"]}
    tiles = [
        dict(tile) | {"name": names[tile["site"]], "label": LABELS.get(tile["site"], names[tile["site"]][:4])}
        for tile in report["tiles"]
        if tile["site"] in names
    ]
    return sorted(tiles, key=lambda tile: (tile["row"], tile["column"]))


def _others(report: Mapping[str, Any]) -> list[Row]:
    placed = {tile["site"] for tile in report["tiles"]}
    return [site for site in report["sites"] if site["site"] not in placed]


def _funnel_parts(funnel: Sequence[Row]) -> list[dict[str, Any]]:
    """Pages, then sentences: what each part is called, its steps, and the number that its bars are measured by.

    Blocks are no part of a step's number, so they are told beside what it lost.
    """
    parts = []
    for name in ("pages_part", "sentences_part"):
        steps = [
            dict(step)
            | {"lost": [loss for loss in step["lost"] if loss["level"] != "block"],
               "blocks": [loss for loss in step["lost"] if loss["level"] == "block"]}
            for step in funnel if (step["key"] in FIRST_PART) == (name == "pages_part")
        ]  # fmt: skip
        if steps:
            parts.append({"name": name, "steps": steps, "most": max(step["number"] for step in steps) or 1})
    return parts


def _tables(report: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The numbers behind each picture: keys of the heading, and rows of cells (numbers, or key and arguments)."""
    tables = {name: _histogram_table(report[name]) for name in ("lengths", "scores", "document_lengths")}
    freshness = report["freshness"]
    columns = ("first_seen", "last_changed", "sentences")
    tables["freshness"] = {
        "head": ("word.quarter", "table.first_seen", "table.last_changed", "table.first_sentences"),
        "rows": list(zip(freshness["quarters"], *(freshness[column] for column in columns), strict=True)),
    }
    losses = [loss for step in report["funnel"] for loss in step["lost"] if loss["level"] != "block"]
    tables["losses"] = {
        "head": ("word.reason", "word.number"),
        "rows": [
            ({"key": f"drop.{loss['reason']}"}, loss["number"])
            for loss in sorted(losses, key=lambda loss: -loss["number"])
        ],
    }
    return tables


def _histogram_table(histogram: Row) -> dict[str, Any]:
    columns = [histogram["counts"], *([histogram["before"]] if histogram["before"] else [])]
    return {
        "head": ("table.bin", "word.now", "word.before")[: len(columns) + 1],
        "rows": list(zip(_bins(histogram["edges"]), *columns, strict=False)),
    }


def _bins(edges: Sequence[float]) -> list[dict[str, Any]]:
    """Key and arguments of each bin; bins of whole numbers end one below the next."""
    is_whole = all(edge == int(edge) for edge in edges)
    form, step = ("integer", 1) if is_whole else ("score", 0)
    bins: list[dict[str, Any]] = [
        {"key": f"range.{form}", "low": low, "high": high - step}
        if high - step > low
        else {"key": "range.one", "low": low}
        for low, high in pairwise(edges)
    ]
    return [*bins, {"key": f"range.{form}_open", "low": edges[-1]}] if edges else []
