"""Write the datasets' files under `fixtures/`: `python -m conformance.hub.rows`.

Parquet's bytes depend on the version of pyarrow, and deflated ones on that of zlib, so what is written is committed.
"""

from __future__ import annotations

import shutil

from conformance.hub.repositories import stages
from conformance.hub.rows import deepcoder, livecodebench, one_parquet, openthoughts, tulu3
from conformance.hub.rows.writing import put

WRITTEN = {
    "tulu3": tulu3.stages,
    "deepcoder": deepcoder.stages,
    "livecodebench": livecodebench.stages,
    "openthoughts-agent": openthoughts.agent_stages,
    "openthoughts-thoughts": openthoughts.thoughts_stages,
    "openthoughts-tasks": openthoughts.tasks_stages,
    "one-parquet": one_parquet.stages,
}

if __name__ == "__main__":
    for name, make in WRITTEN.items():
        shutil.rmtree(stages.folder(name), ignore_errors=True)
        for stage, files in make().items():
            put(stages.folder(name) / stage, files)
