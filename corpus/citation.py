"""How a corpus is cited: one id that says quarter, revision and inputs, and a BibTeX entry.

In: name, revision and inputs of a corpus, as its manifest has them. Out: text. Names nobody: who built a corpus is not
in it.
"""

from foundation.quarters import parse_quarter


def inputs_hash(identity: str) -> str:
    """The last part of a corpus id, such as `corpus-2026Q4-d2b06f51937c`."""
    return identity.rpartition("-")[2]


def citation_id(name: str, revision: int, inputs_hash: str) -> str:
    """Such as `tvaerkom-2026Q4.0+d2b06f51937c`: as it was built; `.1` is after the first erasure that changed it."""
    return f"tvaerkom-{name}.{revision - 1}+{inputs_hash}"


def bibtex(name: str, revision: int, inputs_hash: str) -> str:
    """An entry without author and address; its year is that of the quarter.

    The key has no plus sign, and the letter æ is written so that every BibTeX can read it.
    """
    cited = citation_id(name, revision, inputs_hash)
    return (
        f"@misc{{{cited.replace('+', '-')},\n"
        f"  title = {{{{Tv{{\\ae}}rkom corpus {name}, revision {revision}}}}},\n"
        f"  year = {{{parse_quarter(name).year}}},\n"
        f"  note = {{{cited}}}\n"
        "}"
    )
