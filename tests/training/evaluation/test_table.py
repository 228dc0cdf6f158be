"""Tables of words as text, Markdown and LaTeX."""

from training.evaluation.table import Table, as_latex, as_markdown, as_text

TABLE = Table(
    title="models & more", head=["model", "loss"], rows=[["a_b|c", "2.31 [2.25, 2.37]"], ["d", "50 %"]],
    notes=["lower is better"],
)  # fmt: skip


def test_text_sets_the_first_column_left_and_numbers_right() -> None:
    assert as_text(TABLE).splitlines() == [
        "models & more",
        "------------------------",
        "model               loss",
        "------------------------",
        "a_b|c  2.31 [2.25, 2.37]",
        "d                   50 %",
        "------------------------",
        "lower is better",
    ]


def test_markdown_escapes_what_would_end_a_cell() -> None:
    assert as_markdown(TABLE).splitlines() == [
        "**models & more**",
        "",
        "| model | loss |",
        "|---|---:|",
        "| a_b\\|c | 2.31 [2.25, 2.37] |",
        "| d | 50 % |",
        "",
        "lower is better",
    ]


def test_latex_is_a_table_of_booktabs_without_loose_signs() -> None:
    lines = as_latex(TABLE).splitlines()
    assert lines[:5] == [
        r"\begin{table}", r"\centering", r"\caption{models \& more}", r"\begin{tabular}{lr}", r"\toprule",
    ]  # fmt: skip
    assert r"a\_b|c & 2.31 [2.25, 2.37] \\" in lines
    assert r"d & 50 \% \\" in lines
    assert lines[-3:] == [r"\end{tabular}", r"\par\footnotesize lower is better", r"\end{table}"]


def test_latex_writes_each_sign_that_steers_it() -> None:
    table = Table(title="t", head=["\\{}$#~^", "x"], rows=[], notes=[])
    assert r"\textbackslash{}\{\}\$\#\textasciitilde{}\textasciicircum{} & x \\" in as_latex(table)


def test_a_turned_table_has_a_row_for_each_column() -> None:
    turned = TABLE.turned()
    assert turned.head == ["model", "a_b|c", "d"]
    assert turned.rows == [["loss", "2.31 [2.25, 2.37]", "50 %"]]
    assert turned.turned() == TABLE


def test_no_sign_of_a_name_steers_the_terminal() -> None:
    table = Table(title="t", head=["model\x1b[2J", "x"], rows=[["a\nb", "1"]], notes=["n\u202e"])
    assert "\x1b" not in as_text(table)
    assert "\u202e" not in as_markdown(table)
    assert "a b" in as_latex(table)


def test_long_notes_are_broken_on_a_terminal_only() -> None:
    table = Table(title="t", head=["a", "b"], rows=[], notes=["word " * 60])
    assert max(map(len, as_text(table).splitlines())) <= 120
    assert as_markdown(table).splitlines()[-1].count("word") == 60
