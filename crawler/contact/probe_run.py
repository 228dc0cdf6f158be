"""From a command to a probe, and from its findings to the two reports.

In: the global options and the sites asked for. Out: findings, proposals, `data/reports/probe-<date>.json` and `.yaml`.
The register itself is never written.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from crawler.contact.probe import probe_sites
from crawler.contact.probe_findings import ProbeFindings
from crawler.contact.probe_proposals import Proposal, proposals, proposals_text
from crawler.contact.probe_report import report_path, write_findings
from crawler.contact.probe_troubles import troubles
from crawler.crawl import only_crawl_of
from crawler.register import chosen_sites, read_register
from crawler.register_check import read_register_file
from foundation.command import Command
from foundation.files import write_text
from foundation.places import names_below
from foundation.progress import progress


@dataclass(frozen=True, kw_only=True)
class ProbeResult:
    """What a probe brought; `proposals_path` is the file to copy from."""

    findings: ProbeFindings
    proposals: tuple[Proposal, ...]
    proposals_path: Path

    @property
    def needs_person(self) -> bool:
        return bool(self.proposals) or any(map(troubles, self.findings.sites))


def probe_register(command: Command, *, only: Sequence[str], include_all: bool) -> ProbeResult:
    """Probe the sites that a crawl of the same options would visit.

    Raises:
        ConfigError: unknown site, broken register, no operator; or a crawl runs, whose pauses it would break.
        BrokenRunError: nothing came back from any of several sites.
    """
    register = read_register(command.register, command.settings.sites)
    sites = chosen_sites(register, only, include_all=include_all)
    places = command.places
    with ExitStack() as stack:
        for quarter in names_below(places.data / "work"):
            stack.enter_context(only_crawl_of(str(quarter), places.crawl_work(str(quarter))))
        with progress("probe", unit="sites", total=len(sites)) as meter:
            findings = probe_sites(sites, register.network, command.settings.operator, meter)
    found = proposals(findings, read_register_file(command.register))
    path = report_path(places.reports, findings.at)
    write_findings(path.with_suffix(".json"), findings)
    write_text(path.with_suffix(".yaml"), proposals_text(found, findings.at.date()))
    return ProbeResult(findings=findings, proposals=tuple(found), proposals_path=path.with_suffix(".yaml"))
