"""The words of a corpus: how many there are, which are new, and which went.

In: a connection with views of sentences. Out: `Vocabulary`, `ChangedWords`. A word is letters, with hyphens between
them; case and the signs around it do not count, and a placeholder for contact data is none. Knows no inflections.
"""

import duckdb

from corpus.comparison.changes import Cause, ChangedWords
from corpus.inspection.figures import NewWord, Vocabulary

MAX_WORDS = 100
# A word of one site, or of a sentence or two, may be a person's name, and these words are shown to many.
MIN_SENTENCES, MIN_SITES = 3, 2
_WORD_MACRO = r"""
create macro if not exists word_of(token) as
regexp_extract(lower(token), '^[^\p{L}\p{N}\[]*(\p{L}+(?:-\p{L}+)*)[^\p{L}\p{N}\]]*$', 1)
"""
# What stands between blanks is counted first, and read as a word once for each that is different: one of forty.
_TOKENS = """
create temp table tokens as
select token, word_of(token) as word, number, number_new, number_gone from (
    select token, count(*) as number, count(*) filter (is_new) as number_new, count(*) filter (is_gone) as number_gone
    from (select unnest(string_split(text, ' ')) as token, is_new, is_gone from ({source})) group by token
)
"""
_WORDS = """
create temp table words as
select word, sum(number)::bigint as number, sum(number_new)::bigint as number_new,
    sum(number_gone)::bigint as number_gone
from tokens where word <> '' group by word
"""
_COMMONEST = f"""
with candidates as (select word, number from words where number = {{which}} and number >= {MIN_SENTENCES}),
    spellings as (select token, word from tokens semi join candidates using (word)),
    met as (select unnest(string_split(text, ' ')) as token, site, hash(text) as sentence from ({{source}})),
    spread as (
        select word, count(distinct site) as num_sites, count(distinct sentence) as num_sentences
        from met join spellings using (token) group by word
    )
select word, number, num_sites from candidates join spread using (word)
where num_sites >= {MIN_SITES} and num_sentences >= {MIN_SENTENCES}
order by number desc, num_sites desc, word limit {MAX_WORDS}
"""


def read_vocabulary(connection: duckdb.DuckDBPyConnection, *, new_in: str | None) -> Vocabulary:
    """Count the words of the view `sentences`; new are those that only sentences first met in `new_in` have."""
    is_new = "false" if new_in is None else f"first_quarter = '{new_in}'"
    num_distinct, num_new, _ = _count(connection, f"select text, {is_new} as is_new, false as is_gone from sentences")
    if new_in is None:
        return Vocabulary(num_distinct=num_distinct)
    new = _commonest(connection, "number_new", f"select text, site from sentences where {is_new}")
    return Vocabulary(num_distinct=num_distinct, num_new=num_new, new=new)


def read_changed_words(connection: duckdb.DuckDBPyConnection) -> ChangedWords:
    """Compare the words of `b_sentences` with those of `a_sentences`, by the tables `came` and `went`.

    Those of a site that was not crawled for one of the two neither came nor went.
    """
    came, went = (f"(select * from {table} where cause <> '{Cause.ABSENT}')" for table in ("came", "went"))
    num_all, num_appeared, num_vanished = _count(
        connection,
        f"select text, sentence_id in (select sentence_id from {came}) as is_new, false as is_gone from b_sentences "
        f"union all select text, false, true from {went}",
    )
    return ChangedWords(
        num_distinct=num_all - num_vanished, num_appeared=num_appeared, num_vanished=num_vanished,
        appeared=_commonest(connection, "number_new", f"select text, site from {came}"),
        vanished=_commonest(connection, "number_gone", f"select text, site from {went}"),
    )  # fmt: skip


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[int, ...]:
    """Fill the tables `tokens` and `words`; gives how many there are, only new, only gone."""
    for statement in (_WORD_MACRO, _TOKENS.format(source=source), _WORDS):
        connection.execute(statement)
    row = connection.execute(
        "select count(*), count(*) filter (number = number_new), count(*) filter (number = number_gone) from words"
    ).fetchone()
    return row or (0, 0, 0)


def _commonest(connection: duckdb.DuckDBPyConnection, which: str, source: str) -> tuple[NewWord, ...]:
    rows = connection.execute(_COMMONEST.format(which=which, source=source)).fetchall()
    return tuple(NewWord(word=word, count=number, num_sites=sites) for word, number, sites in rows)
