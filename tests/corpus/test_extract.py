"""Pages become blocks of text in reading order, nothing twice, nothing lost that a reader sees."""

from collections.abc import Sequence

import pytest
import trafilatura
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.decoding import decoded
from corpus.extract import BEAUTIFULSOUP, OWN_WALK, TRAFILATURA, Block, ExtractionError, extract
from demo.kommuneby import PageKind, Web

PROSE = [
    f"Kommunen tilbyder hjælp nummer {number} til alle borgere, der bor i byen og har behov for støtte i hverdagen."
    for number in range(8)
]
PARAGRAPHS = "".join(f"<p>{text}</p>" for text in PROSE)
SENTENCE = "Kommunen holder møde om den nye skole i morgen aften på biblioteket."


def page(body: str) -> str:
    return f"<!doctype html><html lang='da'><head><title>Kommuneby</title></head><body>{body}</body></html>"


def blocks_of(html: str) -> list[tuple[str, str]]:
    """The blocks besides the prose that makes a small page look like a whole one."""
    return [(block.kind, block.text) for block in extract(html).blocks if block.text not in PROSE]


CASES = {
    "headings": (
        f"<h2>Underoverskrift</h2>{PARAGRAPHS}<h3>Endnu en</h3><p>Det sidste afsnit på siden.</p>",
        [("heading", "Underoverskrift"), ("heading", "Endnu en"), ("paragraph", "Det sidste afsnit på siden.")],
    ),
    "list": (
        f"{PARAGRAPHS}<ul><li>Første punkt.</li><li>Andet <b>punkt</b>.</li></ul>",
        [("list", "Første punkt."), ("list", "Andet punkt.")],
    ),
    "paragraphs in a list item": (
        f"{PARAGRAPHS}<ol><li><p>Første punkt i listen.</p><p>Stadig det første.</p></li></ol>",
        [("list", "Første punkt i listen."), ("list", "Stadig det første.")],
    ),
    "list in a list": (
        f"{PARAGRAPHS}<ul><li>Andet punkt<ul><li>Underpunkt et</li><li>Underpunkt to</li></ul></li></ul>",
        [("list", "Andet punkt"), ("list", "Underpunkt et"), ("list", "Underpunkt to")],
    ),
    "definition list": (
        f"{PARAGRAPHS}<dl><dt>Friplads</dt><dd>En plads uden betaling.</dd></dl>",
        [("list", "Friplads"), ("list", "En plads uden betaling.")],
    ),
    "table": (
        f"{PARAGRAPHS}<table><tr><th>Dag</th><th>Åbent</th></tr><tr><td>Mandag</td><td>ti til tre</td></tr></table>",
        [("table", "Dag"), ("table", "Åbent"), ("table", "Mandag"), ("table", "ti til tre")],
    ),
    "paragraphs in table cells": (
        f"{PARAGRAPHS}<table><tr><td><p>Mandag</p></td><td><p>ti til tre</p><p>og efter aftale</p></td></tr>"
        "<tr><td>Husk<br>pas</td><td>et foto</td></tr></table>",
        [("table", text) for text in ("Mandag", "ti til tre", "og efter aftale", "Husk", "pas", "et foto")],
    ),
    "line breaks": (
        f"<p>Rådhuspladsen 1<br>9999 Kommuneby<br/>Danmark</p>{PARAGRAPHS}",
        [("paragraph", text) for text in ("Rådhuspladsen 1", "9999 Kommuneby", "Danmark")],
    ),
    "new lines in the source": (
        f"<p>Kommunen holder\n    åbent i dag\r\n\tfra ti.</p>{PARAGRAPHS}",
        [("paragraph", "Kommunen holder åbent i dag fra ti.")],
    ),
    "inline tags and entities": (
        f"{PARAGRAPHS}<p>Du <b>s</b>kal <em>tage</em>&nbsp;pas &amp; k&oslash;rekort med.</p>",
        [("paragraph", "Du skal tage pas & kørekort med.")],
    ),
    "accordion": (
        f"{PARAGRAPHS}<details><summary>Hvem kan søge?</summary><p>Alle kan søge om det.</p></details>",
        [("heading", "Hvem kan søge?"), ("paragraph", "Alle kan søge om det.")],
    ),
    "quotation": (
        f"{PARAGRAPHS}<blockquote>»Vi er glade,« siger borgmesteren.</blockquote>",
        [("paragraph", "»Vi er glade,« siger borgmesteren.")],
    ),
    "curly quotes and casing": (
        f"{PARAGRAPHS}<p>“SE HER” råbte ‘Bo’ til nogen.</p>",
        [("paragraph", "“SE HER” råbte ‘Bo’ til nogen.")],
    ),
}  # fmt: skip


def test_list_in_a_table_cell_is_kept() -> None:
    html = page(f"<main>{PARAGRAPHS}<table><tr><td>Husk</td><td><ul><li>et foto</li></ul></td></tr></table></main>")
    assert ("table", "et foto") in blocks_of(html)


@pytest.mark.parametrize(("body", "expected"), CASES.values(), ids=CASES.keys())
def test_page_becomes_blocks_in_order(body: str, expected: Sequence[tuple[str, str]]) -> None:
    html = page(f"<main><h1>Hjælp i hverdagen</h1>{body}</main>")
    assert blocks_of(html) == [("heading", "Hjælp i hverdagen"), *expected]
    assert extract(html).method == TRAFILATURA


