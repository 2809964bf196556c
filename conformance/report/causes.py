"""Failed checks grouped by cause: the same finding in the same area, the most severe first."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.report.harm import Harm, harm_of
from conformance.report.text import brief
from conformance.verdict.outcome import LEVELS
from conformance.verdict.result import CheckResult

_FACTORS: Final[Mapping[str, float]] = {"MUST": 3.0, "SHOULD": 1.0, "MAY": 0.3}
_SECURITY_AREAS: Final = frozenset({"auth", "redirects", "names", "wire"})
_PASSED_OVER: Final = frozenset({"passed", "not_applicable"})


@dataclass(frozen=True, slots=True)
class Cause:
    """Checks that failed alike.

    Attributes:
        area: the area of the checks.
        code: the code of their findings; the outcome of a check that has no finding.
        message: the finding that most of them have, on one line.
        requirement: what the first example violates.
        checks: the checks, the best example first: a MUST, not expected, with the most common finding.
        harm: the kind of harm.
        weight: for the order; it grows with the harm, the level and, slowly, with the number of checks.
    """

    area: str
    code: str
    message: str
    requirement: str
    checks: tuple[CheckResult, ...]
    harm: Harm
    weight: float

    @property
    def example(self) -> CheckResult:
        return self.checks[0]

    @property
    def levels(self) -> str:
        """`12 MUST, 3 SHOULD`."""
        count = Counter(check.level for check in self.checks)
        return ", ".join(f"{count[level]} {level}" for level in LEVELS if count[level])

    @property
    def unexpected(self) -> int:
        """How many of the checks are not as the port's expectations say."""
        return sum(not check.verdict.as_expected for check in self.checks)


def is_failure(check: CheckResult) -> bool:
    """Whether a check counts against the port: it failed, declined, or could not run; expected or not."""
    if check.outcome == "unsupported":
        return check.verdict.label in ("declined", "expected decline")
    return check.outcome not in _PASSED_OVER


def code_of(check: CheckResult) -> str:
    """The code of a check's finding, or its outcome."""
    finding = check.finding
    return finding.code if finding else check.outcome.replace("_", "-")


def causes_of(checks: Iterable[CheckResult]) -> list[Cause]:
    """The causes of the failures among some checks of one port, heaviest first."""
    groups: dict[tuple[str, str], list[CheckResult]] = {}
    for check in checks:
        if check.scored and is_failure(check):
            groups.setdefault((check.id.partition("/")[0], code_of(check)), []).append(check)
    causes = [_cause(area, code, members) for (area, code), members in groups.items()]
    return sorted(causes, key=lambda cause: (-cause.weight, cause.area, cause.code))


def requirement_of(check: CheckResult) -> str:
    """The requirement that a check tests, without what explains it, on one line."""
    return " ".join(check.requirement.partition("\n\n")[0].split())


def weight_of(harm: Harm, area: str, levels: Sequence[str]) -> float:
    """How much a cause weighs, for its place in lists.

    Args:
        levels: the level of each of its checks.
    """
    place = 1.2 if area in _SECURITY_AREAS else 1.0
    return harm.weight * max(_FACTORS[level] for level in levels) * place * (1 + math.log2(len(levels)) / 4)


def _cause(area: str, code: str, members: list[CheckResult]) -> Cause:
    said = Counter(_message(check) for check in members)
    common = max(said, key=lambda text: (said[text], -len(text), text))
    ordered = sorted(
        members,
        key=lambda check: (
            check.verdict.as_expected,
            LEVELS.index(check.level),
            _message(check) != common,
            check.id,
        ),
    )
    harm = harm_of(code)
    return Cause(
        area=area,
        code=code,
        message=common,
        requirement=requirement_of(ordered[0]),
        checks=tuple(ordered),
        harm=harm,
        weight=weight_of(harm, area, [check.level for check in members]),
    )


def _message(check: CheckResult) -> str:
    finding = check.finding
    return brief(" ".join((finding.message if finding else check.verdict.label).split()))
