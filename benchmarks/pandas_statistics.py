"""What `tvaerkom corpus stats` counts, in the plain way: every table read whole with pandas, and grouped.

In: the folder of a corpus. Out: the totals as JSON on standard output. Run as a process of its own, so that its time
and memory are its own; written once, not tuned.
"""

import json
import sys
from pathlib import Path

import pandas as pd

from corpus.schema import DropReason

_WORD = r"^[^\w\[]*([^\W\d_]+(?:-[^\W\d_]+)*)[^\w\]]*$"


def count(corpus: Path) -> dict[str, int]:
    sentences = pd.concat(
        pd.read_parquet(path).assign(split=path.name.split("-")[0])
        for path in sorted((corpus / "sentences").glob("*.parquet"))
    )
    documents, dropped = pd.read_parquet(corpus / "documents"), pd.read_parquet(corpus / "dropped")
    keys = ["site", "split", sentences.num_words // 5, (sentences.language_score * 20).astype(int), "first_quarter"]
    sentences.groupby([*keys, "block"]).agg({"num_words": "sum", "language_score": "sum", "text": "size"})
    for column in ("first_seen", "last_changed"):
        documents[column] = documents[column].dt.year * 4 + documents[column].dt.quarter
    documents.groupby(["site", "first_seen", "last_changed", "num_sentences", "change"], dropna=False).size()
    dropped.groupby(["site", "level", "reason"]).size()
    twins = dropped[dropped.level == "sentence"].merge(sentences, left_on="kept_id", right_on="sentence_id")
    twins.groupby(["site_x", "reason", twins.site_x == twins.site_y]).size()
    words = sentences[["text", "first_quarter"]].assign(text=sentences.text.str.lower().str.split(" ")).explode("text")
    words["text"] = words.text.str.extract(_WORD, expand=False)
    quarters = words.groupby("text").first_quarter.agg(["size", "min"])
    return {
        "documents": len(documents), "sentences": len(sentences), "words": int(sentences.num_words.sum()),
        "duplicates": int((twins.reason == DropReason.DUPLICATE_SENTENCE).sum()), "different_words": len(quarters),
        "new_words": int((quarters["min"] == corpus.name).sum()),
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(count(Path(sys.argv[1]))))