# Pages in the manner of municipal sites: the body, its blocks, and the date it states.
MUNICIPAL: dict[str, tuple[str, list[tuple[str, str]], str | None]] = {
    "Umbraco, accordion and fact box": (
        '<div id="cookie-information-template-wrapper"><div class="coi-banner" role="dialog"><h2>Vi bruger '
        "cookies</h2><p>Vi indsamler statistik om dit besøg for at gøre hjemmesiden bedre.</p><button>Tillad "
        'alle</button></div></div><a class="skip-link" href="#main">Spring til indhold</a><header '
        'class="header"><a href="/"><img alt="Logo"></a><nav aria-label="Hovedmenu"><ul><li><a '
        'href="/borger">Borger</a></li><li><a href="/erhverv">Erhverv</a></li></ul></nav><form role="search" '
        'action="/soeg"><label>Søg</label><input></form></header><nav class="breadcrumb" '
        'aria-label="Brødkrumme"><ol><li><a href="/">Forside</a></li><li>Affald</li></ol></nav><main '
        'id="main"><div class="page-header"><h1>Storskrald</h1><p class="lead">Du kan få hentet storskrald '
        'seks gange om året.</p></div><div class="share"><a href="#">Del på Facebook</a></div><div '
        'class="umb-grid"><div class="rte"><p>Bestil senest tre hverdage før, du vil have det '
        'hentet.</p></div><div class="accordion" id="acc1"><div class="accordion-item"><h2 '
        'class="accordion-header"><button class="accordion-button collapsed" data-bs-toggle="collapse" '
        'data-bs-target="#c1" aria-expanded="false">Hvad må jeg stille ud?</button></h2><div id="c1" '
        'class="accordion-collapse collapse"><div class="accordion-body"><p>Møbler, tæpper og '
        "cykler.</p><ul><li>Sofaer</li><li>Madrasser</li></ul></div></div></div><div "
        'class="accordion-item"><h2 class="accordion-header"><button class="accordion-button collapsed" '
        'aria-expanded="false">Hvad koster det?</button></h2><div id="c2" class="accordion-collapse collapse"'
        ' aria-hidden="true" hidden><div class="accordion-body">Det er gratis.</div></div></div></div><div '
        'class="fact-box"><h3>Fakta</h3><p>Affaldsteam</p><p>Tlf. 12 34 56 78</p></div></div><section '
        'class="feedback"><h2>Fik du svar på dit '
        "spørgsmål?</h2><button>Ja</button><button>Nej</button></section><div "
        'class="related-content"><h2>Relateret indhold</h2><ul><li><a '
        'href="/a">Genbrugspladser</a></li><li><a href="/b">Haveaffald</a></li></ul></div><p '
        'class="page-updated">Sidst opdateret: <time datetime="2026-05-01">1. maj '
        '2026</time></p></main><footer class="footer"><p>Kommune, Rådhuspladsen 1</p></footer>',
        [
            ("heading", "Storskrald"),
            ("paragraph", "Du kan få hentet storskrald seks gange om året."),
            ("paragraph", "Bestil senest tre hverdage før, du vil have det hentet."),
            ("heading", "Hvad må jeg stille ud?"),
            ("paragraph", "Møbler, tæpper og cykler."),
            ("list", "Sofaer"),
            ("list", "Madrasser"),
            ("heading", "Hvad koster det?"),
            ("paragraph", "Det er gratis."),
            ("heading", "Fakta"),
            ("paragraph", "Affaldsteam"),
            ("paragraph", "Tlf. 12 34 56 78"),
        ],
        "2026-05-01",
    ),
    "Drupal, hours in a table": (
        '<a href="#main-content" class="visually-hidden focusable skip-link">Gå til hovedindhold</a><div '
        'class="dialog-off-canvas-main-canvas"><div class="layout-container"><header role="banner"><div '
        'class="region region-header"><nav class="menu--main"><ul class="menu"><li class="menu-item"><a '
        'href="/a">Borger</a></li></ul></nav></div></header><main role="main"><a id="main-content" '
        'tabindex="-1"></a><div class="layout-content"><div class="region region-breadcrumb"><nav '
        'class="breadcrumb"><h2 class="visually-hidden">Brødkrumme</h2><ol><li><a '
        'href="/">Forside</a></li></ol></nav></div><div class="region region-content"><div '
        'data-drupal-messages-fallback class="hidden"></div><div class="block '
        'block-system-main-block"><article class="node node--type-os2web-page"><div class="node__content"><h1'
        ' class="page-title"><span class="field field--name-title">Borgerservice</span></h1><div class="field'
        ' field--name-field-intro field__item">Få hjælp til pas og kørekort.</div><div class="paragraph '
        'paragraph--type--os2web-simple-text"><div class="field field--name-body '
        'field__item"><h2>Åbningstider</h2><table '
        'class="table"><caption>Telefontid</caption><thead><tr><th>Dag</th><th>Tid</th></tr></thead><tbody><tr><td>Mandag</td><td>10-14</td></tr><tr><td>Torsdag</td><td>10-17</td></tr></tbody></table></div></div><div'
        ' class="paragraph paragraph--type--os2web-contact"><div class="field__label">Adresse</div><div '
        'class="field__item">Torvet 3<br>9999 Kommuneby</div></div></div></article></div></div></div><aside '
        'class="layout-sidebar-second" role="complementary"><div class="block"><h2>Genveje</h2><ul><li><a '
        'href="/x">Bestil tid</a></li></ul></div></aside></main><footer role="contentinfo"><div>CVR '
        '12345678</div></footer></div></div><div id="sliding-popup" '
        'class="eu-cookie-compliance-banner"><h2>Denne side bruger cookies</h2><button>OK</button></div>',
        [
            ("heading", "Borgerservice"),
            ("paragraph", "Få hjælp til pas og kørekort."),
            ("heading", "Åbningstider"),
            ("paragraph", "Telefontid"),
            ("table", "Dag"),
            ("table", "Tid"),
            ("table", "Mandag"),
            ("table", "10-14"),
            ("table", "Torsdag"),
            ("table", "10-17"),
            ("paragraph", "Adresse"),
            ("paragraph", "Torvet 3"),
            ("paragraph", "9999 Kommuneby"),
        ],
        None,
    ),
    "SharePoint, one form": (
        '<form method="post" action="./Side.aspx" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" '
        'value="x"><div id="s4-ribbonrow" class="ms-hidden">Ribbon</div><div id="s4-workspace"><div '
        'id="s4-bodyContainer"><div id="s4-titlerow"><div class="ms-breadcrumb-top"><a '
        'href="/">Forside</a></div><div class="ms-core-navigation"><ul class="root static"><li '
        'class="static"><a href="/b">Borger</a></li></ul></div></div><div id="contentRow"><div '
        'id="sideNavBox" class="ms-dialogHidden"><ul><li><a href="/x">Byggeri</a></li><li><a '
        'href="/y">Miljø</a></li></ul></div><div id="contentBox"><a name="mainContent"></a><div '
        'id="DeltaPlaceHolderMain"><h1>Referat af møde i Teknisk Udvalg</h1><div '
        'class="ms-rtestate-field"><p>Mødet blev holdt på rådhuset.</p><h2>Punkt 1: Godkendelse af '
        "dagsorden</h2><p><strong>Beslutning:</strong> Godkendt.</p><h2>Punkt 2: Lokalplan "
        "45</h2><p>Forvaltningen indstiller,</p><ol><li>at planen vedtages,</li><li>at den "
        "offentliggøres.</li></ol><p>Afbud: ingen</p></div></div></div></div></div></div></form>",
        [
            ("heading", "Referat af møde i Teknisk Udvalg"),
            ("paragraph", "Mødet blev holdt på rådhuset."),
            ("heading", "Punkt 1: Godkendelse af dagsorden"),
            ("paragraph", "Beslutning: Godkendt."),
            ("heading", "Punkt 2: Lokalplan 45"),
            ("paragraph", "Forvaltningen indstiller,"),
            ("list", "at planen vedtages,"),
            ("list", "at den offentliggøres."),
            ("paragraph", "Afbud: ingen"),
        ],
        None,
    ),
    "Dynamicweb, definition list": (
        '<div id="CookieWarning" class="dw-cookie">Vi sætter cookies. <a href="#">OK</a></div><div '
        'class="container"><div id="header"><a href="/">Kommune</a><div id="topmenu"><ul '
        'class="dwnavigation"><li><a href="/1">Borger</a></li></ul></div></div><div class="breadcrumb">Du er '
        'her: <a href="/">Forside</a> &gt; Priser</div><div class="row"><div class="col-md-3" '
        'id="leftnav"><ul><li><a href="/p">Pas</a></li><li><a href="/q">Kørekort</a></li></ul></div><div '
        'class="col-md-9 content"><h1>Priser i svømmehallen</h1><dl class="priser"><dt>Voksen</dt><dd>45 '
        'kr.</dd><dt>Barn</dt><dd>20 kr.</dd></dl><p>Husk badetøj.</p></div></div><div id="footer">Kommune · '
        "Torvet 1</div></div>",
        [
            ("heading", "Priser i svømmehallen"),
            ("list", "Voksen"),
            ("list", "45 kr."),
            ("list", "Barn"),
            ("list", "20 kr."),
            ("paragraph", "Husk badetøj."),
        ],
        None,
    ),
    "TYPO3, news": (
        '<div id="page-wrap"><div class="header"><div class="logo"><a href="/">K</a></div><div '
        'class="nav-main"><ul><li><a href="/a">Politik</a></li></ul></div></div><div '
        'id="content"><!--TYPO3SEARCH_begin--><div id="c123" class="frame frame-default '
        'frame-type-textmedia"><div class="news news-single"><div class="article"><div class="header"><h1 '
        'itemprop="headline">Ny skole åbner</h1></div><div class="footer"><p><span '
        'class="news-list-date"><time itemprop="datePublished" datetime="2026-08-12">12. august '
        '2026</time></span></p></div><div class="teaser-text" itemprop="description"><p>Byens nye skole åbner'
        ' efter ferien med plads til 400 elever.</p></div><div class="news-text-wrap" '
        'itemprop="articleBody"><p>Borgmesteren klipper snoren over klokken 9.</p><p>Alle er '
        'velkomne.</p></div><div class="news-backlink-wrap"><a href="/nyheder">Tilbage til '
        "nyheder</a></div></div></div></div><!--TYPO3SEARCH_end--></div><div "
        'class="footer"><p>Kommune</p></div></div>',
        [
            ("heading", "Ny skole åbner"),
            ("paragraph", "12. august 2026"),
            ("paragraph", "Byens nye skole åbner efter ferien med plads til 400 elever."),
            ("paragraph", "Borgmesteren klipper snoren over klokken 9."),
            ("paragraph", "Alle er velkomne."),
        ],
        "2026-08-12",
    ),
    "web components": (
        '<kk-header><nav><a href="/">Forside</a></nav></kk-header><main><kk-hero headline="Børnehaver"><h1 '
        'slot="title">Børnehaver</h1></kk-hero><kk-text><p>Søg plads senest to måneder '
        'før.</p></kk-text><kk-accordion><kk-accordion-item heading="Hvem kan søge?"><p>Alle med bopæl i '
        'kommunen.</p></kk-accordion-item><kk-accordion-item heading="Hvad koster det?"><p>3.210 kr. om '
        "måneden.</p></kk-accordion-item></kk-accordion><template><p>{{ title "
        "}}</p></template><bui-web-card><span>Ring til Pladsanvisningen</span><span> på 12 34 56 "
        "78</span></bui-web-card></main><kk-footer><p>Kommunen</p></kk-footer>",
        [
            ("heading", "Børnehaver"),
            ("paragraph", "Søg plads senest to måneder før."),
            ("heading", "Hvem kan søge?"),
            ("paragraph", "Alle med bopæl i kommunen."),
            ("heading", "Hvad koster det?"),
            ("paragraph", "3.210 kr. om måneden."),
            ("paragraph", "Ring til Pladsanvisningen på 12 34 56 78"),
        ],
        None,
    ),
    "list of accordions": (
        '<main><h1>Spørgsmål og svar</h1><ul class="accordion-list"><li class="accordion__item"><a '
        'class="accordion__title" href="#s1" role="button" aria-expanded="false">Hvornår kommer '
        'skraldebilen?</a><div class="accordion__content" id="s1" style="display:none"><p>Den kommer om '
        'tirsdagen.</p></div></li><li class="accordion__item"><a class="accordion__title" href="#s2" '
        'role="button" aria-expanded="false">Hvad gør jeg ved helligdage?</a><div class="accordion__content" '
        'id="s2" style="display:none"><p>Så kommer den dagen efter.</p></div></li></ul></main>',
        [
            ("heading", "Spørgsmål og svar"),
            ("heading", "Hvornår kommer skraldebilen?"),
            ("paragraph", "Den kommer om tirsdagen."),
            ("heading", "Hvad gør jeg ved helligdage?"),
            ("paragraph", "Så kommer den dagen efter."),
        ],
        None,
    ),
    "short page, long menu": (
        '<a href="#indhold">Spring til indhold</a><div class="ccc"><p>Denne hjemmeside bruger cookies til '
        'statistik.</p><button>Accepter</button></div><div class="top-bar"><ul><li><a '
        'href="/borger">Borger</a><ul><li><a href="/borger/x">Alt om borger</a></li></ul></li><li><a '
        'href="/erhverv">Erhverv</a><ul><li><a href="/erhverv/x">Alt om erhverv</a></li></ul></li><li><a '
        'href="/politik">Politik</a><ul><li><a href="/politik/x">Alt om politik</a></li></ul></li><li><a '
        'href="/kultur">Kultur</a><ul><li><a href="/kultur/x">Alt om kultur</a></li></ul></li><li><a '
        'href="/skole">Skole</a><ul><li><a href="/skole/x">Alt om skole</a></li></ul></li><li><a '
        'href="/miljø">Miljø</a><ul><li><a href="/miljø/x">Alt om miljø</a></li></ul></li></ul></div><div '
        'class="crumbs"><a href="/">Forside</a> / <a href="/b">Borger</a> / Lukkedage</div><div '
        'id="indhold"><h1>Lukkedage</h1><p>Vi holder lukket fredag.</p></div><div '
        'class="page-bottom"><p>Kommuneby Kommune</p><p>Rådhuspladsen 1, 9999 Kommuneby</p><p>CVR-nr. '
        '12345678</p><a href="/tilgaengelighed">Tilgængelighedserklæring</a></div>',
        [("heading", "Lukkedage"), ("paragraph", "Vi holder lukket fredag.")],
        None,
    ),
    "tabs": (
        '<a href="#indhold">Spring til indhold</a><div class="ccc"><p>Denne hjemmeside bruger cookies til '
        'statistik.</p><button>Accepter</button></div><div class="top-bar"><ul><li><a '
        'href="/borger">Borger</a><ul><li><a href="/borger/x">Alt om borger</a></li></ul></li><li><a '
        'href="/erhverv">Erhverv</a><ul><li><a href="/erhverv/x">Alt om erhverv</a></li></ul></li><li><a '
        'href="/politik">Politik</a><ul><li><a href="/politik/x">Alt om politik</a></li></ul></li><li><a '
        'href="/kultur">Kultur</a><ul><li><a href="/kultur/x">Alt om kultur</a></li></ul></li><li><a '
        'href="/skole">Skole</a><ul><li><a href="/skole/x">Alt om skole</a></li></ul></li><li><a '
        'href="/miljø">Miljø</a><ul><li><a href="/miljø/x">Alt om miljø</a></li></ul></li></ul></div><div '
        'class="crumbs"><a href="/">Forside</a> / <a href="/b">Borger</a> / '
        'Lukkedage</div><main><h1>Barsel</h1><ul class="nav nav-tabs" role="tablist"><li '
        'role="presentation"><a href="#mor" role="tab" data-toggle="tab" aria-controls="mor">For '
        'mor</a></li><li role="presentation"><a href="#far" role="tab" data-toggle="tab" '
        'aria-controls="far">For far</a></li></ul><div class="tab-content"><div id="mor" class="tab-pane '
        'active" role="tabpanel"><p>Du har ret til orlov før fødslen.</p></div><div id="far" class="tab-pane"'
        ' role="tabpanel"><p>Du har ret til to uger efter fødslen.</p></div></div></main><div '
        'class="page-bottom"><p>Kommuneby Kommune</p><p>Rådhuspladsen 1, 9999 Kommuneby</p><p>CVR-nr. '
        '12345678</p><a href="/tilgaengelighed">Tilgængelighedserklæring</a></div>',
        [
            ("heading", "Barsel"),
            ("heading", "For mor"),
            ("heading", "For far"),
            ("paragraph", "Du har ret til orlov før fødslen."),
            ("paragraph", "Du har ret til to uger efter fødslen."),
        ],
        None,
    ),
    "links are the text": (
        '<a href="#indhold">Spring til indhold</a><div class="ccc"><p>Denne hjemmeside bruger cookies til '
        'statistik.</p><button>Accepter</button></div><div class="top-bar"><ul><li><a '
        'href="/borger">Borger</a><ul><li><a href="/borger/x">Alt om borger</a></li></ul></li><li><a '
        'href="/erhverv">Erhverv</a><ul><li><a href="/erhverv/x">Alt om erhverv</a></li></ul></li><li><a '
        'href="/politik">Politik</a><ul><li><a href="/politik/x">Alt om politik</a></li></ul></li><li><a '
        'href="/kultur">Kultur</a><ul><li><a href="/kultur/x">Alt om kultur</a></li></ul></li><li><a '
        'href="/skole">Skole</a><ul><li><a href="/skole/x">Alt om skole</a></li></ul></li><li><a '
        'href="/miljø">Miljø</a><ul><li><a href="/miljø/x">Alt om miljø</a></li></ul></li></ul></div><div '
        'class="crumbs"><a href="/">Forside</a> / <a href="/b">Borger</a> / '
        "Lukkedage</div><main><h1>Selvbetjening</h1><p>Her finder du blanketter.</p><ul><li><a "
        'href="/a">Ansøg om pas</a></li><li><a href="/b">Meld flytning</a></li><li><a href="/c">Bestil '
        'sundhedskort</a></li></ul></main><div class="page-bottom"><p>Kommuneby Kommune</p><p>Rådhuspladsen '
        "1, 9999 Kommuneby</p><p>CVR-nr. 12345678</p><a "
        'href="/tilgaengelighed">Tilgængelighedserklæring</a></div>',
        [
            ("heading", "Selvbetjening"),
            ("paragraph", "Her finder du blanketter."),
            ("list", "Ansøg om pas"),
            ("list", "Meld flytning"),
            ("list", "Bestil sundhedskort"),
        ],
        None,
    ),
    "comments": (
        '<a href="#indhold">Spring til indhold</a><div class="ccc"><p>Denne hjemmeside bruger cookies til '
        'statistik.</p><button>Accepter</button></div><div class="top-bar"><ul><li><a '
        'href="/borger">Borger</a><ul><li><a href="/borger/x">Alt om borger</a></li></ul></li><li><a '
        'href="/erhverv">Erhverv</a><ul><li><a href="/erhverv/x">Alt om erhverv</a></li></ul></li><li><a '
        'href="/politik">Politik</a><ul><li><a href="/politik/x">Alt om politik</a></li></ul></li><li><a '
        'href="/kultur">Kultur</a><ul><li><a href="/kultur/x">Alt om kultur</a></li></ul></li><li><a '
        'href="/skole">Skole</a><ul><li><a href="/skole/x">Alt om skole</a></li></ul></li><li><a '
        'href="/miljø">Miljø</a><ul><li><a href="/miljø/x">Alt om miljø</a></li></ul></li></ul></div><div '
        'class="crumbs"><a href="/">Forside</a> / <a href="/b">Borger</a> / Lukkedage</div><main><h1>Ny '
        'legeplads</h1><p>Legepladsen åbner lørdag.</p><section id="kommentarer"><h2>Kommentarer</h2><div '
        'class="kommentar"><p>Det lyder rigtig dejligt, vi glæder os meget.</p></div></section></main><div '
        'class="page-bottom"><p>Kommuneby Kommune</p><p>Rådhuspladsen 1, 9999 Kommuneby</p><p>CVR-nr. '
        '12345678</p><a href="/tilgaengelighed">Tilgængelighedserklæring</a></div>',
        [("heading", "Ny legeplads"), ("paragraph", "Legepladsen åbner lørdag.")],
        None,
    ),
    "bare lines": (
        '<a href="#indhold">Spring til indhold</a><div class="ccc"><p>Denne hjemmeside bruger cookies til '
        'statistik.</p><button>Accepter</button></div><div class="top-bar"><ul><li><a '
        'href="/borger">Borger</a><ul><li><a href="/borger/x">Alt om borger</a></li></ul></li><li><a '
        'href="/erhverv">Erhverv</a><ul><li><a href="/erhverv/x">Alt om erhverv</a></li></ul></li><li><a '
        'href="/politik">Politik</a><ul><li><a href="/politik/x">Alt om politik</a></li></ul></li><li><a '
        'href="/kultur">Kultur</a><ul><li><a href="/kultur/x">Alt om kultur</a></li></ul></li><li><a '
        'href="/skole">Skole</a><ul><li><a href="/skole/x">Alt om skole</a></li></ul></li><li><a '
        'href="/miljø">Miljø</a><ul><li><a href="/miljø/x">Alt om miljø</a></li></ul></li></ul></div><div '
        'class="crumbs"><a href="/">Forside</a> / <a href="/b">Borger</a> / Lukkedage</div><div '
        'class="content"><h1>Genbrug</h1>Pladsen ligger på Vej 1.<br>Den har åbent hver dag.<br/><br/>Husk '
        'kort.<div>Store ting afvises</div></div><div class="page-bottom"><p>Kommuneby '
        "Kommune</p><p>Rådhuspladsen 1, 9999 Kommuneby</p><p>CVR-nr. 12345678</p><a "
        'href="/tilgaengelighed">Tilgængelighedserklæring</a></div>',
        [
            ("heading", "Genbrug"),
            ("paragraph", "Pladsen ligger på Vej 1."),
            ("paragraph", "Den har åbent hver dag."),
            ("paragraph", "Husk kort."),
            ("paragraph", "Store ting afvises"),
        ],
        None,
    ),
}


