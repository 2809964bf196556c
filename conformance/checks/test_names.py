"""Names and paths: what a name may be, and that nothing is ever written outside the place for it."""

from __future__ import annotations

import contextlib
import re
from typing import Any
from urllib.parse import unquote

from conformance.catalogue.check import Checks
from conformance.checks.answers import one_file, one_file_more
from conformance.checks.support import ASKS, Disk, Port
from conformance.checks.support_disk import require_name
from conformance.ports import PortError
from conformance.replay import ReplayHub, Status, Truth
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import control, require, require_bytes, require_equal

IDS = "Hub: rules for repository names; huggingface_hub utils.validate_repo_id"
FILENAMES = "huggingface_hub: a file name with a `..` segment, an absolute, drive or UNC path is refused; CWE-22"
SERVED = "CWE-22: a path that a server sends is no more to be trusted than one of a user"
MISSING = Status(404, headers={"X-Error-Code": "RepoNotFound"})
EVIL = "evil.txt"


check = Checks("hf_hub_download", source=FILENAMES)


def outside(disk: Disk, repo: Truth) -> list[str]:
    """The files named `evil` that lie anywhere but where the repository's contents and their locks belong.

    In a cache of the library's own layout, or in the folder of a library without one, that is anywhere below.
    """
    if disk.kind != "hub":
        below = f"{disk.cache.relative_to(disk.root).as_posix()}/"
        return [path for path in disk.files(disk.root) if "evil" in path and not path.startswith(below)]
    folder = disk.folder(repo).relative_to(disk.root).as_posix()
    cache = disk.cache.relative_to(disk.root).as_posix()
    inside = (f"{folder}/blobs/", f"{folder}/snapshots/", f"{cache}/.locks/{disk.folder(repo).name}/")
    return [path for path in disk.files(disk.root) if "evil" in path and not path.startswith(inside)]


def asked(hub: ReplayHub, port: Port, repo_id: str) -> tuple[list[str], PortError | None]:
    """The paths that were asked for on the way to a repository that the Hub does not have, and how the call ended."""
    ended = None
    try:
        port.ask(repo_id)
    except PortError as error:
        ended = error
    return [entry.path for entry in hub.wire], ended


def require_asked_for_a_good_id(hub: ReplayHub, port: Port) -> None:
    """A control step: a good id is asked for. What the library makes of a missing repository is not the subject."""
    hub.fault(MISSING, times=None)
    paths, _ = asked(hub, port, "openai/gsm8k-2")
    control(len(paths) > 0, "no request was sent for a valid id")
    hub.wire.clear()


def require_refused(hub: ReplayHub, port: Port, repo_id: str) -> None:
    """An invalid id ends in an error, before anything is sent."""
    sent, ended = asked(hub, port, repo_id)
    require_equal(sent, [], "needless-request", "a request was sent for an invalid repo id")
    require(ended, "no-error", "no request was sent, and no error was reported", expected="an error", seen="a result")


@check.each(
    "names/id-with-{}[gsm8k]",
    {
        "two-hyphens": "openai/gsm--8k",
        "two-dots": "openai/gsm..8k",
        "git-at-its-end": "openai/gsm8k.git",
        "three-segments": "datasets/openai/gsm8k",
        "a-leading-dot": "openai/.gsm8k",
        "a-leading-hyphen": "-openai/gsm8k",
        "a-trailing-hyphen": "openai/gsm8k-",
        "a-segment-too-long": f"openai/{'g' * 97}",
        "a-blank": "openai/gsm 8k",
        "a-line-break": "openai/gsm8k\n",
        "a-percent-sign": "openai/gsm%38k",
        "a-question-mark": "openai/gsm8k?blobs=true",
        "a-hash": "openai/gsm8k#readme",
        "a-backslash": "openai\\gsm8k",
        "an-empty-segment": "/gsm8k",
        "a-way-up": "../gsm8k",
        "nothing-in-it": "",
    },
    kills="ids-not-checked",
    operation=ASKS,
    source=IDS,
)
def test_id_with(hub: ReplayHub, port: Port, member: str) -> None:
    """A repository's id with {} is refused before anything is sent.

    An id is `name` or `owner/name`; each is up to 96 letters, digits, `-`, `_` and `.` of ASCII, with neither `-` nor
    `.` at its ends, no `--` and no `..`, and no `.git` at the end. Whatever else goes into a URL asks for something
    else. A good id is asked for: here the Hub reports a missing repository.
    """
    require_asked_for_a_good_id(hub, port)
    require_refused(hub, port, member)


