"""How the pictures look, on a screen and on paper, and how they leave matplotlib.

In: a drawing in matplotlib's objects. Out: an SVG to stand inside the report's page, whose colours are the page's own,
or files for a paper. Does not know what is drawn. matplotlib and seaborn are imported only when something is drawn.
"""

import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from foundation.files import written_aside

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

POINTS_PER_INCH = 72
WIDTH = 84 / 25.4 * POINTS_PER_INCH  # one column of a paper, in points
FONT = "DejaVu Sans"  # comes with matplotlib: the same on every machine
FONT_SIZE = 7.4  # points on paper, where 7 is the least that journals take

LINE, BAR, GAP = 9.5, 4.5, 5.0  # points: a line of letters, a bar below it, and the way to the next line


@dataclass(frozen=True, kw_only=True)
class Style:
    """Sizes in a drawing are points on paper, times `scale`."""

    scale: float
    ink: str
    ink_soft: str
    grid: str
    surface: str
    kept: str
    lost: str
    hatch: str


# Colours that nothing else has; they become the page's own (COLOUR_NAMES). The scale gives letters of 12 units on a
# breadth of 386, so that they are still 10 pixels high on the narrowest telephone.
SCREEN = Style(
    scale=1.62,
    ink="#010101",
    ink_soft="#020202",
    grid="#030303",
    surface="#040404",
    kept="#050505",
    lost="#060606",
    hatch="",
)
COLOUR_NAMES = {
    SCREEN.ink: "var(--ink)",
    SCREEN.ink_soft: "var(--ink-soft)",
    SCREEN.grid: "var(--grid)",
    SCREEN.surface: "var(--surface)",
    SCREEN.kept: "var(--series-1)",
    SCREEN.lost: "var(--series-2)",
}
# Okabe and Ito's blue and orange: told apart by the colour-blind, and by their lightness in grey.
PAPER = Style(
    scale=1,
    ink="#000000",
    ink_soft="#000000",
    grid="#d4d4d4",
    surface="#ffffff",
    kept="#0072b2",
    lost="#e69f00",
    hatch="/////",
)


@contextmanager
def drawing(style: Style) -> Iterator[None]:
    """Draw with our settings alone: not with those of a matplotlibrc, nor of who draws in the same process."""
    loggers = [logging.getLogger(name) for name in ("matplotlib", "fontTools")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)  # where no home can be written, matplotlib makes a folder for itself and says so
    try:
        import matplotlib
        import seaborn

        with matplotlib.rc_context(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # a name in letters that the font lacks
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(seaborn.axes_style("white"))
            matplotlib.rcParams.update(_settings(style))
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _settings(style: Style) -> dict[Any, Any]:
    return {
        "font.family": FONT,
        "font.size": FONT_SIZE * style.scale,
        "text.color": style.ink,
        "text.parse_math": False,  # a dollar in a name is a dollar
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "axes.axisbelow": True,
        "axes.edgecolor": style.ink_soft,
        "axes.labelcolor": style.ink_soft,
        "axes.linewidth": 0.6 * style.scale,
        "axes.spines.left": False,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "grid.color": style.grid,
        "grid.linewidth": 0.5 * style.scale,
        **{f"{axis}tick.labelsize": FONT_SIZE * style.scale for axis in "xy"},
        **{f"{axis}tick.labelcolor": style.ink_soft for axis in "xy"},
        **{f"{axis}tick.major.size": 0 for axis in "xy"},
        "xtick.major.pad": 3.5 * style.scale,
        "ytick.major.pad": 2.5 * style.scale,
        "patch.linewidth": 0,
        "hatch.linewidth": 0.5 * style.scale,
        "svg.fonttype": "none" if style is SCREEN else "path",
        "svg.hashsalt": "tvaerkom",
        "pdf.fonttype": 42,
    }


def new_figure(height: float, style: Style) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH * style.scale / POINTS_PER_INCH, height * style.scale / POINTS_PER_INCH))


def add_panel(
    figure: "Figure", *, left: float = 0, right: float = 0, top: float, height: float, style: Style
) -> "Axes":
    """A part of the figure, so far from its left, right and upper edges."""
    whole = figure.get_figheight() * POINTS_PER_INCH / style.scale
    return figure.add_axes((left / WIDTH, 1 - (top + height) / whole, 1 - (left + right) / WIDTH, height / whole))


def text_width(text: str, *, weight: str = "normal") -> float:
    """In points on paper, in our own font, which is broader than what most pages are set in."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FONT, size=FONT_SIZE, weight=weight)
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width)


def fit(text: str, width: float, *, weight: str = "normal") -> str:
    """Cut at the end what is too long for `width` points."""
    if text_width(text, weight=weight) <= width:
        return text
    while text and text_width(f"{text}…", weight=weight) > width:
        text = (text.rpartition(" ")[0] or text[:-1]).rstrip(" ,.;:(")
    return f"{text}…"


def write_heading(axes: "Axes", text: str, style: Style, *, above: float, weight: str = "normal") -> None:
    axes.annotate(
        fit(text, WIDTH, weight=weight),
        (0, 1),
        (0, above * style.scale),
        xycoords=("figure fraction", "axes fraction"),
        textcoords="offset points",
        color=style.ink if weight == "bold" else style.ink_soft,
        weight=weight,
    )


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of words, and below it a bar from `start` to `end`, parts of the whole breadth."""

    label: str
    number: str = ""
    start: float = 0.0
    end: float = 0.0
    is_lost: bool = False
    is_heading: bool = False
    space: float = 0.0  # above it, in points