@pytest.mark.parametrize(("body", "expected", "date"), MUNICIPAL.values(), ids=MUNICIPAL.keys())
def test_municipal_page_becomes_its_blocks(body: str, expected: Sequence[tuple[str, str]], date: str | None) -> None:
    extraction = extract(page(body))
    assert [(block.kind, block.text) for block in extraction.blocks] == expected
    assert extraction.date == date
    assert extraction.language == "da"


# One rule each: what stands beside the prose of a page, and what becomes of it.
RULES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "line in bold that heads a text": (
        "<p><b>Sådan gør du</b></p><p>Ring til os.</p>", [("heading", "Sådan gør du"), ("paragraph", "Ring til os.")]
    ),
    "line in bold before a line break": (
        "<div><strong>Frister</strong><br>Søg før påske.</div>",
        [("heading", "Frister"), ("paragraph", "Søg før påske.")],
    ),
    "sentence in bold": ("<p><b>Husk at søge i tide.</b></p>", [("paragraph", "Husk at søge i tide.")]),
    "list as Word pastes it": ("<p class='MsoListParagraph'>Tag pas med.</p>", [("list", "Tag pas med.")]),
    "legend, label and hint of a form": (
        "<form><fieldset><legend>Levering</legend><label>Dato</label><input><small>Vælg en hverdag.</small>"
        "<label>Sted</label><select><option>Nord</option></select><small>Vi kører ikke til øer.</small></fieldset>"
        "</form>",
        [("heading", "Levering"), ("paragraph", "Vælg en hverdag."), ("paragraph", "Vi kører ikke til øer.")],
    ),
    "question about the page": ("<div><p>Fandt du det, du søgte?</p></div>", []),
    "byline": ("<p>Sidst opdateret 3. maj 2025 af Presseteamet</p>", []),
    "sentence that begins as a byline": (
        "<p>Oprettet 3. maj 2025 blev nævnet til noget.</p>",
        [("paragraph", "Oprettet 3. maj 2025 blev nævnet til noget.")],
    ),
    "link styled as a button": ("<a class='btn' href='/ansoeg'>Søg stillingen</a>", []),
    "link that only a script answers": ("<div><a href='#'>Få teksten læst op</a></div>", []),
    "link among words, styled as a button": (
        "<p>Du kan <a class='btn' href='/x'>søge her</a> hele året.</p>", [("paragraph", "Du kan søge her hele året.")]
    ),
    "section about other pages": (
        "<section><h2>Flere nyheder</h2><div><h3>Ny bro</h3><p>Broen er åben for alle.</p></div></section>", []
    ),
    "heading of a web component": (
        "<x-callout><span slot='headline'>Husk</span><p>Tag pas med.</p></x-callout>",
        [("heading", "Husk"), ("paragraph", "Tag pas med.")],
    ),
    "tabs without roles": (
        "<div class='tabs'><div class='tabs__tab'>Brevstem</div>"
        "<div class='tabs__panel'><p>Stem før tid.</p></div></div>",
        [("heading", "Brevstem"), ("paragraph", "Stem før tid.")],
    ),
    "accordion of boxes": (
        "<div role='button'>Faskine</div><div style='display: none'><p>Led vandet i jorden.</p></div>",
        [("heading", "Faskine"), ("paragraph", "Led vandet i jorden.")],
    ),
    "caption of a picture": (
        "<figure><img><figcaption>Skolen set fra søen.</figcaption></figure>", [("paragraph", "Skolen set fra søen.")]
    ),
    "table that lays out columns": (
        f"<table><tr><td><h3>Praktisk</h3><p>{SENTENCE}</p><p>Kom til kaffe hver onsdag.</p></td>"
        "<td>Åben dør.</td></tr></table>",
        [("heading", "Praktisk"), ("paragraph", SENTENCE), ("paragraph", "Kom til kaffe hver onsdag."),
         ("paragraph", "Åben dør.")],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), RULES.values(), ids=RULES.keys())
