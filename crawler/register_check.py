"""What is allowed in the register and in tvaerkom.yaml, and yet worth a second look.

In: a register file that read_register found in order, and the user's settings. Out: one sentence for each thing that
looks like a mistake. Visits no host. What is not allowed at all is said by register.py and user_settings.py.
"""

from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from crawler.politeness import POLITE
from crawler.register import Register, RegisterFile, Site
from crawler.scope import reason_not_taken
from foundation.errors import ConfigError
from foundation.user_settings import UserSettings
from foundation.yaml_errors import load_yaml


def read_register_file(path: Path | None) -> RegisterFile:
    """The file as it is written, without the user's differences; None means the one that ships.

    Raises:
        ConfigError: the file is broken.
    """
    if path is not None:
        return load_yaml(path, RegisterFile)
    with as_file(files("crawler") / "municipalities.yaml") as shipped:
        return load_yaml(shipped, RegisterFile)


def register_warnings(content: RegisterFile, register: Register, settings: UserSettings) -> list[str]:
    """Sentences, those about the whole first, then site by site in order of id, then tvaerkom.yaml."""
    return [
        *_network_warnings(content), *_site_warnings(register), *_sharing_warnings(register.sites),
        *_settings_warnings(register, settings),
    ]  # fmt: skip


def _network_warnings(content: RegisterFile) -> Iterator[str]:
    if content.network.resolve or content.network.allow_addresses:
        yield (
            f"network: {len(content.network.resolve)} hosts are sent elsewhere, {len(content.network.allow_addresses)} "
            "private networks may be visited; that is for tests, staging sites and intranets only"
        )


def _site_warnings(register: Register) -> Iterator[str]:
    for site in register.sites:
        for seed in site.seeds:
            parts = urlsplit(seed)
            if parts.scheme != "https" and parts.hostname not in register.network.resolve:
                yield f"{_who(site)}: the seed {seed} is not https"
            if reason := reason_not_taken(seed, site, register.network):
                yield f"{_who(site)}: the seed {seed} is out of the site's own scope ({reason}); it is never fetched"
        if not site.has_known_prefix:
            yield f"{_who(site)}: no current prefix is known; it is tried by its former ones"


def _sharing_warnings(sites: Sequence[Site]) -> Iterator[str]:
    """The areas of KL share a host by design, each with paths of its own."""
    for one, other in combinations(sites, 2):
        shared = sorted(one.hosts & other.hosts)
        if not shared:
            continue
        if not one.prefixes or not other.prefixes:
            yield f"{shared[0]} is a host of both {_who(one)} and {_who(other)}: its pages are crawled twice"
        for first in one.prefixes:
            for second in other.prefixes:
                if first.startswith(second) or second.startswith(first):
                    yield f"{first} of {_who(one)} and {second} of {_who(other)} overlap: pages are crawled twice"


def _settings_warnings(register: Register, settings: UserSettings) -> Iterator[str]:
    if settings.operator is None:
        yield "tvaerkom.yaml: no operator and contact; a crawl beyond this machine will be refused (tvaerkom init)"
    named: dict[str, str] = {}
    for name, difference in settings.sites.items():
        try:
            site = register.find(name)
        except ConfigError:
            continue  # read_register has said so
        if site.id in named:
            yield f"tvaerkom.yaml: sites.{name} and sites.{named[site.id]} are the same site; write one entry"
        named[site.id] = name
        if difference.crawl is None and not difference.excludes and difference.delay_s is None:
            yield f"tvaerkom.yaml: sites.{name} changes nothing"
        if difference.delay_s is not None and difference.delay_s < POLITE.delay_s:
            yield (
                f"tvaerkom.yaml: sites.{name}.delay_s: {difference.delay_s:g} s between two requests is less than the "
                f"usual {POLITE.delay_s:g} s; only where the site's owner agrees"
            )


def _who(site: Site) -> str:
    return f"{site.id} {site.name}"