def draw_rows(rows: Sequence[Row], style: Style) -> "Figure":
    heights = [row.space + LINE + GAP + (0 if row.is_heading else BAR) for row in rows]
    figure = new_figure(sum(heights), style)
    axes = add_panel(figure, left=0, top=0, height=sum(heights), style=style)
    axes.set(xlim=(0, 1), ylim=(sum(heights), 0))
    axes.axis("off")
    top = 0.0
    for row, height in zip(rows, heights, strict=True):
        _draw_row(axes, row, top + row.space, style)
        top += height
    return figure


def _draw_row(axes: "Axes", row: Row, top: float, style: Style) -> None:
    weight = "normal" if row.is_lost else "bold"
    color = style.ink_soft if row.is_lost else style.ink
    room = WIDTH - text_width(row.number, weight=weight) - LINE
    baseline = top + FONT_SIZE
    axes.text(0, baseline, fit(row.label, room, weight=weight), weight=weight, color=color)
    axes.text(1, baseline, row.number, weight=weight, color=color, ha="right")
    if row.is_heading:
        return
    middle = top + LINE + BAR / 2
    axes.barh(middle, 1, height=BAR / 4, color=style.grid)
    axes.barh(
        middle,
        row.end - row.start,
        left=row.start,
        height=BAR,
        facecolor=style.lost if row.is_lost else style.kept,
        hatch=style.hatch if row.is_lost else None,
        edgecolor=style.surface,
        linewidth=0,
    )


def inline_svg(figure: "Figure", *, prefix: str, title: str, description: str) -> str:
    """An SVG for the inside of an HTML page: with its colours and letters, and ids that begin with `prefix`."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(text.getvalue())
    _remove_namespaces(root)
    _remove_unseen(root)
    for element in root.iter():
        _lighten(element)
    _rename_ids(root, prefix)
    view = root.get("viewBox", "")
    root.attrib = {
        "class": "picture",
        "viewBox": view,
        "role": "img",
        "aria-label": description,
        "style": "display:block;width:100%;max-width:34rem;height:auto;"
        "font-family:inherit;stroke-linejoin:round;stroke-linecap:butt",
    }
    heading = ElementTree.Element("title")
    heading.text = title
    root.insert(0, heading)
    return ElementTree.tostring(root, encoding="unicode")


def _remove_namespaces(root: ElementTree.Element) -> None:
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib = {name.rpartition("}")[2]: value for name, value in element.attrib.items()}


def _remove_unseen(parent: ElementTree.Element) -> None:
    """Remove metadata, the style sheet (which would reach the whole page), empty groups, paths without paint."""
    for child in list(parent):
        _remove_unseen(child)
        unpainted = child.tag == "path" and child.get("style") in ("fill: none", "opacity: 0")
        empty = child.tag in ("g", "defs") and len(child) == 0
        if child.tag in ("metadata", "style") or unpainted or empty:
            parent.remove(child)


def _lighten(element: ElementTree.Element) -> None:
    """Take away what says nothing: decimals, line breaks, turns by zero degrees; give colours their names."""
    if element.tag != "text":
        element.text = None
    element.tail = None
    if element.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for name in {"d", "x", "y", "width", "height", "transform", "viewBox"} & element.attrib.keys():
        rounded = re.sub(r"-?\d+\.\d+", _round, element.attrib[name])
        element.set(name, " ".join(rounded.split()))
    if style := element.get("style"):
        parts = [part.split(": ", 1) for part in style.split("; ") if not part.startswith("font-family")]
        element.set("style", ";".join(f"{name}:{COLOUR_NAMES.get(value, value)}" for name, value in parts))


def _round(number: re.Match[str]) -> str:
    return f"{float(number[0]):.1f}".removesuffix(".0")


def _rename_ids(root: ElementTree.Element, prefix: str) -> None:
    """Short names for the ids that are pointed at; none for the others."""
    everything = ElementTree.tostring(root, encoding="unicode")
    pointed_at = dict.fromkeys(re.findall(r"#([\w.-]+)[\")]", everything))
    names = {old: f"{prefix}-{index}" for index, old in enumerate(pointed_at)}
    for element in root.iter():
        if (own := element.attrib.pop("id", None)) in names:
            element.set("id", names[own])
        for name, value in element.attrib.items():
            if name in ("href", "clip-path"):
                element.set(name, re.sub(r"#([\w.-]+)", lambda found: f"#{names[found[1]]}", value))


FILE_METADATA: Mapping[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def write_files(figure: "Figure", folder: Path, name: str) -> Iterator[Path]:
    for kind, metadata in FILE_METADATA.items():
        path = folder / f"{name}.{kind}"
        with written_aside(path) as aside:
            figure.savefig(aside, format=kind, metadata=metadata)
        yield path