def test_rule(body: str, expected: Sequence[tuple[str, str]]) -> None:
    html = page(f"<main><h1>Hjælp i hverdagen</h1>{PARAGRAPHS}{body}</main>")
    assert blocks_of(html) == [("heading", "Hjælp i hverdagen"), *expected]


BESIDE_MAIN = {
    "prose": (f"<section><h2>Naboer</h2><p>{SENTENCE}</p></section>", [("heading", "Naboer"), ("paragraph", SENTENCE)]),
    "facts": ("<aside class='fact-box'><h2>Fakta</h2><ul><li>Fra 1996</li></ul></aside>",
              [("heading", "Fakta"), ("list", "Fra 1996")]),
    "links": (f"<section><h2>Nyt</h2><p><a href='/1'>{SENTENCE}</a></p></section>", []),
    "contact": (f"<section class='contact'><h2>Kontakt</h2><p>{SENTENCE}</p></section>", []),
    "foot": (f"<div class='page-foot'><h2>Rådhuset</h2><p>{SENTENCE}</p></div>", []),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), BESIDE_MAIN.values(), ids=BESIDE_MAIN.keys())
def test_text_next_to_a_marked_main_part_belongs(body: str, expected: Sequence[tuple[str, str]]) -> None:
    assert blocks_of(page(f"<main>{PARAGRAPHS}</main>{body}")) == expected


