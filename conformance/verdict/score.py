"""The score of a run: counts, parity, completeness and the exit code. Every report prints these figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from conformance.verdict.decide import DECLINED, Verdict
from conformance.verdict.outcome import COULD_NOT_RUN, OUTCOMES, Finding, Level, Outcome

ExitCode: TypeAlias = Literal[0, 1, 3]
"""0 as expected, 1 not as expected, 3 incomplete. 2, usage or harness error, is never a score's."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Result:
    """What a run says of one check. `scored` is whether the profile lists it."""

    id: str
    level: Level
    operation: str
    scored: bool
    outcome: Outcome
    verdict: Verdict
    finding: Finding | None = None

    @property
    def is_declined(self) -> bool:
        """Whether the port offers what the check asks, and declined it."""
        return self.outcome == "unsupported" and self.finding is not None and self.finding.code == DECLINED


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of some checks: every outcome is a key, whether it occurred or not.

    `declined` of the unsupported ones are about something that the port offers. They stay in the base of the figure:
    a port that declines more never scores more.
    """

    counts: dict[Outcome, int]
    declined: int = 0

    @property
    def could_not_run(self) -> int:
        """How many checks say nothing of the library."""
        return sum(self.counts[outcome] for outcome in COULD_NOT_RUN)

    @property
    def unsupported(self) -> int:
        """How many checks are about something that the port does not offer, as its description says."""
        return self.counts["unsupported"] - self.declined

    @property
    def applicable(self) -> int:
        """How many checks parity is measured over: all but those that the port's description or the recording rule out."""
        return sum(self.counts.values()) - self.unsupported - self.counts["not_applicable"]

    @property
    def other(self) -> int:
        """How many applicable checks neither passed nor failed."""
        return self.applicable - self.counts["passed"] - self.counts["failed"]

    @property
    def parity(self) -> float | None:
        """`passed / applicable`, 0 to 1; None for 0 of 0, which is not a pass."""
        return self.counts["passed"] / self.applicable if self.applicable else None


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of a run. Only checks of the profile count; expected failures count as failed."""

    total: Tally
    by_operation: dict[str, Tally]
    by_level: dict[Level, Tally]
    failed: tuple[Result, ...]
    """The failed checks of the profile, expected or not, sorted by id."""
    complete: bool
    """Whether every check of the profile ended with an outcome that says something of the library."""
    exit_code: ExitCode


def tally(results: Iterable[Result]) -> Tally:
    """Count outcomes."""
    counted = list(results)
    seen = Counter(result.outcome for result in counted)
    return Tally({outcome: seen[outcome] for outcome in OUTCOMES}, sum(result.is_declined for result in counted))


def tally_by(results: Iterable[Result], key: Callable[[Result], K]) -> dict[K, Tally]:
    """Count outcomes in groups, in the order in which the groups appear."""
    groups: dict[K, list[Result]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return {name: tally(members) for name, members in groups.items()}


def score(results: Iterable[Result], *, selected: int, profile_checks: int, gate_problems: Sequence[str] = ()) -> Score:
    """Compute a run's figures.

    Checks outside of the profile never change them: a check that was added after the profile was frozen must
    not turn a port red that was green before.

    Args:
        results: one for each check that reported.
        selected: how many checks the run was to make; those that never reported could not run.
        profile_checks: how many checks the profile lists.
        gate_problems: what is wrong beside the checks, such as an expectation for an unknown id.
    """
    every = sorted(results, key=lambda result: result.id)
    scored = [result for result in every if result.scored]
    total = tally(scored)
    return Score(
        total=total,
        by_operation=dict(sorted(tally_by(scored, lambda result: result.operation).items())),
        by_level=tally_by(sorted(scored, key=lambda result: result.level), lambda result: result.level),
        failed=tuple(result for result in scored if result.outcome == "failed"),
        complete=0 < profile_checks == len(scored) - total.could_not_run,
        exit_code=_exit_code(scored, bool(gate_problems), missing=selected > len(every)),
    )


def _exit_code(scored: Sequence[Result], gate_problems: bool, *, missing: bool) -> ExitCode:
    unexpected = {result.outcome for result in scored if not result.verdict.as_expected}
    if gate_problems or unexpected - _INCOMPLETE:
        return 1
    measured = any(result.outcome in ("passed", "failed") for result in scored)
    return 3 if missing or unexpected or not measured else 0


_INCOMPLETE = COULD_NOT_RUN | {"unrecorded"}
"""Outcomes that are gaps of a run; the port may have nothing to mend."""
