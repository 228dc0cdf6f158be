"""What a letter to a site's owner says, in Danish: visits, pages, personal data, corpora and models, how to object.

In: what crawls, corpora and runs say of the site. Out: a `Letter`. Counts nothing that the stages did not count, and
names no value of personal data.
"""

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import TypeVar

from corpus.inspection.danish_words import PERSONAL_DATA_WORDS, REASON_WORDS
from corpus.inspection.site_holdings import SiteHolding
from corpus.schema import DropReason
from crawler.register import Register, Site
from crawler.rules.robots import AGENT_TOKEN
from crawler.snapshot import TerminalState
from crawler.telling.danish_words import counts_by_words, robots_words, state_words
from crawler.telling.visits import Visit
from foundation.quarters import QuarterName, parse_quarter
from foundation.user_settings import Operator
from letters.page import Letter, Section, Table, date, number, span
from training.site_runs import SiteRuns

MAX_ROWS = 7  # of a table of reasons: an ordinary site's letter fits on one page
MAX_QUARTERS = 4  # that are told one by one, for the same reason
MAX_ADDRESSES = 8  # with personal data that are named in the letter itself; more of them make an annex
NOTHING_KNOWN = "ingen oplysninger"
PLACEHOLDER = "[navn og adresse]"
_Shown = TypeVar("_Shown")


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that a letter is made of.

    Attributes:
        is_archived: whether a published snapshot has the site's pages as they were.
        is_erased: whether something was erased from a snapshot or a corpus; of which site, nothing tells any more.
    """

    register: Register
    site: Site
    operator: Operator | None
    visits: Sequence[Visit]
    holdings: Sequence[SiteHolding]
    runs: SiteRuns
    is_archived: bool
    is_erased: bool


def letter_of(known: Known, today: datetime.date) -> Letter:
    """The whole letter."""

    operator, site = known.operator, known.site
    name = operator.name if operator else PLACEHOLDER
    sender = [name, *([operator.contact, *([operator.page] if operator.page else [])] if operator else [])]
    purpose = f" Formålet er: {operator.purpose.rstrip('.')}." if operator and operator.purpose else ""
    return Letter(
        title="Hvad vi har hentet fra jeres websted, og hvad vi har gemt", date=date(today), sender=tuple(sender),
        addressee=(site.official_name, "Att.: webmaster og databeskyttelsesrådgiver", ", ".join(_named_hosts(site))),
        opening=(
            f"{name} bruger programmet Tværkom, som en gang i kvartalet henter kommunernes og KL's offentlige "
            f"websider. Af dem laver vi et korpus (en samling danske tekster), som sprogmodeller bliver trænet "
            f"på.{purpose} Her står, hvad det betyder for jeres websted, og hvordan I siger fra.",
            *_shared_host(known),
        ),
        sections=(
            _visits_section(known), _pages_section(known), *_personal_data_sections(known),
            _corpora_section(known), _objection_section(known),
        ),
        closing=f"Med venlig hilsen {name}",
        footer=f"Lavet af Tværkom {version('tvaerkom')} den {date(today)} ud fra det, der lå på vores maskine den dag. "
        "Klokkeslæt er lokal tid.",
    )  # fmt: skip


def _named_hosts(site: Site) -> list[str]:
    """Each host once, without the www that goes with it."""
    return sorted({host.removeprefix("www.") for host in site.hosts})


def _shared_host(known: Known) -> Iterator[str]:
    site = known.site
    others = [each for each in known.register.sites if each.id != site.id and each.hosts & site.hosts]
    if others and site.prefixes:
        yield (
            f"Brevet handler kun om siderne under {', '.join(site.prefixes)}. {len(others)} andre områder på samme "
            "vært bliver hentet for sig, men deler pauserne: der er højst én forespørgsel ad gangen til værten."
        )


def _visits_section(known: Known) -> Section:
    return Section(title="Besøg", texts=tuple(_about_visits(known)), tables=(_visits_table(known),))


def _visits_table(known: Known) -> Table:
    def row(visit: Visit) -> tuple[str, ...]:
        traffic = visit.traffic
        if known.is_erased and not traffic.num_requests:
            return _quarter(visit), NOTHING_KNOWN, "–", "–", "–", "–"
        times = span(traffic.began_at, traffic.ended_at) if traffic.began_at and traffic.ended_at else "intet besøg"
        pause = "–" if traffic.shortest_pause_s is None else f"{number(traffic.shortest_pause_s, 2)} s"
        return (_quarter(visit), times, number(traffic.num_requests), pause, number(traffic.num_refused),
                f"{number(traffic.num_bytes / 1e6, 1)} MB")  # fmt: skip

    latest, older = _newest_first(known.visits)
    rows = [row(visit) for visit in latest]
    if older:
        pauses = [each.traffic.shortest_pause_s for each in older if each.traffic.shortest_pause_s is not None]
        sums = [sum(column) for column in zip(*((each.traffic.num_requests, each.traffic.num_refused,
                                                  each.traffic.num_bytes) for each in older), strict=True)]  # fmt: skip
        rows.append(("tidligere", f"{number(len(older))} andre kvartaler", number(sums[0]),
                     f"{number(min(pauses), 2)} s" if pauses else "–", number(sums[1]),
                     f"{number(sums[2] / 1e6, 1)} MB"))  # fmt: skip
    heads = ("Kvartal", "Besøgt", "Forespørgsler", "Korteste pause", "Afvist eller udskudt", "Hentet")
    return Table(heads=heads, rows=tuple(rows), num_texts=2)


def _about_visits(known: Known) -> Iterator[str]:
    newest = _visit_now(known.visits)
    unread = NOTHING_KNOWN if known.is_erased else "ikke læst endnu"
    yield (
        f"robots.txt (jeres regler for robotter): {'; '.join(robots_words(newest.findings.robots)) or unread}. "
        "Vi sender gerne logbogen over hver forespørgsel."
    )
    if newest.findings.state != TerminalState.COMPLETE:
        yield f"Det seneste besøg ({newest.quarter}): {state_words(newest.findings.state)}."
    if newest.findings.reservation:
        yield f"Jeres robots.txt udelukker kendte AI-robotter. {_about_reservation(known.holdings)}"
    if known.is_erased:
        yield (
            "Oplysninger om sider, der er slettet efter anmodning, er taget ud af det, vi har, og tæller ikke med her."
        )


def _about_reservation(holdings: Sequence[SiteHolding]) -> str:
    """A corpus has the site all the same where its configuration says so, or where it is older than the reservation."""
    newest = _holding_now(holdings) if holdings else None
    if newest is None or not newest.num_sentences:
        return "Derfor holder vi hele webstedet ude af korpusset, medmindre vi har aftalt andet med jer."
    if newest.includes_reserved:
        return f"Jeres sider er alligevel med i korpus {newest.corpus}, for det er sat op til at tage dem med."
    return (
        "Derfor holder vi hele webstedet ude af nye korpusser, medmindre vi har aftalt andet med jer; i korpus "
        f"{newest.corpus} er der sætninger fra jer."
    )


def _pages_section(known: Known) -> Section:
    visit, tables = _visit_now(known.visits), []
    found = visit.findings
    has = f"Ved besøget {_quarter(visit)} gemte vi {number(found.num_pages)} sider fra jer i arkivet."
    if known.is_erased:
        pages = f"{number(found.num_pages)} sider fra jer" if found.num_pages else f"{NOTHING_KNOWN} om jeres sider"
        has = f"Fra besøget {_quarter(visit)} har vi {pages}."
    left_alone = Counter(found.withheld) + Counter(found.excluded or {})
    tables += _reasons_table(f"Ladt ligge ved besøget {visit.quarter}", counts_by_words(left_alone))
    if known.holdings:
        newest = _holding_now(known.holdings)
        has += (
            f" I det seneste korpus, {newest.corpus}, er der {number(newest.num_documents)} sider og "
            f"{number(newest.num_sentences)} sætninger fra jer."
        )
        for title, dropped in (("Sider", newest.dropped_pages), ("Sætninger", newest.dropped_sentences)):
            counts = {REASON_WORDS[DropReason(reason)]: count for reason, count in dropped.items()}
            tables += _reasons_table(f"{title} udeladt af korpus {newest.corpus}", counts)
    if found.not_taken is None:
        has += " Hvilke links vi lod ligge, kan vi ikke længere se; det slettes sammen med råarkivet."
    elif found.not_taken:
        links = "; ".join(f"{words} {number(count)}" for words, count in counts_by_words(found.not_taken).items())
        has += f" Links, som vi ikke fulgte: {links}."
    return Section(
        title="Sider, vi har, og hvad vi har ladt ligge", texts=(has,), tables=tuple(tables), is_side_by_side=True
    )


def _reasons_table(title: str, counts: Mapping[str, int]) -> list[Table]:
    """Reasons with their numbers, or no table where there are none."""

    rows = list(counts.items())
    if len(rows) > MAX_ROWS:
        rest = rows[MAX_ROWS - 1 :]
        rows = [*rows[: MAX_ROWS - 1], (f"og {len(rest)} andre grunde", sum(count for _, count in rest))]
    told = tuple((reason, number(count)) for reason, count in rows)
    return [Table(heads=(title, "Antal"), rows=told)] if told else []


def _personal_data_sections(known: Known) -> Iterator[Section]:
    """What was found, and the addresses: in place where they are few, else as an annex."""

    title = "Personoplysninger på jeres sider"
    if not known.holdings:
        none_read = (
            f"Vi har {NOTHING_KNOWN} om jeres sider" if known.is_erased else "Siderne er endnu ikke læst igennem"
        )
        yield Section(title=title, texts=(f"{none_read}: der er intet korpus med dem.",))
        return
    newest = _holding_searched(known.holdings)
    found = newest.personal_data
    looked = (
        f"Vi leder automatisk efter {_kinds_looked_for(newest)}, og kan have overset nogle. Navne på personer leder vi "
        "ikke efter; de står i korpusset."
    )
    if not found:
        yield Section(title=title, texts=(f"{looked} I korpus {newest.corpus} fandt vi ingen på jeres sider.",))
        return
    kinds = [
        f"{PERSONAL_DATA_WORDS.get(kind, 'andet')}: {number(len(counts))} {'side' if len(counts) == 1 else 'sider'}, "
        f"{number(sum(counts))} fund"
        for kind in dict.fromkeys(each.kind for each in found)
        for counts in [[each.count for each in found if each.kind == kind]]
    ]
    addresses = Table(
        heads=("Adresse", "Hvad", "Antal"), num_texts=2,
        rows=tuple((each.url, PERSONAL_DATA_WORDS.get(each.kind, "andet"), number(each.count)) for each in found),
    )  # fmt: skip
    is_annex = len(found) > MAX_ADDRESSES
    told = f"Her er, hvad vi fandt til korpus {newest.corpus}: hvor det står, aldrig selve værdien."
    if is_annex:
        told = f"Til korpus {newest.corpus} fandt vi {'; '.join(kinds)}. Bilaget siger hvor, aldrig selve værdien."
    left_out = "Sider med CPR-numre er udeladt i deres helhed; andre fund af disse slags er taget ud af teksten."
    texts = [f"{looked} {told} {left_out}"]
    if known.is_archived:
        texts[0] += (
            " I vores lukkede arkiv ligger siderne, som de var, indtil arkivet slettes; skriv, hvis det skal ske nu."
        )
    if any(each.kind == "cpr" for each in found):
        texts.append("Et CPR-nummer ligger offentligt fremme, til I fjerner det: ret venligst de sider først.")
    yield Section(title=title, texts=tuple(texts), tables=() if is_annex else (addresses,))
    if is_annex:
        yield Section(title="Bilag: adresser, hvor vi fandt personoplysninger", tables=(addresses,), is_annex=True)


def _kinds_looked_for(holding: SiteHolding) -> str:
    words = {"email": "e-mailadresser", "phone": "telefonnumre", "account": "kontonumre"}
    kinds = ["CPR-numre", *(word for kind, word in words.items() if holding.treatments[kind] != "keep")]
    return f"{', '.join(kinds[:-1])} og {kinds[-1]}" if len(kinds) > 1 else kinds[0]


def _corpora_section(known: Known) -> Section:
    corpora, models = _corpora_tables(known.holdings), _models_tables(known.runs)
    texts = []
    if not corpora and not known.runs.runs and not known.runs.unknown:
        texts.append("Der er intet korpus og ingen model med jeres tekster.")
    elif not corpora:
        texts.append("Der er intet korpus med jeres tekster.")
    elif not known.runs.runs and not known.runs.unknown:
        texts.append("Ingen model, som vi kender til, er trænet på jeres tekster.")
    if known.runs.unknown:
        texts.append(
            "Om disse modeller er trænet på jeres tekster, kan vi ikke sige, for deres korpus eller oplysninger er "
            f"væk eller ændret siden: {', '.join(known.runs.unknown)}."
        )
    return Section(title="Korpusser og modeller", texts=tuple(texts), tables=(*corpora, *models), is_side_by_side=True)


def _corpora_tables(holdings: Sequence[SiteHolding]) -> list[Table]:
    if not holdings:
        return []
    latest, older = _newest_first(holdings)
    rows: list[tuple[str, ...]] = [
        (each.id, number(each.revision), number(each.num_documents), number(each.num_sentences)) for each in latest
    ]
    if older:
        sums = (sum(each.num_documents for each in older), sum(each.num_sentences for each in older))
        rows.append((f"{number(len(older))} tidligere", "", *map(number, sums)))
    return [Table(heads=("Korpus", "Udgave", "Sider", "Sætninger"), rows=tuple(rows))]


def _models_tables(runs: SiteRuns) -> list[Table]:
    rows = [
        (each.name if each.is_finished else f"{each.name} (ikke færdig)", each.base,
         f"{each.corpus}, udg. {number(each.revision)}") for each in runs.runs
    ]  # fmt: skip
    return [Table(heads=("Model", "Begyndt fra", "Trænet på"), rows=tuple(rows), num_texts=3)] if rows else []


def _objection_section(known: Known) -> Section:
    contact = known.operator.contact if known.operator else PLACEHOLDER
    return Section(
        title="Sådan siger I fra",
        points=(
            f"Skriv til {contact}. Så sletter vi en side, en del af webstedet eller det hele i arkiv, korpusser og "
            f"arbejdsfiler (kommandoen tvaerkom forget --site {known.site.id}), og det bliver ikke hentet igen. "
            "En model kan ikke aflære enkelte tekster: den må trænes forfra eller tages ud af brug.",
            "På en side eller i dens svar: noindex eller noai (robots-meta eller X-Robots-Tag), tdm-reservation: 1 "
            "(TDMRep) eller Content-Usage: train-ai=n. Så gemmer vi ikke teksten.",
            f"I robots.txt: en linje »User-agent: {AGENT_TOKEN}« og under den »Disallow: /«, eller kun en del, for "
            "eksempel »Disallow: /arkiv/«. Så henter vi ikke siderne.",
        ),
    )


def _visit_now(visits: Sequence[Visit]) -> Visit:
    """The newest; a trial only where there is no quarter."""
    return max(visits, key=lambda each: (not parse_quarter(each.quarter).is_trial, parse_quarter(each.quarter)))


def _holding_now(holdings: Sequence[SiteHolding]) -> SiteHolding:
    """As _visit_now."""
    return max(holdings, key=_age)


def _holding_searched(holdings: Sequence[SiteHolding]) -> SiteHolding:
    """The newest of a crawl: what others gathered may be a part of the site, and hides no finding."""
    return max(holdings, key=lambda each: (not each.is_imported, *_age(each)))


def _age(holding: SiteHolding) -> tuple[bool, QuarterName]:
    name = parse_quarter(holding.corpus)
    return not name.is_trial, name


def _quarter(visit: Visit) -> str:
    return visit.quarter if visit.is_published else f"{visit.quarter} (ikke afsluttet)"


def _newest_first(each: Sequence[_Shown]) -> tuple[list[_Shown], list[_Shown]]:
    """Those that a table has room for, and the older ones that are told as a sum."""
    room = MAX_QUARTERS if len(each) <= MAX_QUARTERS else MAX_QUARTERS - 1
    newest_first = list(reversed(each))
    return newest_first[:room], newest_first[room:]
