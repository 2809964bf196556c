"""The cache on disk: how it is laid out.

The layout is a contract between libraries: what one of them has downloaded, the others find.
"""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, TINY_MODEL, Disk, Port, bodies
from conformance.checks.support_disk import children, holds, named_by, read, text_or_none
from conformance.replay import ReplayHub
from conformance.roles import git_file, lfs_file, pull_request
from conformance.verdict.require import require, require_bytes, require_equal

LAYOUT = "Hub docs: manage-cache, understand caching; huggingface_hub file_download (blobs, refs, snapshots)"


check = Checks("hf_hub_download", source=LAYOUT)


@check("cache/git-blob-named-by-etag[gsm8k]", kills="blob-names-of-its-own")
def test_git_blob_named_by_etag(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The content of a small file lies in `blobs/` under its ETag without quotes: its git blob id, 40 digits."""
    repo = hub.subject
    small = git_file(repo)
    port.download(repo, small)
    blobs = list(disk.files(disk.folder(repo) / "blobs"))
    require_equal(blobs, [repo.files()[small].oid], "wrong-blob-name", "the blob is not named by the ETag")


@check("cache/lfs-blob-named-by-sha256[gsm8k]", kills="blob-names-of-its-own")
def test_lfs_blob_named_by_sha256(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The content of a large file lies in `blobs/` under its sha256: `X-Linked-Etag` of the Hub.

    It is not the ETag of the host that delivers the content: that one is another digest.
    """
    repo = hub.subject
    large = lfs_file(repo)
    port.download(repo, large)
    blobs = list(disk.files(disk.folder(repo) / "blobs"))
    require_equal(blobs, [repo.files()[large].sha256], "wrong-blob-name", "the blob is not named by the sha256")


@check("cache/snapshot-links-to-blob[gsm8k]", kills="absolute-links")
def test_snapshot_links_to_blob(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`snapshots/<commit>/<path>` is a relative symbolic link to the blob, one `../` more for each folder of the path.

    Relative, so that the cache can be moved and mounted elsewhere.
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    port.download(repo, small)
    port.download(repo, large)
    seen = disk.files(disk.folder(repo) / "snapshots")
    files = repo.files()
    expected = {
        f"{repo.head}/{small}": f"link → ../../blobs/{files[small].oid}",
        f"{repo.head}/{large}": f"link → ../../../blobs/{files[large].sha256}",
    }
    require_equal(seen, expected, "wrong-snapshot", "the snapshot does not hold a relative link to each blob")


@check("cache/returns-the-snapshot-path[gsm8k]", kills="path-of-the-blob")
def test_returns_the_snapshot_path(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The path that is returned is that of the snapshot: it names the commit and the file."""
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    expected = disk.snapshot(repo, repo.head) / large
    require_equal(
        path.as_posix().removeprefix(disk.root.as_posix()),
        expected.as_posix().removeprefix(disk.root.as_posix()),
        "wrong-path",
        "the path is not the file's in the snapshot",
    )


@check("cache/ref-holds-the-commit[gsm8k]", kills="ref-with-newline")
def test_ref_holds_the_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`refs/main` holds the commit hash of the branch, 40 characters and nothing else, no newline."""
    repo = hub.subject
    small = git_file(repo)
    port.download(repo, small)
    ref = disk.ref(repo, "main")
    seen = text_or_none(ref)
    require_equal(seen, repo.head, "wrong-ref", "refs/main does not hold the commit hash")


@check("cache/ref-of-a-pull-request[gsm8k]", kills="ref-name-flattened")
def test_ref_of_a_pull_request(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A revision with slashes makes folders below `refs`: `refs/refs/pr/1`."""
    repo = hub.subject
    pull = pull_request(repo)
    small = git_file(repo)
    port.download(repo, small, revision=pull)
    seen = disk.files(disk.folder(repo) / "refs")
    require_equal(list(seen), [pull], "wrong-ref", "the revision's file is not at the path of its name")


@check("cache/no-ref-for-a-commit[gsm8k]", kills="ref-for-a-commit")
def test_no_ref_for_a_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download by commit hash writes no ref: a commit needs no ref."""
    repo = hub.subject
    small = git_file(repo)
    port.download(repo, small, revision=repo.head)
    seen = disk.files(disk.folder(repo) / "refs")
    require_equal(list(seen), [], "needless-ref", "a ref was written for a commit hash")


@check("cache/layout-in-full[gsm8k]", kills="copies-instead-of-links")
def test_layout_in_full(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After two downloads the repository's folder holds two blobs, two links and a ref, byte for byte, and no more.

    Nothing is left of the download itself, such as a temporary file. (`trees/` is the official client's own and may
    be there.)
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    port.download(repo, small)
    port.download(repo, large)
    files = repo.files()
    expected = {
        f"blobs/{files[small].oid}": files[small].body,
        f"blobs/{files[large].sha256}": files[large].body,
        "refs/main": repo.head.encode(),
    }
    links = {f"snapshots/{repo.head}/{small}": "../../", f"snapshots/{repo.head}/{large}": "../../../"}
    seen = disk.files(disk.folder(repo))
    require_equal(
        sorted(name for name in seen if not name.startswith("trees/")),
        sorted([*expected, *links]),
        "wrong-layout",
        "the folder does not hold exactly the required files",
    )
    wrong = [name for name, body in expected.items() if read(disk.folder(repo) / name) != body]
    require(not wrong, "wrong-content", "a file of the cache has wrong content", seen=wrong)
    copies = [name for name, up in links.items() if not seen[name].startswith(f"link → {up}blobs/")]
    require(not copies, "no-link", "a file of the snapshot is not a relative link to its blob", seen=copies)


@check("cache/folder-name[gsm8k]", kills="folder-without-type")
def test_folder_name(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The repository's folder is `datasets--<owner>--<name>`, directly in the cache directory."""
    repo = hub.subject
    small = git_file(repo)
    port.download(repo, small)
    folders = sorted(path.name for path in children(disk.cache, "no-cache") if "--" in path.name)
    require_equal(
        folders, [f"datasets--{repo.id.replace('/', '--')}"], "wrong-folder", "the repository's folder has another name"
    )


@check("cache/folder-of-a-model[contract]", kills="folder-without-type")
def test_folder_of_a_model(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A model's folder is `models--<owner>--<name>`, so that a dataset of the same name has another."""
    port.download(hub.repo(TINY_MODEL), "config.json")
    folders = sorted(path.name for path in children(disk.cache, "no-cache") if "--" in path.name)
    require_equal(folders, ["models--conformance--tiny-model"], "wrong-folder", "the model's folder has another name")


@check("cache/ref-of-a-tag[contract]", kills="ref-of-main-only")
def test_ref_of_a_tag(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A tag has a ref as a branch has: `refs/v1.0` holds the commit of the tag."""
    repo = hub.repo(TINY_MODEL)
    port.download(repo, "config.json", revision="v1.0")
    ref = disk.ref(repo, "v1.0")
    require_equal(named_by(ref), repo.sha("v1.0"), "wrong-ref", "refs/v1.0 does not hold the tag's commit")


@check("cache/name-with-spaces-and-folders[contract]", kills="awkward-names-encoded")
def test_name_with_spaces_and_folders(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """In the snapshot a file has exactly the name that it has in the repository, in folders of the same names.

    The encoding that a URL needs stays in the URL: the user of the file knows it by its own name.
    """
    repo = hub.repo(AWKWARD_NAMES)
    name = "one/two/three/four five/six/deep.txt"
    port.download(repo, name)
    seen = disk.files(disk.snapshot(repo, repo.head))
    expected = {name: f"link → {'../' * 7}blobs/{repo.files()[name].oid}"}
    require_equal(seen, expected, "wrong-snapshot", "the file is not at the path of its name")


@check(
    "cache/blob-has-the-usual-permissions[gsm8k]",
    kills="blob-for-its-owner-alone",
    level="SHOULD",
    source="huggingface_hub file_download: a blob gets the mode that the umask gives a new file",
    cache="own",
)
def test_blob_has_the_usual_permissions(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A cached file has the permissions of any new file of this user, as the umask has it.

    A temporary file is often made for its owner alone; a cache that a team shares would then be of no use to the
    others.
    """
    small = git_file(hub.subject)
    large = lfs_file(hub.subject)
    usual = disk.root / "usual"
    usual.touch()
    repo = hub.subject
    for name in (small, large):
        seen = oct(port.download(repo, name).stat().st_mode)
        require_equal(seen, oct(usual.stat().st_mode), "wrong-mode", f"{name} has other permissions than a new file")


@check(
    "cache/marked-as-a-cache[gsm8k]",
    kills="cache-not-marked",
    level="MAY",
    source="Cache Directory Tagging Specification; huggingface_hub file_download, CACHEDIR.TAG",
)
def test_marked_as_a_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The cache directory holds a file `CACHEDIR.TAG` with the signature by which backup programs know a cache."""
    small = git_file(hub.subject)
    port.download(hub.subject, small)
    tag = disk.cache / "CACHEDIR.TAG"
    signature = b"Signature: 8a477f597d28d172789f06886806bc55"
    seen = read(tag)[: len(signature)] if tag.is_file() else b""
    require_bytes(seen, signature, "not-marked")


@check(
    "cache/foreign-files-are-left-alone[gsm8k]",
    kills="cache-cleaned-of-foreign-files",
    source="Hub docs: manage-cache: the cache is shared by several libraries",
)
def test_foreign_files_are_left_alone(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What others keep in the cache stays as it is: beside the repository's folder, in it, and in its `blobs`.

    It may be another library's, or a download of another process on its way.
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    folder = disk.folder(repo)
    foreign = [
        disk.cache / "notes.txt",
        disk.cache / "datasets--someone--else" / "refs" / "main",
        folder / "notes.json",
        folder / "blobs" / "0123456789abcdef",
        folder / "blobs" / "fedcba9876543210.0a1b2c3d.incomplete",
    ]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not yours")
    port.download(repo, small)
    port.download(repo, large)
    gone = [path.relative_to(disk.cache).as_posix() for path in foreign if not holds(path, b"not yours")]
    require_equal(gone, [], "foreign-file-touched", "a foreign file was removed or changed")


@check(
    "cache/foreign-files-beside-are-left-alone[gsm8k]",
    kills="cache-cleaned-of-foreign-folders",
    source="Hub docs: manage-cache: the cache is shared by several libraries",
    cache="own",
)
def test_foreign_files_beside_are_left_alone(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What others keep directly in the cache directory stays as it is: files, and another repository's folder."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    foreign = [disk.cache / "notes.txt", disk.cache / "datasets--someone--else" / "refs" / "main"]
    for path in foreign:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not yours")
    for name in (small, large):
        require_bytes(read(port.download(repo, name)), repo.files()[name].body)
    gone = [path.relative_to(disk.cache).as_posix() for path in foreign if not holds(path, b"not yours")]
    require_equal(gone, [], "foreign-file-touched", "a foreign file was removed or changed")


@check(
    "cache/symlinks-can-be-switched-off[gsm8k]",
    kills="symlink-switch-ignored",
    level="SHOULD",
    source="huggingface_hub HF_HUB_DISABLE_SYMLINKS (from 1.9 on)",
)
def test_symlinks_can_be_switched_off(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `HF_HUB_DISABLE_SYMLINKS=1` the snapshot holds the file itself: some file systems and tools know no links.

    Asked for again, it is still not fetched again.
    """
    repo = hub.subject
    large = lfs_file(repo)
    port = port.with_environment(HF_HUB_DISABLE_SYMLINKS="1")
    path = port.download(repo, large)
    require(not path.is_symlink(), "link", "the snapshot holds a link", seen=disk.files(disk.folder(repo)))
    require_bytes(read(path), repo.files()[large].body)
    hub.wire.clear()
    port.download(repo, large)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
