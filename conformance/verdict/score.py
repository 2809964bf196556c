"""The score of a run: counts, parity, completeness and the exit code. Every report prints these figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from conformance.verdict.decide import Verdict
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


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of some checks: every outcome is a key, whether it occurred or not."""

    counts: dict[Outcome, int]

    @property
    def could_not_run(self) -> int:
        """How many checks say nothing of the library."""
        return sum(self.counts[outcome] for outcome in COULD_NOT_RUN)

    @property
    def applicable(self) -> int:
        """How many checks parity is measured over: all but the unsupported ones."""
        return self.counts["passed"] + self.counts["failed"] + self.could_not_run

    @property
    def parity(self) -> float | None:
        """`passed / (passed + failed + could not run)`, 0 to 1; None for 0 of 0, which is no pass."""
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
    """Whether every check of the profile passed, failed or was unsupported."""
    exit_code: ExitCode


def tally(results: Iterable[Result]) -> Tally:
    """Count outcomes."""
    seen = Counter(result.outcome for result in results)
    return Tally({outcome: seen[outcome] for outcome in OUTCOMES})


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
    ran = [result for result in scored if result.outcome not in COULD_NOT_RUN]
    if gate_problems or any(not result.verdict.as_expected for result in ran):
        return 1
    if missing or not ran or len(ran) < len(scored):
        return 3
    return 0
