"""The register: which sites there are, what belongs to each, and which are visited.

In: a register file (by default the one that ships) and the user's differences. Out: `Register`, a tuple of `Site`.
All errors of a file come at once, each with file, line, key, value and what is allowed. Visits no host.
"""

import difflib
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from foundation.errors import ConfigError
from foundation.user_settings import SiteDifference
from foundation.yaml_errors import load_yaml

AREA_LABELS = {
    "kl-beskaeftigelse-og-integration": "Beskæftigelse og integration",
    "kl-boern-og-unge": "Børn og unge",
    "kl-erhverv-og-turisme": "Erhverv og turisme",
    "kl-klima-teknik-og-miljoe": "Klima, teknik og miljø",
    "kl-kultur-og-fritid": "Kultur og fritid",
    "kl-socialomraadet": "Socialområdet",
    "kl-sundhed-og-aeldre": "Sundhed og ældre",
    "kl-oekonomi-og-administration": "Økonomi og administration",
}
Region = Literal[
    "Region Hovedstaden", "Region Sjælland", "Region Syddanmark", "Region Midtjylland", "Region Nordjylland"
]


def _checked_code(value: object) -> str:
    if not isinstance(value, str) or len(value) != 4 or not value.isascii() or not value.isdigit():
        raise ValueError("a string of four digits, quoted")
    return value


def _checked_network(value: str) -> str:
    ipaddress.ip_network(value)  # its ValueError says what is wrong
    return value


def _checked_target(value: str) -> str:
    address, _, port = value.rpartition(":")
    try:
        ipaddress.ip_address(address.strip("[]"))
        allowed = 0 < int(port) < 65536
    except ValueError:
        allowed = False
    if not allowed:
        raise ValueError("an address and a port, such as 127.0.0.1:8080")
    return value


def _checked_port(value: str) -> str:
    _, _, port = value.partition(":")
    if port and not 0 < int(port) < 65536:
        raise ValueError("a port from 1 to 65535")
    return value


def _written_as(pattern: str, allowed: str) -> AfterValidator:
    """A text of a form; the error says what is allowed, not the regular expression."""
    form = re.compile(pattern)

    def check(value: str) -> str:
        if not form.fullmatch(value):
            raise ValueError(allowed)
        return value

    return AfterValidator(check)


_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+"
Host = Annotated[str, _written_as(_HOST, "a host in lower case, without https:// and path, such as www.nordby.dk")]
HttpUrl = Annotated[
    str, _written_as(rf"https?://{_HOST}(:[0-9]+)?/\S*", "an address such as https://www.nordby.dk/, with a path")
]
ResolvedHost = Annotated[
    str,
    _written_as(rf"{_HOST}(:[0-9]+)?", "a host in lower case, or a host and a port such as www.nordby.dk:8080"),
    AfterValidator(_checked_port),
]
PathPrefix = Annotated[str, _written_as(r"/\S*", "the beginning of a path, such as /boern-og-unge/")]
Exclude = Annotated[str, _written_as(rf"/\S+|{_HOST}", "a host, or the beginning of a path such as /arkiv/")]
Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Network(_Strict):
    """For tests, staging sites and intranets; empty in the register that ships."""

    resolve: dict[ResolvedHost, Annotated[str, AfterValidator(_checked_target)]] = Field(
        default_factory=dict,
        description="host or host:port -> address:port to connect to instead; the longer key counts first",
    )
    allow_addresses: tuple[Annotated[str, AfterValidator(_checked_network)], ...] = Field(
        (), description="networks that may be visited although private"
    )


class _Place(_Strict):
    seeds: Annotated[tuple[HttpUrl, ...], Field(min_length=1)]
    domains: Annotated[tuple[Host, ...], Field(min_length=1)]
    aliases: tuple[Host, ...] = ()
    excludes: tuple[Exclude, ...] = ()
    crawl: bool = True
    reason: str | None = None

    @model_validator(mode="after")
    def _seeds_belong_to_domains(self) -> "_Place":
        hosts = set(_hosts_of(self.domains))
        for seed in self.seeds:
            if urlsplit(seed).hostname not in hosts:
                raise ValueError(f"the seed {seed} is on none of the site's domains ({', '.join(self.domains)})")
        if not self.crawl and not self.reason:
            raise ValueError("crawl: false needs a reason beside it")
        return self


