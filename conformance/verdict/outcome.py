"""The words a verdict is made of: outcomes, levels, findings, violations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

Outcome: TypeAlias = Literal[
    "passed",
    "failed",
    "unsupported",
    "not_applicable",
    "inconclusive",
    "unimplemented",
    "unrecorded",
    "crashed",
    "timed_out",
    "protocol_error",
]
"""What became of a check:

* passed, failed: the port was asked and its answer judged;
* unsupported: the port's description shows that the library lacks it, or, with the code `declined`, its answer did;
* not_applicable: the recording lacks a role that the check needs; the port was not asked;
* inconclusive: what the check is about did not happen: a planned fault did not fire, or a control step failed;
* unimplemented: the shim lacks it;
* unrecorded: the port asked for an exchange that no cassette has, so neither a pass nor a failure proves anything;
* crashed, timed_out: the port ended, or did not answer in time;
* protocol_error: its answer does not follow the shim protocol.
"""

OUTCOMES: Final[tuple[Outcome, ...]] = get_args(Outcome)

COULD_NOT_RUN: Final[frozenset[Outcome]] = frozenset(
    {"unimplemented", "unrecorded", "crashed", "timed_out", "protocol_error"}
)
"""Outcomes that prove nothing about the library. They count against parity."""

NEVER_EXPECTED: Final[frozenset[Outcome]] = COULD_NOT_RUN - {"unrecorded"}
"""Outcomes that no expectation excuses. What the suite could not answer, the port's maintainer cannot repair."""

DECLINED: Final = "declined"
"""The finding's code where a port declines what its description offers. It counts against parity."""

Level: TypeAlias = Literal["MUST", "SHOULD", "MAY"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a check failed.

    `code` is a short, stable, lower-case word with hyphens (`wrong-bytes`); expectations are bound to it.
    `expected` and `seen` are values that JSON can hold.
    """

    code: str
    message: str
    expected: Any = None
    seen: Any = None

    def to_json(self) -> dict[str, Any]:
        """Its form in the event stream."""
        return {"code": self.code, "message": self.message, "expected": self.expected, "seen": self.seen}


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule for every request that was broken: the id of the rule's check, with the finding's code and text.

    `as_expected` is whether the port's expectations name the place in which it was broken.
    """

    check: str
    code: str
    message: str
    as_expected: bool = False

    def to_json(self) -> dict[str, Any]:
        """Its form in the event stream."""
        return {
            "check": self.check,
            "code": self.code,
            "message": self.message,
            "as_expected": self.as_expected,
        }


class CheckFailed(AssertionError):
    """A check's statement does not hold of the port."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"[{finding.code}] {finding.message}")
        self.finding = finding


class Inconclusive(Exception):
    """What the check is about did not happen, so the port neither passed nor failed. `finding` has what did not."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"[{finding.code}] {finding.message}")
        self.finding = finding


class NotApplicable(Exception):
    """The recording lacks a role that the check needs. The text names the role."""
