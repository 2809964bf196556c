"""Profiles: frozen, dated lists of the checks that are scored, in the files `profiles/<YYYY-MM-DD>.txt`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.errors import ConformanceError

FOLDER: Final = Path(__file__).with_name("profiles")


class ProfileError(ConformanceError):
    """The profile does not exist, or its file is not a list of check ids."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A named list of check ids. Parity is always of a profile."""

    name: str
    checks: frozenset[str]


def names(folder: Path = FOLDER) -> list[str]:
    """The names of all profiles, oldest first."""
    return sorted(path.stem for path in folder.glob("*.txt"))


def latest(folder: Path = FOLDER) -> Profile:
    """The newest profile.

    Raises:
        ProfileError: no profile exists.
    """
    known = names(folder)
    if not known:
        raise ProfileError(f"no profile in {folder}", "the installation is damaged; install the suite again")
    return load(known[-1], folder)


def load(name: str, folder: Path = FOLDER) -> Profile:
    """Read a profile: one check id a line; `#` begins a comment.

    Raises:
        ProfileError: no profile has this name, or it has a check twice.
    """
    if name not in names(folder):
        raise ProfileError(f"no profile is called {name!r}", f"choose one of {', '.join(names(folder))}")
    lines = (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    ids = [text for line in lines if (text := line.partition("#")[0].strip())]
    twice = sorted({check for check in ids if ids.count(check) > 1})
    if twice:
        raise ProfileError(f"profile {name} lists {', '.join(twice)} twice", "keep one line for each")
    return Profile(name, frozenset(ids))
