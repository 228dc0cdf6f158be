import pytest

from crawler.pages.references import NotFollowed, is_route, why_no_url


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("javascript:__doPostBack('ctl00$liste','Page$2')", NotFollowed.NEEDS_JAVASCRIPT),
        (" java\nScript:visSide(7)", NotFollowed.NEEDS_JAVASCRIPT),
        ("javascript:window.open('/kort')", NotFollowed.NEEDS_JAVASCRIPT),
        ("javascript:void(0);visSide()", NotFollowed.NEEDS_JAVASCRIPT),
        ("javascript:void(0)", None),
        ("javascript:void 0;", None),
        ("javascript:", None),
        ("javascript:;", None),
        ("javascript:// intet", None),
        ("javascript:window.print(); return false;", None),
        ("JavaScript:history.go(-1)", None),
        ("javascript:self.close()", None),
        ("javascript:window.scrollTo(0, 0)", None),
        ("javascript:linkTo_UnCryptMailto('nbjmup;')", NotFollowed.MAIL_OR_PHONE),
        ("mailto:post@nordby.test", NotFollowed.MAIL_OR_PHONE),
        ("TEL:+45 00 00 00 00", NotFollowed.MAIL_OR_PHONE),
        ("sms:0000", NotFollowed.MAIL_OR_PHONE),
        ("ftp://nordby.test/", NotFollowed.OTHER_SCHEME),
        ("data:text/html,x", NotFollowed.OTHER_SCHEME),
        ("file://srv/kort.docx", NotFollowed.OTHER_SCHEME),
        ("http://", NotFollowed.NO_URL),
        ("https://bruger@nordby.test/", NotFollowed.NO_URL),
        ("/" + "x" * 5_000, NotFollowed.NO_URL),
        ("javascript:" + "scroll(" * 100_000, NotFollowed.NEEDS_JAVASCRIPT),
    ],
    ids=lambda value: str(value)[:30],
)
def test_reference_without_url_is_counted_by_its_kind(written: str, expected: NotFollowed | None) -> None:
    assert expected == why_no_url(written)


def test_route_is_told_from_a_place_on_the_page() -> None:
    assert all(map(is_route, ("#!/borger", "/app#/borger", "#!borger")))
    assert not any(map(is_route, ("#top", "#", "/a", "#:~:text=x")))
