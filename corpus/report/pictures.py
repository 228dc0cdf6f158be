"""The pictures of a report: for its page as SVG, for papers as SVG and PDF.

In: the report's data. Out: seven pictures, in Danish and in English; the same report gives the same bytes.
Does not count: every number stands in the report. Words are picture_words.py's, looks picture_style.py's.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from corpus.report.picture_style import (
    FONT_SIZE,
    GAP,
    LINE,
    PAPER,
    SCREEN,
    WIDTH,
    Row,
    Style,
    add_panel,
    draw_rows,
    drawing,
    fit,
    inline_svg,
    new_figure,
    text_width,
    write_files,
    write_heading,
)
from corpus.report.picture_words import (
    PAGE_STEPS,
    SENTENCE_STEPS,
    WORDS,
    clean,
    count_sites,
    describe,
    earlier_counts,
    largest_losses,
    name_reason,
    say,
    write_bin,
    write_edge,
    write_number,
    write_share,
    write_short,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure

Report = Mapping[str, Any]

NUM_LOSSES = 12
NUM_REASONS = 2  # of each step of the funnel; more is told by the picture of losses
MANY_QUARTERS = 6  # more than these have an axis instead of a number at each bar
MAX_NAMED_BARS = 8
SHARES = {
    "lengths": "share_of_sentences",
    "document_lengths": "share_of_documents",
    "scores": "share_of_sentences",
}
FRESHNESS = (("first_seen", "first_seen"), ("last_changed", "last_changed"), ("sentences", "first_sentences"))
# Points on paper.
PLOT_HEIGHT, QUARTERS_HEIGHT, SITES_HEIGHT = 84.0, 42.0, 41.0
TICK_WIDTH = 26.0  # for "100 %" beside an axis
NAME_WIDTH = 80.0  # for the name of a corpus in a legend


def pictures(report: Report) -> dict[str, dict[str, str]]:
    """By language and name: SVG text for the inside of an HTML page."""
    with drawing(SCREEN):
        return {
            language: {
                name: inline_svg(
                    draw(report, language, SCREEN),
                    prefix=f"{language}-{name.replace('_', '-')}",
                    title=say(name, language),
                    description=describe(name, report, language),
                )
                for name, draw in PICTURES.items()
            }
            for language in WORDS
        }


def write_figures(report: Report, folder: Path, language: str) -> list[Path]:
    """Write each picture as `<name>.svg` and `<name>.pdf`, one column (84 mm) wide and without a title."""
    with drawing(PAPER):
        return [
            path for name, draw in PICTURES.items() for path in write_files(draw(report, language, PAPER), folder, name)
        ]


def _draw_nothing(language: str, style: Style) -> "Figure":
    figure = new_figure(3 * LINE, style)
    figure.text(0, 0.5, say("nothing", language), color=style.ink_soft, va="center")
    return figure


def _write_ticks(axis: "Axis", write: Callable[[float], str]) -> None:
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(lambda number, _: write(number)))


# Histograms


def _draw_lengths(report: Report, language: str, style: Style) -> "Figure":
    return _draw_histogram("lengths", report, language, style)


def _draw_document_lengths(report: Report, language: str, style: Style) -> "Figure":
    return _draw_histogram("document_lengths", report, language, style)


def _draw_scores(report: Report, language: str, style: Style) -> "Figure":
    return _draw_histogram("scores", report, language, style)


def _draw_histogram(name: str, report: Report, language: str, style: Style) -> "Figure":
    """Each bar equally broad, whatever its edges: the last is open anyway."""
    import seaborn
    from matplotlib.ticker import MaxNLocator

    counts, before = report[name]["counts"], earlier_counts(name, report)
    if not sum(counts):
        return _draw_nothing(language, style)
    above = 2.7 * LINE if before else 1.5 * LINE
    figure = new_figure(above + PLOT_HEIGHT + 2.6 * LINE, style)
    axes = add_panel(figure, left=TICK_WIDTH, right=GAP, top=above, height=PLOT_HEIGHT, style=style)
    first = next(index for index in range(len(counts)) if counts[index] or (before and before[index]))
    places = {"x": [index + 0.5 for index in range(len(counts))], "bins": list(range(len(counts) + 1)), "ax": axes}
    bars = {"color": style.kept, "alpha": 1, "edgecolor": style.surface, "linewidth": 0.8 * style.scale}
    seaborn.histplot(**places, **bars, weights=counts, stat="percent", label=_name_corpus(report["corpus"]))
    if before:
        line = {"element": "step", "fill": False, "color": style.ink, "linewidth": 1.1 * style.scale}
        label = _name_corpus(report["before"])
        seaborn.histplot(**places, **line, weights=before, stat="percent", label=label)
    axes.set_xlim(first, len(counts))
    _label_bars(axes, name, report[name]["edges"], range(first, len(counts)), language)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    _write_ticks(axes.yaxis, lambda share: say("percent", language, number=write_edge(share, language)))
    axes.grid(axis="y")
    axes.set(xlabel=say(f"axis_{name}", language), ylabel="")
    write_heading(axes, say(SHARES[name], language), style, above=5.5)
    if before:
        _draw_legend(axes)
    return figure


def _label_bars(axes: "Axes", name: str, edges: Sequence[float], bars: range, language: str) -> None:
    """Name each bar by its range where that is short, else the edges between them."""
    if len(bars) <= MAX_NAMED_BARS and name != "scores":
        names = [write_bin(edges, index, language, short=True) for index in bars]
        axes.set_xticks([index + 0.5 for index in bars], names)
        return
    step = -(-len(bars) // MAX_NAMED_BARS)
    shown = [index for index in bars if index % step == 0]
    names = [write_edge(edges[index], language) for index in shown]
    if name == "scores":
        shown, names = [*shown, bars.stop], [*names, "1"]
    elif shown[-1] == bars.stop - 1:
        names[-1] += "+"
    axes.set_xticks(shown, names)


def _draw_legend(axes: "Axes") -> None:
    handles, names = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        names[::-1],
        loc="lower left",
        bbox_to_anchor=(-TICK_WIDTH / (WIDTH - TICK_WIDTH - GAP), 1 + 1.5 * LINE / PLOT_HEIGHT),
        ncols=2,
        frameon=False,
        borderpad=0,
        borderaxespad=0,
        handlelength=1.3,
        handletextpad=0.5,
        columnspacing=1.5,
    )


def _name_corpus(corpus: Mapping[str, Any]) -> str:
    return fit(clean(corpus["name"]), NAME_WIDTH)


# Rows of words and bars


def _draw_funnel(report: Report, language: str, style: Style) -> "Figure":
    """Pages, then sentences: each group on a scale of its own, since they are not the same thing."""
    steps = {step["key"]: step for step in report["funnel"]}
    groups = [[steps[key] for key in keys if key in steps] for keys in (PAGE_STEPS, SENTENCE_STEPS)]
    rows = [row for group in groups for row in _step_rows(group, language)]
    return draw_rows(rows, style) if rows else _draw_nothing(language, style)


def _step_rows(steps: Sequence[Mapping[str, Any]], language: str) -> Iterator[Row]:
    whole = max((step["number"] for step in steps), default=0)
    if not whole:
        return
    for index, step in enumerate(steps):
        number = step["number"]
        label = say(f"step_{step['key']}", language)
        space = GAP if index == 0 and step["key"] == SENTENCE_STEPS[0] else 0.0
        yield Row(label=label, number=write_number(number, language), end=number / whole, space=space)
        if index + 1 < len(steps):
            yield from _lost_rows(step, whole, language)


def _lost_rows(step: Mapping[str, Any], whole: int, language: str) -> Iterator[Row]:
    counted = [each for each in step["lost"] if each["level"] != "block"]
    lost = [(name_reason(each["reason"], language), each["number"]) for each in counted]
    if len(lost) > NUM_REASONS + 1:
        others = sum(number for _, number in lost[NUM_REASONS:])
        lost[NUM_REASONS:] = [(say("other_reasons", language), others)]
    left = step["number"]
    for label, number in lost:
        start = max(left - number, 0)
        told = f"−{write_number(number, language)}"
        yield Row(label=label, number=told, start=start / whole, end=left / whole, is_lost=True)
        left = start


def _draw_losses(report: Report, language: str, style: Style) -> "Figure":
    numbers = {step["key"]: step["number"] for step in report["funnel"]}
    losses = largest_losses(report["funnel"], NUM_LOSSES)
    rows: list[Row] = []
    for of in ("fetched", "met"):
        mine = [loss for loss in losses if loss["of"] == of]
        if mine:
            heading = say(f"of_{of}", language, number=write_number(numbers.get(of, 0), language))
            rows.append(Row(label=heading, is_heading=True, space=GAP if rows else 0.0))
        for loss in mine:
            rows.append(
                Row(
                    label=name_reason(loss["reason"], language),
                    number=write_share(loss["share"], 1, language),
                    end=loss["share"] / losses[0]["share"],
                    is_lost=True,
                )
            )
    return draw_rows(rows, style) if rows else _draw_nothing(language, style)


# By quarter, and by site


def _draw_freshness(report: Report, language: str, style: Style) -> "Figure":
    freshness = report["freshness"]
    quarters = [clean(quarter) for quarter in freshness["quarters"]]
    if not any(sum(freshness[key]) for key, _ in FRESHNESS):
        return _draw_nothing(language, style)
    is_long = len(quarters) > MANY_QUARTERS
    above, left = (1.4 * LINE, 1.5 * TICK_WIDTH) if is_long else (2.3 * LINE, 0)
    panel = above + QUARTERS_HEIGHT + 1.9 * LINE
    figure = new_figure(len(FRESHNESS) * panel - 0.5 * LINE, style)
    for index, (key, heading) in enumerate(FRESHNESS):
        axes = add_panel(figure, left=left, top=index * panel + above, height=QUARTERS_HEIGHT, style=style)
        _draw_quarters(axes, quarters, freshness[key], language, style)
        write_heading(axes, say(heading, language), style, above=above - LINE, weight="bold")
    return figure


def _draw_quarters(axes: "Axes", quarters: Sequence[str], numbers: Sequence[int], language: str, style: Style) -> None:
    import seaborn
    from matplotlib.ticker import MaxNLocator

    width = 0.8 if len(quarters) > 2 else 0.3
    places = list(range(len(quarters)))
    seaborn.barplot(x=places, y=numbers, color=style.kept, saturation=1, width=width, errorbar=None, ax=axes)
    axes.set(xlabel="", ylabel="", xlim=(-0.5, len(quarters) - 0.5))
    if len(quarters) <= MANY_QUARTERS:
        bars = cast("BarContainer", axes.containers[0])
        labels = [write_short(number, language) for number in numbers]
        axes.bar_label(bars, labels, padding=1.5 * style.scale, color=style.ink_soft)
        axes.set_yticks([])
        axes.set_xticks(places, quarters)
        return
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    _write_ticks(axes.yaxis, lambda number: write_short(number, language))
    axes.grid(axis="y")
    years = [place for place in places if quarters[place].endswith("Q1")] or [0, places[-1]]
    years = years[:: -(-len(years) // MAX_NAMED_BARS)]
    axes.set_xticks(years, [quarters[place].removesuffix("Q1") for place in years])


def _draw_sites(report: Report, language: str, style: Style) -> "Figure":
    """Dots on a logarithmic axis, a row for each region: the largest site is a thousand times the smallest."""
    import seaborn
    from matplotlib.ticker import LogLocator, NullLocator

    groups = _group_sites(report, language)
    filled = {name: [each for each in sites if each[0]] for name, sites in groups.items()}
    numbers = [number for sites in filled.values() for number, _ in sites]
    if not numbers:
        return _draw_nothing(language, style)
    height = len(groups) * SITES_HEIGHT
    figure = new_figure(1.7 * LINE + height + 2.6 * LINE, style)
    axes = add_panel(figure, left=0, top=1.7 * LINE, height=height, style=style)
    axes.set_xscale("log")
    decades = math.log10(max(numbers) / min(numbers))
    margin = max(1.4, 10 ** (0.5 - decades / 2))  # the axis spans ten times at least, and so holds some ticks
    low, high = min(numbers) / margin, max(numbers) * margin
    axes.set_xlim(low, high)
    rows = [row for row, sites in enumerate(filled.values()) for _ in sites]
    dots = {"color": style.kept, "edgecolor": style.surface, "linewidth": 0.4 * style.scale, "size": 4 * style.scale}
    axes.set_ylim(len(groups) - 0.5, -0.5)
    order = list(range(len(groups)))
    seaborn.swarmplot(x=numbers, y=rows, order=order, orient="y", warn_thresh=1, clip_on=False, ax=axes, **dots)
    for row, name in enumerate(groups):
        _write_group(axes, row, name, groups[name], language, style)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if decades >= 2 else (1.0, 2.0, 5.0), numticks=6))
    axes.xaxis.set_minor_locator(NullLocator())
    _write_ticks(axes.xaxis, lambda number: write_short(number, language))
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    for row in order:
        axes.vlines(ticks, row - 0.17, row + 0.17, color=style.grid, linewidth=0.6 * style.scale, zorder=0)
    axes.set(yticks=[], xlabel=say("sites_axis", language), ylabel="")
    write_heading(axes, say("sites_heading", language), style, above=6)
    return figure


def _group_sites(report: Report, language: str) -> dict[str, list[tuple[int, str]]]:
    """Number of sentences and name of each site, by region, the regions in the report's order, then KL, then others."""
    groups: dict[str, list[tuple[int, str]]] = {clean(region["name"]): [] for region in report["regions"]}
    of_kind = {kind: say(kind, language) for kind in ("area", "archive")}
    for site in sorted(report["sites"], key=lambda site: (site["kind"] == "archive", site["kind"] == "area")):
        name = of_kind.get(site["kind"]) or clean(site["region"] or say("no_region", language))
        groups.setdefault(name, []).append((site["totals"]["sentences"], clean(site["name"])))
    return {name: sorted(sites) for name, sites in groups.items() if sites}


