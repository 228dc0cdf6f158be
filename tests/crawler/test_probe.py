"""A first contact: few requests, none without permission, and what the register should say otherwise."""

import asyncio
import datetime
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from crawler.contact.probe import probe_sites
from crawler.contact.probe_asking import MAX_REQUESTS, Asker, Fetched
from crawler.contact.probe_findings import ProbeFindings, SiteFinding
from crawler.contact.probe_proposals import Proposal, proposals, proposals_text
from crawler.contact.probe_report import probed_sizes, report_path, write_findings
from crawler.contact.probe_run import probe_register
from crawler.contact.probe_site import SiteProber
from crawler.contact.probe_text import findings_lines
from crawler.contact.probe_troubles import notes, troubles
from crawler.net.answers import Answer
from crawler.pages.links import PageReading, read_page
from crawler.politeness import LOOPBACK
from crawler.register import Network, RegisterFile, Site, read_register
from crawler.register_check import read_register_file, register_warnings
from crawler.sites_cli import sites_app
from crawler.warc.archive import Exchange
from demo.kommuneby import make_web
from demo.register import register_text
from demo.server import KommunebyServer
from foundation.command import Command
from foundation.errors import BrokenRunError, ConfigError
from foundation.locks import held
from foundation.places import Places
from foundation.user_settings import SiteDifference, UserSettings

DANISH = "Her kan du se, hvordan du som borger får hjælp til det, der er svært, og hvem du skal tale med. " * 3
ENGLISH = "Here you can read how the municipality helps its citizens and whom to talk to about all of it. " * 3
NOT_FOUND = (404, {}, b"")
Answers = Mapping[str, tuple[int, Mapping[str, str], bytes]]


def page(text: str = DANISH, *, lang: str = "da", head: str = "") -> bytes:
    links = "".join(f'<a href="/{number}">Side {number}</a>' for number in range(5))
    return f'<html lang="{lang}"><head>{head}</head><body>{links}<p>{text}</p></body></html>'.encode()


def moved(location: str, status: str = "301 Moved") -> Mapping[str, Any]:
    return {"status": status, "headers": f"Location: {location}\r\n"}


# On the wire, as a crawl asks


SITES: Mapping[str, Mapping[str, tuple[bytes, Mapping[str, Any]]]] = {
    "whole": {
        "/robots.txt": (b"User-agent: *\nDisallow: /intern/\nSitemap: http://whole.test/kort.xml\n"
                        b"User-agent: GPTBot\nDisallow: /\n", {}),
        "/": (page(), {"headers": "tdm-reservation: 1\r\n"}),
        "/kort.xml": (b"<urlset><url><loc>http://whole.test/a</loc></url><url><loc>http://whole.test/b.pdf</loc></url>"
                      b"<url><loc>http://andre.test/</loc></url></urlset>", {"content_type": "text/xml"}),
        "/.well-known/tdmrep.json": (b'[{"location": "/", "tdm-reservation": 1}]', {}),
    },
    "moved": {"/": (b"", moved("https://nyt.test/forside"))},
    "lent": {"/": (b"", moved("https://midlertidig.test/", "302 Found"))},
    "adopted": {"/": (b"", moved("http://whole.test/"))},
    "busy": {"/robots.txt": (b"", {"status": "503 Busy"}), "/": (page(), {})},
    "closed": {"/robots.txt": (b"User-agent: *\nDisallow: /\n", {}), "/": (page(), {})},
    "winding": {"/": (b"", moved("/1")), "/1": (b"", moved("/2")), "/2": (b"", moved("/3")), "/3": (page(), {})},
    "circling": {"/": (b"", moved("/"))},
    "walled": {"/": (b"<title>Just a moment...</title><p>Checking</p>", {"status": "403 Forbidden"})},
    "app": {"/": (b'<html lang="da"><div id="root"></div><script src="/app.js"></script></html>', {})},
    "english": {"/": (page(ENGLISH, lang="en"), {})},
    "index": {
        "/": (page(head='<meta name="robots" content="noindex">'), {}),
        "/sitemap.xml": (b"<sitemapindex>" + b"".join(b"<sitemap><loc>http://index.test/%d.xml</loc></sitemap>" % i
                                                      for i in range(7)) + b"</sitemapindex>", {}),
    },
}  # fmt: skip


