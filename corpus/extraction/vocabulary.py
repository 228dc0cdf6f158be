"""What the tags, classes, ids and labels of a page say about an element.

In: an lxml element, or a label. Out: questions answered from its name and attributes alone. Reads no text of the page
besides labels, and decides nothing about what is kept.
"""

import re
from functools import lru_cache

from lxml import html

HEADING, PARAGRAPH, LIST, TABLE = "heading", "paragraph", "list", "table"
KIND_OF_TAG = {
    "h1": HEADING, "h2": HEADING, "h3": HEADING, "h4": HEADING, "h5": HEADING, "h6": HEADING, "summary": HEADING,
    "legend": HEADING, "li": LIST, "dt": LIST, "dd": LIST, "td": TABLE, "th": TABLE,
}  # fmt: skip
# Text runs on across these; every other tag ends a block.
INLINE_TAGS = frozenset({
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img",
    "ins", "kbd", "mark", "output", "q", "rp", "rt", "ruby", "s", "samp", "slot", "small", "span", "strike",
    "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
})  # fmt: skip
# Nothing in these is text that a reader reads on the page.
SILENT_TAGS = (
    "script", "style", "noscript", "template", "svg", "math", "select", "textarea", "iframe", "object", "canvas",
    "audio", "video", "map", "datalist", "input", "link", "meta", "dialog", "progress", "meter", "nav", "noframes",
    "title",
)  # fmt: skip
SHELL_ROLES = frozenset({
    "navigation", "search", "contentinfo", "dialog", "alertdialog", "menu", "menubar", "toolbar", "tooltip", "status",
    "progressbar", "doc-toc",
})  # fmt: skip

# In lower case, words set apart by one blank. Whole words unless the expression leaves an end open.
_SHELL_WORDS = re.compile(
    r"cookie|(?<![a-z])(?:gdpr|consent|samtykke)|bread ?crumb|br(?:ø|oe|o)dkrumme|"
    r"(?<![a-z])(?:skip ?(?:links?|nav|to)|newsletter|nyhedsbrev|related|relateret|relaterede|see also|se ogsaa|"
    r"se også|laes ogsaa|læs også|recommend\w*|recirc|outbrain|taboola|promoted|trending|popular|mest laeste|"
    r"comments|"
    r"comment ?(?:list|form|section|area|thread|item|body|respond)|kommentar\w*|respond|disqus|"
    r"menus?|nav|subnav|navbar|sidenav|topnav|quick ?links|hurtige? ?links|"
    r"genveje|shortcuts|paywall|modal|popup|overlay|toast|lightbox|advert\w*|ads?|sponsor\w*|sidefod|sidebund|"
    r"masthead|chat ?bot)(?![a-zæøå])|^comment(?![a-z])|"
    r"navigation|(?:left|right|top|main|side|sub|hoved|under|venstre|hoejre|højre|bund|footer)menu(?![a-z])"
)
# Outside the main part: an article has a foot of its own, with its date and its contact.
_FOOT_WORDS = re.compile(r"(?<![a-z])(?:foot|footer|colophon|site header|bottom ?bar|page bottom)(?![a-z])")
# What a site without <main> calls the part that holds a page's text.
_MAIN_WORDS = re.compile(
    r"^(?:.* )?(?:main content|page content|article|hovedindhold|news single|entry content)(?: .*)?$"
)
# Names that wrappers of a text carry too: these are shell where they hold little.
_WIDGET_WORDS = re.compile(
    r"(?<![a-z])(?:spring til|til toppen|back to top|scroll top|share|sharing|social|socials|some|del|deling|"
    r"addtoany|addthis|sharethis|print|udskriv|feedback|tilfredshed|survey|rating|was this|pager|pagination|"
    r"paginering|paging|search|soeg|søg|login|log ind|signin|sign in|subscribe|language|languages|sprog|sprogvalg\w*|"
    r"sprogskift\w*|lang|chat|read ?speaker|adgang (?:med ?digital|for ?alle)|adgangforalle|"
    r"page ?(?:functions?|actions?)|privacy ?(?:banner|notice|warning|bar)|oplæsning|oplaesning|"
    r"spinner|loader|loading|toc|indholdsfortegnelse|byline|tag list|tags|buttons?|toolbar|tools)(?![a-zæøå])"
)
# News, events and jobs below a text.
_OTHER_PAGES_WORDS = re.compile(
    r"(?<![a-z])(?:more|latest|recent|other|flere|seneste|nyeste|andre|aktuelle) ?(?:news|nyheder|nyt|events?|posts?|"
    r"articles?|artikler|arrangementer|begivenheder|stories|jobs?|stillinger)(?![a-zæøå])"
)
LARGEST_WIDGET_CHARS = 250  # "Fik du svar på dit spørgsmål?" with its answers and a line of thanks stays below
_VISUALLY_HIDDEN = re.compile(
    r"(?<![a-z])(?:visually ?hidden|sr only|screen ?reader(?: text| only)?|hidden visually|hide visually|"
    r"u hidden visually|ms hidden|offscreen|off screen|a11y hidden|only screenreader)(?![a-z])"
)
_FACT_WORDS = re.compile(r"fakta|fact ?box|factbox|infobox|info box|boks|kontakt|contact|aabning|åbning|opening|notice")
_BUTTON_WORDS = re.compile(r"(?<![a-z])(?:btn|button|knap|cta)(?![a-z])")
_CONTACT_WORDS = re.compile(r"kontakt|contact|aabning|åbning|opening")
_SEARCH_FORM = re.compile(r"(?<![a-z])(?:s(?:ø|oe)g|search|soegning|login|log ind|nyhedsbrev|newsletter|feedback)")
_FRONT_PAGE = re.compile(r"/|https?://[^/]+/?")
_SEPARATORS = re.compile(r"[\s_\-:./]+")
_CAMEL = re.compile(r"(?<=[a-zæøå])(?=[A-ZÆØÅ])")