def test_page_laid_out_by_a_table_is_read_without_its_menus() -> None:
    links = "".join(f"<a href='/{name}'>{name}</a><br>" for name in ("Børn", "Veje", "Kultur"))
    text = "<br>".join(f"{number}. {SENTENCE}" for number in range(9))
    html = page(
        f"<table width='780' border='0'><tr><td>{links}</td><td><font size='4'><b>Møde</b></font><br>{text}</td></tr>"
        "<tr><td colspan='2'>Kommunen - Torvet 1, 9999 Byen - Telefon 12 34 56 78</td></tr></table>"
    )
    assert blocks_of(html) == [("heading", "Møde"), *(("paragraph", f"{number}. {SENTENCE}") for number in range(9))]


@pytest.mark.parametrize(
    ("below", "date"),
    [
        ("<div class='date'>24-01-2025</div>", "2025-01-24"),
        ("<div class='news-meta'>Af Kommunikation, 7. maj 2025</div>", "2025-05-07"),
        ("<div class='event-date'>7. maj 2025</div>", None),
        ("<div class='date'>7. maj 2025 kl. 19</div>", None),
        ("<p>7. maj 2025</p>", None),
    ],
)
def test_date_below_the_heading_counts_where_it_is_named_so(below: str, date: str | None) -> None:
    assert extract(page(f"<main><h1>Ny bro</h1>{below}{PARAGRAPHS}</main>")).date == date


