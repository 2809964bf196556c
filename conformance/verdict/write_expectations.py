"""Begin or update a port's expectations from a run: known entries keep their reason, new ones have TODO."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml

from conformance.verdict import comments
from conformance.verdict.comments import Comments
from conformance.verdict.expectations import (
    TODO,
    Block,
    Expectation,
    ExpectationError,
    ExpectedOutcome,
    fits,
    matches,
    read,
)
from conformance.verdict.listed import PROBE
from conformance.verdict.outcome import DECLINED

_LEAST_FOR_A_PATTERN: Final = 3
_SEEN: Final = "Seen: "
"""How the second line of a comment begins that a run has written."""
_HEAD: Final = "# What is known of this port: see conformance/ports/README.md, Expectations.\n"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a check ended that did not pass, and the places in which its rule was broken besides, if it has one."""

    check: str
    outcome: ExpectedOutcome
    code: str
    requirement: str
    message: str = ""
    seen_in: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """An entry in the making: the checks of one cause.

    `comment` is a new entry's; `places` are where the entries that it was made of stand in the file, `file:line`.
    """

    entry: Expectation
    comment: str = ""
    places: list[str] = field(default_factory=list)
    kept: tuple[str, ...] = ()
    """The lines of comment that stand above and within it in the file."""
    checks: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)


def updated(
    blocks: Sequence[Block],
    version: str,
    ended: Iterable[Ended],
    *,
    ran: Collection[str],
    known: Collection[str],
    passes_over: Callable[[str], bool] = lambda id: False,
) -> list[Draft]:
    """The entries of a file after a run, in their order; new ones last.

    Args:
        blocks: the file as it is; empty where it does not exist.
        version: the version of the library that was measured.
        ended: what did not pass.
        ran: the checks that ran. Entries for any other check stay.
        known: the ids of all checks.
        passes_over: whether a pattern may match a check besides those that ended so: it is not asked of the port.
    """
    drafts: list[Draft] = []
    held: dict[str, list[Draft]] = {}
    for block in blocks:
        for entry in block.entries:
            draft = Draft(entry, places=[entry.where] if entry.where else [])
            drafts.append(draft)
            if not (fits(block.versions, version) and fits(entry.versions, version)):
                draft.checks, draft.codes = list(entry.checks), list(entry.codes)
                continue
            for id in (id for id in known if any(matches(pattern, id) for pattern in entry.checks)):
                held.setdefault(id, []).append(draft)
                if id not in ran:
                    draft.checks.append(id)
                    draft.codes += [code for code in entry.codes if code not in draft.codes]
    new: dict[tuple[str, str, str], Draft] = {}
    for one in sorted(ended, key=lambda one: one.check):
        fitting = [draft for draft in held.get(one.check, ()) if _still_so(draft.entry, one)]
        if not fitting:
            entry = Expectation((), (), TODO, TODO, outcome=one.outcome)
            # What is declined is declined for one lack of the library's, whatever the check is about.
            key = (one.outcome, one.code, one.message if one.outcome == "unsupported" else one.requirement)
            fitting = [new.setdefault(key, Draft(entry, _comment(one)))]
        draft = fitting[0]
        draft.checks.append(one.check)
        if one.code not in draft.codes:
            draft.codes.append(one.code)
        if one.seen_in:
            places = {id for id in known if id not in ran and any(matches(place, id) for place in draft.entry.seen_in)}
            if PROBE in draft.entry.seen_in and len(ran) < len(known):  # a run of some checks probes nothing
                places.add(PROBE)
            draft.entry = replace(draft.entry, seen_in=tuple(shortened({*places, *one.seen_in}, known)))
    free = {id for id in known if passes_over(id)}
    every = _joined(draft for draft in [*drafts, *new.values()] if draft.checks)
    for draft in every:
        known_codes = [code for code in draft.entry.codes if code in draft.codes]
        draft.codes = [*known_codes, *(code for code in draft.codes if code not in known_codes)]
        if not any("*" in check for check in draft.checks):
            draft.checks = shortened(draft.checks, known, free)
    return every


def _comment(one: Ended) -> str:
    """What was demanded and what was seen instead; a library's message may go on with a backtrace."""
    return f"{one.requirement}\n{_SEEN}{one.message.strip().partition(chr(10))[0]}"


def _joined(drafts: Iterable[Draft]) -> list[Draft]:
    """One entry a cause: those with equal contents become one. Places of a rule stay apart."""
    causes: dict[Any, Draft] = {}
    for place, draft in enumerate(drafts):
        entry = draft.entry
        is_apart = bool(entry.seen_in) or entry.reason == TODO
        cause = (entry.outcome, tuple(draft.codes), entry.reason, entry.source, entry.expires, entry.versions)
        first = causes.setdefault((cause, place if is_apart else None), draft)
        if first is not draft:
            first.checks += [check for check in draft.checks if check not in first.checks]
            first.places += draft.places
    return list(causes.values())


def _still_so(entry: Expectation, one: Ended) -> bool:
    return entry.outcome == one.outcome and (not entry.codes or one.code in entry.codes)


