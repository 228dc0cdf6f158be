"""A few rows of a snapshot's tables, without reading the rest.

In: a snapshot, a site, one of its tables, a column, values. Out: rows. For one page of a large site; whoever needs all
of a table asks crawler.snapshot.
"""

from collections.abc import Collection, Sequence
from pathlib import Path

import pyarrow as pa

from corpus.tracing.lookups import Rows, rows_with
from crawler.snapshot import SITES_FOLDER
from foundation.errors import BrokenRunError


def snapshot_rows(
    snapshot: Path, site: str, table: str, column: str, values: Collection[str], columns: Sequence[str]
) -> Rows:  # fmt: skip
    """Nothing where the snapshot has no such site or table.

    Raises:
        BrokenRunError: the table cannot be read.
    """
    path = snapshot / SITES_FOLDER / site / table
    if not path.is_file():
        return []
    try:
        return rows_with([path], column, values, columns)
    except (pa.ArrowException, OSError) as error:
        raise BrokenRunError(
            f"{path}: cannot be read ({error}); run: tvaerkom snapshot verify {snapshot.name}"
        ) from None
