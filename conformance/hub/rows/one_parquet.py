"""The file of `conformance/one-parquet`, a dataset whose card does not describe its columns."""

from __future__ import annotations

import pyarrow as pa

from conformance.hub.rows.writing import parquet


def stages() -> dict[str, dict[str, bytes]]:
    return {"1-data": {"rows.parquet": parquet(pa.table({"number": [0, 1, 2]}))}}
