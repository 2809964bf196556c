"""A file that is there stays until another has come whole: a download that fails takes nothing from the user."""

from __future__ import annotations

import contextlib

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_disk import read
from conformance.checks.support_history import changed_later
from conformance.checks.support_local_dir import folder
from conformance.ports import PortError
from conformance.replay import ReplayHub, Status
from conformance.roles import lfs_file, other_lfs_file
from conformance.verdict.require import require, require_bytes

KEPT = "huggingface_hub hf_hub_download: a body is fetched beside the file, and moved to its place when it is whole"
CLOSED = Status(403)


check = Checks("hf_hub_download", source=KEPT)


@check("download/forced-failure-keeps-the-file[gsm8k]", kills="forced-removes-first", cache="own")
def test_forced_failure_keeps_the_file(hub: ReplayHub, port: Port) -> None:
    """With `force_download`, the file in the cache stays as it is if its content is refused."""
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    hub.fault(CLOSED, answer="content", filename=large, times=None)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=large, force_download=True)
    require_bytes(read(path, "file-lost"), repo.files()[large].body)


@check("download/local-dir-forced-failure-keeps-the-file[gsm8k]", kills="local-file-removed-first", level="SHOULD")
def test_forced_failure_keeps_the_file_in_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `force_download` and `local_dir`, the user's file stays as it is if its content is refused."""
    repo = hub.subject
    large = lfs_file(repo)
    options = {"local_dir": str(folder(disk))}
    path = port.download(repo, large, **options)
    hub.fault(CLOSED, answer="content", filename=large, times=None)
    port.error("hf_hub_download", **repo.named, filename=large, force_download=True, **options)
    require_bytes(read(path, "file-lost"), repo.files()[large].body)


@check("download/local-dir-failed-update-keeps-the-file[gsm8k]", kills="local-file-removed-first", level="SHOULD")
def test_failed_update_keeps_the_file_in_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `local_dir`, the user's file stays as it is if the branch has moved and the new content is refused.

    (Whether the call ends in an error or returns the file that is there is the library's own, and so is whether it
    asks for the content at all. Where the content comes another way, the new file is right.)
    """
    repo = hub.subject
    old, new, name = changed_later(repo, other_lfs_file(repo))
    options = {"local_dir": str(folder(disk))}
    hub.move("main", to=old, repo=repo.id)
    path = port.download(repo, name, **options)
    hub.move("main", to=new, repo=repo.id)
    hub.fault(CLOSED, answer="content", filename=name, times=None, needed=False)
    with contextlib.suppress(PortError):
        port.hf_hub_download(**repo.named, filename=name, **options)
    versions = [repo.files(commit)[name].body for commit in (old, new)]
    require(read(path, "file-lost") in versions, "wrong-bytes", "the file is neither the old one nor the new one")
