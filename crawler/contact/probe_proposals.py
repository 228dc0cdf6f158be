"""What a person may want to change in the register after a probe.

In: findings, and the register as it is written. Out: `Proposal`s for municipalities.yaml and tvaerkom.yaml, as values
and as a YAML text to copy from. Changes nothing itself; what needs to be looked at is told by probe_troubles.py.
"""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from crawler.contact.probe_asking import FORBIDDEN
from crawler.contact.probe_findings import PageFinding, ProbeFindings, SiteFinding
from crawler.pages.urls import host_of, origin_of
from crawler.register import Area, Municipality, RegisterFile
from crawler.rules.robots import MAX_CRAWL_DELAY_S

REGISTER_NAME, SETTINGS_NAME = "municipalities.yaml", "tvaerkom.yaml"
LASTING = (301, 308)  # a redirect that says: from now on
GONE = (404, 410)
_HEAD = """\
# Proposed by tvaerkom sites --probe on {date}. Nothing was changed: copy what you agree with.
# Each change names a site, the key (what), its value now (from) and the proposed one (to), and why (evidence).
"""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One key of one site: its value now and the proposed one, as YAML has them."""

    site: str
    name: str
    file: str
    what: str
    before: Any
    after: Any
    evidence: str


def proposals(findings: ProbeFindings, content: RegisterFile) -> list[Proposal]:
    """In the order of the sites."""
    municipalities = {entry.code: entry for entry in content.municipalities}
    areas = {entry.id: entry for entry in content.areas}
    owners = {host for entry in content.municipalities for host in (*entry.domains, *entry.aliases)}
    found: list[Proposal] = []
    for site in findings.sites:
        if entry := municipalities.get(site.site):
            found += _municipality(site, entry, owners)
        elif area := areas.get(site.site):
            found += _area(site, area)
        found += _delay(site, findings.at.date())
    return found


def proposals_text(found: Sequence[Proposal], date: datetime.date) -> str:
    """The file to copy from."""
    changes = [
        {"site": each.site, "name": each.name, "file": each.file, "what": each.what, "from": each.before,
         "to": each.after, "evidence": each.evidence}
        for each in found
    ]  # fmt: skip
    written = yaml.safe_dump(
        {"changes": changes}, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110
    )
    return _HEAD.format(date=date.isoformat()) + written


def _municipality(site: SiteFinding, entry: Municipality, owners: set[str]) -> Iterator[Proposal]:
    seeds, domains, aliases = list(entry.seeds), list(entry.domains), list(entry.aliases)
    evidence: dict[str, list[str]] = {"seeds": [], "domains": [], "aliases": []}
    for seed, page in zip(entry.seeds, site.pages, strict=False):
        end = page.trail[-1]
        if page.leaves and not owners & _forms(host_of(end)):
            reason = f"{seed} redirects ({page.redirect_status}) to {end}, which was not asked"
            if page.redirect_status in LASTING:
                _replace(seeds, seed, f"{origin_of(end)}/")
                domains.insert(0, _bare(host_of(end)))
                evidence["seeds"].append(reason)
                evidence["domains"].append(reason)
            else:
                aliases.append(_bare(host_of(end)))
                evidence["aliases"].append(reason)
        elif better := _better_seed(seed, page, site.twins):
            _replace(seeds, seed, better[0])
            evidence["seeds"].append(better[1])
    without_address = [alias for alias in entry.aliases if not _has_address(site, alias)]
    if without_address and site.address:  # else it is the name server that says nothing
        aliases = [alias for alias in aliases if alias not in without_address]
        evidence["aliases"].append(f"no address for {', '.join(without_address)}, with or without www")
    now = {"seeds": entry.seeds, "domains": entry.domains, "aliases": entry.aliases}
    yield from _changes(site, now, {"seeds": seeds, "domains": domains, "aliases": aliases}, evidence)


def _better_seed(seed: str, page: PageFinding, twins: Sequence[PageFinding]) -> tuple[str, str] | None:
    """Another address for a seed on the site's own hosts, and why."""
    end = page.trail[-1]
    if page.is_there and origin_of(end) != origin_of(seed):
        return f"{origin_of(end)}{urlsplit(seed).path}", f"{seed} redirects ({page.redirect_status}) to {end}"
    if page.status is None and not page.leaves and page.problem != FORBIDDEN:
        for twin in twins:
            if twin.is_there:
                return f"{origin_of(twin.trail[-1])}/", f"{seed}: {page.problem}; {twin.trail[-1]} answers"
    return None


def _area(site: SiteFinding, entry: Area) -> Iterator[Proposal]:
    """Prefixes that lead to a page are current ones; those that do not any more are former ones."""
    prefixes, former = list(entry.prefixes), list(entry.former_prefixes)
    reasons = []
    for page in site.pages:
        start, place = urlsplit(page.trail[0]).path, _place(page)
        if place is None and not page.is_there and page.status not in GONE:
            continue  # it was not asked, or says nothing for good
        for prefix in entry.prefixes:
            if prefix in prefixes and start.startswith(prefix) and not (place or "").startswith(prefix):
                prefixes.remove(prefix)
                former.append(prefix)
        if place is not None and not any(place.startswith(known) for known in prefixes):
            prefixes.append(place)
        reasons.append(f"{start} " + _answer_in_words(page))
    former = [prefix for prefix in former if prefix not in prefixes]
    now = {"prefixes": entry.prefixes, "former_prefixes": entry.former_prefixes}
    wanted = {"prefixes": prefixes, "former_prefixes": former}
    yield from _changes(site, now, wanted, dict.fromkeys(now, reasons))


def _place(page: PageFinding) -> str | None:
    """The path at which a page was found; None where there is none, or only the front page of the host."""
    path = urlsplit(page.trail[-1]).path.strip("/")
    return f"/{path}/" if page.is_there and path else None


def _answer_in_words(page: PageFinding) -> str:
    end = urlsplit(page.trail[-1]).path
    said = f"answers {page.status}" + (f" with {page.num_words} words" if page.is_there else "")
    return said if len(page.trail) == 1 else f"leads to {end}, which {said}"


def _delay(site: SiteFinding, date: datetime.date) -> Iterator[Proposal]:
    asked = max((robots.crawl_delay_s for robots in site.robots), default=0.0)
    if asked > MAX_CRAWL_DELAY_S:
        evidence = f"robots.txt: Crawl-delay {asked:g}; a crawl waits {MAX_CRAWL_DELAY_S:g} s at most of its own accord"
        difference = {"delay_s": min(asked, 3600.0), "reason": "asked for in robots.txt", "date": date}
        yield Proposal(
            site=site.site, name=site.name, file=SETTINGS_NAME, what="sites", before=None,
            after={site.site: difference}, evidence=evidence,
        )  # fmt: skip


def _changes(
    site: SiteFinding, now: Mapping[str, Sequence[str]], wanted: Mapping[str, Sequence[str]],
    evidence: Mapping[str, Sequence[str]],
) -> Iterator[Proposal]:  # fmt: skip
    for what, before in now.items():
        after = list(dict.fromkeys(wanted[what]))
        if after != list(before):
            yield Proposal(
                site=site.site, name=site.name, file=REGISTER_NAME, what=what, before=list(before), after=after,
                evidence="; ".join(evidence[what]),
            )  # fmt: skip


def _replace(values: list[str], old: str, new: str) -> None:
    values[values.index(old)] = new


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _forms(host: str) -> set[str]:
    return {_bare(host), f"www.{_bare(host)}"}


def _has_address(site: SiteFinding, domain: str) -> bool:
    return any(host.address for host in site.hosts if host.host in _forms(domain))
