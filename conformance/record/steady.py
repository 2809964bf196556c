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
        RecordError: the information names another commit than the refs, and goes on to do so.
    """
    refs = _route("refs", repository, (("include_prs", "true"),))
    before, now = (_refs(client.chain(refs, name, again=again)[-1]) for again in (False, True))
    info = _route("info", repository)
    main, today = (refs.get("refs/heads/main") for refs in (before, now))
    is_other = main not in (None, _commit(client.chain(info, name)[-1], main))
    if is_other and today != _commit(client.chain(info, name, again=True)[-1], today):
        raise RecordError(
            f"{repository.repo_id}: its information names another commit than its refs",
            "the upstream is no whole Hub, or has an old copy of one: try later; nothing was replaced",
        )
    if is_other or any(now.get(ref) != sha for ref, sha in before.items()):
        raise Moved(
            f"{repository.repo_id}: it changed while it was recorded",
            "record again when nobody writes to it; nothing was replaced",
        )


def _commit(info: Response, default: str | None) -> str | None:
    """The commit that an information names; the default where it names none."""
    said = json_of(info)
    return said.get("sha", default) if isinstance(said, dict) else default


def _refs(answer: Response) -> dict[str, str]:
    """The commit of each ref, none where they were refused."""
    said = json_of(answer) if answer.status == 200 else None
    if not isinstance(said, dict) or not are_refs(said):
        return {}
    return {ref["ref"]: ref["targetCommit"] for refs in said.values() for ref in refs}


def _route(kind: str, repository: RecordedRepository, query: tuple[tuple[str, str], ...] = ()) -> str:
    return Route("hub", kind, repository.repo_type, repository.repo_id, None, "", query).target
