"""The recording that a run is about: the bundled ones, or one that a user has made.

The checks of the bundled recording `gsm8k` ask for roles, so they hold for any repository. On another recording they
keep their ids, with the recording's name as suffix: `download/git-file[my-data]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from conformance.catalogue.check import Check, all_checks
from conformance.catalogue.profiles import Profile
from conformance.errors import ConformanceError
from conformance.replay import load
from conformance.report.events import RecordingData
from conformance.traffic.recording import Recording
from conformance.verdict.judges import JUDGED_CHECKS
from conformance.verdict.result import CheckResult

GENERAL: Final = "gsm8k"
"""The bundled recording whose checks hold for any repository."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a run's exchanges come from.

    Attributes:
        folder: the user's recording; None for the bundled ones.
    """

    folder: Path | None = None

    @classmethod
    def at(cls, folder: str | None) -> Recorded:
        """The recording in a folder; the bundled ones for None.

        Raises:
            ConformanceError: the folder holds no recording, or one of no repository, or of what one client asked for.
        """
        if folder is None:
            return cls()
        recorded = cls(Path(folder))
        held = load(Path(folder))
        if not held.repositories:
            raise ConformanceError(f"{folder} is a recording without a repository", "the checks need one")
        if held.is_imported:
            raise ConformanceError(
                f"{folder} was imported: it holds only the requests of one client, and other clients would fail",
                "record the repository to measure on it: hub-conformance record OWNER/NAME --to DIR",
            )
        return recorded

    @property
    def name(self) -> str:
        """The suffix of the ids: the folder's name in lower case, other characters than letters and digits as `-`."""
        return re.sub(r"[^a-z0-9]+", "-", self.folder.resolve().name.lower()).strip("-") if self.folder else GENERAL

    @property
    def arguments(self) -> list[str]:
        """The arguments of `hub-conformance run` that choose this recording."""
        return ["--recording", str(self.folder)] if self.folder else []

    @property
    def data(self) -> RecordingData | None:
        """What a report says of this recording; None for the bundled ones."""
        if self.folder is None:
            return None
        held = load(self.folder)
        return {
            "name": self.name,
            "upstream": held.upstream,
            "provenance": held.provenance,
            "recorded": held.recorded,
            "thinned": len(held.thinned),
        }

    def has(self, check: Check) -> bool:
        """Whether a check is about this recording."""
        return self.folder is None or check.cassette == GENERAL

    def checks(self) -> dict[str, Check]:
        """The checks that are about this recording, by what they are called on it."""
        return {self.name_of(id): check for id, check in all_checks().items() if self.has(check)}

    def load(self, cassette: str) -> Recording:
        """The recording that a check is served from."""
        return load(self.folder if self.folder and cassette == GENERAL else cassette)

    def profile(self, profile: Profile) -> Profile:
        """The checks of a profile that are about this recording."""
        if self.folder is None:
            return profile
        ids = frozenset(id for id in profile.checks if id.endswith(f"[{GENERAL}]"))
        return Profile(f"{profile.name}, recording {self.name}", ids)

    def id_of(self, name: str) -> str:
        """The id of a check, given as it is called on this recording."""
        return name.replace(f"[{self.name}]", f"[{GENERAL}]") if self.folder else name

    def name_of(self, id: str) -> str:
        """What a check is called on this recording."""
        return id.replace(f"[{GENERAL}]", f"[{self.name}]") if self.folder else id

    def renamed(self, result: CheckResult) -> CheckResult:
        """A result under the name that its check has on this recording, wherever it speaks of checks.

        What the port was seen to do is left as it is, also where it holds the name of a bundled recording.
        """
        if self.folder is None:
            return result
        finding = result.finding
        if finding is not None and result.id in JUDGED_CHECKS:  # it names the checks in which the rule was broken
            seen = finding.seen
            if isinstance(seen, list):
                seen = [self.name_of(one) if isinstance(one, str) else one for one in seen]
            finding = replace(finding, message=self.name_of(finding.message), seen=seen)
        return replace(
            result,
            id=self.name_of(result.id),
            verdict=replace(result.verdict, message=self.name_of(result.verdict.message)),
            finding=finding,
            violations=tuple(replace(one, check=self.name_of(one.check)) for one in result.violations),
        )
