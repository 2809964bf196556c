"""What is on disk while a body is still on its way."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.ports import PortError
from conformance.replay import Cut, ReplayHub
from conformance.roles import lfs_file
from conformance.traffic.exchange import Request, Response
from conformance.verdict.require import control, require, require_bytes

WHOLE = "huggingface_hub: a body grows in `<etag>.incomplete` and is renamed; who finds the blob takes it for whole"


check = Checks("hf_hub_download", source=WHOLE)


@dataclass
class Look:
    """Notes which files are on disk when an answer is asked for. The answer stays as it is."""

    root: Path
    found: set[Path] = field(default_factory=set)

    def apply(self, request: Request, response: Response) -> Response | None:
        self.found.update(path.resolve() for path in self.root.rglob("*") if path.is_file())
        return response


@check("cache/file-has-its-name-when-whole[gsm8k]", kills="body-grows-under-its-name", level="SHOULD", cache="own")
def test_name_when_whole(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """While a body is incomplete, no file has the name under which the whole one is found later.

    The body breaks off once; the disk is looked at when the rest is asked for. A process that ends there would leave
    half a file for a whole one.
    """
    repo = hub.subject
    large = lfs_file(repo)
    look = Look(disk.root)
    hub.fault(Cut(20_000, of_the_file=True), answer="content", repo=repo.id, filename=large)
    hub.fault(look, answer="content", repo=repo.id, filename=large, needed=False)
    path: Path | None = None
    for _ in range(2):  # a client may give up after the first break
        with contextlib.suppress(PortError):
            path = port.download(repo, large)
            break
    control(path is not None, "the file was not downloaded")
    assert path is not None
    require_bytes(path.read_bytes(), repo.files()[large].body)
    seen = sorted(str(one) for one in look.found if one == path.resolve())
    require(not seen, "half-a-file-named", "the file had its final name before it was complete", expected=[], seen=seen)
