# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportMissingTypeStubs=false
"""Data files as ingest writes them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray


def write_long_table(path: Path, ids: list[str], ds: NDArray[np.generic], y: NDArray[np.float64]) -> None:
    pq.write_table(pa.table({"unique_id": pa.array(ids, pa.string()), "ds": pa.array(ds), "y": y}), path)