def municipality(number: int, host: str, **more: Any) -> dict[str, Any]:
    name = host.removeprefix("www.").partition(".")[0].title()
    return {
        "code": f"{9000 + number}", "name": name, "official_name": f"{name} Kommune", "region": "Region Sjælland",
        "seeds": [f"http://{host}/"], "domains": [host.removeprefix("www.")], **more,
    }  # fmt: skip


@pytest.fixture(scope="module")
def probed(serve_for_module: Any, respond: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One probe of all these sites, and what their servers were asked."""
    servers = {
        name: serve_for_module({path: respond(body, **how) for path, (body, how) in answers.items()})
        for name, answers in SITES.items()
    }
    twin = serve_for_module({"/": respond(page())})
    entries = [municipality(number, f"{name}.test") for number, name in enumerate(SITES, 1)]
    entries.append(municipality(40, "silent.test"))
    resolve = {f"{form}{name}.test": f"127.0.1.1:{server.port}"
               for name, server in servers.items() for form in ("", "www.")}  # fmt: skip
    resolve |= {"silent.test": "127.0.1.1:9", "www.silent.test": f"127.0.1.1:{twin.port}"}
    content = {"network": {"resolve": resolve, "allow_addresses": ["127.0.1.0/24"]}, "municipalities": entries}
    path = tmp_path_factory.mktemp("register") / "register.yaml"
    path.write_text(yaml.safe_dump(content))
    register = read_register(path)
    findings = probe_sites(register.sites, register.network, None)
    yield findings, servers, proposals(findings, read_register_file(path))


def of(findings: ProbeFindings, name: str) -> SiteFinding:
    return next(site for site in findings.sites if site.name == name.title())


def changes_of(found: Sequence[Proposal], name: str) -> dict[str, Any]:
    return {each.what: each.after for each in found if each.name == name.title()}


def test_no_host_is_asked_more_than_four_times_and_robots_first(probed: Any) -> None:
    findings, servers, _ = probed
    for name, server in servers.items():
        asked = Counter(request.split(b"Host: ")[1].split(b":")[0].split(b"\r\n")[0] for request in server.requests)
        assert set(asked) <= {f"{name}.test".encode(), f"www.{name}.test".encode()}
        assert max(asked.values()) <= MAX_REQUESTS
        assert server.paths[0] == "/robots.txt"
    assert len(findings.requests) - sum(len(server.requests) for server in servers.values()) <= 5  # those to Silent
    assert [str(request.time) for request in findings.requests] == sorted(str(each.time) for each in findings.requests)


def test_ordinary_site_is_told_in_order(probed: Any) -> None:
    findings, servers, found = probed
    site = of(findings, "whole")
    assert [path for path in servers["whole"].paths if path != "/robots.txt"][:3] == [
        "/", "/kort.xml", "/.well-known/tdmrep.json"
    ]  # fmt: skip
    assert (site.robots[0].verdict, site.robots[0].shut_out_ai_agents) == ("rules", ("GPTBot",))
    assert site.sitemap is not None
    assert (site.sitemap.num_pages, site.sitemap.num_listed, site.sitemap.num_sitemaps) == (1, 3, 0)
    assert site.pages[0].reservation == 'tdmrep.json: {"location": "/", "tdm-reservation": 1}'
    assert site.pages[0].language == "da" and site.pages[0].danish_share > 0.1
    assert changes_of(found, "whole") == {}


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("whole", "is reserved: tdmrep.json"),
        ("moved", "leads to https://nyt.test/forside, which is none of its hosts and was not asked"),
        ("busy", "/robots.txt cannot be had (status 503)"),
        ("closed", "http://closed.test/: not asked: robots.txt forbids it"),
        ("winding", "not asked: its 4 requests are used up"),
        ("circling", "redirects in a circle"),
        ("walled", "http://walled.test/: status 403"),
        ("app", "looks empty without JavaScript"),
        ("english", "does not look Danish (it says: en)"),
        ("index", "is reserved: meta robots: noindex"),
        ("silent", "the connection was refused"),
    ],
)
def test_trouble_is_told_in_a_sentence(probed: Any, name: str, trouble: str) -> None:
    findings, _, _ = probed
    assert trouble in "; ".join(troubles(of(findings, name)))


def test_nothing_is_asked_of_a_host_that_shuts_us_out_or_pushes_back(probed: Any) -> None:
    _, servers, _ = probed
    assert set(servers["closed"].paths) == set(servers["busy"].paths) == {"/robots.txt"}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("moved", {"seeds": ["https://nyt.test/"], "domains": ["nyt.test", "moved.test"]}),
        ("lent", {"aliases": ["midlertidig.test"]}),
        ("adopted", {}),
        ("silent", {"seeds": ["http://www.silent.test/"]}),
        ("english", {}),
    ],
)
def test_change_of_the_register_is_proposed(probed: Any, name: str, changes: dict[str, Any]) -> None:
    _, _, found = probed
    assert changes_of(found, name) == changes


def test_proposals_are_copied_into_a_register_that_is_in_order(probed: Any) -> None:
    _, _, found = probed
    written = yaml.safe_load(proposals_text(found, datetime.date(2026, 11, 22)))["changes"]
    assert {"site", "name", "file", "what", "from", "to", "evidence"} == set(written[0])
    entry = municipality(2, "moved.test")
    changed = entry | {each["what"]: each["to"] for each in written if each["site"] == entry["code"]}
    assert RegisterFile.model_validate({"municipalities": [changed]}).municipalities[0].seeds == ("https://nyt.test/",)
    assert all(each["evidence"] for each in written)


def test_sites_at_one_address_name_each_other(probed: Any) -> None:
    findings, _, _ = probed
    told = notes(of(findings, "english"))
    assert any(line.startswith("shares 127.0.1.1 with 9001") for line in told)


def test_findings_are_told_in_lines_without_control_characters(probed: Any) -> None:
    lines = list(findings_lines(probed[0]))
    assert any(line.startswith("9012 Index: front page: http://index.test/ (200)") for line in lines)
    assert any("sitemap: 7 further sitemaps" in line for line in lines)
    assert all(line.isprintable() for line in lines)


def test_report_is_read_again_for_an_estimate(probed: Any, tmp_path: Path) -> None:
    findings, _, _ = probed
    first = report_path(tmp_path, findings.at)
    write_findings(first.with_suffix(".json"), findings)
    assert report_path(tmp_path, findings.at).name == f"{first.name}-2"
    sizes = probed_sizes(tmp_path)
    assert (sizes["9001"].num_pages, sizes["9001"].num_sitemaps, sizes["9001"].address) == (1, 0, "127.0.1.1")
    assert (sizes["9012"].num_pages, sizes["9012"].num_sitemaps) == (0, 7)
    (tmp_path / "probe-2026-01-01.json").write_text("{}")
    with pytest.raises(BrokenRunError, match="not the report of a probe"):
        probed_sizes(tmp_path)


def test_nobody_is_asked_without_an_operator(make_site: Callable[..., Site]) -> None:
    with pytest.raises(ConfigError, match="names no operator and contact"):
        probe_sites([make_site()], Network(), None)


def test_silence_of_all_sites_is_the_network(make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch) -> None:
    async def silence(*_: Any) -> Fetched:
        return Fetched(problem="no address", is_silence=True)

    monkeypatch.setattr("crawler.contact.probe._Wire.fetch", silence)
    hosts = ("et.test", "to.test")
    sites = [make_site(id=host, seeds=(f"http://{host}/",), hosts=frozenset({host})) for host in hosts]
    network = Network(resolve=dict.fromkeys(hosts, "127.0.1.1:9"))
    with pytest.raises(BrokenRunError, match="none of the 2 sites answers"):
        probe_sites(sites, network, None)


# Without a wire


def asked(
    answers: Answers, *sites: Site, addresses: Mapping[str, str] | None = None
) -> tuple[list[SiteFinding], list[tuple[str, float]]]:
    """Probe sites of a web that is written down; gives the findings, and each request with its pause."""
    sent: list[tuple[str, float]] = []

    async def fetch(url: str, delay_s: float) -> Fetched:
        sent.append((url, delay_s))
        status, headers, body = answers.get(url, NOT_FOUND)
        now = datetime.datetime.now(datetime.UTC)
        exchange = Exchange(url=url, method="GET", request=b"", response=body, address="127.0.1.1", started_at=now)
        fields = list({"Content-Type": "text/html", **headers}.items())
        return Fetched(answer=Answer(status=status, fields=fields, body=body, exchange=exchange))

    async def read(answer: Answer, url: str) -> PageReading | None:
        return read_page(answer.body, url, "text/html")

    hosts = {host for site in sites for host in site.hosts}
    prober = SiteProber(asker=Asker(fetch, LOOPBACK, hosts), read=read, network=Network(), addresses=addresses or {})

    async def probe_all() -> list[SiteFinding]:
        return [await prober.probe(site) for site in sites]

    return asyncio.run(probe_all()), sent


KL = "https://www.kl.test"
AREA = {
    "id": "kl-boern-og-unge", "label": "Børn og unge", "seeds": [f"{KL}/boern/"], "domains": ["kl.test"],
    "prefixes": ["/boern/"], "former_prefixes": ["/opgaver/boern/", "/unge/", "/gammel/"],
}  # fmt: skip


def area_sites(*entries: dict[str, Any], tmp_path: Path) -> tuple[list[Site], RegisterFile]:
    path = tmp_path / "areas.yaml"
    path.write_text(yaml.safe_dump({"areas": list(entries)}, allow_unicode=True))
    return list(read_register(path).sites), read_register_file(path)


def test_prefixes_of_an_area_change_places(tmp_path: Path) -> None:
    sites, content = area_sites(AREA, tmp_path=tmp_path)
    answers: Answers = {
        f"{KL}/boern/": (301, {"Location": "/boern-og-unge"}, b""),
        f"{KL}/boern-og-unge": (200, {}, page()),
        f"{KL}/opgaver/boern/": (301, {"Location": "/"}, b""),
        f"{KL}/": (200, {}, page()),
    }
    (finding,), _ = asked(answers, *sites)
    found = proposals(ProbeFindings(at=datetime.datetime.now(datetime.UTC), sites=(finding,), requests=()), content)
    assert {each.what: each.after for each in found} == {
        "prefixes": ["/boern-og-unge/"], "former_prefixes": ["/opgaver/boern/", "/unge/", "/gammel/", "/boern/"]
    }  # fmt: skip
    assert "/boern/ leads to /boern-og-unge, which answers 200" in found[0].evidence
    assert finding.pages[-1].problem == "not asked: its 4 requests are used up"
    assert troubles(finding) == []
    assert any(note.startswith("no page at ") for note in notes(finding))


def test_former_prefix_that_answers_becomes_a_current_one(tmp_path: Path) -> None:
    entry = AREA | {"prefixes": [], "seeds": [f"{KL}/unge/"]}
    sites, content = area_sites(entry, tmp_path=tmp_path)
    (finding,), _ = asked({f"{KL}/unge/": (200, {}, page())}, *sites)
    found = proposals(ProbeFindings(at=datetime.datetime.now(datetime.UTC), sites=(finding,), requests=()), content)
    assert {each.what: each.after for each in found} == {
        "prefixes": ["/unge/"], "former_prefixes": ["/opgaver/boern/", "/gammel/"]
    }  # fmt: skip


def test_areas_share_the_requests_of_their_host_and_have_own_ones(tmp_path: Path) -> None:
    other = AREA | {"id": "kl-kultur-og-fritid", "label": "Kultur og fritid", "seeds": [f"{KL}/kultur/"],
                    "prefixes": ["/kultur/"], "former_prefixes": ["/k/1/", "/k/2/", "/k/3/", "/k/4/"]}  # fmt: skip
    sites, _ = area_sites(AREA, other, tmp_path=tmp_path)
    findings, sent = asked({}, *sites)
    paths = [url.removeprefix(KL) for url, _ in sent]
    of_host = {"/robots.txt", "/sitemap.xml", "/.well-known/tdmrep.json"}
    assert sorted(path for path in paths if path in of_host) == sorted(of_host)
    assert len([path for path in paths if path not in of_host]) == 2 * MAX_REQUESTS
    assert [troubles(finding) for finding in findings] == [["none of its prefixes leads to a page"]] * 2


def test_delay_of_robots_is_kept_and_a_long_one_is_proposed(make_site: Callable[..., Site]) -> None:
    robots = b"User-agent: *\nCrawl-delay: 40\n"
    answers: Answers = {"http://nordby.test/robots.txt": (200, {}, robots), "http://nordby.test/": (200, {}, page())}
    (finding,), sent = asked(answers, make_site())
    assert [delay for _, delay in sent] == [0.0, 30.0, 30.0, 30.0]
    assert "asks for 40 s between requests" in troubles(finding)[0]
    at = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
    (proposal,) = proposals(ProbeFindings(at=at, sites=(finding,), requests=()), RegisterFile())
    (difference,) = yaml.safe_load(proposals_text([proposal], at.date()))["changes"][0]["to"].values()
    assert SiteDifference.model_validate(difference).delay_s == 40.0


def test_robots_of_both_forms_count_and_redirects_within_are_proposed(make_site: Callable[..., Site]) -> None:
    site = make_site(seeds=("https://nordby.test/",))
    answers: Answers = {
        "https://nordby.test/": (301, {"Location": "https://www.nordby.test/"}, b""),
        "https://www.nordby.test/": (200, {}, page()),
        "https://www.nordby.test/sitemap.xml": (200, {}, b"<html>ikke her</html>"),
    }
    (finding,), sent = asked(answers, site)
    assert [url for url, _ in sent] == [
        "https://nordby.test/robots.txt", "https://nordby.test/", "https://www.nordby.test/robots.txt",
        "https://www.nordby.test/", "https://www.nordby.test/sitemap.xml",
        "https://www.nordby.test/.well-known/tdmrep.json",
    ]  # fmt: skip
    assert finding.sitemap is not None and finding.sitemap.problem == "no sitemap: it lists nothing"
    content = RegisterFile.model_validate(
        {"municipalities": [municipality(1, "nordby.test", seeds=["https://nordby.test/"])]}
    )
    found = proposals(ProbeFindings(at=datetime.datetime.now(datetime.UTC), sites=(finding,), requests=()), content)
    assert [(each.what, each.after) for each in found] == [("seeds", ["https://www.nordby.test/"])]


def test_alias_without_an_address_is_proposed_to_go_unless_no_name_has_one(make_site: Callable[..., Site]) -> None:
    entry = municipality(1, "nordby.test", aliases=["gammel.test", "anden.test"])
    content = RegisterFile.model_validate({"municipalities": [entry]})
    hosts = ("nordby.test", "www.nordby.test", "gammel.test", "www.gammel.test", "anden.test", "www.anden.test")
    site = make_site(hosts=frozenset(hosts))
    for addresses, changes in (
        ({"nordby.test": "127.0.1.1", "www.anden.test": "127.0.1.1"}, [["anden.test"]]),
        ({}, []),
    ):
        (finding,), _ = asked({"http://nordby.test/": (200, {}, page())}, site, addresses=addresses)
        found = proposals(ProbeFindings(at=datetime.datetime.now(datetime.UTC), sites=(finding,), requests=()), content)
        assert [each.after for each in found if each.what == "aliases"] == changes


# The command


@pytest.fixture
def sites(tmp_path: Path) -> Callable[..., Any]:
    """The command, in this process."""

    def call(*words: str, as_json: bool = False, settings: UserSettings | None = None, register: Any = None) -> Any:
        command = Command(places=Places(tmp_path / "data"), settings=settings or UserSettings(), register=register,
                          json=as_json)  # fmt: skip
        return CliRunner().invoke(sites_app, words, obj=command)

    return call


def test_kommuneby_is_probed_by_the_command(tvaerkom: Any) -> None:
    web = make_web(num_municipalities=3, pages_per_site=10, trap_months=3)
    tvaerkom.write_settings(operator={"name": "Prøven", "contact": "data@nordby.example"})
    with KommunebyServer(web) as server:
        text = register_text(web, port=server.port)
        tvaerkom.register.write_text(text)
        result = tvaerkom("sites", "--probe")
    assert (result.returncode, result.stderr) == (0, "")
    kl = {entry.host for entry in server.log if ".kl." in entry.host}
    asked_of = Counter(entry.host for entry in server.log if entry.host not in kl)
    assert max(asked_of.values()) <= MAX_REQUESTS
    assert all("data@nordby.example" in entry.user_agent for entry in server.log)
    assert result.stdout.splitlines()[-1].startswith(f"11 sites probed with {len(server.log)} requests; 0 to look at")
    assert tvaerkom.register.read_text() == text
    (report,) = (tvaerkom.data / "reports").glob("probe-*.json")
    found = json.loads(report.read_text())
    listed = {site["site"]: site["sitemap"]["num_pages"] for site in found["sites"]}
    sitemaps = {site.id: web.answer(site.host, "/sitemap.xml").body.decode() for site in web.sites}
    assert listed == {
        site.id: sitemaps[site.id].count(f"<loc>{site.root}") for site in web.sites
    } and min(listed.values()) > 0  # fmt: skip
    assert yaml.safe_load(report.with_suffix(".yaml").read_text()) == {"changes": []}


def test_probe_keeps_away_while_a_crawl_runs(tmp_path: Path) -> None:
    places = Places(tmp_path)
    with held(places.crawl_work("2026Q4") / "lock", busy="busy"), pytest.raises(ConfigError, match="2026Q4 is being"):
        probe_register(Command(places=places, settings=UserSettings(), register=None), only=(), include_all=False)


def test_site_barred_by_the_user_is_not_probed(sites: Callable[..., Any]) -> None:
    barred = SiteDifference(crawl=False, reason="asked", date=datetime.date(2026, 11, 1))
    result = sites("--probe", "--only", "0540", settings=UserSettings(sites={"0540": barred}))
    assert isinstance(result.exception, ConfigError) and "it is not visited" in str(result.exception)


@pytest.mark.parametrize("words", [("--check", "--probe"), ("--only", "0540"), ("--all",)])
def test_options_that_do_not_go_together_are_refused(sites: Callable[..., Any], words: tuple[str, ...]) -> None:
    assert isinstance(sites(*words).exception, ConfigError)


def test_register_that_ships_is_in_order(sites: Callable[..., Any]) -> None:
    result = sites("--check")
    assert (result.exit_code, result.stdout) == (
        0, "the register is in order: 106 sites, 102 of them are crawled; 4 warnings\n"
    )  # fmt: skip
    warnings = json.loads(sites("--check", as_json=True).stdout)["warnings"]
    assert sum("no current prefix is known" in warning for warning in warnings) == 3
    assert sum("no operator and contact" in warning for warning in warnings) == 1


def test_check_warns_of_what_is_allowed_and_yet_looks_wrong(tmp_path: Path) -> None:
    content = {
        "network": {"allow_addresses": ["10.0.0.0/8"]},
        "municipalities": [
            municipality(1, "kl.test"), municipality(2, "syd.test", excludes=["/forside"], aliases=["syd.example"],
                                                     seeds=["https://syd.test/forside/"])
        ],
        "areas": [AREA, AREA | {"id": "kl-kultur-og-fritid", "label": "Kultur og fritid", "prefixes": ["/boern/leg/"],
                                "seeds": [f"{KL}/andet/"], "former_prefixes": []}],
    }  # fmt: skip
    path = tmp_path / "register.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True))
    date = datetime.date(2026, 11, 1)
    differences = {
        "9002": SiteDifference(delay_s=0.2, reason="hurry", date=date),
        "syd": SiteDifference(reason="nothing", date=date),
    }
    settings = UserSettings(sites=differences)
    told = register_warnings(read_register_file(path), read_register(path, differences), settings)
    expected = (
        "1 private networks may be visited", "the seed http://kl.test/ is not https",
        "the seed https://syd.test/forside/ is out of the site's own scope",
        "the seed https://www.kl.test/andet/ is out of the site's own scope",
        "kl.test is a host of both 9001 Kl and kl-boern-og-unge", "/boern/ of kl-boern-og-unge",
        "no operator and contact", "sites.syd changes nothing", "sites.syd and sites.9002 are the same site",
        "sites.9002.delay_s: 0.2 s",
    )  # fmt: skip
    for sentence in expected:
        assert any(sentence in warning for warning in told), sentence
