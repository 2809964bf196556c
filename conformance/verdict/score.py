"""The score of a run: counts, parity, completeness and the exit code. Every report prints these figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from conformance.verdict.outcome import COULD_NOT_RUN, DECLINED, LEVELS, OUTCOMES, Level, Outcome
from conformance.verdict.result import CheckResult

ExitCode: TypeAlias = Literal[0, 1, 3]
"""0 as expected, 1 not as expected, 3 incomplete. 2, usage or harness error, is never a score's."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of some checks: every outcome is a key, whether it occurred or not.

    `declined` is how many of the unsupported ones the port offers by its description, and declined when asked.
    """

    counts: dict[Outcome, int]
    declined: int = 0

    @property
    def could_not_run(self) -> int:
        """How many checks prove nothing about the library."""
        return sum(self.counts[outcome] for outcome in COULD_NOT_RUN)

    @property
    def no_verdict(self) -> int:
        """How many checks of the base neither passed nor failed."""
        return self.could_not_run + self.counts["inconclusive"] + self.declined

    @property
    def not_offered(self) -> int:
        """How many checks the port's description leaves out: these are outside of the base."""
        return self.counts["unsupported"] - self.declined

    @property
    def base(self) -> int:
        """How many checks parity is measured over: all but those not offered and those that do not apply."""
        return self.counts["passed"] + self.counts["failed"] + self.no_verdict

    @property
    def parity(self) -> float | None:
        """`passed / base`, 0 to 1; None for 0 of 0, which does not pass."""
        return self.counts["passed"] / self.base if self.base else None


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of a run. Only checks of the profile count; expected failures count as failed."""

    total: Tally
    by_operation: dict[str, Tally]
    by_level: dict[Level, Tally]
    failed: tuple[CheckResult, ...]
    """The failed checks of the profile, expected or not, sorted by id."""
    complete: bool
    """Whether every check of the profile ended with an outcome that proves something about the library."""
    exit_code: ExitCode


def tally(results: Iterable[CheckResult]) -> Tally:
    """Count outcomes."""
    counted = list(results)
    seen = Counter(result.outcome for result in counted)
    return Tally({outcome: seen[outcome] for outcome in OUTCOMES}, sum(map(is_declined, counted)))


def tally_by(results: Iterable[CheckResult], key: Callable[[CheckResult], K]) -> dict[K, Tally]:
    """Count outcomes in groups, in the order in which the groups appear."""
    groups: dict[K, list[CheckResult]] = {}
    for result in results:
        groups.setdefault(key(result), []).append(result)
    return {name: tally(members) for name, members in groups.items()}


def score(
    results: Iterable[CheckResult], *, selected: int, profile_checks: int, gate_problems: Sequence[str] = ()
) -> Score:
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
        by_level=tally_by(sorted(scored, key=lambda result: LEVELS.index(result.level)), lambda result: result.level),
        failed=tuple(result for result in scored if result.outcome == "failed"),
        complete=0 < profile_checks == len(scored) - total.could_not_run,
        exit_code=_exit_code(scored, bool(gate_problems), missing=selected > len(every)),
    )


def is_declined(result: CheckResult) -> bool:
    """Whether the port offers the check's operation and declined the call."""
    return result.outcome == "unsupported" and result.finding is not None and result.finding.code == DECLINED


def _exit_code(scored: Sequence[CheckResult], gate_problems: bool, *, missing: bool) -> ExitCode:
    if not any(result.outcome in ("passed", "failed") for result in scored):
        return 3  # nothing was measured, whatever else is to be said
    unexpected = [result for result in scored if not result.verdict.as_expected]
    could_not_run = [result for result in unexpected if result.outcome in COULD_NOT_RUN]
    if gate_problems or len(unexpected) > len(could_not_run):
        return 1
    return 3 if missing or could_not_run else 0
