"""What the checks of a repository's info share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from conformance.checks.answers import Edited
from conformance.checks.support import Port, works
from conformance.checks.support_errors import require_other
from conformance.ports import PortError
from conformance.replay import Fault, ReplayHub

DATASET_INFO: Final = ("dataset_info", "repo_info")
MODEL_INFO: Final = ("model_info", "repo_info")
"""The operations that give the info; `Port.ask` gives `repo_info` the type."""


def say(hub: ReplayHub, change: Callable[[dict[str, Any]], dict[str, Any]], repo_id: str | None = None) -> None:
    """Let each info of a repository be changed before it is sent, for every request."""
    hub.fault(Edited(change), answer="info", repo=repo_id or hub.subject.id, times=None)


def asked_for(hub: ReplayHub, name: str) -> bool:
    """Whether a request asked for a part of an answer by this word of its query, as a client does that wants all.

    What the Hub sends then is known, whether the call asked for it or not.
    """
    words = (pair for entry in hub.wire for pair in entry.request.query)
    return any(word == name and value.lower() not in ("", "0", "false") for word, value in words)


def refuses(hub: ReplayHub, port: Port, fault: Fault) -> PortError:
    """The error with which the info ends that is answered so, after it was given without the fault."""
    repo = hub.subject
    works(f"{port.asks_by} of a good answer", lambda: port.ask(repo.id))
    hub.fault(fault, answer="info", repo=repo.id, times=None)
    error = port.ask_error(repo.id)
    require_other(error, *MISSING_KINDS)
    return error


MISSING_KINDS: Final = ("repository_not_found", "revision_not_found", "entry_not_found", "gated_repo")
"""What an answer that cannot be read does not prove."""