def shortened(ids: Iterable[str], known: Collection[str], free: Collection[str] = ()) -> list[str]:
    """The ids, with a pattern in place of three or more where it matches those and no other known id.

    A pattern is an area, `cache/*`, or ids that begin with the same words, `names/id-with-*`. It may match ids of
    `free` as well.
    """
    wanted = set(ids)
    left, found = set(wanted), []
    prefixes = {
        id[: cut + 1] for id in wanted for cut, letter in enumerate(id.partition("[")[0]) if letter in ("/", "-")
    }
    for prefix in sorted(prefixes, key=lambda text: (len(text), text)):
        meant = {id for id in known if id.startswith(prefix)}
        if len(meant & left) >= _LEAST_FOR_A_PATTERN and meant <= wanted | set(free):
            found.append(f"{prefix}*")
            left -= meant
    return sorted([*found, *left])


def text_of(drafts: Iterable[Draft], *, head: str = "", versions: str = "") -> str:
    """The file: the comment at its head, and its entries.

    Args:
        head: comment lines, each with its line feed.
        versions: for which versions of the library the file holds, if it names them.
    """
    written = "\n".join(_written(draft) for draft in drafts) or "[]\n"
    if not versions:
        return f"{head or _HEAD}\n{written}"
    indented = "".join(f"  {line}" if line.strip() else line for line in written.splitlines(keepends=True))
    return f"{head or _HEAD}\nversions: {_dumped(versions)}entries:\n{indented}"


def _written(draft: Draft) -> str:
    entry = draft.entry
    fields: dict[str, Any] = {"check": draft.checks[0]} if len(draft.checks) == 1 else {"checks": draft.checks}
    if entry.outcome != "failed":
        fields["outcome"] = entry.outcome
    codes = [code for code in draft.codes if not (entry.outcome == "unsupported" and code == DECLINED)]
    if codes:
        fields["code"] = codes[0] if len(codes) == 1 else codes
    if entry.seen_in:
        fields["seen_in"] = list(entry.seen_in)
    fields |= {"reason": entry.reason, "source": entry.source}
    if entry.expires:
        fields["expires"] = entry.expires
    if entry.versions:
        fields["versions"] = entry.versions
    comment = "".join(f"# {' '.join(line.split())[:116]}\n" for line in draft.comment.splitlines() if line.strip())
    return "".join(f"{line}\n" for line in draft.kept) + comment + _dumped([fields])


def _dumped(value: Any) -> str:
    dumped = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=116)
    return dumped.removesuffix("...\n")  # the end of a document, which a text without quotation marks gets


def write(path: Path, drafts: Sequence[Draft], blocks: Sequence[Block]) -> None:
    """Replace the file in one step; the comments at its head and its end stay, and those of entries that stay.

    A comment within an entry comes to stand above it.

    A link stays one: what it leads to is replaced.

    Raises:
        ExpectationError: it cannot be written; what was there is untouched.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():  # to replace a device such as /dev/null would break the machine
        raise ExpectationError(f"{path} is not a file", "give a file to write to")
    if not path.parent.is_dir():
        raise ExpectationError(f"there is no folder {path.parent}", "make it, or give another file")
    versions = {block.versions for block in blocks}
    if len(versions) > 1:
        raise ExpectationError(f"{path} has several blocks of versions", "give each entry its own `versions`")
    bound = next(iter(versions), "")
    for draft in drafts:  # entries of the whole file
        if bound and draft.entry.versions == bound:
            draft.entry = replace(draft.entry, versions="")
    try:
        entries = {int(entry.where.rpartition(":")[2]) for block in blocks for entry in block.entries if entry.where}
        found = comments.of(path.read_text("utf-8") if path.is_file() else "", entries)
        for draft in drafts:
            draft.kept = _kept(draft.places, found)
        with tempfile.TemporaryDirectory(prefix=".expectations-", dir=path.parent) as scratch:
            whole = Path(scratch) / path.name
            whole.write_text(_whole(drafts, found, bound), encoding="utf-8", newline="\n")
            read(whole)  # what is written can be read
            os.replace(whole, path)  # noqa: PTH105
    except OSError as error:
        raise ExpectationError(f"{path} cannot be written", str(error)) from error


def _whole(drafts: Sequence[Draft], found: Comments, versions: str) -> str:
    text = text_of(drafts, head="".join(f"{line}\n" for line in found.head), versions=versions)
    tail = "".join(f"{line}\n" for line in found.tail)
    return f"{text}\n{tail}" if tail else text


def _kept(places: Iterable[str], found: Comments) -> tuple[str, ...]:
    """The comments of some entries; of several that have become one, without those that were made by a run."""
    lines = [int(place.rpartition(":")[2]) for place in places]
    above = [found.above.get(line, []) for line in lines]
    if len(above) > 1:
        above = [comment for comment in above if not any(line.startswith(f"# {_SEEN}") for line in comment)]
    inside = [found.inside.get(line, []) for line in lines]
    return tuple(dict.fromkeys(line for comment in [*above, *inside] for line in comment))