def test_page_of_very_many_blocks_is_read_by_the_own_walk() -> None:
    """trafilatura would take minutes where a page has hundreds of thousands of blocks."""
    extraction = extract(page("".join(f"<p>Punkt {number}.</p>" for number in range(20_001))))
    assert extraction.method == OWN_WALK
    assert len(extraction.blocks) == 20_001


def test_headings_that_head_nothing_are_no_text() -> None:
    assert extract(page("<h2>Overskrift</h2><h2>Endnu en</h2>" * 50)).blocks == ()


def test_tags_nested_deeper_than_the_parser_goes_are_read_by_beautifulsoup() -> None:
    extraction = extract(page(f"{'<div>' * 300}{SENTENCE}"))
    assert [block.text for block in extraction.blocks] == [SENTENCE]
    assert extraction.method == BEAUTIFULSOUP


@pytest.mark.parametrize(
    ("head", "date"),
    [
        ('<meta property="article:published_time" content="2026-03-04T08:00:00+01:00">', "2026-03-04"),
        ('<meta name="dcterms.modified" content="2026-05-01"><meta name="date" content="2025-01-01">', "2026-05-01"),
        ('<script type="application/ld+json">{"datePublished": "2026-02-03"}</script>', "2026-02-03"),
        ("<p>Sidst opdateret: <b>01.05.2026</b></p>", "2026-05-01"),
        ("<p>Publiceret den 3. marts 2026</p>", "2026-03-03"),
        ("<p>Opdateret 31. februar 2026</p>", None),
        ("<p>Mødet holdes 3. marts 2026.</p>", None),
    ],
)
def test_date_is_what_the_page_states(head: str, date: str | None) -> None:
    assert extract(f"<html><head></head><body>{head}<p>{SENTENCE}</p></body></html>").date == date


