"""What the checks of snapshots have in common: taking one, looking at it, and changes on the Hub meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.checks.support import Port
from conformance.checks.support_disk import read
from conformance.replay import ReplayHub, Truth
from conformance.traffic.exchange import Request, Response, headers
from conformance.verdict.require import require, require_bytes, require_equal


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens on the Hub just after an answer was made. Not the answer changes, but the next ones do."""

    happens: Callable[[], None]

    def apply(self, request: Request, response: Response) -> Response:
        self.happens()
        return response


@dataclass(frozen=True, slots=True)
class Renamed:
    """A former name is redirected to the present one, as the Hub does for every route: 307, relative, query and all."""

    former: str
    now: str

    def apply(self, request: Request, response: Response) -> Response:
        body = b"Temporary Redirect"
        location = re.sub(rf"/{re.escape(self.former)}(?=[/?]|$)", f"/{self.now}", request.target, count=1)
        return Response(307, headers({"Location": location, "Content-Length": str(len(body))}), body)


def snapshot(port: Port, repo: Truth, **arguments: Any) -> Path:
    """`snapshot_download` of a repository: the folder that is returned."""
    result = port.snapshot_download(**{"repo_id": repo.id, "repo_type": repo.type, **arguments})
    path = Path(result["path"])
    require(path.is_dir(), "no-folder", "the returned path is not a folder", seen=path.name)
    return path


def held(folder: Path, files: Collection[str]) -> list[str]:
    """What a snapshot of a repository with these files holds, sorted.

    A client may keep notes in a separate hidden folder, as those of `local_dir` are in `.cache`. They do not count.
    """
    tops = {name.partition("/")[0] for name in files}
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(
        path.as_posix()
        for path in found
        if len(path.parts) == 1 or not path.parts[0].startswith(".") or path.parts[0] in tops
    )


def require_files(folder: Path, repo: Truth, revision: str = "main", names: set[str] | None = None) -> None:
    """The folder holds just these files of the revision, by default all, byte for byte."""
    files = repo.files(revision)
    require_equal(
        held(folder, files),
        sorted(files if names is None else names),
        "wrong-files",
        "the folder does not hold exactly the required files",
    )
    for name in held(folder, files):
        require_bytes(read(folder / name), files[name].body)


def file_requests(hub: ReplayHub) -> list[str]:
    """The requests about single files, HEAD or GET."""
    return [str(entry) for entry in hub.wire if "/resolve" in entry.path or entry.origin != "hub"]


def during_the_stall(hub: ReplayHub) -> list[str]:
    """The requests that arrived while the stalled one was waiting for its answer."""
    log = list(hub.wire)
    at, pause = next((entry.at, entry.delivery.pause) for entry in log if entry.delivery and entry.delivery.pause)
    return [str(entry) for entry in log if at < entry.at < at + pause - 0.05]