class Municipality(_Place):
    """One entry below `municipalities`."""

    code: str
    name: Name
    official_name: Name
    region: Region

    _code = field_validator("code", mode="before")(_checked_code)


class Area(_Place):
    """One entry below `areas`: a KL area, told apart by the beginning of the path."""

    id: Literal[tuple(AREA_LABELS)]  # type: ignore[valid-type]  # the literal is made from the labels
    label: Name
    prefixes: tuple[PathPrefix, ...] = ()
    former_prefixes: tuple[PathPrefix, ...] = ()

    @model_validator(mode="after")
    def _label_and_prefixes(self) -> "Area":
        if self.label != AREA_LABELS[self.id]:
            raise ValueError(f"the label of {self.id} is {AREA_LABELS[self.id]!r}")
        if not self.prefixes and not self.former_prefixes:
            raise ValueError("an area needs prefixes or former_prefixes: without them it is the whole host")
        return self


class RegisterFile(_Strict):
    """The whole file."""

    network: Network = Network()
    municipalities: tuple[Municipality, ...] = ()
    areas: tuple[Area, ...] = ()

    @model_validator(mode="after")
    def _given_once(self) -> "RegisterFile":
        ids = [entry.code for entry in self.municipalities] + [entry.id for entry in self.areas]
        twins = sorted({site for site in ids if ids.count(site) > 1})
        if twins:
            raise ValueError(f"given more than once: {', '.join(twins)}; each code and area stands once")
        owners: dict[str, str] = {}
        for entry in self.municipalities:
            for host in _hosts_of(entry.domains + entry.aliases):
                other = owners.setdefault(host, entry.code)
                if other != entry.code:
                    raise ValueError(f"{host} belongs to both {other} and {entry.code}; a host has one owner")
        return self


@dataclass(frozen=True, kw_only=True)
class Site:
    """The unit of everything: one municipality or one KL area."""

    id: str
    name: str
    official_name: str
    kind: Literal["municipality", "area", "archive"]
    region: str | None
    seeds: tuple[str, ...]
    hosts: frozenset[str]
    prefixes: tuple[str, ...]  # empty: the whole host
    excludes: tuple[str, ...]
    crawl: bool
    reason: str | None
    has_known_prefix: bool = True
    delay_s: float | None = None
    is_barred: bool = False  # crawl: false in tvaerkom.yaml: never visited, however it is named

    @property
    def label(self) -> str | None:
        """The KL area, null elsewhere."""
        return self.name if self.kind == "area" else None


@dataclass(frozen=True)
class Register:
    """All sites, in order of id, and how to reach them."""

    sites: tuple[Site, ...]
    network: Network

    def find(self, text: str) -> Site:
        """The site with this id, name (`sønderborg`, `soenderborg`), or host.

        Raises:
            ConfigError: there is none; the message names the nearest.
        """
        wanted = plain(text.strip().removeprefix("https://").removeprefix("http://").rstrip("/"))
        for site in self.sites:
            if wanted in set(_names_of(site)):
                return site
        names = {plain(site.name): site.name for site in self.sites}
        near = [names[name] for name in difflib.get_close_matches(wanted, names, n=3)]
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ConfigError(f"no site {text!r} in the register{hint} (all of them: tvaerkom sites)")

    def site_of_url(self, url: str) -> Site | None:
        """The site a page belongs to: by host, and on KL's host by the beginning of the path."""
        parts = urlsplit(url)
        for site in self.sites:
            below = any(parts.path.lower().startswith(prefix.lower().rstrip("/")) for prefix in site.prefixes)
            if parts.hostname in site.hosts and (below or not site.prefixes):
                return site
        return None