@check(
    "names/id-beyond-ascii[gsm8k]",
    kills="ids-not-checked",
    level="SHOULD",
    operation=ASKS,
    source="Hub: names are ASCII; huggingface_hub 2.0 utils.validate_repo_id",
)
def test_id_beyond_ascii(hub: ReplayHub, port: Port) -> None:
    """An id with letters beyond ASCII is refused before anything is sent: no repository can have it."""
    require_asked_for_a_good_id(hub, port)
    require_refused(hub, port, "openai/gsmé8k")


@check.each(
    "names/id-of-{}[gsm8k]",
    {
        "one-segment": "gsm8k-2",
        "digits": "0/1",
        "dots-and-underscores": "Open.AI_x/gsm8k_v1.0-a",
        "an-underscore-first": "openai/_gsm8k",
        "the-greatest-length": f"{'o' * 96}/{'g' * 96}",
    },
    kills="ids-checked-too-strictly",
    operation=ASKS,
    source=IDS,
)
def test_id_of(hub: ReplayHub, port: Port, member: str) -> None:
    """An id of {} is a good one: the Hub is asked for it. Here the Hub reports a missing repository."""
    hub.fault(MISSING, times=None)
    paths = [unquote(path) for path in asked(hub, port, member)[0]]
    named = re.compile(rf"(/api)?/datasets/{re.escape(member)}(/.*)?")
    require(
        paths and all(map(named.fullmatch, paths)),
        "wrong-request",
        "no request has the repository's id",
        expected=f"/api/datasets/{member} or /datasets/{member}/…",
        seen=paths,
    )


