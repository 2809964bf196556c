"""The run as a badge: the JSON that shields.io reads from an endpoint. It names the base of the figure."""

from __future__ import annotations

import json

from conformance.report.events import Run
from conformance.verdict.score import Score


def render(run: Run, score: Score) -> str:
    """A JSON object: `MUST 601/612 · 17 of 32 operations`, green if every MUST passed.

    It is grey if nothing applied, and where checks of the profile are missing: a part of them makes nothing green.
    """
    must = score.by_level.get("MUST")
    offered = f"{len(run.start['operations'])} of {run.start['operations_of']} operations"
    if must is None or not must.base:
        message, color = f"no MUST applies · {offered}", "lightgrey"
    else:
        passed = must.counts["passed"]
        message = f"MUST {passed}/{must.base} · {offered}"
        share = passed / must.base
        color = "brightgreen" if share == 1 else "green" if share >= 0.95 else "yellow" if share >= 0.8 else "orange"
    if not score.complete:
        message += " · incomplete"
        color = "lightgrey" if "green" in color else color
    return json.dumps({"schemaVersion": 1, "label": "Hub conformance", "message": message, "color": color}) + "\n"
