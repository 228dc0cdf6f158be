"""Quality, measured on Kommuneby and on real material: `make gate`.

In: sizes, or none; `--only` for some of the measures. Out: a table of figure, target, value and pass, short or
skipped; exit code 0 only if every figure passes. What needs ../shared or the rivals' environment is skipped where that
is not there, and the gate then ends INCOMPLETE, exit code 1. Progress goes to standard error.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.corpus_bench import cost_figures, worker_figures
from benchmarks.corpus_gate import kommuneby, proceedings, real_pages
from benchmarks.corpus_kill import build_kill_figures
from benchmarks.corpus_memory import memory_figures
from benchmarks.corpus_refresh import refresh_figures
from benchmarks.corpus_rivals import rival_figures
from benchmarks.crawl_bench import rate_figures
from benchmarks.crawl_gate import crawl_figures
from benchmarks.downstream_start import downstream_figures
from benchmarks.extraction_gate import extraction_figures
from benchmarks.false_304 import false_304_figures
from benchmarks.figures import Figure
from benchmarks.inspection_bench import inspection_figures
from benchmarks.kill_crawl import kill_figures
from benchmarks.language_gate import language_figures
from benchmarks.near_duplicates_gate import near_duplicate_figures
from benchmarks.personal_data_gate import personal_data_figures
from benchmarks.polite_gate import polite_figures
from benchmarks.privacy_accounting import privacy_accounting_figures
from benchmarks.privacy_audit import privacy_audit_figures
from benchmarks.private_bench import private_step_figures
from benchmarks.private_utility import utility_figures
from benchmarks.refresh_bytes import byte_figures
from benchmarks.refresh_kill import refresh_kill_figures
from benchmarks.refresh_outcomes import outcome_figures
from benchmarks.sentence_gate import sentence_figures
from benchmarks.served import say
from benchmarks.standards_gate import standards_figures
from benchmarks.training_bench import training_figures
from benchmarks.training_kill import training_kill_figures

Measure = Callable[[Path], Iterator[Figure]]


def main() -> int:
    sizes = _arguments().parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory() as name:
        for measure_name, measure in _measures(sizes).items():
            if sizes.only and measure_name not in sizes.only.split(","):
                continue
            folder = Path(name) / measure_name
            folder.mkdir()
            say(f"measuring: {measure_name}")
            for figure in measure(folder):
                verdicts.append(figure.verdict)
                sys.stdout.write(f"{figure}\n")
                sys.stdout.flush()
    return _ended(verdicts, allow_skips=sizes.allow_skips)


def _measures(sizes: argparse.Namespace) -> dict[str, Measure]:
    web = {"num_municipalities": sizes.municipalities, "pages_per_site": sizes.pages}
    return {
        "crawl": partial(crawl_figures, **web, num_processes=sizes.processes),
        "polite": polite_figures,
        "kill": partial(kill_figures, **web, num_kills=sizes.kills),
        "rate": partial(rate_figures, num_municipalities=sizes.rate_municipalities, pages_per_site=sizes.rate_pages),
        "refresh-outcomes": partial(outcome_figures, pages_per_site=sizes.changing_pages),
        "false-304": partial(
            false_304_figures, pages_per_site=sizes.changing_pages, num_sites=sizes.lying_sites,
            pages_of_small=sizes.lying_pages,
        ),
        "refresh-bytes": partial(byte_figures, pages_per_site=sizes.large_pages),
        "refresh-kill": partial(
            refresh_kill_figures, pages_per_site=sizes.killed_pages, num_kills=sizes.refresh_kills
        ),
        "standards": standards_figures,
        "kommuneby": kommuneby,
        "extraction": extraction_figures,
        "language": language_figures,
        "sentences": sentence_figures,
        "personal-data": personal_data_figures,
        "near-duplicates": near_duplicate_figures,
        "build": partial(_build_figures, num_pages=sizes.build_pages),
        "refresh": partial(refresh_figures, num_pages=sizes.refresh_pages),
        "memory": partial(memory_figures, num_pages=sizes.memory_pages),
        "build-kill": partial(build_kill_figures, num_pages=sizes.kill_pages, num_kills=sizes.build_kills),
        "inspection": partial(inspection_figures, num_sentences=sizes.inspected_sentences),
        "training": partial(training_figures, num_rounds=sizes.training_rounds),
        "training-kill": partial(training_kill_figures, num_kills=sizes.training_kills),
        "downstream": downstream_figures,
        "privacy-accounting": privacy_accounting_figures,
        "privacy-audit": partial(privacy_audit_figures, num_seeds=sizes.audit_seeds),
        "private-step": partial(private_step_figures, num_rounds=sizes.private_rounds),
        "private-utility": partial(utility_figures, num_seeds=sizes.private_seeds),
        "pages": real_pages,
        "proceedings": proceedings,
    }  # fmt: skip


def _build_figures(folder: Path, num_pages: int) -> Iterator[Figure]:
    """In one folder, so that the pages are made once."""
    yield from cost_figures(folder, num_pages)
    yield from worker_figures(folder, num_pages)
    yield from rival_figures(folder, num_pages)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--allow-skips", action="store_true", help="exit 0 although something is not there")
    parser.add_argument("--only", default="", help="measures, with commas between")
    # The cost of finding out that a trap is one is per trap: on a smaller web they are more than 5 % of it.
    parser.add_argument("--municipalities", type=int, default=40, help="of the hostile web; the full size is 94")
    parser.add_argument("--pages", type=int, default=160, help="pages of each, about; the full size is 205")
    parser.add_argument("--processes", type=int, default=1, help="that the hostile web is crawled by")
    parser.add_argument("--kills", type=int, default=20, help="kill -9 of one crawl; the full number is 100")
    parser.add_argument("--rate-municipalities", type=int, default=30, help="of the web for pages per CPU second")
    parser.add_argument("--rate-pages", type=int, default=100, help="pages of each, about")
    parser.add_argument("--changing-pages", type=int, default=120, help="of each of 24 sites, over five quarters")
    parser.add_argument("--lying-sites", type=int, default=40, help="small sites that lie about one page of twenty")
    parser.add_argument("--lying-pages", type=int, default=200, help="pages of each")
    parser.add_argument("--large-pages", type=int, default=2000, help="of 35 KB, of the site whose bytes are counted")
    parser.add_argument("--killed-pages", type=int, default=40, help="of each site of a refresh that is killed")
    parser.add_argument("--refresh-kills", type=int, default=30, help="kill -9 of each command of a refresh")
    parser.add_argument("--build-pages", type=int, default=400, help="pages of a build; the full size is 2000")
    parser.add_argument("--refresh-pages", type=int, default=5000, help="of a second build; the full size is 20000")
    parser.add_argument("--memory-pages", type=int, default=2000, help="and ten times as many; the full size is 20000")
    parser.add_argument("--kill-pages", type=int, default=400, help="of a build that is killed; the full size is 2000")
    parser.add_argument("--training-rounds", type=int, default=1, help="of steps beside rivals; 3 were recorded")
    parser.add_argument("--private-rounds", type=int, default=1, help="of private steps; 3 were recorded")
    parser.add_argument("--private-seeds", type=int, default=2, help="of runs with and without privacy; the full: 5")
    parser.add_argument("--audit-seeds", type=int, default=2, help="of audits with a planted fault; the full number: 5")
    parser.add_argument("--training-kills", type=int, default=4, help="kill -9 of a run; the full number is 10")
    parser.add_argument("--build-kills", type=int, default=10, help="kill -9 of a build; the full number is 30")
    parser.add_argument(
        "--inspected-sentences", type=int, default=270_000, help="of a corpus looked at; the full size is 2700000"
    )
    return parser


def _ended(verdicts: list[str], *, allow_skips: bool) -> int:
    for verdict, word in (("short", "SHORT"), ("skipped", "INCOMPLETE")):
        if verdict in verdicts:
            sys.stdout.write(f"{word}\n")
            return 0 if verdict == "skipped" and allow_skips else 1
    sys.stdout.write("PASS\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
