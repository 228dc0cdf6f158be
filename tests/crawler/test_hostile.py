"""Every hostile case that we know of, and how the crawl stands it.

A row for each case, with what is expected and what proves it: hosts of Kommuneby in the one crawl of this module, or
tests elsewhere, which must be there. What does not apply, and what is open, is a row with the reason.
"""

import ast
import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from crawler.pages.urls import url_key
from crawler.register import Site, read_register
from crawler.site_tables import write_tables
from crawler.snapshot import Capture, read_captures
from crawler.telling.reading import frontier_read
from crawler.telling.standing import read_standing
from crawler.warc.checking import check_site
from demo.hostile import HOSTILE, HostileCase
from demo.kommuneby import WASTE_KINDS, PretendSite, SiteKind, Web, make_web
from demo.manners import closed_requests, hasty_requests
from demo.register import register_text
from demo.server import KommunebyServer
from demo.traps import is_mirrored, traps_of
from foundation.errors import BrokenRunError

QUARTER = "2020Q1"
TESTS = Path(__file__).parents[1]
NUM_MUNICIPALITIES = 20  # enough for each trap to have a site of its own
END_TIMEOUT_S = 100
# They hold a crawl up for minutes, by what it does for them: the crawl is stopped while it waits for these ...
WAITED_FOR = frozenset({"L02c", "R03d", "R09a", "R09b"})
# ... and would have to wait half a minute for the request under way to this one.
LEFT_OUT = frozenset({"R02"})
NUMBERS = {"C": 9, "W": 24, "U": 18, "T": 16, "P": 10, "R": 14, "L": 6, "F": 15}
OPEN, NOT_FOR_US = "open: ", "does not apply: "


@dataclass(frozen=True, kw_only=True)
class Row:
    """A case, what the crawl makes of it, and what proves that: `host W01`, `trap T1`, `test_fetch::test_...`."""

    id: str
    expected: str
    proofs: tuple[str, ...]


def row(id: str, expected: str, *proofs: str) -> Row:
    return Row(id=id, expected=expected, proofs=proofs)


