import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.rules.challenges import MAX_MARKED_BYTES, SAMPLE_BYTES, Wall, looks_like_javascript_app, wall_of

HTML = {"content-type": "text/html; charset=utf-8"}
ARTICLE = b"<p>Kommunen henter affaldet hver anden uge, og borgerne kan se deres kalender paa siden.</p>" * 40
MENU = b"<nav>" + b"<a href='/borger/affald'>Affald og genbrug</a>" * 100 + b"</nav>"
SCRIPTS = b"<script>var a = 'to tre fire fem';</script><style>p { color: red }</style>" * 20


def _page(title: str, body: bytes, head: bytes = b"") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>".encode()
        + head
        + b"</head><body>"
        + body
        + b"</body></html>"
    )


CHALLENGES = {
    "Cloudflare challenge": _page(
        "Just a moment...", b"<noscript>Enable JavaScript and cookies to continue</noscript>"
        b"<script>window._cf_chl_opt = {cType: 'managed'};</script>"
    ),
    "Cloudflare challenge, in another language": _page("Et øjeblik", b"<script>window._cf_chl_opt={}</script>"),
    "Cloudflare challenge, large": _page("Just a moment...", b"<script>" + b"a" * 50_000 + b"</script>"),
    "Cloudflare block": _page(
        "Attention Required! | Cloudflare", b"<h1>Sorry, you have been blocked</h1>" + b"<p>Why is that so?</p>" * 30
    ),
    "Imperva block": b'<html><body><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&amp;xinfo=1">'
    b"Request unsuccessful. Incapsula incident ID: 1-2</iframe></body></html>",
    "Imperva script": b'<html><head><META NAME="robots" CONTENT="noindex,nofollow">'
    b'<script src="/_Incapsula_Resource?SWJIYLWA=1"></script></head><body></body></html>',
    "Imperva, formerly Distil": _page("Pardon Our Interruption", b"<p>As you were browsing, something was odd.</p>"),
    "AWS WAF": _page("", b"<script>window.awsWafCookieDomainList = []; window.gokuProps = {};</script>"),
    "Akamai": b"<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\n"
    b"You don't have permission.<P>\nReference&#32;&#35;18&#46;2f\n"
    b"<P>https&#58;&#47;&#47;errors&#46;edgesuite&#46;net&#47;18\n</BODY>\n</HTML>\n",
    "F5": b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. Please consult "
    b"with your administrator.<br><br>Your support ID is: 123<br></body></html>",
    "Sucuri block": _page("Sucuri WebSite Firewall - Access Denied", b"<p>Block ID: BNP005</p>"),
    "Sucuri cookie": _page("You are being redirected...", b"<script>var s={},sucuri_cloudproxy_js='';</script>"),
    "DataDome": _page("nordby.test", b"<script src='https://ct.captcha-delivery.com/c.js'></script>"),
    "HUMAN": _page("Access to this page has been denied", b'<div id="px-captcha"></div>'),
    "DDoS-Guard": _page("DDOS-GUARD", b'<script src="/.well-known/ddos-guard/js-challenge/index.js"></script>'),
    "Anubis": _page("Making sure you&#39;re not a bot!", b'<script id="anubis_challenge">{}</script>'),
    "reCAPTCHA": _page("Bekræft", b'<p>Er du et menneske?</p><div class="g-recaptcha" data-sitekey="a"></div>'),
    "hCaptcha": _page("Bekræft", b'<p>Er du et menneske?</p><div class="h-captcha" data-sitekey="a"></div>'),
}  # fmt: skip


@pytest.mark.parametrize("name", CHALLENGES)
@pytest.mark.parametrize("status", [200, 202, 401, 403, 503])
def test_challenge_is_known_at_any_status(name: str, status: int) -> None:
    assert wall_of(status, HTML, CHALLENGES[name]) is Wall.CHALLENGE
    assert wall_of(status, {}, CHALLENGES[name]) is Wall.CHALLENGE


@pytest.mark.parametrize(
    ("name", "value", "wall"),
    [
        ("cf-mitigated", "challenge", Wall.CHALLENGE), ("cf-mitigated", "Challenge ", Wall.CHALLENGE),
        ("x-amzn-waf-action", "challenge", Wall.CHALLENGE), ("x-amzn-waf-action", "captcha", Wall.CHALLENGE),
        ("x-amzn-waf-action", "allow", None), ("server", "cloudflare", None), ("cf-ray", "8f2a", None),
        ("x-datadome", "protected", None), ("x-iinfo", "1-2-3", None),
    ],
)  # fmt: skip
def test_header_alone_suffices_where_it_says_so(name: str, value: str, wall: Wall | None) -> None:
    assert wall is wall_of(200, {**HTML, name: value}, _page("Affald", ARTICLE))


@pytest.mark.parametrize("name", CHALLENGES)
def test_long_page_with_the_same_marks_is_a_page(name: str) -> None:
    assert wall_of(200, HTML, CHALLENGES[name] + ARTICLE) is None
    assert wall_of(200, HTML, ARTICLE + CHALLENGES[name]) is None


