"""How long calls of a port are waited for: a deadline each, and less where an operation keeps hanging."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

DEADLINE: Final = 60.0
"""Seconds that one call may take by default. Retries with their waits fit; a hang does not."""

MOST_TIMEOUTS: Final = 3
"""After that many timeouts of one operation its later calls are not waited for at full length."""

SHORT: Final = 5.0
"""Seconds for the calls of an operation that has hung too often."""


@dataclass(slots=True)
class Patience:
    """The deadline of each call of a run, in seconds.

    A hanging port costs a bounded time: `MOST_TIMEOUTS` full deadlines for each operation, and `SHORT` for every later
    call of it.
    """

    deadline: float = DEADLINE
    timeouts: Counter[str] = field(default_factory=Counter)

    def of(self, operation: str) -> float:
        """Seconds to wait for a call of this operation."""
        return min(self.deadline, SHORT) if self.timeouts[operation] >= MOST_TIMEOUTS else self.deadline

    def lost(self, operation: str) -> None:
        """A call of this operation was not answered in time."""
        self.timeouts[operation] += 1
