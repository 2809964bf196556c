"""Faults in words, for the command line: `429`, `cut:5000@*.parquet`, `slow:2`."""

from __future__ import annotations

import re
from typing import Final

from conformance.errors import ConformanceError
from conformance.replay.faults import Cut, Fault, Reset, Stall, Status
from conformance.replay.plan import PlannedFault
from conformance.replay.subject import Subject

HELP: Final = (
    "slow:SECONDS, cut:BYTES, reset, or a status such as 429 or 503; then, if wanted, @GLOB for the paths that are "
    "struck and xTIMES for how often (once; slow always): cut:5000@*.parquetx2"
)
_WORDS: Final = re.compile(
    r"(?P<kind>slow|cut|reset|[45][0-9]{2})(?::(?P<value>[0-9]{1,9}(?:\.[0-9]{1,3})?))?"
    r"(?:@(?P<path>.+?))?(?:x(?P<times>[0-9]{1,6}|\*))?"
)
_RETRY_AFTER: Final = 1
"""Seconds that a 429 or 503 asks for."""


class FaultError(ConformanceError):
    """These words name no fault."""


def planned(words: str) -> PlannedFault:
    """The fault that words name.

    Raises:
        FaultError: they name none.
    """
    found = _WORDS.fullmatch(words)
    if found is None or (found["kind"] in ("slow", "cut")) != (found["value"] is not None):
        raise FaultError(f"--fault {words}: not a fault", f"give {HELP}")
    times = found["times"] or ("*" if found["kind"] == "slow" else "1")
    path = found["path"] or "*"
    subject = Subject("content") if found["kind"] in ("cut", "reset") else Subject()
    try:
        fault = _fault(found["kind"], found["value"] or "")
    except ValueError as error:
        raise FaultError(f"--fault {words}: {error}", f"give {HELP}") from None
    pattern = path if path.startswith(("/", "*")) else f"*{path}"
    return PlannedFault((fault,), path=pattern, times=None if times == "*" else int(times), subject=subject)


def _fault(kind: str, value: str) -> Fault:
    if kind == "slow":
        return Stall(float(value), after=-1)
    if kind == "cut":
        return Cut(int(float(value)))
    if kind == "reset":
        return Reset(0)
    code = int(kind)
    return Status(code, retry_after=_RETRY_AFTER) if code in (429, 503) else Status(code)