@pytest.mark.parametrize("body", [SENTENCE, f"<main><address>{SENTENCE}</address></main>", f"<div>{SENTENCE}</div>"])
def test_text_outside_paragraphs_is_found(body: str) -> None:
    assert blocks_of(page(body)) == [("paragraph", SENTENCE)]


def test_text_between_paragraphs_is_found() -> None:
    html = page(f"<main><p>Før det hele.</p>{SENTENCE}<div>I en boks for sig.</div></main>")
    assert [text for _, text in blocks_of(html)] == ["Før det hele.", SENTENCE, "I en boks for sig."]


def test_shell_of_a_page_is_left_out() -> None:
    menu = "<nav><ul><li><a href='/'>Forside</a></li><li><a href='/a'>Borger</a></li></ul></nav>"
    html = page(f"<header>Kommuneby</header>{menu}<main>{PARAGRAPHS}</main><footer>Ring til rådhuset</footer>")
    assert blocks_of(html) == []


# Pages with a text on which trafilatura finds nothing, and what a reader sees there.
MISSED = {
    "comment box": (f"<main><div class='comment'><p>{SENTENCE}</p></div></main>", [("paragraph", SENTENCE)]),
    "bare text in a comment box": (
        f"<main><div class='comment'>{SENTENCE}<p>Kom og vær med.</p>Der er kaffe.</div></main>",
        [("paragraph", SENTENCE), ("paragraph", "Kom og vær med."), ("paragraph", "Der er kaffe.")],
    ),
    "table in a comment box": (
        "<div class='comment'><h2>Åbningstider</h2><table><tr><td>Mandag</td><td><p>ti til tre</p></td></tr></table>"
        "<ul><li>Tag <b>pas</b> med</li></ul></div>",
        [("heading", "Åbningstider"), ("table", "Mandag"), ("table", "ti til tre"), ("list", "Tag pas med")],
    ),
    "form of a whole page": (
        f"<form id='aspnetForm'><main><div class='comment'><div>{SENTENCE}</div></div>"
        "</main></form>",
        [("paragraph", SENTENCE)],
    ),
    "lines": (
        "<main><div class='comment'><p>Rådhuspladsen 1<br>9999\n   Kommuneby</p></div></main>",
        [("paragraph", "Rådhuspladsen 1"), ("paragraph", "9999 Kommuneby")],
    ),
    "accordion in a comment box": (
        f"<main><div class='comment'><button>Hvad sker der?</button><div hidden>{SENTENCE}</div></div></main>",
        [("heading", "Hvad sker der?"), ("paragraph", SENTENCE)],
    ),
    "shell around the text": (
        f"<div class='comment'><nav>Menu</nav>{SENTENCE}"
        "<select><option>Nordby</option></select><script>var a = 1;</script><!-- en note --></div>",
        [("paragraph", SENTENCE)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), MISSED.values(), ids=MISSED.keys())
def test_fall_back_brings_what_trafilatura_misses(body: str, expected: Sequence[tuple[str, str]]) -> None:
    found = trafilatura.bare_extraction(
        page(body), favor_recall=True, include_comments=False, include_tables=True, with_metadata=False
    )
    # else the case tells nothing of the fall-back
    assert found is None or isinstance(found, dict) or not "".join(found.body.itertext()).strip()
    extraction = extract(page(body))
    assert [(block.kind, block.text) for block in extraction.blocks] == expected
    assert extraction.method != TRAFILATURA
    assert extraction.reason


def test_accordions_of_kommuneby_are_read_whole(web: Web) -> None:
    pages = [page for page in web.pages.values() if page.kind is PageKind.ACCORDION_ONLY]
    assert pages
    for accordion in pages:
        text = extract(decoded(accordion.body, accordion.header("Content-Type") or "")).text
        assert [fact for fact in accordion.facts if fact not in text] == []


def test_text_of_kommuneby_is_not_doubled(web: Web) -> None:
    for kommuneby_page in web.pages.values():
        if kommuneby_page.kind is PageKind.CONTENT:
            text = extract(decoded(kommuneby_page.body, kommuneby_page.header("Content-Type") or "")).text
            assert {fact: text.count(fact) for fact in kommuneby_page.facts} == dict.fromkeys(kommuneby_page.facts, 1)


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Fra titlen</title><h1>Fra overskriften</h1>", "Fra overskriften"),
        ("<title>Fra\n titlen</title><h1> </h1>", "Fra titlen"),
        ("<title>Pas | Kommuneby Kommune</title>", "Pas"),
        ("<title>Pas - Borger - Byen</title><b>Pas - Borger</b>", "Pas - Borger"),
        ("<title>Fra titlen</title><h1>Affalds<wbr>gebyr</h1>", "Affaldsgebyr"),
        ("<title>Fra titlen</title><h1>Ny<br>skole</h1>", "Ny skole"),
        ("<title>Fra titlen</title><h1>Hjælp\n<span>til</span> ældre</h1><h1>Anden</h1>", "Hjælp til ældre"),
        ("", None),
    ],
)
def test_title_is_the_first_heading_else_that_of_the_page(html: str, title: str | None) -> None:
    assert extract(f"<html><head></head><body>{html}<p>{SENTENCE}</p></body></html>").title == title


