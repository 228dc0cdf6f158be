"""A deferred field takes a value or a function, and is worked out when it is read."""

from dataclasses import dataclass, field

from demo.deferred import Deferred
from demo.truth import PageKind, TruePage


@dataclass(frozen=True, kw_only=True)
class Record:
    kept: Deferred[int] = field(default=Deferred(1))
    asked: Deferred[int] = field(default=Deferred(2, keeps=False))


def test_value_and_default_are_given_as_they_are() -> None:
    assert (Record().kept, Record().asked, Record(kept=7).kept) == (1, 2, 7)


def test_function_is_asked_once_or_each_time() -> None:
    calls: list[str] = []
    record = Record(kept=lambda: calls.append("kept") or 5, asked=lambda: calls.append("asked") or 6)
    assert calls == []
    assert [record.kept, record.kept, record.asked, record.asked] == [5, 5, 6, 6]
    assert calls == ["kept", "asked", "asked"]


def test_changed_copy_of_a_page_works_nothing_out() -> None:
    def never() -> bytes:
        raise AssertionError("the body was asked for")

    page = TruePage(url="http://a/", site="9001", kind=PageKind.CONTENT, body=never)
    assert page.with_changes(linked=True).linked
    assert not page.linked