def _write_group(
    axes: "Axes", row: int, name: str, sites: Sequence[tuple[int, str]], language: str, style: Style
) -> None:
    filled = [site for site in sites if site[0]]
    told = count_sites(len(sites), language)
    if len(filled) < len(sites):
        told += say("without", language, number=write_number(len(sites) - len(filled), language))
    ends = filled[:1] + filled[1:][-1:]
    above, below = row - 0.5 + FONT_SIZE / SITES_HEIGHT, row + 0.5 - 1.3 * GAP / SITES_HEIGHT
    soft: dict[str, Any] = {"color": style.ink_soft, "transform": axes.get_yaxis_transform()}
    room = WIDTH - text_width(told) - LINE
    axes.text(0, above, fit(name, room, weight="bold"), **soft | {"color": style.ink}, weight="bold")
    axes.text(1, above, told, **soft, ha="right")
    for (number, site), place, align in zip(ends, (0, 1), ("left", "right"), strict=False):
        told = write_number(number, language)
        site = fit(site, WIDTH / 2 - GAP - text_width(f" {told}"))
        axes.text(place, below, f"{site} {told}", **soft, ha=align)


Draw = Callable[[Report, str, Style], "Figure"]
PICTURES: Mapping[str, Draw] = {
    "lengths": _draw_lengths,
    "document_lengths": _draw_document_lengths,
    "scores": _draw_scores,
    "funnel": _draw_funnel,
    "freshness": _draw_freshness,
    "losses": _draw_losses,
    "sites": _draw_sites,
}
