"""The figures of a report as outputs of a GitHub action: `python -m conformance.report.outputs FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def render(parity: dict[str, Any]) -> list[str]:
    """Lines `name=value` from the object of `parity.json`."""
    must = parity["by_level"].get("MUST", {"counts": {"passed": 0}, "base": 0})
    share = parity["parity"]
    return [
        f"parity={'' if share is None else format(share, '.4f')}",
        f"must={must['counts']['passed']}/{must['base']}",
        f"failed={parity['counts']['failed']}",
        f"complete={str(parity['complete']).lower()}",
    ]


if __name__ == "__main__":
    print("\n".join(render(json.loads(Path(sys.argv[1], "parity.json").read_text("utf-8")))))
