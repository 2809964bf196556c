"""Whether a repository stayed as it was while it was recorded: else its answers are of different states."""

from __future__ import annotations

from conformance.record.client import Client
from conformance.record.proxy import RecordError
from conformance.record.said import are_refs, json_of
from conformance.traffic.exchange import Response
from conformance.traffic.recording import RecordedRepository
from conformance.traffic.route import Route


class Moved(RecordError):
    """The repository has changed since its recording began: another try may succeed."""


def check(client: Client, repository: RecordedRepository, name: str) -> None:
    """Ask once more for the refs, and compare them with those of the beginning, and with the information before them.

    Args:
        name: the caller whose answers are compared.

    Raises:
        Moved: a ref leads elsewhere now, or is gone. New ones do no harm.
    """
    refs = _route("refs", repository, (("include_prs", "true"),))
    before, now = (_refs(client.chain(refs, name, again=again)[-1]) for again in (False, True))
    info = json_of(client.chain(_route("info", repository), name)[-1])
    main = before.get("refs/heads/main")
    is_other = isinstance(info, dict) and main is not None and info.get("sha", main) != main
    if is_other or any(now.get(ref) != sha for ref, sha in before.items()):
        raise Moved(
            f"{repository.repo_id}: it changed while it was recorded",
            "record again when nobody writes to it; nothing was replaced",
        )


def _refs(answer: Response) -> dict[str, str]:
    """The commit of each ref, none where they were refused."""
    said = json_of(answer) if answer.status == 200 else None
    if not isinstance(said, dict) or not are_refs(said):
        return {}
    return {ref["ref"]: ref["targetCommit"] for refs in said.values() for ref in refs}


def _route(kind: str, repository: RecordedRepository, query: tuple[tuple[str, str], ...] = ()) -> str:
    return Route("hub", kind, repository.repo_type, repository.repo_id, None, "", query).target
