"""The picture of a run at its end: loss, validation, learning rate and speed by step.

In: the lines of metrics.jsonl and the record of the run. Out: an SVG whose letters are text, with the same bytes for
the same numbers. Panels without numbers are left out. Calculates nothing but means of neighbouring lines.
"""

from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from foundation.files import written_aside
from foundation.printing import printable
from training.telling.metrics import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAX_POINTS = 600  # more cannot be told apart on the breadth of a page
WIDTH_INCHES, PANEL_INCHES, MARGIN_INCHES = 7.0, 1.7, 0.9
# Okabe and Ito's blue and orange: told apart by the colour-blind, and by their lightness in grey.
BLUE, ORANGE, GRID, GREY = "#0072b2", "#e69f00", "#d4d4d4", "#555555"
SETTINGS: dict[Any, Any] = {
    "font.family": "sans-serif", "font.size": 9.0, "text.parse_math": False,  # a dollar in a name is a dollar
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "axes.grid": True,
    "axes.axisbelow": True, "grid.color": GRID, "grid.linewidth": 0.5, "lines.linewidth": 1.2,
    "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "tvaerkom",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One set of axes: what is a line, and what was measured at single steps."""

    label: str
    line: str | None = None
    points: str | None = None
    starts_at_0: bool = True


PANELS = (
    Panel(label="loss (nats per hidden token)", line="loss", points="validation_loss", starts_at_0=False),
    Panel(label="guessed at first try", points="validation_top1", starts_at_0=False),
    Panel(label="learning rate", line="lr"),
    Panel(label="tokens per second", line="tokens_per_s"),
)
NAMES = {"loss": "training", "validation_loss": "validation"}


def draw_run(metrics: Sequence[Line], record: dict[str, Any], path: Path) -> None:
    """Write the picture.

    Args:
        metrics: lines of metrics.jsonl, of training and of evaluations on the way, in order.
        record: run.json; its `resumed_at`, where it is there, is marked.
    """
    import matplotlib
    from matplotlib.figure import Figure

    shown = [panel for panel in PANELS if any(_has(line, panel.line, panel.points) for line in metrics)]
    with _our_settings(matplotlib):
        height = PANEL_INCHES * max(len(shown), 1) + MARGIN_INCHES
        figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        figure.suptitle(printable(f"{record['name']}: {record['base']['name']} on corpus {record['corpus']['name']}"))
        rows = figure.subplots(max(len(shown), 1), sharex=True, squeeze=False)[:, 0]
        for axes, panel in zip(rows, shown, strict=False):
            _draw_panel(axes, panel, metrics)
            for step in record.get("resumed_at") or []:
                axes.axvline(step, color=GREY, linewidth=0.8, linestyle=":")
        rows[-1].set_xlabel("optimizer step" + (" (dotted: the run was resumed)" if record.get("resumed_at") else ""))
        _save(figure, path)


def thinned(steps: Sequence[float], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """At most MAX_POINTS points: the means of equally many neighbours, each at the last of their steps."""
    number = -(-len(steps) // MAX_POINTS)
    starts = range(0, len(steps), max(number, 1))
    means = [float(np.mean(values[start : start + number])) for start in starts]
    return [steps[min(start + number, len(steps)) - 1] for start in starts], means


def _draw_panel(axes: "Axes", panel: Panel, metrics: Sequence[Line]) -> None:
    for key, look in ((panel.line, {"color": BLUE}), (panel.points, {"color": ORANGE, "marker": "o", "markersize": 3})):
        found = [line for line in metrics if _has(line, key)]
        if key and found:
            steps, values = thinned([line["step"] for line in found], [line[key] for line in found])
            alone: dict[str, Any] = {"marker": "o", "markersize": 3} if len(steps) == 1 else {}
            axes.plot(steps, values, label=NAMES.get(key, key), **look | alone)
    axes.set_title(panel.label, loc="left", fontsize="medium")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.6g}")
    axes.set_xlim(left=0)
    if panel.starts_at_0:
        axes.set_ylim(bottom=0)
    if panel.line and len(axes.lines) > 1:
        axes.legend(loc="upper right")


def _has(line: Line, *keys: str | None) -> bool:
    return any(line.get(key) is not None for key in keys if key)


@contextmanager
def _our_settings(matplotlib: Any) -> "Iterator[None]":
    """Our settings alone: not those of a matplotlibrc, nor of who draws in the same process."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def _save(figure: "Figure", path: Path) -> None:
    with written_aside(path) as aside:
        figure.savefig(aside, format="svg", metadata={"Date": None})