ORDINARY = {
    "article on Cloudflare": _page("Just a moment: hvad er Cloudflare?", ARTICLE),
    "script that Cloudflare adds to pages": _page(
        "Ferie", b"<p>Vi holder lukket.</p><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"
    ),
    "script that Imperva adds to pages": _page("Ferie", MENU, b'<script src="/_Incapsula_Resource?a=1"></script>'),
    "contact form with a captcha": _page(
        "Kontakt", MENU + b'<form><label>Navn</label><div class="g-recaptcha" data-sitekey="a"></div></form>'
    ),
    "captcha without its box": _page("Kort", b"<p>Siden er flyttet.</p><script src='/recaptcha/api.js'></script>"),
    "login in the page's head": _page("Nordby", b'<form><input type="password"></form>' + MENU + ARTICLE),
    "words after many scripts": _page("Nordby", b'<input type="password">' + SCRIPTS * 80 + MENU),
    "about MitID": _page("MitID", b"<h1>MitID</h1><p>Du skal bruge dit MitID og password for at logge ind hos os.</p>"),
    "short page": _page("Lukket", b"<p>Borgerservice holder lukket i dag.</p>"),
    "refusal of the server itself": _page("403 Forbidden", b"<h1>Forbidden</h1>"),
    "nothing": b"",
}  # fmt: skip


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_page_is_no_wall(name: str) -> None:
    assert wall_of(200, HTML, ORDINARY[name]) is None


LOGIN = _page(
    "Log ind", SCRIPTS + b'<form><label>Brugernavn</label><input name="a"><label>Adgangskode</label>'
    b"<input type='password' name='b'><a href='/glemt'>Glemt adgangskode?</a></form>"
)  # fmt: skip


@pytest.mark.parametrize("status", [200, 403])
def test_page_that_is_a_login_is_known(status: int) -> None:
    assert wall_of(status, HTML, LOGIN) is Wall.LOGIN
    assert wall_of(status, HTML, LOGIN.replace(b"'password'", b"password")) is Wall.LOGIN
    assert wall_of(status, {"content-type": "Text/HTML"}, LOGIN) is Wall.LOGIN


@pytest.mark.parametrize("status", [401, 407])
def test_status_that_asks_for_a_login_is_one(status: int) -> None:
    assert wall_of(status, HTML, ORDINARY["short page"]) is Wall.LOGIN
    assert wall_of(status, {"content-type": "application/json"}, b"{}") is Wall.LOGIN


def test_other_content_is_not_searched() -> None:
    assert wall_of(200, {"content-type": "application/pdf"}, LOGIN) is None
    assert wall_of(200, {"content-type": "text/plain"}, CHALLENGES["F5"]) is None


def test_marks_far_down_are_not_searched() -> None:
    filling = b"<!--" + b"a" * SAMPLE_BYTES + b"-->"
    assert wall_of(200, HTML, filling + LOGIN) is None
    assert wall_of(200, HTML, filling[:MAX_MARKED_BYTES] + CHALLENGES["F5"]) is None


@pytest.mark.parametrize(
    "body",
    [
        b"<" * 10_000_000, b"<title" * 1_000_000, b"<script" * 1_000_000, b'<input type="password">' * 400_000,
        b'type="password"' + b"<script></style>" * 600_000, b"a " * 5_000_000,
        b'type="password"<a>' + b" " * 10_000_000,
    ],
)  # fmt: skip
def test_no_page_takes_long(body: bytes) -> None:
    start = time.process_time()
    wall_of(200, HTML, body)
    assert time.process_time() - start < 0.5


def test_ordinary_page_takes_no_time() -> None:
    page = _page("Affald", SCRIPTS + MENU + ARTICLE * 10)[:35_000]
    durations = []
    for _ in range(20):
        start = time.process_time_ns()
        for _ in range(50):
            wall_of(200, HTML, page)
        durations.append((time.process_time_ns() - start) / 50)
    assert min(durations) < 30_000


@given(st.integers(100, 599), st.binary())
def test_no_bytes_raise(status: int, body: bytes) -> None:
    wall_of(status, {}, body)
    looks_like_javascript_app(body, 0, 0)


@pytest.mark.parametrize(
    ("body", "num_words", "num_links", "expected"),
    [
        (b'<div id="root"></div><script src="/main.js"></script>', 0, 0, True),
        (b"<div id=app></div><script src=/main.js></script>", 9, 0, True),
        (b"<app-root>Vent</app-root><script src='/main.js'></script>", 1, 0, True),
        (b'<div id="__next"></div><script src="/main.js"></script>', 3, 1, True),
        (b'<div id="__next"></div><script src="/main.js"></script>', 300, 0, False),
        (b'<div id="root"></div><script src="/main.js"></script>', 20, 30, False),
        (b'<div id="root"></div>', 0, 0, False),
        (b"<p>Siden er flyttet.</p><script src='/maal.js'></script>", 3, 0, False),
        (b"", 0, 0, False),
    ],
)
def test_frame_of_an_application_is_known(body: bytes, num_words: int, num_links: int, expected: bool) -> None:
    assert expected is looks_like_javascript_app(body, num_words, num_links)
    assert wall_of(200, HTML, body) is None
