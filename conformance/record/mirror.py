"""How a mirror or proxy differs from the Hub that was recorded, in what a client would notice."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import reference_client
from conformance.record.client import Client
from conformance.record.compare import Difference, compared
from conformance.record.held import Held
from conformance.traffic.exchange import Exchange, OriginName
from conformance.traffic.recording import RecordedRepository, Recording
from conformance.traffic.route import Route


@dataclass
class Report:
    """What was found.

    Attributes:
        differences: answer by answer.
        results: what a client gets otherwise through the mirror, a line each.
    """

    differences: list[Difference] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    @property
    def groups(self) -> Iterator[tuple[int, Difference]]:
        """Differences of a kind: how many, and the first of them; the most frequent first."""
        counts = Counter((one.kind, one.what, _sort(one)) for one in self.differences)
        for key, count in counts.most_common():
            yield count, next(one for one in self.differences if (one.kind, one.what, _sort(one)) == key)


def report(
    recording: Recording,
    client: Client,
    taken: list[Exchange],
    origins: Mapping[OriginName, str],
    endpoint: str,
    tell: Callable[[str], None],
) -> Report:
    """Compare a mirror with a recording, and use it as a client does.

    Args:
        recording: of the Hub.
        client: the client that sends the requests to the mirror.
        taken: where it puts the answers.
        origins: how the mirror spells its origins.
        endpoint: the mirror's URL, as a client is given it.
        tell: is given a word on each step.
    """
    tell("asking for what is recorded")
    found = Report(compared(recording, client, taken, origins))
    for repository in recording.repositories:
        tell(f"a snapshot of {repository.repo_id}")
        found.results += _through(recording, repository, endpoint)
    return found


def _through(recording: Recording, repository: RecordedRepository, endpoint: str) -> Iterator[str]:
    """What the reference client gets through the mirror, compared with the recording. It asks as nobody."""
    held = Held(recording.exchanges, recording.origins)
    name, kind = repository.repo_id, repository.repo_type
    info = held.json(Route("hub", "info", kind, name, None, ""))
    if not isinstance(info, dict) or info.get("private") or info.get("gated"):
        return
    listing = held.listing(Route("hub", "tree", kind, name, str(info["sha"]), "", (("recursive", "true"),))) or []
    thin = {one.kept: one.size for one in recording.thinned}
    wanted: dict[str, int] = {}
    for item in listing:
        if item["type"] == "file":
            wanted[item["path"]] = thin.get(str((item.get("lfs") or {}).get("oid")), item["size"])
    small = [path for path, size in wanted.items() if size <= _LARGEST]
    with tempfile.TemporaryDirectory(prefix="hub-conformance-", ignore_cleanup_errors=True) as cache:
        try:
            said = reference_client.HfApi(endpoint=endpoint, token=False).repo_info(name, repo_type=kind)
            if said.sha != info["sha"]:
                yield f"{name}: main is {said.sha} through this mirror, {info['sha']} on the Hub"
        except Exception as error:  # whatever the client says of it
            yield f"{name}: its information cannot be read through this mirror: {_said(error)}"
        try:
            folder = reference_client.snapshot_download(
                name,
                repo_type=kind,
                revision=str(info["sha"]),
                cache_dir=cache,
                endpoint=endpoint,
                token=False,
                allow_patterns=[_literal(path) for path in small],
            )
        except Exception as error:
            yield f"{name}: a snapshot through this mirror fails: {_said(error)}"
            return
        there = {path: Path(folder, path) for path in small}
        missing = [path for path, place in there.items() if not place.is_file()]
        wrong = [path for path, place in there.items() if place.is_file() and place.stat().st_size != wanted[path]]
    if missing:
        yield f"{name}: a snapshot through this mirror lacks {len(missing)} files: {_some(missing)}"
    if wrong:
        yield f"{name}: a snapshot through this mirror has {len(wrong)} files of another size: {_some(wrong)}"


_LARGEST = 10**7
"""Bytes; larger files are left out of the snapshot."""


def _literal(path: str) -> str:
    """A pattern that matches this path alone."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (" …" if len(paths) > 3 else "")


def _sort(one: Difference) -> str:
    """What two differences of a kind have in common beside their name."""
    return f"{one.was} {one.now}" if one.what == "status" else ""
