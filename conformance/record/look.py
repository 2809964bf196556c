"""What a few requests show of a repository, before it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.traffic.recording import RecordedRepository


@dataclass(frozen=True, slots=True)
class Look:
    """A repository by a few questions.

    Args:
        repository: under its name of today.
        files: of each commit that was listed its files, as the Hub lists them; the head of `main` first.
        refs: by family, as the Hub lists them.
        history: the commits of `main`, newest first; none where no caller may read the files.
    """

    repository: RecordedRepository
    files: dict[str, list[dict[str, Any]]]
    refs: dict[str, list[dict[str, str]]]
    history: list[str]
