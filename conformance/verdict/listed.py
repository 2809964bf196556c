"""A port's expectations for one version of its library, compared with the checks that exist."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.verdict.expectations import TODO, Expectation, did_you_mean, is_pattern, matches

_TODO = re.compile(rf"\b{TODO}\b", re.IGNORECASE)

PROBE = "probe"
"""The place of a request that was sent before the first check, when the port was asked what it can do."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What is expected of each check, and where a rule for every request may be broken."""

    entries: tuple[Expectation, ...] = ()
    by_check: Mapping[str, Expectation] = field(default_factory=dict)
    """The entry for a check that is listed."""

    @classmethod
    def of(cls, entries: Iterable[Expectation], known: Collection[str]) -> Listed:
        """The entries by the checks that they list; of several for one check, the first that gives its id counts."""
        held = tuple(entries)
        by_check: dict[str, Expectation] = {}
        for entry in held:
            for pattern in entry.checks:
                for check in (pattern,) if not is_pattern(pattern) else filter(entry.lists, known):
                    first = by_check.setdefault(check, entry)
                    if entry.names(check) and not first.names(check):
                        by_check[check] = entry
        return cls(held, by_check)

    def get(self, check: str) -> Expectation | None:
        """The entry for a check, if it is listed."""
        return self.by_check.get(check)

    def covers(self, rule: str, place: str, code: str, today: datetime.date) -> bool:
        """Whether a rule, given by the id of its check, may be broken in a check: it is the rule's own, or named."""
        return any(
            place == rule or any(matches(pattern, place) for pattern in entry.seen_in)
            for entry in self._of_rule(rule)
            if entry.outcome == "failed" and code in entry.codes and not entry.has_expired(today)
        )

    def problems(self, known: Collection[str], rules: Collection[str]) -> list[str]:
        """What is wrong with the entries, whatever comes of the run: one message each."""
        return [
            *self._unwritten(),
            *(problem for entry in self.entries for problem in _unknown(entry, known)),
            *(problem for entry in self.entries for problem in _misplaced(entry, known, rules)),
            *self._twice(known),
        ]

    def stale_places(
        self, rules: Collection[str], ran: Collection[str], broken: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """A message for each place in which a rule is expected to be broken and was not.

        Args:
            rules: the ids of the rules' checks.
            ran: the checks that passed or failed, `probe` among them if the port was probed.
            broken: the places in which each rule was broken.
        """
        return [
            f"{entry.where}: {rule} is no longer broken in {pattern}: take the place out of the entry"
            for rule in sorted(rules)
            for entry in self._of_rule(rule)
            for pattern in entry.seen_in
            if not is_pattern(pattern) and pattern in ran and pattern not in broken.get(rule, ())
        ]

    def _of_rule(self, rule: str) -> Iterator[Expectation]:
        return (entry for entry in self.entries if entry.lists(rule))

    def _unwritten(self) -> list[str]:
        return [
            f"{entry.where}: the entry for {_shown(entry)} has no {key} yet: write it in the place of {TODO}"
            for entry in self.entries
            for key, text in (("reason", entry.reason), ("source", entry.source))
            if _TODO.search(text)
        ]

    def _twice(self, known: Collection[str]) -> list[str]:
        taken: dict[tuple[str, bool], Expectation] = {}
        found = []
        for entry in self.entries:
            for check in filter(entry.lists, known):
                first = taken.setdefault((check, entry.names(check)), entry)  # an id takes precedence over a pattern
                if first is not entry and not (entry.seen_in and entry.codes == first.codes):
                    found.append(f"{entry.where}: {check} already has an entry at {first.where}: keep one of them")
        return found


def _shown(entry: Expectation) -> str:
    left_out = len(entry.checks) - 2
    return ", ".join(entry.checks[:2]) + (f" and {left_out} more" if left_out > 0 else "")


def _unknown(entry: Expectation, known: Collection[str]) -> Iterator[str]:
    for name in entry.checks:
        yield from _unmatched(entry, name, known)


def _misplaced(entry: Expectation, known: Collection[str], rules: Collection[str]) -> Iterator[str]:
    for place in entry.seen_in:
        yield from _unmatched(entry, place, {*known, PROBE})
        if is_pattern(place.partition("/")[0]):
            # It would also allow the rule to be broken in areas that the entry's author did not consider.
            yield f"{entry.where}: seen_in {place!r} covers every area; name the checks, or an area as in 'auth/*'"
    if entry.seen_in and not all(name in rules for name in entry.checks):
        yield (
            f"{entry.where}: `seen_in` names the places of a rule for every request, and {_shown(entry)} is not one; "
            f"the rules are {', '.join(sorted(rules))}"
        )


def _unmatched(entry: Expectation, name: str, known: Collection[str]) -> Iterator[str]:
    if is_pattern(name):
        if not any(matches(name, check) for check in known):
            yield f"{entry.where}: no check is matched by {name!r}; correct the pattern or remove it"
    elif name not in known:
        near = did_you_mean(name, known)
        yield f"{entry.where}: no check is called {name!r}{near}; correct the id or remove the entry"