@check("names/bad-id-of-a-download[gsm8k]", kills="ids-not-checked", source=IDS)
def test_bad_id_of_a_download(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download from an invalid id sends nothing and writes nothing: an id also names a folder of the cache."""
    small = git_file(hub.subject)
    hub.fault(one_file(hub.subject), times=None)
    port.download(hub.subject, small)
    hub.wire.clear()
    before = disk.files(disk.root)
    port.error("hf_hub_download", repo_id="../../evil", repo_type="dataset", filename=small)
    require_equal(
        [entry.path for entry in hub.wire], [], "needless-request", "a request was sent for an invalid repo id"
    )
    require_equal(disk.files(disk.root), before, "something-written", "something was written for an invalid repo id")


@check("names/unknown-type[gsm8k]", kills="types-not-checked", source="huggingface_hub hf_hub_url: Invalid repo type")
def test_unknown_type(hub: ReplayHub, port: Port) -> None:
    """A repository is a model, a dataset or a Space. Any other type is refused before anything is sent."""
    repo = hub.subject
    small = git_file(repo)
    hub.fault(one_file(hub.subject), times=None)
    port.download(hub.subject, small)
    hub.wire.clear()
    port.error("hf_hub_download", repo_id=repo.id, repo_type="notebook", filename=small)
    require_equal(
        [entry.path for entry in hub.wire], [], "needless-request", "a request was sent for an invalid repo type"
    )


def refused(hub: ReplayHub, port: Port, disk: Disk, **arguments: Any) -> None:
    """Require that a download is refused before anything is sent or written, by a Hub that would have the file."""
    repo = hub.subject
    hub.fault(one_file(repo), times=None)
    port.download(repo, "README.md")
    hub.wire.clear()
    before = disk.files(disk.root)
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", **arguments)
    require_equal([entry.path for entry in hub.wire], [], "needless-request", "a request was sent for a bad name")
    written = {path: what for path, what in disk.files(disk.root).items() if path not in before}
    require_equal(written, {}, "something-written", "something was written for a bad name")


@check.each(
    "names/filename-{}[gsm8k]",
    {
        "with-a-way-up": f"../../../../{EVIL}",
        "with-a-way-up-inside": f"main/../../../../../{EVIL}",
        "that-stays-inside-by-a-way-up": f"main/../{EVIL}",
        "that-is-absolute": f"{{root}}/{EVIL}",
        "with-a-drive": f"C:{EVIL}",
        "with-a-drive-and-root": f"C:\\{EVIL}",
        "of-another-machine": f"\\\\server\\share\\{EVIL}",
        "with-a-way-up-by-backslashes": f"..\\..\\..\\..\\{EVIL}",
        "with-a-way-up-by-both-slashes": f"main/..\\..\\..\\..\\..\\{EVIL}",
    },
    kills="filenames-not-checked",
)
def test_filename(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A file name {} is refused before anything is sent or written, on every system.

    Caches are shared between systems, and what is harmless on one is a way out of the folder on another.
    """
    refused(hub, port, disk, filename=member.replace("{root}", disk.root.as_posix()))


@check("names/subfolder-with-a-way-up[gsm8k]", kills="filenames-not-checked")
def test_subfolder_with_a_way_up(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A subfolder that leads up is refused just as a file name is."""
    refused(hub, port, disk, subfolder="../../../..", filename=EVIL)


@check("names/filename-with-a-way-up-and-local-dir[gsm8k]", kills="filenames-not-checked")
def test_filename_with_a_way_up_and_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A file name that leads up is refused for a folder of the user's own, too."""
    refused(hub, port, disk, filename=f"../{EVIL}", local_dir=str(disk.root / "own"))


@check.each(
    "names/{}-are-no-way-up[gsm8k]",
    {"two-dots-in-a-name": "notes..v2.txt", "three-dots": "main/.../a.txt", "leading-dots": "..notes"},
    kills="two-dots-refused",
)
def test_no_way_up(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """{} lead nowhere: only a whole segment `..` leads up. The file is downloaded."""
    repo = hub.subject
    small = git_file(repo)
    hub.fault(one_file_more(repo, member), times=None)
    path = port.download(repo, member)
    require_bytes(path.read_bytes(), repo.files()[small].body)
    require_name(path, member, disk.kind)


def smuggled(hub: ReplayHub, port: Port, path: str, **arguments: Any) -> None:
    """Download everything from a Hub whose listing has this path in it."""
    hub.fault(one_file_more(hub.subject, path), times=None)
    with contextlib.suppress(PortError):
        port.snapshot_download(repo_id=hub.subject.id, repo_type="dataset", **arguments)


@check.each(
    "names/listing-{}[gsm8k]",
    {
        "with-a-way-up": f"../../../../{EVIL}",
        "with-a-way-up-inside": f"main/../../../../../{EVIL}",
        "with-a-way-to-the-refs": f"../../refs/{EVIL}",
        "with-an-absolute-path": f"{{root}}/{EVIL}",
    },
    kills="listings-not-checked",
    operation="snapshot_download",
    source=SERVED,
)
def test_listing(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """From a listing {}, nothing is written outside the folder of the snapshot.

    The whole download may be refused, or the one file left out.
    """
    smuggled(hub, port, member.replace("{root}", disk.root.as_posix()))
    require_equal(outside(disk, hub.subject), [], "written-outside", "a file was written outside its folder")


@check.each(
    "names/listing-{}-of-windows[gsm8k]",
    {
        "with-a-way-up": f"..\\..\\..\\..\\{EVIL}",
        "with-a-drive": f"C:{EVIL}",
        "with-another-machine": f"\\\\server\\share\\{EVIL}",
    },
    kills="listings-not-checked",
    level="SHOULD",
    operation="snapshot_download",
    source="huggingface_hub: file names are refused on every platform under the rules of POSIX and Windows",
)
def test_listing_of_windows(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A listing {} as Windows writes it is refused on every system: no file of that name is written anywhere."""
    smuggled(hub, port, member)
    found = [path for path in disk.files(disk.root) if "evil" in path]
    require_equal(found, [], "bad-name-written", "a file was written under a name that leaves the folder on Windows")


@check(
    "names/listing-with-a-way-up-and-local-dir[gsm8k]",
    kills="listings-not-checked",
    operation="snapshot_download",
    source=SERVED,
)
def test_listing_with_a_way_up_and_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """From a listing that leads up, nothing is written outside a folder of the user's own."""
    smuggled(hub, port, f"../{EVIL}", local_dir=str(disk.root / "own"))
    found = [path for path in disk.files(disk.root) if "evil" in path and not path.startswith("own/")]
    require_equal(found, [], "written-outside", "a file was written outside the folder")


@check.each(
    "names/served-{}-with-a-way-up[gsm8k]",
    {
        "etag": {"ETag": '"../../../evil"'},
        "linked-etag": {"X_Linked_Etag": '"../../../evil"', "X_Linked_Size": "1"},
        "commit": {"X_Repo_Commit": "../../../evil"},
    },
    kills="served-names-not-checked",
    source=SERVED,
)
def test_served_name(hub: ReplayHub, port: Port, disk: Disk, member: dict[str, str]) -> None:
    """An answer whose {} leads up makes no file outside the repository's folder: it names a blob or a snapshot there.

    An error is right, and so is a file under a harmless name.
    """
    repo = hub.subject
    small = git_file(repo)
    if "X_Linked_Size" in member:
        member = {**member, "X_Linked_Size": str(repo.files()[small].size)}
    hub.fault(one_file(repo, **member), times=None)
    with contextlib.suppress(PortError):
        port.hf_hub_download(repo_id=repo.id, repo_type="dataset", filename=small)
    require_equal(outside(disk, repo), [], "written-outside", "a file was written outside the repository's folder")


@check.each(
    "names/revision-{}[gsm8k]",
    {"with-a-way-up": "../../../evil", "that-is-absolute": "{root}/evil"},
    kills="revisions-not-checked",
    level="SHOULD",
    source="git check-ref-format: no `..` in a ref; CWE-22, since a revision names a file below refs",
)
def test_revision(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A revision {} writes nothing outside the repository's folder, even if a server reports that it exists.

    The cache keeps a file for each revision. It may be refused, or asked for and not kept.
    """
    repo = hub.subject
    small = git_file(repo)
    hub.fault(one_file(repo), times=None)
    port.download(repo, small)
    revision = member.replace("{root}", disk.root.as_posix())
    with contextlib.suppress(PortError):
        port.hf_hub_download(repo_id=repo.id, repo_type="dataset", filename=small, revision=revision)
    require_equal(outside(disk, repo), [], "written-outside", "a file was written outside the repository's folder")


@check(
    "names/cache-behind-a-link[gsm8k]",
    kills="link-of-the-cache-not-followed",
    source="huggingface_hub: HF_HUB_CACHE may be a symbolic link, as is usual where home folders are small",
)
def test_cache_behind_a_link(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A cache directory that is a symbolic link works, wherever it leads, and stays the link that it is."""
    repo = hub.subject
    large = lfs_file(repo)
    real = disk.root / "on" / "another" / "disk"
    real.mkdir(parents=True)
    disk.cache.symlink_to(real, target_is_directory=True)
    path = port.download(repo, large)
    require_bytes(path.read_bytes(), repo.files()[large].body)
    require(disk.cache.is_symlink(), "link-replaced", "the link to the cache was replaced")
    require(disk.files(real), "written-elsewhere", "nothing was written to the target of the link")


@check.each(
    "names/cache-directory-with-{}[gsm8k]",
    {"blanks": "my own cache", "letters-beyond-ascii": "Zwischenablage é 日本", "percent-and-hash": "a%20b#c"},
    kills="cache-directory-percent-encoded",
    source="huggingface_hub hf_hub_download(cache_dir=…)",
)
def test_cache_directory_with(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A cache directory whose name has {} in it is used under that very name."""
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large, cache_dir=str(disk.root / member))
    require_bytes(path.read_bytes(), repo.files()[large].body)
    require(
        path.is_relative_to((disk.root / member).resolve()), "wrong-place", "the file has another path", seen=path.name
    )
