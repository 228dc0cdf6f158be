"""Which sentences came and went between two corpora, and for whose sake.

In: a connection with the views of both corpora (`a_` before, `b_` after) and the table `pages`. Out: the tables
`came` and `went` (sentence_id, site, text, num_words, language_score, cause), and sums by site. A sentence of a page
that is the same in both came or went by what was dropped of it.
"""

from collections import defaultdict

import duckdb

from corpus.comparison.changes import Cause, SentenceChanges, Sentences
from corpus.comparison.page_changes import CHANGED, KEPT
from corpus.inspection.database import quoted
from corpus.inspection.measuring import DUPLICATES

_DUPLICATES = ", ".join(quoted(each) for each in DUPLICATES)
# {own} has the sentence and {other} does not.
_ONLY_HERE = """
create temp table only_here as
select s.sentence_id, s.site, s.text, s.num_words, s.language_score, p.status, p.cause, p.{url} as url
from {own}sentences s anti join {other}sentences using (sentence_id)
left join pages p using (document_id)
"""
# Where the page says it in both, it was dropped there: as a duplicate, or by a rule. Where nothing is there of which it
# is a duplicate, an erasure took that. A page that says it in one only was changed.
_WITH_CAUSE = f"""
create temp table {{table}} as
with dropped_there as (
        select d.text, d.url, bool_or(reason in ({_DUPLICATES})) as is_duplicate, count(sentence_id) > 0 as has_survivor
        from {{other}}dropped d left join {{other}}sentences on kept_id = sentence_id
        where level = 'sentence' and (d.text, d.url) in (
            select (text, url) from only_here where status in ('{KEPT}', '{CHANGED}')
        )
        group by d.text, d.url
    )
select sentence_id, site, text, num_words, language_score,
    case when is_duplicate is null then if(status = '{KEPT}', '{Cause.OURS}', cause)
        when not is_duplicate then '{Cause.OURS}'
        when has_survivor or not {{is_revised}} then '{Cause.ELSEWHERE}' else '{Cause.ERASURE}' end as cause
from only_here left join dropped_there using (text, url)
"""
_SUMS = "count(*), sum(num_words)::bigint, sum(language_score)"
_BOTH = """
select a.site, b.site, count(*), sum(b.num_words)::bigint, sum(b.language_score)
from a_sentences a join b_sentences b using (sentence_id) group by all order by all
"""
Sums = dict[str, dict[Cause, Sentences]]


def count_sentences(
    connection: duckdb.DuckDBPyConnection, *, is_before_revised: bool, is_after_revised: bool
) -> dict[str, SentenceChanges]:
    """Make the tables `came` and `went`; gives the sums by site. A revised corpus had something erased."""
    came = _only(connection, "came", "b_", "a_", is_revised=is_before_revised)
    went = _only(connection, "went", "a_", "b_", is_revised=is_after_revised)
    kept: dict[str, Sentences] = defaultdict(Sentences)
    for before, after, *numbers in connection.execute(_BOTH).fetchall():
        some = _sentences(numbers)
        if before == after:
            kept[after] += some
        else:  # its copy that stays is another site's now
            went[before][Cause.ELSEWHERE] += some
            came[after][Cause.ELSEWHERE] += some
    return {
        site: SentenceChanges(kept=kept[site], new=came[site], gone=went[site])
        for site in sorted(kept.keys() | came.keys() | went.keys())
    }


def _only(connection: duckdb.DuckDBPyConnection, table: str, own: str, other: str, *, is_revised: bool) -> Sums:
    url = "url_before" if other == "a_" else "url_after"  # of the page in the corpus that does not have the sentence
    connection.execute(_ONLY_HERE.format(own=own, other=other, url=url))
    connection.execute(_WITH_CAUSE.format(table=table, other=other, is_revised=is_revised))
    connection.execute("drop table only_here")
    sums: Sums = defaultdict(lambda: defaultdict(Sentences))
    for site, cause, *numbers in connection.execute(
        f"select site, cause, {_SUMS} from {table} group by all order by all"
    ).fetchall():
        sums[site][Cause(cause)] += _sentences(numbers)
    return sums


def _sentences(numbers: list[float]) -> Sentences:
    number, words, scores = numbers
    return Sentences(number=int(number), words=int(words), scores=round(scores, 3))
