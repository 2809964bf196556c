"""A Hub that is nothing but fast, in a process of its own: `python -m conformance.bench.server FOLDER`.

It serves the repository of a large file, which it makes in the folder, and one of many small files. It prints its
endpoint, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from random import Random

from aiohttp import web

from conformance.bench.big import agent_parquet
from conformance.bench.work import BIG, BIG_FILE, COMMIT, MANY, SMALL_FILE
from conformance.traffic.git import object_name

FILES = 200
SIZE = 10_000


@dataclass(frozen=True, slots=True)
class _Small:
    """A file kept in git."""

    body: bytes
    oid: str


@dataclass(frozen=True, slots=True)
class _Large:
    """A file in LFS, on the content host."""

    path: Path
    sha256: str
    size: int


class _Hub:
    def __init__(self, folder: Path) -> None:
        path = agent_parquet(folder)
        large = _Large(path, hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
        random = Random(0)
        many = {f"data/part-{number:03d}.bin": random.randbytes(SIZE) for number in range(FILES)}
        self._repositories: dict[str, dict[str, _Small | _Large]] = {
            BIG: {SMALL_FILE: _small(b"# A large file\n"), BIG_FILE: large},
            MANY: {name: _small(body) for name, body in many.items()},
        }
        self._content_host = ""

    async def serve(self) -> None:
        hub, content = web.Application(), web.Application()
        hub.router.add_get("/api/datasets/{repo:bench/[a-z]+}{revision:(/revision/[^/]+)?}", self._info)
        hub.router.add_get("/api/datasets/{repo:bench/[a-z]+}/tree/{revision}", self._tree)
        hub.router.add_get("/datasets/{repo:bench/[a-z]+}/resolve/{revision}/{path:.+}", self._resolve)
        content.router.add_get("/{path:.+}", self._content)
        self._content_host = await _listen(content, "localhost")
        print(await _listen(hub, "127.0.0.1"), flush=True)
        await asyncio.to_thread(sys.stdin.read)

    async def _info(self, request: web.Request) -> web.Response:
        repo_id = request.match_info["repo"]
        siblings = [{"rfilename": name} for name in self._repositories[repo_id]]
        return _answer({"id": repo_id, "sha": COMMIT, "siblings": siblings, "private": False, "gated": False})

    async def _tree(self, request: web.Request) -> web.Response:
        return _answer([_item(name, file) for name, file in self._repositories[request.match_info["repo"]].items()])

    async def _resolve(self, request: web.Request) -> web.Response:
        file = self._repositories[request.match_info["repo"]][request.match_info["path"]]
        said = {"X-Repo-Commit": COMMIT}
        if isinstance(file, _Small):
            return web.Response(body=file.body, headers={**said, "ETag": f'"{file.oid}"'})
        linked = {"X-Linked-Etag": f'"{file.sha256}"', "X-Linked-Size": str(file.size)}
        return web.Response(
            status=302, headers={**said, **linked, "Location": f"{self._content_host}/{file.path.name}"}
        )

    async def _content(self, request: web.Request) -> web.FileResponse:
        (large,) = (file for file in self._repositories[BIG].values() if isinstance(file, _Large))
        return web.FileResponse(large.path, chunk_size=1 << 20)


def _small(body: bytes) -> _Small:
    return _Small(body, object_name("blob", body))


def _item(name: str, file: _Small | _Large) -> dict[str, object]:
    if isinstance(file, _Small):
        return {"type": "file", "oid": file.oid, "size": len(file.body), "path": name}
    lfs = {"oid": file.sha256, "size": file.size, "pointerSize": 134}
    return {"type": "file", "oid": "1" * 40, "size": file.size, "path": name, "lfs": lfs}


def _answer(value: object) -> web.Response:
    return web.Response(text=json.dumps(value), content_type="application/json", headers={"X-Repo-Commit": COMMIT})


async def _listen(app: web.Application, host: str) -> str:
    """Serve an application on a free port of the loopback; its URL, with this name for the host."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return f"http://{host}:{runner.addresses[0][1]}"


if __name__ == "__main__":
    asyncio.run(_Hub(Path(sys.argv[1])).serve())
