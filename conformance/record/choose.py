"""Which commits of a history are recorded in full: those that differ in a way that a check can see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

Listing: TypeAlias = Mapping[str, tuple[str, bool]]
"""Path to the etag of a file, and whether it is kept by LFS."""

_NOTHING: Final = ("", False)


def differences(old: Listing, new: Listing) -> set[str]:
    """How two commits differ, as checks ask for it."""
    found = set()
    for path in {**old, **new}:
        was, now = old.get(path, _NOTHING), new.get(path, _NOTHING)
        if path not in old:
            found.add("added")
        elif path not in new:
            found.add("removed")
        elif was[0] != now[0]:
            found.add("changed in LFS" if now[1] and was[1] else "changed in git")
        else:
            found.add("kept")
    return found


def chosen_commits(
    history: Sequence[str],
    listing: Callable[[str], Listing | None],
    *,
    most: int,
    first: Iterable[str] = (),
    looks: int = 30,
) -> list[str]:
    """Commits of `main`, in the order of the history: newest, next and oldest, then those that make a difference.

    Args:
        history: every commit of `main`, newest first.
        listing: the files of a commit; None where it cannot be listed. Each call costs a request.
        most: how many to choose, at least one.
        first: commits that come before any other choice, as far as they are in the history.
        looks: how many listings may be asked for to find differences.
    """
    wanted = [sha for sha in dict.fromkeys(first) if sha in history]
    ends = [*history[:2], *history[-1:]]
    chosen = list(dict.fromkeys([*history[:1], *wanted, *ends]))[:most]
    if len(chosen) >= most or len(chosen) == len(history):
        return sorted(chosen, key=history.index)
    head = listing(history[0]) or {}
    open_roles = {"added", "removed", "changed in LFS", "changed in git", "kept"}
    for sha in chosen[1:]:
        open_roles -= differences(listing(sha) or {}, head)
    for sha in [sha for sha in history if sha not in chosen][:looks]:
        if not open_roles or len(chosen) >= most:
            break
        filled = differences(listing(sha) or {}, head) & open_roles
        if filled:
            chosen.append(sha)
            open_roles -= filled
    for sha in history:  # what is left of the number goes to the newest
        if len(chosen) < most and sha not in chosen:
            chosen.append(sha)
    return sorted(chosen, key=history.index)