def test_fragment_that_is_no_whole_page_is_read() -> None:
    assert extract(f"<p>{SENTENCE}</p>").blocks == (Block("paragraph", SENTENCE),)


def test_same_page_gives_the_same_blocks_in_any_order_of_pages() -> None:
    """trafilatura keeps a cache of paragraphs seen when asked to deduplicate; here nothing is remembered."""
    pages = [page(f"<main>{body}</main>") for body, _ in [*CASES.values(), *MISSED.values()]]
    forwards = [extract(html) for html in pages]
    assert [extract(html) for html in reversed(pages)] == forwards[::-1]
    assert [extract(pages[0]) for _ in range(5)] == [forwards[0]] * 5


@pytest.mark.parametrize("html", ["", " ", "<html></html>", "<br>" * 5000, "<div><span></span></div>" * 1000])
def test_page_without_text_has_no_block(html: str) -> None:
    assert extract(html).blocks == ()


def test_failure_of_the_extractor_is_one_error_of_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr(trafilatura, "bare_extraction", fail)
    with pytest.raises(ExtractionError, match="RecursionError: too deep"):
        extract(page(SENTENCE))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(["p", "li", "td", "h2", "div", "pre", "address"]))
def test_any_text_becomes_blocks_without_blanks_around_them(text: str, tag: str) -> None:
    for block in extract(page(f"<main><{tag}>{text}</{tag}></main>")).blocks:
        assert isinstance(block, Block)
        assert block.text == block.text.strip() != ""
        assert "\n" not in block.text
