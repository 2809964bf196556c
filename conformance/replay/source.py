"""What a `ReplayHub` serves: a recording, or anything else that answers as a Hub and knows its repositories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from conformance.replay.truth import Truth
from conformance.traffic.exchange import OriginName, Request, Response
from conformance.traffic.recording import RecordedRepository


class Source(Protocol):
    """Answers requests for some repositories, one of which is the subject of a check.

    `conformance.replay.Replay` is the one of a recording. Any other is passed in by the caller: this package knows no
    Hub but recorded ones.
    """

    @property
    def area(self) -> str:
        """What it is called in messages."""
        ...

    @property
    def origins(self) -> Mapping[OriginName, str]:
        """Its origins as its answers spell them, without a trailing slash."""
        ...

    @property
    def repositories(self) -> Sequence[RecordedRepository]:
        """The repositories that it answers for; the first one is its subject."""
        ...

    def __call__(self, request: Request) -> Response:
        """The answer to a request for one of its origins."""
        ...

    def repo(self, repository: RecordedRepository) -> Truth:
        """The facts about one of its repositories, as they are after all moves."""
        ...

    def move(self, repo_type: str, repo_id: str, branch: str, sha: str) -> None:
        """Let a branch point to another of the commits that `repo` knows, from now on."""
        ...
