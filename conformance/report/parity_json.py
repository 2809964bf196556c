"""The figures of a run as `parity.json`, for machines."""

from __future__ import annotations

import json
from typing import Any

from conformance.report.events import Run
from conformance.verdict.result import CheckResult
from conformance.verdict.score import Score, Tally, is_declined


def render(run: Run, score: Score) -> str:
    """A JSON object, indented, with these keys.

    * `suite`, `profile`, `port` {`name`, `version`, `language`}, and `commit` {`hash`, `date`} where the port file
      lies in a git repository;
    * `recording` {`name`, `upstream`, `provenance`, `recorded`, `thinned`}, if the run was given one;
    * `capabilities` {`claimed`, `missing`, `unclaimed`}: the operations that the port says it has; of these, those that
      it declines, with its reason; and those that work though it doesn't claim them. Null in a run of named checks;
    * `operations` {`offered`, `of`}: how many operations the port offers, of how many that there are;
    * `counts`: outcome to number of checks, every outcome a key; `declined`: how many of the unsupported ones the port
      offers and declined; `base`: how many checks parity is measured over; `parity`: 0 to 1, or null for 0 of 0;
    * `complete`: whether every check of the profile ended with an outcome that says something of the library;
    * `by_operation`, `by_level`: name to {`counts`, `declined`, `base`, `parity`};
    * `outcomes`: id to outcome, of every check that was run; `declines`: the ids of the declined ones;
    * `failed`: failed checks, also expected ones, {`id`, `level`, `operation`, `verdict`, `finding`};
    * `generated` {`by`, `started`}: the program, and when the run began (ISO 8601, UTC).

    Only checks of the profile are in it.
    """
    document = {
        "suite": run.start["suite"],
        "profile": run.start["profile"],
        "port": run.start["port"],
        **({"commit": run.start["commit"]} if "commit" in run.start else {}),
        **({"recording": run.start["recording"]} if "recording" in run.start else {}),
        "capabilities": run.start["capabilities"],
        "operations": {"offered": len(run.start["operations"]), "of": run.start["operations_of"]},
        **_tally(score.total),
        "complete": score.complete,
        "by_operation": {name: _tally(tally) for name, tally in score.by_operation.items()},
        "by_level": {name: _tally(tally) for name, tally in score.by_level.items()},
        "outcomes": {result.id: result.outcome for result in run.checks if result.scored},
        "declines": [result.id for result in run.checks if result.scored and is_declined(result)],
        "failed": [_failed(result) for result in score.failed],
        "generated": {"by": f"hf-hub-conformance {run.start['suite']}", "started": run.start["started"]},
    }
    return json.dumps(document, indent=2) + "\n"


def _tally(tally: Tally) -> dict[str, Any]:
    return {"counts": tally.counts, "declined": tally.declined, "base": tally.base, "parity": tally.parity}


def _failed(result: CheckResult) -> dict[str, Any]:
    return {
        "id": result.id,
        "level": result.level,
        "operation": result.operation,
        "verdict": result.verdict.label,
        "finding": result.finding.to_json() if result.finding else None,
    }