def read_register(path: Path | None, differences: Mapping[str, SiteDifference] | None = None) -> Register:
    """Read and check the register; None means the one that ships.

    Raises:
        ConfigError: the file is broken, or a difference names a site that is not in it.
    """
    if path is None:
        with as_file(files("crawler") / "municipalities.yaml") as shipped:
            content = load_yaml(shipped, RegisterFile)
    else:
        content = load_yaml(path, RegisterFile)
    sites = [*map(_municipality_site, content.municipalities), *map(_area_site, content.areas)]
    register = Register(tuple(sorted(sites, key=lambda site: site.id)), content.network)
    for name, difference in (differences or {}).items():
        try:
            changed = register.find(name)
        except ConfigError as error:
            raise ConfigError(f"tvaerkom.yaml: sites.{name}: {error}") from None
        register = _with_difference(register, changed, difference)
    return register


def chosen_sites(register: Register, only: Sequence[str], *, include_all: bool) -> list[Site]:
    """The sites of one crawl: those named, else those with `crawl: true`, else (`--all`) every one.

    Raises:
        ConfigError: a name is not in the register, or the user's own file bars the site.
    """
    if only:
        named = {site.id: site for site in map(register.find, only)}
        for site in named.values():
            if site.is_barred:
                raise ConfigError(f"{site.name} is crawl: false in tvaerkom.yaml ({site.reason}); it is not visited")
        return [named[identity] for identity in sorted(named)]
    return [site for site in register.sites if not site.is_barred and (site.crawl or include_all)]


def plain(text: str) -> str:
    """Lower case, with the Danish letters written out: how names are compared."""
    lowered = text.lower()
    for letter, written in (("æ", "ae"), ("ø", "oe"), ("å", "aa"), ("ü", "ue")):
        lowered = lowered.replace(letter, written)
    return lowered


def _municipality_site(entry: Municipality) -> Site:
    return Site(
        id=entry.code, name=entry.name, official_name=entry.official_name, kind="municipality",
        region=entry.region, seeds=entry.seeds, hosts=frozenset(_hosts_of(entry.domains + entry.aliases)),
        prefixes=(), excludes=entry.excludes, crawl=entry.crawl, reason=entry.reason,
    )  # fmt: skip


def _area_site(entry: Area) -> Site:
    return Site(
        id=entry.id, name=entry.label, official_name=f"KL: {entry.label}", kind="area", region=None,
        seeds=entry.seeds, hosts=frozenset(_hosts_of(entry.domains + entry.aliases)),
        prefixes=entry.prefixes + entry.former_prefixes, excludes=entry.excludes, crawl=entry.crawl,
        reason=entry.reason, has_known_prefix=bool(entry.prefixes),
    )  # fmt: skip


def _with_difference(register: Register, site: Site, difference: SiteDifference) -> Register:
    changed = replace(
        site,
        crawl=site.crawl if difference.crawl is None else difference.crawl,
        reason=site.reason if difference.crawl is None else f"{difference.reason} ({difference.date})",
        excludes=site.excludes + difference.excludes,
        delay_s=difference.delay_s,
        is_barred=difference.crawl is False,
    )
    return replace(register, sites=tuple(changed if each is site else each for each in register.sites))


def _hosts_of(domains: Sequence[str]) -> Iterator[str]:
    """A domain stands for itself and its www host, whichever of the two is written."""
    for domain in domains:
        bare = domain.removeprefix("www.")
        yield from (bare, f"www.{bare}")


def _names_of(site: Site) -> Iterator[str]:
    yield from (site.id, plain(site.name), plain(site.official_name), plain(site.name).replace(" ", "-"))
    # the spelling of host names, which write ø as o: sonderborg
    yield site.name.lower().replace("ø", "o").replace("å", "a").replace("æ", "ae")
    if site.kind == "municipality":
        yield from site.hosts
