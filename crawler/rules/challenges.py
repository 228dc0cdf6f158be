"""Walls: answers that stand where a page should be, and pages that are empty without JavaScript.

In: status, headers and body of an answer. Out: whether it is a challenge (prove that you are no robot, or a refusal
by a firewall), a login, or neither. What follows from it is decided elsewhere; nothing here tries to get past a wall.

Runs on every page, so it costs a few searches for fixed strings. A mark in the body alone condemns nothing, because an
article may speak of Cloudflare and a contact form may hold a captcha: the page must have few words besides. Words are
counted only where a mark is found. Pages above MAX_MARKED_BYTES are judged by their title: challenges are small.
"""

import enum
import re
from collections.abc import Mapping

SAMPLE_BYTES = 65_536  # marks of a wall are at the beginning
MAX_COUNTED_BYTES = 1_000_000  # words may come late: the first 200 KB of a page can be scripts and styles
TITLE_BYTES = 4096  # challenge pages open with their title
MAX_MARKED_BYTES = 16_384  # challenge pages have a few KB; the larger ones, Cloudflare's, have a title of their own
MAX_WORDS_OF_CHALLENGE = 200  # Cloudflare's block page, the longest, has about 130
MAX_WORDS_OF_LOGIN = 150  # login, forgotten password, a notice on cookies; a page's menu alone has more
MAX_WORDS_OF_BARE_PAGE = 40  # a contact form with a captcha has its labels and the page's menu
MAX_WORDS_OF_APP = 40  # "You need to enable JavaScript to run this app."
MAX_LINKS_OF_APP = 3

_HEADERS = (
    ("cf-mitigated", ("challenge",)),  # Cloudflare
    ("x-amzn-waf-action", ("challenge", "captcha")),  # AWS WAF
)
_TITLES = (  # in lower case, from their beginning
    b"just a moment",  # Cloudflare, challenge
    "et øjeblik".encode(),  # the same for those who ask for Danish, as we do
    b"attention required! | cloudflare",  # Cloudflare, block and captcha
    b"pardon our interruption",  # Imperva, formerly Distil
    b"access to this page has been denied",  # HUMAN, formerly PerimeterX
    b"human verification",  # AWS WAF, captcha
    b"sucuri website firewall",  # Sucuri
    b"ddos-guard",  # DDoS-Guard
    b"radware captcha page",  # Radware
    b"making sure you&#39;re not a bot",  # Anubis
    b"making sure you're not a bot",  # Anubis
)
_MARKS = (
    b"_cf_chl_opt",  # Cloudflare, challenge; its "challenge-platform" script stands in ordinary pages too
    b"cf-chl-",  # Cloudflare, older challenges
    b"used Cloudflare to restrict access",  # Cloudflare, errors 1006 to 1020
    b"Incapsula incident ID",  # Imperva
    b"_Incapsula_Resource?CWUDNSAI",  # Imperva, frame of a block
    b"window.gokuProps",  # AWS WAF
    b"errors.edgesuite.net",  # Akamai
    b"errors&#46;edgesuite&#46;net",  # Akamai
    b"Reference&#32;&#35;",  # Akamai, without that address
    b"The requested URL was rejected. Please consult with your administrator",  # F5 ASM
    b"sucuri_cloudproxy_js",  # Sucuri, cookie by JavaScript
    b"captcha-delivery.com",  # DataDome
    b"px-captcha",  # HUMAN, formerly PerimeterX
    b"ddos-guard/js-challenge",  # DDoS-Guard
    b"anubis_challenge",  # Anubis
    b"/.well-known/sgcaptcha/",  # SiteGround
)
_MARKS_OF_MANY = (  # in ordinary pages too
    b"_Incapsula_Resource",  # Imperva: alone in an empty page it is a challenge
    b"data-sitekey",  # the box of hCaptcha, reCAPTCHA and Cloudflare Turnstile
)
_PASSWORD_FIELDS = (b'type="password"', b"type='password'", b"type=password")
_APP_ROOTS = (
    b'id="root"', b"id='root'", b"id=root", b'id="app"', b"id='app'", b"id=app",  # React, Vue, Blazor; quoted or not
    b"<app-root", b"ng-app",  # Angular
    b"__next", b"__nuxt", b"___gatsby", b"flutter_bootstrap.js",
)  # fmt: skip
_FROM_TAG_TO_TAG = re.compile(rb"[^<]+")  # one set of characters: nothing to backtrack into


class Wall(enum.StrEnum):
    CHALLENGE = "challenge"
    LOGIN = "login"


def wall_of(status: int, headers: Mapping[str, str], body: bytes) -> Wall | None:
    """What stands in the way; headers with names in lower case."""
    if any(headers.get(name, "").strip().lower() in values for name, values in _HEADERS):
        return Wall.CHALLENGE
    if "html" in headers.get("content-type", "html").lower():
        if _is_challenge(body):
            return Wall.CHALLENGE
        if _has_password_field(body) and _has_few_words(body, MAX_WORDS_OF_LOGIN):
            return Wall.LOGIN
    return Wall.LOGIN if status in (401, 407) else None


def looks_like_javascript_app(body: bytes, num_words: int, num_links: int) -> bool:
    """Whether a page is the empty frame of an application: a root for scripts to fill, and next to nothing else."""
    if num_words > MAX_WORDS_OF_APP or num_links > MAX_LINKS_OF_APP:
        return False
    return _has_any(body, (b"<script",)) and _has_any(body, _APP_ROOTS)


def _is_challenge(body: bytes) -> bool:
    is_small = len(body) <= MAX_MARKED_BYTES
    if _title(body).startswith(_TITLES) or (is_small and _has_any(body, _MARKS)):
        return _has_few_words(body, MAX_WORDS_OF_CHALLENGE)
    if is_small and _has_any(body, _MARKS_OF_MANY) and not _has_any(body, _APP_ROOTS):
        return _has_few_words(body, MAX_WORDS_OF_BARE_PAGE)
    return False


def _has_any(body: bytes, marks: tuple[bytes, ...]) -> bool:
    return any(body.find(mark, 0, SAMPLE_BYTES) >= 0 for mark in marks)


def _title(body: bytes) -> bytes:
    """The title's beginning in lower case, empty where none stands near the beginning."""
    start = body[:TITLE_BYTES].lower()
    after_tag = start.partition(b"<title")[2].partition(b">")[2]
    return after_tag.partition(b"<")[0].strip()


def _has_password_field(body: bytes) -> bool:
    # most pages do not hold the word: one search for it is cheaper than three for the field
    return _has_any(body, (b"password",)) and _has_any(body, _PASSWORD_FIELDS)


def _has_few_words(body: bytes, limit: int) -> bool:
    """Whether a page has at most so many words outside tags, scripts and styles: rough, and done once it has more."""
    num_words = 0
    hidden = b""  # the element whose text is not shown
    for tag in _FROM_TAG_TO_TAG.finditer(body, 0, MAX_COUNTED_BYTES):
        name = tag[0][:7].lower()
        if hidden and not name.startswith(b"/" + hidden):
            continue
        hidden = next((element for element in (b"script", b"style") if name.startswith(element)), b"")
        if not hidden:
            num_words += len(tag[0].partition(b">")[2].split())
            if num_words > limit:
                return False
    return True
