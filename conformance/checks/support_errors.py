"""What the checks of errors share: by which operations they ask, and how the Hub refuses them."""

from __future__ import annotations

from typing import Final

from conformance.checks.support import Disk, Port, works
from conformance.ports import PortError
from conformance.replay import AnswerKind, Fault, ReplayHub
from conformance.verdict.require import require

ASKED_BY: Final = ("dataset_info", "repo_info", "list_repo_tree", "list_repo_files", "hf_hub_download")
"""Operations whose error is the Hub's: any of them shows what the library makes of an answer."""

OPEN: Final = "conformance/default-config"
"""A public dataset of the contract. The gated one will not do for a control step: a library may refuse
all of it."""

API: Final = ASKED_BY[:-1]
"""Those that ask the API. A download has separate checks where the Hub answers it in another way."""

OF_A_MODEL: Final = ("model_info", *API[1:])

ANSWERS: Final[tuple[AnswerKind, ...]] = ("info", "listing", "content")
"""What is refused. Of a download it is the content: a library may take a refused question about a file for an
unreachable Hub, and report that, as the official one does.
"""


def answers(port: Port, disk: Disk, repo_id: str | None = None, repo_type: str | None = None) -> None:
    """A control step: the operation succeeds without the obstacle. The check's own cache stays empty.

    Args:
        repo_id: a public repository with a README; the recording's own unless given.
    """
    before = port.with_cache(disk.root / "before" / "hub")
    works(f"{port.asks_by} without the obstacle", lambda: before.ask(repo_id or port.repo_id, repo_type))


def refused(
    hub: ReplayHub, port: Port, disk: Disk, *answer: Fault, repo_id: str | None = None, token: str | None = None
) -> PortError:
    """The error with which the plainest question about a repository ends when the Hub answers so."""
    answers(port, disk, OPEN if repo_id else None)
    repo_id = repo_id or hub.subject.id
    hub.fault(*answer, answer=ANSWERS, repo=repo_id, times=None)
    return port.ask_error(repo_id, **({"token": token} if token else {}))


def require_other(error: PortError, *kinds: str) -> None:
    """The error has none of these kinds, each of which would name a wrong cause."""
    require(error.kind not in kinds, "wrong-error", "the error named a wrong cause", seen=str(error))
