"""Clients that take other files for wanted than those that match."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest

from conformance.mutants.mutant import change_arguments, mutant, wrap
from reference_client import snapshot
from reference_client.download import WantedFile


def _match(patch: pytest.MonkeyPatch, match: Callable[[str, str], bool]) -> None:
    patch.setattr(snapshot, "fnmatchcase", match)


@mutant
def patterns_are_names_of_folders(patch: pytest.MonkeyPatch) -> None:
    """Takes patterns for the names of folders."""
    _match(patch, lambda path, pattern: path.startswith(f"{pattern}/"))


@mutant
def patterns_are_beginnings(patch: pytest.MonkeyPatch) -> None:
    """Takes what begins like a pattern for a match."""
    _match(patch, lambda path, pattern: fnmatchcase(path, f"{pattern}*"))


@mutant
def patterns_spelt_out(patch: pytest.MonkeyPatch) -> None:
    """Takes a string for a list of patterns of one letter each."""
    wrap(patch, snapshot, "_globs", lambda original, patterns: original(list(patterns)))


@mutant
def patterns_star_stops_at_a_slash(patch: pytest.MonkeyPatch) -> None:
    """Takes `*` for anything within one folder, as a shell does."""

    def as_a_shell(path: str, pattern: str) -> bool:
        return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), path) is not None

    _match(patch, as_a_shell)


@mutant
def patterns_spare_hidden_files(patch: pytest.MonkeyPatch) -> None:
    """Lets no hidden file match a pattern that doesn't begin with a dot."""
    _match(
        patch,
        lambda path, pattern: fnmatchcase(path, pattern) and path.startswith(".") == pattern.startswith("."),
    )


@mutant
def patterns_know_no_folders(patch: pytest.MonkeyPatch) -> None:
    """Takes a pattern that ends in a slash for a file's name, and that of a folder's content for one of no file."""
    _match(patch, lambda path, pattern: "/" not in pattern and fnmatchcase(path, pattern))


@mutant
def patterns_without_letter_case(patch: pytest.MonkeyPatch) -> None:
    """Ignores letter case in patterns."""
    _match(patch, lambda path, pattern: fnmatchcase(path.lower(), pattern.lower()))


@mutant
def ignore_patterns_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Doesn't look at the files to ignore."""
    change_arguments(patch, snapshot, "snapshot_download", ignore_patterns=None)


@mutant
def allow_patterns_forgotten(patch: pytest.MonkeyPatch) -> None:
    """Doesn't look at the files to allow."""
    change_arguments(patch, snapshot, "snapshot_download", allow_patterns=None)


@mutant
def allow_patterns_beat_ignore(patch: pytest.MonkeyPatch) -> None:
    """Looks at the files to ignore only where none are allowed."""

    def one_of_both(original: Any, *args: Any, **kwargs: Any) -> Any:
        ignored = None if kwargs.get("allow_patterns") is not None else kwargs.get("ignore_patterns")
        return original(*args, **{**kwargs, "ignore_patterns": ignored})

    wrap(patch, snapshot, "snapshot_download", one_of_both)


@mutant
def no_patterns_allow_all(patch: pytest.MonkeyPatch) -> None:
    """Takes an empty list of patterns for none at all."""

    def or_none(original: Any, *args: Any, **kwargs: Any) -> Any:
        return original(*args, **{**kwargs, "allow_patterns": kwargs.get("allow_patterns") or None})

    wrap(patch, snapshot, "snapshot_download", or_none)


@mutant
def nothing_matched_is_an_error(patch: pytest.MonkeyPatch) -> None:
    """Takes it for a failure that no file matches."""

    def require_some(original: Any, files: list[WantedFile], max_workers: int) -> None:
        if not files:
            raise ValueError("no file matches")
        original(files, max_workers)

    wrap(patch, snapshot, "obtain_all", require_some)


@mutant
def folders_are_beginnings(patch: pytest.MonkeyPatch) -> None:
    """Takes whatever begins with a folder's name for something in that folder."""

    def begins(path: str, pattern: str) -> bool:
        return path.startswith(pattern[:-2]) if pattern.endswith("/*") else fnmatchcase(path, pattern)

    _match(patch, begins)


def _change_patterns(patch: pytest.MonkeyPatch, change: Callable[[list[str]], list[str]]) -> None:
    def made(original: Any, allow: list[str] | None, ignore: list[str]) -> Any:
        return original(allow and change(allow), change(ignore))

    wrap(patch, snapshot, "Patterns", made)


@mutant
def braces_expanded(patch: pytest.MonkeyPatch) -> None:
    """Takes `{a,b}` for either, as some shells do."""

    def expanded(patterns: list[str]) -> list[str]:
        found = []
        for pattern in patterns:
            before, brace, rest = pattern.partition("{")
            inside, _, after = rest.partition("}")
            found += [f"{before}{one}{after}" for one in inside.split(",")] if brace else [pattern]
        return found

    _change_patterns(patch, expanded)


@mutant
def patterns_split(patch: pytest.MonkeyPatch) -> None:
    """Passes patterns on as one text, which is split at blanks and commas."""
    _change_patterns(patch, lambda patterns: re.split("[ ,]", ",".join(patterns)) if patterns else patterns)


@mutant
def patterns_of_gitignore(patch: pytest.MonkeyPatch) -> None:
    """Takes patterns for those of `.gitignore`."""
    forms = {r"\*\*/": "(.*/)?", r"\*": "[^/]*", r"\?": "[^/]", r"\[": "[", r"\]": "]", r"\^": "^", "!": "^"}

    def as_git(path: str, pattern: str) -> bool:
        form = re.sub("|".join(map(re.escape, forms)), lambda found: forms[found[0]], re.escape(pattern))
        return re.fullmatch(form, path if "/" in pattern else path.rpartition("/")[2]) is not None

    _match(patch, as_git)


@mutant
def open_bracket_is_an_error(patch: pytest.MonkeyPatch) -> None:
    """Refuses a pattern with a bracket that is not closed."""

    def strict(path: str, pattern: str) -> bool:
        if "[" in pattern and "]" not in pattern:
            raise ValueError(f"invalid pattern {pattern}")
        return fnmatchcase(path, pattern)

    _match(patch, strict)