ROWS: tuple[Row, ...] = (
    row("C1", "a killed crawl goes on, and ends as one that was not",
        "test_interrupted::test_killed_crawl_typed_again_ends_as_one_that_was_not"),
    row("C2", "what a power cut took is fetched again; no row outlives its record",
        "test_archive::test_exchanges_that_a_power_cut_took_are_told_and_written_again",
        "test_opening::test_tail_of_the_archive_lost_with_the_power_is_fetched_again",
        "test_frontier::test_archive_is_synced_before_rows_go_into_the_file"),
    row("C3", "the crawl ends with a sentence; no half record stays",
        "test_interrupted::test_full_disk_ends_the_crawl_with_a_sentence_and_loses_nothing",
        "test_archive::test_full_disk_leaves_no_half_record_before_the_next"),
    row("C4", "the second process is refused, and cannot commit",
        "test_interrupted::test_second_crawl_of_a_quarter_is_refused_while_the_first_runs",
        "test_frontier::test_file_has_one_writer_and_the_last_who_opened_it_is_it"),
    row("C5", "nothing waits for a clock that was set back",
        "test_site_crawl::test_clock_set_back_makes_nothing_wait_for_it",
        "test_politeness::test_time_of_the_process_does_not_go_back_when_the_clock_is_set_back"),
    row("C6", "what lies behind the last committed record is cut off",
        "test_archive::test_what_lies_behind_the_last_committed_record_is_cut_off",
        "test_opening::test_tail_of_zeros_left_by_the_power_cut_is_fetched_again"),
    row("C7", "rows without a record wait again; a hole in the middle stops the site with a sentence",
        "test_opening::test_tail_of_the_archive_lost_with_the_power_is_fetched_again",
        "test_archive::test_series_is_not_gone_on_with_where_committed_bytes_are_missing"),
    row("C8", "a rotation may end at any moment", "test_archive::test_kill_at_any_moment_of_a_rotation"),
    row("C9", "a frontier of another version is refused with a sentence",
        "test_frontier::test_file_of_another_version_is_refused_with_a_sentence"),

    row("W1", "the head is broken off at its limit", "host W01", "test_fetch::test_head_without_end_is_broken_off"),
    row("W2", "the head is broken off at its limit", "host W02", "test_fetch::test_head_without_end_is_broken_off"),
    row("W3", "a head of more than 1,000 lines is refused", "host W03",
        "test_fetch::test_head_with_too_many_fields_is_refused_though_it_ends"),
    row("W4", "interim answers count towards the limit", "host W04"),
    row("W5", "an answer that drips is broken off", "host W05", "test_fetch::test_answer_that_drips_is_broken_off"),
    row("W6", "an answer that drips is broken off", "host W06", "test_fetch::test_answer_that_drips_is_broken_off"),
    row("W7", "the body is cut at the limit and kept as truncated", "host W07",
        "test_fetch::test_endless_body_is_cut_at_the_limit_and_kept_as_truncated"),
    row("W8", "the answer is broken off", "host W08"),
    row("W9", "too long: a failure; too short: the bytes that belong to it", "host W09",
        "test_fetch::test_bytes_behind_a_whole_answer_are_nobodys"),
    row("W10", "the chunks count", "host W10", "test_fetch::test_of_chunks_and_a_length_the_chunks_count"),
    row("W11", "decoding stops at the limit; the answer is kept as it came", "host W11",
        "test_bodies::test_bomb_stops_at_the_limit_and_takes_no_more_memory"),
    row("W12", "the same for two layers", "host W12"),
    row("W13", "more than two codings are not undone", "host W13",
        "test_bodies::test_more_than_two_codings_are_not_undone"),
    row("W14", "brotli and zstd are undone though nobody asked for them", "host W14",
        "test_bodies::test_each_coding_is_undone"),
    row("W15", "what could be decoded is kept, and its flaw told", "host W15",
        "test_bodies::test_of_a_corrupt_body_remains_what_was_decoded"),
    row("W16", "a plain body is taken as it is", "host W16",
        "test_bodies::test_plain_body_with_a_wrong_coding_is_taken_as_it_is"),
    row("W17", "the head is archived byte for byte", "host W17", "test_wire::test_answer_comes_back_byte_for_byte"),
    row("W18", "an answer without a status is a failure", "host W18"),
    row("W19", "the status is archived, and is no page", "host W19"),
    row("W20", "a part is archived with its status, and is no page", "host W20"),
    row("W21", "no content and an empty page are answers", "host W21"),
    row("W22", "a certificate that is not valid makes the site dead, with the reason",
        "host W22a", "host W22b", "host W22c",
        "test_fetch::test_bad_certificate_is_a_clear_failure_and_no_silence"),
    row("W23", "a failure, tried three times", "host W23",
        "test_fetch::test_broken_answer_is_a_failure_and_its_connection_is_not_used_again"),
    row("W24", "what nobody asked for is no answer, and the connection is not used again", "host W24",
        "test_fetch::test_bytes_that_come_later_close_the_connection"),

    row("U1", "no file is read: the scheme is none of ours", "host U01",
        "test_urls::test_what_is_never_asked_for_has_no_normal_form"),
    row("U2", "counted by kind, never asked for", "host U02"),
    row("U3", "the target is another host, and not taken", "host U03",
        "test_fetch::test_host_written_as_an_address_is_refused"),
    row("U4", "the target is another host, and not taken", "host U04",
        "test_addresses::test_private_address_is_refused"),
    row("U5", "not even connected to", "host U05",
        "test_fetch::test_address_that_is_not_public_is_not_even_connected_to"),
    row("U6", "the first address is kept; the peer is looked at again before a byte is sent",
        "test_fetch::test_name_that_changes_its_address_is_still_asked_for_at_the_first_one",
        "test_fetch::test_peer_is_asked_about_again_before_a_byte_is_sent"),
    row("U7", "every way of writing means the address that is reached", "host U07",
        "test_addresses::test_private_address_is_refused"),
    row("U8", "refused", "host U08", "test_addresses::test_private_address_is_refused"),
    row("U9", "no port but those of the web, and what the register names", "host U09",
        "test_fetch::test_odd_port_is_not_connected_to_unless_the_register_names_it"),
    row("U10", "read as browsers read them; user names are none of ours", "host U10",
        "test_url_standard::test_cases_of_the_standard_are_read_as_it_says"),
    row("U11", "five redirects, then no more", "host U11", "test_site_crawl::test_chain_of_redirects_has_an_end"),
    row("U12", "a refresh is a link like any other", "host U12", "test_links::test_refresh_is_a_link"),
    row("U13", "links are read as the page says, and are then another host's", "host U13",
        "test_links::test_base_href_moves_relative_links"),
    row("U14", "the page is archived under its own address", "host U14"),
    row("U15", "one host, however it is written", "host U15"),
    row("U16", "no URL longer than 1,024 characters is taken", "host U16",
        "test_urls::test_overlong_reference_is_settled_quickly"),
    row("U17", "hosts that the register does not name are not taken", "host U17"),
    row("U18", "the register's hosts are asked, whoever owns them",
        f"{OPEN}that a site has become another one shows against last quarter only; comes with the refresh"),

    row("T1", "both ways, by query and by path: left after some leaves", "trap T1",
        "test_site_crawl::test_calendar_without_end_is_left_after_thirty_leaves"),
    row("T2", "left after some combinations", "trap T2", "test_shapes::test_facets_in_any_combination_are_one_shape"),
    row("T3", "session ids that are known go, others prove to make no difference", "trap T3",
        "test_urls::test_what_names_the_visit_and_not_the_page_goes"),
    row("T4", "a segment stands at most twice in a path", "trap T4",
        "test_scope::test_reason_says_why_a_link_is_not_taken"),
    row("T5", "a parameter that makes no difference is dropped after ten proofs", "trap T5",
        "test_site_crawl::test_twins_under_another_parameter_are_dropped_after_ten_proofs"),
    row("T6", "left after some tags", "trap T6"),
    row("T7", "left after some pages", "trap T7"),
    row("T8", "known by the probe of an address that cannot be", "trap T8",
        "test_site_crawl::test_error_page_with_status_200_is_known_by_the_probe"),
    row("T9", "one page, in either case", "trap T9", "test_urls::test_key_is_one_for_a_guid_in_either_case"),
    row("T10", "one page, with and without www, by http and https", "trap T10",
        "test_urls::test_key_is_one_for_the_twins_of_a_page"),
    row("T11", "left, and the site is not", "trap T11",
        "test_site_crawl::test_pages_of_random_words_are_left_and_the_site_is_not"),
    row("T12", "left after some times", "trap T12",
        "test_novelty::test_what_varies_from_leaf_to_leaf_says_nothing_new"),
    row("T13", "site search is not taken", "trap T13"),
    row("T14", "kept to its last page", "trap T14",
        "test_site_crawl::test_agenda_archive_that_looks_like_a_trap_is_kept"),
    row("T15", "one page, whatever campaign leads to it", "trap T15"),
    row("T16", "2,000 links of a page are read, and left when they say nothing new", "trap T16",
        "test_links::test_page_of_many_links_is_cut_off"),

    row("P1", "read in time that grows with length only", "host P01",
        "test_parsing::test_page_that_is_not_suspicious_is_read_in_a_second"),
    row("P2", "no link is too deep", "host P02", "test_links::test_no_link_is_too_deep"),
    row("P3", "read by the process that may be stopped", "host P03",
        "test_parsing::test_pages_that_cost_most_are_suspicious"),
    row("P4", "read", "host P04"),
    row("P5", "archived as sent; links and texts are read in the encoding it has", "host P05",
        "test_links::test_letters_are_read_in_every_encoding"),
    row("P6", "read", "host P06"),
    row("P7", "no entity grows, no file is read", "host P07",
        "test_sitemaps::test_sitemap_reads_no_file_and_explodes_no_entities"),
    row("P8", "read to the limits of the protocol; of a broken one what came before", "host P08",
        "test_sitemaps::test_endless_sitemap_is_read_to_the_limits"),
    row("P9", "archived as sent; a PDF gives no links", "host P09"),
    row("P10", "read as browsers read them, or not at all", "host P10"),

    row("R1", "closed; tried again, then left until the next start", "host R01",
        "test_site_crawl::test_site_sleeps_while_its_robots_fails_and_is_given_up_for_this_start"),
    row("R2", "the same",
        "test_fetch::test_silent_host_is_given_up_after_the_time_for_a_whole_answer",
        "test_site_crawl::test_site_sleeps_while_its_robots_fails_and_is_given_up_for_this_start"),
    row("R3", "4xx but 429: open; 429: not now", "host R03a", "host R03b", "host R03c", "host R03d",
        "test_robots::test_status_decides_what_the_file_means"),
    row("R4", "five redirects are followed, to any host of the site; then there are no rules",
        "host R04a", "host R04b", "host R04c", "test_site_crawl::test_robots_is_followed_over_five_redirects"),
    row("R5", "read to its limit", "host R05", "test_robots::test_file_beyond_the_limit_is_cut_there"),
    row("R6", "read all the same; a page has no rules", "host R06a", "host R06b", "host R06c",
        "test_robots::test_rules_are_read_as_rfc_9309_says"),
    row("R7", "kept for a day, then asked for again", "host R07",
        "test_site_crawl::test_rules_a_day_old_are_asked_for_again_within_a_crawl"),
    row("R8", "each scheme has its own", "host R08", "test_site_crawl::test_http_and_https_have_rules_of_their_own"),
    row("R9", "10 s are kept, 30 years are 30 s, nonsense is nothing",
        "host R09a", "host R09b", "host R09c", "host R09d", "test_robots::test_crawl_delay_is_clamped"),
    row("R10", "as RFC 9309 has it", "host R10", "test_robots::test_google_cases"),
    row("R11", "for us or for all: not kept, wherever it stands; for another: kept", "host R11",
        "test_reservations::test_header_for_another_robot_is_not_for_us"),
    row("R12", "not kept; the page stands above the header, the header above the file", "host R12",
        "test_reservations::test_tdm_of_the_page_stands_above_header_and_file"),
    row("R13", "not kept where training is reserved", "host R13",
        "test_reservations::test_content_usage_is_a_structured_dictionary"),
    row("R14", "not followed from there", "host R14",
        "test_links::test_link_that_is_nofollow_at_one_place_only_is_followed"),

    row("L1", "one request at a time, with the pause between", "host L01a", "host L01b",
        "test_fetch::test_hosts_on_one_address_are_asked_one_after_the_other_with_the_pause"),
    row("L2", "the pause asked for is kept, up to an hour", "host L02a", "host L02b", "host L02c",
        "test_politeness::test_retry_after_is_read_in_both_forms"),
    row("L3", "who answers slowly is asked less often", "host L03",
        "test_politeness::test_site_that_slows_down_is_asked_less_often_and_more_often_again_when_it_recovers"),
    row("L4", "left alone after some failures; nobody else is held up", "host L04",
        "test_troubled::test_site_that_fails_again_and_again_is_left_alone"),
    row("L5", "no content: withheld, and not asked for again", "host L05a", "host L05b",
        "test_site_crawl::test_challenge_is_no_content_and_blocks_the_site"),
    row("L6", "sites on one address take turns", "host L01b",
        "test_turns::test_two_hosts_on_one_address_alternate_with_the_pause_between",
        "test_processes::test_sites_on_one_address_or_one_host_go_together"),

    *(row(f"F{number}", "comes with the refresh of a quarter against the last one", f"{OPEN}refresh")
      for number in range(1, NUMBERS["F"] + 1)),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is expected of one host.

    Attributes:
        state, reason: how the site stands; the reason begins so.
        urls: by path, how what became of it begins (see `_became`).
        not_taken: links passed over, at least so many of each kind.
    """

    state: str = "complete"
    reason: str = ""
    urls: Mapping[str, str] = field(default_factory=dict)
    not_taken: Mapping[str, int] = field(default_factory=dict)


ONE, TWO = "/farlig-1.html", "/farlig-2.html"
NO_RULES = "robots.txt of {host} cannot be reached"
NO_PORT = "failed: port"


def of(*became: str, **not_taken: int) -> Outcome:
    """The harmful pages in their order; kinds of links with underscores for blanks."""
    urls = {f"/farlig-{number}.html": each for number, each in enumerate(became, 1)}
    return Outcome(urls=urls, not_taken={kind.replace("_", " "): number for kind, number in not_taken.items()})


OUTCOMES: Mapping[str, Outcome] = {
    "W01": of("failed: the head of the answer is longer than"),
    "W02": of("failed: the head of the answer is longer than"),
    "W03": of("failed: the head of the answer has more than"),
    "W04": of("failed: the head of the answer has more than"),
    "W05": of("failed: the answer is slower than"),
    "W06": of("failed: the answer is slower than"),
    "W07": of("200, cut: length"),
    "W08": of("failed: the answer broke off"),
    "W09": of("failed: the answer broke off", "200"),
    "W10": of("200"),
    "W11": of("200, cut: longer than"),
    "W12": of("200, cut: longer than"),
    "W13": of("200, cut: 200 codings"),
    "W14": of("200", "200"),
    "W15": of("200, cut: corrupt gzip", "200, cut: corrupt gzip"),
    "W16": of("200", "200"),
    "W17": of("200"),
    "W18": of("failed: the answer broke off"),
    "W19": of("304"),
    "W20": of("206"),
    "W21": of("204", "200"),
    "W22a": Outcome(state="dead", reason="the certificate of {host} is not valid: cert has expired"),
    "W22b": Outcome(state="dead", reason="the certificate of {host} is not valid: depth zero self signed cert"),
    "W22c": Outcome(state="dead", reason="the certificate of {host} is not valid: it is for another host"),
    "W23": of("failed: the answer broke off"),
    "W24": of("404"),
    "U01": of("200", "302, redirect leads nowhere", other_scheme=2),
    "U02": of("200", other_scheme=4, needs_JavaScript=1),
    "U03": of("302, redirects to http://127.0.0.1:", other_host=1),
    "U04": of("302, redirects to http://169.254.169.254/", "302", "302", other_host=3),
    "U05": Outcome(urls={ONE: "302, redirects to"}),
    "U07": of("200", *["302"] * 11, other_host=3, not_a_URL=4),
    "U08": of("200", other_host=1, not_a_URL=1),
    "U09": of("200", "302, redirects to"),
    "U10": of("200", "200", other_host=4, not_a_URL=2),
    "U11": Outcome(urls={ONE: "301", TWO: "302", **{f"/kaede-{step}": "302" for step in range(5)},
                         "/kaede-5": "302, redirect leads nowhere", "/kaede-6": "unknown"}),
    "U12": of("200", "200", "200"),
    "U13": of("200", "200", other_host=1),
    "U14": of("200", "200", other_host=1),
    "U15": of("200"),
    "U16": of("200", "200", not_a_URL=2),
    "U17": of("200", other_host=8),
    "P01": of("200"),
    "P02": of("200", "200", "200"),
    "P03": of("200"),
    "P04": of("200"),
    "P05": of("200", "200", "200", "200"),
    "P06": of("200"),
    "P07": Outcome(urls={"/vokser.xml": "200", "/udefra.xml": "200"}),
    "P08": Outcome(urls={
        "/stor.xml": "200, cut: length", "/kreds-1.xml": "200", "/kreds-2.xml": "200", "/bombe.xml.gz": "200",
        "/tom.xml": "200", "/egentlig-html.xml": "200", "/halv.xml.gz": "200",
    }),
    "P09": of("200", "200"),
    "P10": of("200"),
    "R01": Outcome(state="robots-closed", reason=NO_RULES, urls={"/": "waiting"}),
    "R03a": Outcome(),
    "R03b": Outcome(),
    "R03c": Outcome(),
    "R03d": Outcome(state="unfinished", urls={"/robots.txt": "waiting", "/": "waiting"}),
    "R04a": Outcome(),
    "R04b": Outcome(),
    "R04c": Outcome(),
    "R05": Outcome(),
    "R06a": Outcome(),
    "R06b": Outcome(),
    "R06c": Outcome(),
    "R07": Outcome(),
    "R08": Outcome(),
    "R09a": Outcome(state="unfinished"),
    "R09b": Outcome(state="unfinished"),
    "R09c": Outcome(),
    "R09d": Outcome(),
    "R10": Outcome(),
    "R11": Outcome(urls={"/i-krop.html": "200, withheld: noindex", "/anden-linje.html": "200, withheld: noindex"}),
    "R12": Outcome(urls={"/forbeholdt/side.html": "200, withheld: tdm", "/liste.aspx": "200, withheld: tdm",
                         "/med-header.html": "200, withheld: tdm"}),
    "R13": Outcome(urls=dict.fromkeys(("/forbeholdt/side.html", "/med-header.html"), "200, withheld: content-usage")),
    "R14": Outcome(not_taken={"nofollow": 1}),
    "L01a": Outcome(),
    "L01b": Outcome(),
    "L02a": Outcome(),
    "L02b": Outcome(),
    "L02c": Outcome(state="unfinished", urls={"/travl.html": "waiting"}),
    "L03": Outcome(),
    "L04": Outcome(state="partial", reason="its pages failed: status 503", urls={"/": "failed: status 503"}),
    "L05a": Outcome(urls={f"/mur-{number}.html": "failed: a challenge" for number in range(3)}),
    "L05b": Outcome(urls={f"/indre-{number}.html": "200, withheld: login" for number in range(3)}),
}  # fmt: skip
HOSTILE_HOSTS = frozenset(case.host for case in HOSTILE.values())
DELAYS_S = {"R09a": 10.0, "R09b": 30.0}
# Fetches of each trap that a site of eight pages pays for before it is known.
MAX_WASTED = {
    "T1": 40, "T2": 40, "T3": 40, "T4": 40, "T5": 40, "T6": 40, "T7": 40, "T8": 5, "T9": 0, "T10": 0, "T11": 110,
    "T12": 40, "T13": 0, "T14": 0, "T15": 0, "T16": 50,
}  # fmt: skip
TRAPS = {
    "T1": ("calendar_by_query", "calendar_by_path"), "T2": ("faceted_search",),
    "T3": ("session_in_query", "session_in_path"), "T4": ("relative_links", "repeating_path"),
    "T5": ("sorted_directory",), "T6": ("tag_cloud",), "T7": ("paging",), "T8": ("soft_missing",),
    "T9": ("cases_by_guid",), "T10": (), "T11": ("labyrinth",), "T12": ("notice_board",), "T13": ("site_search",),
    "T14": ("agenda_archive",), "T15": ("tracked_newsletter",), "T16": ("endless_list",),
}  # fmt: skip


def test_every_case_has_its_row() -> None:
    expected = {f"{letter}{number}" for letter, most in NUMBERS.items() for number in range(1, most + 1)}
    assert sorted(expected) == sorted(each.id for each in ROWS)
    proofs = {proof for each in ROWS for proof in each.proofs}
    assert {f"host {case}" for case in HOSTILE if case not in LEFT_OUT} == {p for p in proofs if p.startswith("host ")}
    assert OUTCOMES.keys() == HOSTILE.keys() - LEFT_OUT
    assert {f"trap {trap}" for trap in TRAPS} == {proof for proof in proofs if proof.startswith("trap ")}


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.id)
def test_what_proves_a_row_is_there(each: Row) -> None:
    assert each.expected and each.proofs
    for proof in each.proofs:
        if "::" in proof:
            module, function = proof.split("::")
            assert function in _tests_of(module), f"{proof} is not there"
        else:
            assert proof.startswith(("host ", "trap ", OPEN, NOT_FOR_US))


@cache
def _tests_of(module: str) -> frozenset[str]:
    return frozenset(
        node.name for path in TESTS.rglob(f"{module}.py") for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Crawled:
    """One crawl of all hostile hosts and of twenty municipalities with their traps, stopped while some let it wait."""

    web: Web
    server: KommunebyServer
    tvaerkom: Any
    sites: Mapping[str, Site]  # by id
    returncode: int

    def site(self, host: str) -> Site:
        return next(self.sites[site.id] for site in self.web.sites if site.host == host and site.id in self.sites)

    def work(self, site: Site) -> Path:
        return work_of(self.tvaerkom, site)

    def captures(self, site: Site) -> list[Capture]:
        return read_captures(self.tvaerkom.data / "snapshots" / QUARTER, site.id)

    def became(self, site: Site, url: str) -> str:
        """What became of a URL, in words."""
        with frontier_read(self.work(site)) as db:
            found = db.execute("select state, reason from url where url = ?", (url,)).fetchone()
        if found is None:
            return "unknown"
        state, reason = found
        capture = next((each for each in self.captures(site) if each.url == url), None)
        if capture is None:
            return f"{state}: {reason}" if reason else str(state)
        notes = [f"withheld: {capture.withheld}"] if capture.withheld else [reason] if reason else []
        cut = [f"cut: {capture.truncated}"] if capture.truncated else []
        return ", ".join([str(capture.status), *notes, *cut])

    def not_taken(self, site: Site) -> dict[str, int]:
        with frontier_read(self.work(site)) as db:
            return dict(db.execute("select kind, count(*) from not_taken group by kind"))


def work_of(tvaerkom: Any, site: Site) -> Path:
    return Path(tvaerkom.data) / "work" / QUARTER / site.id


@pytest.fixture(scope="module")
def crawled(tvaerkom_of_module: Any) -> Iterator[Crawled]:
    tvaerkom = tvaerkom_of_module
    web = make_web(num_municipalities=NUM_MUNICIPALITIES, pages_per_site=8, with_traps=True, with_reservations=True,
                   with_tls=True, with_hostile=True)  # fmt: skip
    left_out = {HOSTILE[case].host for case in LEFT_OUT}
    with KommunebyServer(web) as server:
        tvaerkom.register.write_text(register_text(web, port=server.port, tls_port=server.tls_port))
        ids = [site.id for site in web.sites if site.host not in left_out]
        sites = {site.id: site for site in read_register(tvaerkom.register, {}).sites if site.id in ids}
        process = subprocess.Popen(
            tvaerkom.arguments("--quiet", "crawl", QUARTER, "--only", ",".join(ids)), cwd=tvaerkom.folder,
            env=os.environ | {"SSL_CERT_FILE": str(server.ca_file)},
        )  # fmt: skip
        waited_for = {HOSTILE[case].host for case in WAITED_FOR}
        ending = [sites[site.id] for site in web.sites if site.id in sites and site.host not in waited_for]
        try:
            _wait_until_ended(process, tvaerkom, ending)
            process.send_signal(signal.SIGINT)
            process.wait(timeout=END_TIMEOUT_S)
        finally:
            process.kill()
        for site in sites.values():  # a crawl that is stopped leaves this to the next start
            with frontier_read(work_of(tvaerkom, site)) as db:
                write_tables(tvaerkom.archive(site.id, QUARTER), site.id, db, {}, {}, with_pages=True)
        yield Crawled(web=web, server=server, tvaerkom=tvaerkom, sites=sites, returncode=process.returncode)


def _wait_until_ended(process: "subprocess.Popen[bytes]", tvaerkom: Any, sites: list[Site]) -> None:
    end = time.monotonic() + END_TIMEOUT_S
    left = list(sites)
    while left and process.poll() is None:
        assert time.monotonic() < end, f"still crawling {', '.join(site.name for site in left[:5])}"
        time.sleep(0.5)
        left = [site for site in left if not _has_ended(work_of(tvaerkom, site), site)]


def _has_ended(folder: Path, site: Site) -> bool:
    try:
        return not read_standing(site, folder, time.time()).is_unfinished
    except BrokenRunError:  # its frontier is being made
        return False


@pytest.mark.slow
def test_crawl_of_all_hostile_hosts_ends_in_good_order(crawled: Crawled) -> None:
    assert crawled.returncode == 130, "it was stopped while some hosts let it wait, and said so"
    complaints = [
        complaint for site in crawled.sites.values()
        for complaint in check_site(crawled.tvaerkom.archive(site.id, QUARTER), site.id)
    ]  # fmt: skip
    assert complaints == []


@pytest.mark.slow
def test_nobody_came_where_nobody_may_come(crawled: Crawled) -> None:
    assert crawled.server.canary_hits == []
    hosts = {host for site in crawled.sites.values() for host in site.hosts}
    assert {entry.host for entry in crawled.server.log} - hosts == set(), "hosts that the register does not name"
    urls = [capture.url for site in crawled.sites.values() for capture in crawled.captures(site)]
    assert [url for url in urls if not url.startswith(("http://", "https://"))] == []


@pytest.mark.slow
def test_no_rule_of_a_host_was_broken(crawled: Crawled) -> None:
    assert [entry.url for entry in closed_requests(crawled.server.log, crawled.web)] == []
    assert [entry.url for entry in hasty_requests(crawled.server.log)] == []


@pytest.mark.slow
@pytest.mark.parametrize("case", OUTCOMES)
def test_hostile_host_ends_as_expected_and_spoils_nothing_beside_it(case: str, crawled: Crawled) -> None:
    host, outcome = HOSTILE[case], OUTCOMES[case]
    site = crawled.site(host.host)
    for path, expected in outcome.urls.items():
        assert crawled.became(site, f"{host.origin}{path}").startswith(expected), path
    counted = crawled.not_taken(site)
    assert {kind: min(counted.get(kind, 0), number) for kind, number in outcome.not_taken.items()} == outcome.not_taken
    standing = read_standing(site, crawled.work(site), time.time())
    assert (outcome.state, True) == (
        standing.state, (standing.reason or "").startswith(outcome.reason.format(host=host.host))
    ), standing.reason  # fmt: skip
    if case in DELAYS_S:
        assert DELAYS_S[case] == standing.delay_s
    if case not in WAITED_FOR:
        _check_pages_beside(host, site, crawled)


def _check_pages_beside(host: HostileCase, site: Site, crawled: Crawled) -> None:
    kept = {each.url: each for each in crawled.captures(site) if each.status == 200 and each.withheld is None}
    assert set(host.content) - kept.keys() == set(), "ordinary pages beside the harm"
    for url in set(host.content) & crawled.web.pages.keys():
        assert hashlib.sha256(crawled.web.pages[url].body).hexdigest() == kept[url].body_sha256
    assert set(host.unkept) & kept.keys() == set(), "pages that may not be kept"


@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAPS)
def test_trap_is_left_and_its_site_is_archived(trap: str, crawled: Crawled) -> None:
    sites = [site for site in crawled.web.sites if _has_trap(site, trap)]
    assert sites
    for site in sites:
        captures = {url_key(each.url): each for each in crawled.captures(crawled.sites[site.id]) if not each.withheld}
        content = [url for url in crawled.web.content_urls() if crawled.web.pages[url].site == site.id]
        assert [url for url in content if url_key(url) not in captures] == []
        wasted = [
            entry.url for entry in crawled.server.log
            if entry.host in (site.host, site.apex_host) and entry.url not in content
            and crawled.web.classify(entry.url) in WASTE_KINDS
        ]  # fmt: skip
        assert len(wasted) <= MAX_WASTED[trap], site.name
        standing = read_standing(crawled.sites[site.id], crawled.work(crawled.sites[site.id]), time.time())
        assert standing.state == "complete", standing.reason


def _has_trap(site: PretendSite, trap: str) -> bool:
    if site.kind is SiteKind.AREA or site.host in HOSTILE_HOSTS:
        return False
    if trap == "T10":
        return is_mirrored(site.index, NUM_MUNICIPALITIES)
    return any(make.__name__ in TRAPS[trap] for make in traps_of(site.index, NUM_MUNICIPALITIES))


@pytest.mark.slow
def test_ordinary_sites_are_archived_whole_beside_all_that(crawled: Crawled) -> None:
    hosts = {site.id: site.host for site in crawled.web.sites}
    ordinary = [site for site in crawled.sites.values() if hosts[site.id] not in crawled.web.cases]
    states = {site.name: read_standing(site, crawled.work(site), time.time()).state for site in ordinary}
    assert {name: state for name, state in states.items() if state != "complete"} == {}
