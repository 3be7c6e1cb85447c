"""Parquet files of strangers: a small one can hold endless text, since what repeats is written once."""

from __future__ import annotations

from pathlib import Path

import pyarrow
import pyarrow.parquet

from todsum.errors import TodsumError
from todsum.files.packed import check_ratio
from todsum.files.plain import check_plain

_ROWS_AT_ONCE = 16


def check_parquet(path: Path, most_rows: int) -> None:
    """Refuses a file that unpacks to far more than text does, before it is read as a whole.

    Raises:
        TodsumError: no regular file, no Parquet, too many rows, or such a file.
    """
    check_plain(path)
    packed, total = path.stat().st_size, 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            about = file.metadata
            if about.num_rows > most_rows:
                raise TodsumError(f"{path}: {about.num_rows} rows are more than the {most_rows} that are allowed")
            check_ratio(path, packed, sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups)))
            for batch in file.iter_batches(_ROWS_AT_ONCE):
                total += batch.nbytes
                check_ratio(path, packed, total)
    except (pyarrow.ArrowException, OSError) as error:
        raise TodsumError(f"{path}: not readable as Parquet: {error}") from error