@lru_cache(maxsize=4096)  # a pure function of the string: what is remembered never changes a result
def words_of(value: str) -> str:
    """Class names and ids as words: `siteHeader--dark nav_main` becomes `site header dark nav main`."""
    return _SEPARATORS.sub(" ", _CAMEL.sub(" ", value)).strip().lower()


def names_of(node: html.HtmlElement) -> str:
    """Class and id; a web component also says by its tag what it is."""
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    return f"{node.tag} {names}" if "-" in node.tag else names


@lru_cache(maxsize=4096)
def says_shell(names: str) -> bool:
    return _SHELL_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_foot(names: str) -> bool:
    return _FOOT_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_main(names: str) -> bool:
    return _MAIN_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_widget(names: str) -> bool:
    return _WIDGET_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_other_pages(names: str) -> bool:
    return _OTHER_PAGES_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_visually_hidden(names: str) -> bool:
    return _VISUALLY_HIDDEN.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_facts(names: str) -> bool:
    return _FACT_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_button(names: str) -> bool:
    return _BUTTON_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_contact(names: str) -> bool:
    return _CONTACT_WORDS.search(words_of(names)) is not None


def is_name_of_site(heading: html.HtmlElement) -> bool:
    """A heading that is the logo: a link to the front page."""
    links = [*heading.iterancestors("a"), *heading.iter("a")]
    return any(link.get("rel") == "home" or _FRONT_PAGE.fullmatch(link.get("href") or "") for link in links)


def is_widget_form(node: html.HtmlElement) -> bool:
    """A form for searching, logging in or subscribing, by its name or target."""
    return (
        _SEARCH_FORM.search(words_of(f"{names_of(node)} {node.get('action') or ''} {node.get('role') or ''}"))
        is not None
    )


_BESIDE_WORDS = re.compile(
    r"(?<![a-z])(?:caption|subscri\w+|(?<!elementor )widget|banner|byline|author|slider|carousel|credit)(?![a-z])"
)
_CARD_WORDS = re.compile(r"(?<![a-z])(?:teasers?|cards?|tip|tips|sidebar|aside|promo)(?![a-z])")


@lru_cache(maxsize=4096)
def says_beside(names: str) -> bool:
    """Stands beside the text where trafilatura does not find it: a caption, a slider, an invitation to subscribe."""
    return _BESIDE_WORDS.search(words_of(names)) is not None


@lru_cache(maxsize=4096)
def says_card(names: str) -> bool:
    """A person, a fact, or a teaser of another page: its links tell."""
    return _CARD_WORDS.search(words_of(names)) is not None
