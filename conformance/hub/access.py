"""Who may see and read what, and the answers to all others.

The order of the checks is the Hub's: does the repository exist for this caller, then the gate, then the
revision, then the entry.
"""

from __future__ import annotations

from conformance.hub.answers import HubError
from conformance.hub.headers import PUBLIC_URL
from conformance.hub.repository import Commit, Repository
from conformance.traffic.identity import ANONYMOUS, STRANGER

OPEN_BEHIND_THE_GATE = frozenset({"README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"})
"""Files at the root of a gated repository that resolve serves to every caller; the case matters."""

_OWNER = "owner"
_GRANTED = "granted"


def known(caller: str) -> bool:
    """Whether the caller has a valid token. An unknown token counts as none at all."""
    return caller not in (ANONYMOUS, STRANGER)


def can_see(repository: Repository, caller: str) -> bool:
    return not repository.private or caller == _OWNER


def may_read(repository: Repository, caller: str) -> bool:
    """Whether the caller is past the gate."""
    return not repository.gated or caller in (_OWNER, _GRANTED)


def not_found(caller: str) -> HubError:
    """What a caller hears of a repository that is not there, or not there for them."""
    if known(caller):
        return HubError(404, "Repository not found", "RepoNotFound")
    return unauthenticated()


def unauthenticated() -> HubError:
    return HubError(401, "Invalid username or password.")


def check_gate(repository: Repository, caller: str) -> None:
    """Raise `HubError` (401 or 403, `GatedRepo`) if the caller is not past the gate."""
    if may_read(repository, caller):
        return
    what = f"{repository.repo_type} {repository.repo_id}"
    if not known(caller):
        raise HubError(
            401,
            f"Access to {what} is restricted. You must have access to it and be authenticated to access it. "
            "Please log in.",
            "GatedRepo",
        )
    raise HubError(403, _refusal(repository, caller, what), "GatedRepo")


def _refusal(repository: Repository, caller: str, what: str) -> str:
    if caller == "pending":
        return f"Your request to access {what} is awaiting a review from the repo authors."
    if caller == "rejected":
        return f"Your request to access {what} has been rejected by the repo's authors."
    return (
        f"Access to {what} is restricted and you are not in the authorized list. "
        f"Visit {page_url(repository)} to ask for access."
    )


def check_enabled(repository: Repository) -> None:
    """Raise `HubError` (403) if the repository is disabled."""
    if repository.disabled:
        raise HubError(403, "Access to this resource is disabled.")


def commit_at(repository: Repository, revision: str) -> Commit:
    """The commit of a revision; raises `HubError` (404, `RevisionNotFound`)."""
    commit = repository.find(revision)
    if commit is None:
        raise HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    return commit


def page_url(repository: Repository) -> str:
    """The public address of the repository's page."""
    return f"{PUBLIC_URL}/{page_path(repository)}"


def page_path(repository: Repository) -> str:
    """`datasets/ns/name`, `spaces/ns/name`, or for a model `ns/name`."""
    prefix = "" if repository.repo_type == "model" else f"{repository.repo_type}s/"
    return prefix + repository.repo_id
