"""The cache on disk: its layout, and what it spares the network.

The layout is a contract between libraries: what one of them has downloaded, the others find.
"""

from __future__ import annotations

from conformance.cases.support import GSM8K, TEST, TRAIN, Disk, Port, describe, require_kind
from conformance.catalogue.check import check
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import require, require_equal

LAYOUT = "Hub docs: manage-cache, understand caching; huggingface_hub file_download (blobs, refs, snapshots)"
REUSE = "huggingface_hub hf_hub_download: one HEAD for a branch, none for a commit hash"
NO_EXIST = "huggingface_hub .no_exist, try_to_load_from_cache"


def bodies(hub: ReplayHub) -> list[str]:
    """The requests that fetch a file's content, as far as they were made."""
    return [str(entry) for entry in hub.wire if entry.method == "GET" and "/api/datasets" not in entry.path]


@check(
    "cache/git-blob-named-by-etag[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("blob-names-of-its-own",),
)
def test_git_blob_named_by_etag(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The content of a small file lies in `blobs/` under its ETag without quotes: its git blob id, 40 digits."""
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md")
    blobs = list(disk.files(disk.folder(repo) / "blobs"))
    require_equal(blobs, [repo.files()["README.md"].oid], "wrong-blob-name", "the blob is not named by the ETag")


@check(
    "cache/lfs-blob-named-by-sha256[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("blob-names-of-its-own",),
)
def test_lfs_blob_named_by_sha256(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The content of a large file lies in `blobs/` under its sha256: `X-Linked-Etag` of the Hub.

    It is not the ETag of the host that delivers the content: that one is another digest.
    """
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN)
    blobs = list(disk.files(disk.folder(repo) / "blobs"))
    require_equal(blobs, [repo.files()[TRAIN].sha256], "wrong-blob-name", "the blob is not named by the sha256")


@check(
    "cache/snapshot-links-to-blob[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("absolute-links",),
)
def test_snapshot_links_to_blob(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`snapshots/<commit>/<path>` is a relative symbolic link to the blob, one `../` more for each folder of the path.

    Relative, so that the cache can be moved and mounted elsewhere.
    """
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md")
    port.download(repo, TRAIN)
    seen = disk.files(disk.folder(repo) / "snapshots")
    files = repo.files()
    expected = {
        f"{repo.head}/README.md": f"link → ../../blobs/{files['README.md'].oid}",
        f"{repo.head}/{TRAIN}": f"link → ../../../blobs/{files[TRAIN].sha256}",
    }
    require_equal(seen, expected, "wrong-snapshot", "the snapshot does not hold a relative link to each blob")


@check(
    "cache/returns-the-snapshot-path[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("path-of-the-blob",),
)
def test_returns_the_snapshot_path(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The path that is returned is that of the snapshot: it names the commit and the file."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, TRAIN)
    expected = disk.snapshot(repo, repo.head) / TRAIN
    require_equal(
        path.as_posix().removeprefix(disk.root.as_posix()),
        expected.as_posix().removeprefix(disk.root.as_posix()),
        "wrong-path",
        "the path is not the file's in the snapshot",
    )


@check(
    "cache/ref-holds-the-commit[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("ref-with-newline",),
)
def test_ref_holds_the_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`refs/main` holds the commit hash of the branch, 40 characters and nothing else, no newline."""
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md")
    ref = disk.ref(repo, "main")
    seen = ref.read_text("utf-8") if ref.is_file() else None
    require_equal(seen, repo.head, "wrong-ref", "refs/main does not hold the commit hash")


@check(
    "cache/ref-of-a-pull-request[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("ref-name-flattened",),
)
def test_ref_of_a_pull_request(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A revision with slashes makes folders below `refs`: `refs/refs/pr/1`."""
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md", revision="refs/pr/1")
    seen = disk.files(disk.folder(repo) / "refs")
    require_equal(list(seen), ["refs/pr/1"], "wrong-ref", "the revision's file is not where its name says")


@check(
    "cache/no-ref-for-a-commit[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("ref-for-a-commit",),
)
def test_no_ref_for_a_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download by commit hash writes no ref: a commit stands for itself."""
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md", revision=repo.head)
    seen = disk.files(disk.folder(repo) / "refs")
    require_equal(list(seen), [], "needless-ref", "a ref was written for a commit hash")


@check(
    "cache/layout-in-full[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("copies-instead-of-links",),
)
def test_layout_in_full(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After two downloads the repository's folder holds two blobs, two links and a ref, byte for byte, and no more.

    Nothing is left of the download itself, such as a temporary file. (`trees/` is the official client's own and may
    be there.)
    """
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md")
    port.download(repo, TRAIN)
    files = repo.files()
    expected = {
        f"blobs/{files['README.md'].oid}": files["README.md"].body,
        f"blobs/{files[TRAIN].sha256}": files[TRAIN].body,
        "refs/main": repo.head.encode(),
    }
    links = {f"snapshots/{repo.head}/README.md": "../../", f"snapshots/{repo.head}/{TRAIN}": "../../../"}
    seen = disk.files(disk.folder(repo))
    require_equal(
        sorted(name for name in seen if not name.startswith("trees/")),
        sorted([*expected, *links]),
        "wrong-layout",
        "the folder does not hold just what it must",
    )
    wrong = [name for name, body in expected.items() if (disk.folder(repo) / name).read_bytes() != body]
    require(not wrong, "wrong-content", "a file of the cache does not hold what it must", seen=wrong)
    copies = [name for name, up in links.items() if not seen[name].startswith(f"link → {up}blobs/")]
    require(not copies, "no-link", "a file of the snapshot is no relative link to its blob", seen=copies)


@check("cache/folder-name[gsm8k]", "MUST", "hf_hub_download", source=LAYOUT, mutants=("folder-without-type",))
def test_folder_name(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The repository's folder is `datasets--<owner>--<name>`, directly in the cache directory."""
    repo = hub.repo(GSM8K)
    port.download(repo, "README.md")
    folders = sorted(path.name for path in disk.cache.iterdir() if "--" in path.name)
    require_equal(folders, ["datasets--openai--gsm8k"], "wrong-folder", "the repository's folder has another name")


@check(
    "cache/second-call-fetches-nothing[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("always-fetches",),
)
def test_second_call_fetches_nothing(hub: ReplayHub, port: Port) -> None:
    """Called again for a branch that has not moved, a library asks with one HEAD whether the file is still the same.

    It sends no GET. (The HEAD may follow the Hub's redirect to its own cache, one HEAD more.)
    """
    repo = hub.repo(GSM8K)
    first = port.download(repo, "README.md")
    hub.wire.clear()
    second = port.download(repo, "README.md")
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though it has not changed")
    asked = [entry for entry in hub.wire if entry.method == "HEAD" and "/resolve/" in entry.path]
    require_equal(len(asked), 1, "not-one-head", "the file was not asked for with exactly one HEAD")
    require(second == first, "other-path", "the second call returned another path")


@check(
    "cache/large-file-is-not-fetched-again[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("always-fetches",),
)
def test_large_file_is_not_fetched_again(hub: ReplayHub, port: Port) -> None:
    """A large file that has not changed is asked for with one HEAD too; the other host is not troubled at all."""
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN)
    hub.wire.clear()
    port.download(repo, TRAIN)
    seen = [f"{entry.origin} {entry.method}" for entry in hub.wire]
    require_equal(seen, ["hub HEAD"], "not-one-head", "an unchanged file costs more than one HEAD to the Hub")


@check(
    "cache/commit-asks-nothing[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("commit-asks-again",),
)
def test_commit_asks_nothing(hub: ReplayHub, port: Port) -> None:
    """A file in the cache that is asked for by its commit hash costs no request: a commit never changes."""
    repo = hub.repo(GSM8K)
    port.download(repo, TRAIN, revision=repo.head)
    hub.wire.clear()
    port.download(repo, TRAIN, revision=repo.head)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check(
    "cache/moved-branch-is-seen[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("branch-never-refreshes",),
)
def test_moved_branch_is_seen(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved to a commit with another version of the file, the next call returns that version.

    The ref names the new commit, and the old version stays where it was.
    """
    repo = hub.repo(GSM8K)
    old, new = repo.commits[-1], repo.head
    require(repo.files(old)[TEST] != repo.files(new)[TEST], "no-difference", "the recording is of no use")
    hub.move("main", to=old, repo=GSM8K)
    before = port.download(repo, TEST)
    hub.move("main", to=new, repo=GSM8K)
    after = port.download(repo, TEST)
    require(
        after.read_bytes() == repo.files(new)[TEST].body,
        "stale-file",
        "the file is not that of the new commit",
    )
    require(
        before.is_file() and before.read_bytes() == repo.files(old)[TEST].body,
        "old-version-lost",
        "the old commit's file is gone or changed",
    )
    ref = disk.ref(repo, "main")
    seen = ref.read_text("utf-8") if ref.is_file() else None
    require_equal(seen, new, "stale-ref", "refs/main does not name the new commit")


@check(
    "cache/unchanged-file-of-a-new-commit[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=REUSE,
    mutants=("blobs-not-shared",),
)
def test_unchanged_file_of_a_new_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved and the file is the same, the blob is used again: a link is made, no body sent."""
    repo = hub.repo(GSM8K)
    new, old = repo.commits[0], repo.commits[1]
    require(repo.files(new)[TRAIN] == repo.files(old)[TRAIN], "no-match", "the recording is of no use")
    hub.move("main", to=old, repo=GSM8K)
    port.download(repo, TRAIN)
    hub.move("main", to=new, repo=GSM8K)
    hub.wire.clear()
    port.download(repo, TRAIN)
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again though its blob is there")
    link = disk.snapshot(repo, new) / TRAIN
    expected = f"link → ../../../blobs/{repo.files(new)[TRAIN].sha256}"
    require_equal(
        describe(link) if link.exists() else None,
        expected,
        "no-link",
        "the new snapshot has no link to the blob",
    )


@check(
    "cache/failed-download-leaves-nothing[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=LAYOUT,
    mutants=("error-leaves-a-file",),
)
def test_missing_file_leaves_no_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download that ends in an error puts nothing into `blobs` and `snapshots`: not an empty file, not the error."""
    repo = hub.repo(GSM8K)
    port.error("hf_hub_download", repo_id=GSM8K, repo_type="dataset", filename="no-such-file.txt")
    seen = [name for name in disk.files(disk.folder(repo)) if name.startswith(("blobs/", "snapshots/"))]
    require_equal(seen, [], "left-behind", "something was put into the cache for a file that does not exist")


@check(
    "cache/missing-file-is-remembered[gsm8k]",
    "SHOULD",
    "hf_hub_download",
    source=NO_EXIST,
    mutants=("no-exist-not-written",),
)
def test_missing_file_is_remembered(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """That a commit lacks a file is noted in the cache as an empty file `.no_exist/<commit>/<path>`."""
    repo = hub.repo(GSM8K)
    port.error("hf_hub_download", repo_id=GSM8K, repo_type="dataset", filename="no/such/file.txt")
    seen = disk.files(disk.folder(repo) / ".no_exist")
    expected = f"{repo.head}/no/such/file.txt"
    require_equal(list(seen), [expected], "not-remembered", "the missing file was not noted")
    require((disk.folder(repo) / ".no_exist" / expected).read_bytes() == b"", "not-empty", "the note is not empty")


@check(
    "cache/look-up-of-a-cached-file[gsm8k]",
    "MUST",
    "try_to_load_from_cache",
    source=NO_EXIST,
    mutants=("look-up-always-misses",),
    needs=("hf_hub_download",),
)
def test_look_up_of_a_cached_file(hub: ReplayHub, port: Port) -> None:
    """The look-up in the cache finds a file that was downloaded, by branch and by commit, and sends no request."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, TRAIN)
    hub.wire.clear()
    for revision in ("main", repo.head):
        found = port.try_to_load_from_cache(repo_id=GSM8K, repo_type="dataset", filename=TRAIN, revision=revision)
        require(
            found == {"path": str(path)},
            "not-found",
            f"the cached file was not found by {revision}",
            seen=found,
        )
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "the look-up sent a request")


@check(
    "cache/look-up-of-an-unknown-file[gsm8k]",
    "MUST",
    "try_to_load_from_cache",
    source=NO_EXIST,
    mutants=("look-up-invents-paths",),
    needs=("hf_hub_download",),
)
def test_look_up_of_an_unknown_file(hub: ReplayHub, port: Port) -> None:
    """The look-up of a file that was never downloaded gives null: whether it exists is not known."""
    port.download(hub.repo(GSM8K), "README.md")
    found = port.try_to_load_from_cache(repo_id=GSM8K, repo_type="dataset", filename=TRAIN)
    require_equal(found, None, "wrong-answer", "a file that was never downloaded was found")


@check(
    "cache/look-up-of-a-missing-file[gsm8k]",
    "SHOULD",
    "try_to_load_from_cache",
    source=NO_EXIST,
    mutants=("no-exist-not-written",),
    needs=("hf_hub_download",),
)
def test_look_up_of_a_missing_file(hub: ReplayHub, port: Port) -> None:
    """The look-up tells a file that the commit is known to lack from one that nobody has asked for."""
    port.error("hf_hub_download", repo_id=GSM8K, repo_type="dataset", filename="no-such-file.txt")
    found = port.try_to_load_from_cache(repo_id=GSM8K, repo_type="dataset", filename="no-such-file.txt")
    require_equal(found, {"no_exist": True}, "wrong-answer", "the missing file is not known as missing")


@check(
    "cache/serves-when-the-hub-is-away[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub hf_hub_download falls back to the cache when the HEAD fails",
    mutants=("no-fallback-to-the-cache",),
)
def test_serves_when_the_hub_is_away(hub: ReplayHub, port: Port) -> None:
    """When the Hub cannot be reached, a cached file is returned by its branch, as it was last seen."""
    repo = hub.repo(GSM8K)
    first = port.download(repo, TRAIN)
    hub.close()
    second = port.download(repo, TRAIN)
    require(second == first, "other-path", "another path was returned")


@check(
    "cache/local-files-only[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub hf_hub_download(local_files_only=True)",
    mutants=("local-files-only-ignored",),
)
def test_local_files_only(hub: ReplayHub, port: Port) -> None:
    """With `local_files_only`, no request is sent: a cached file is returned, for any other an error is reported."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, TRAIN)
    hub.wire.clear()
    again = port.download(repo, TRAIN, local_files_only=True)
    require(again == path, "other-path", "another path was returned for the cached file")
    error: PortError = port.error(
        "hf_hub_download", repo_id=GSM8K, repo_type="dataset", filename=TEST, local_files_only=True
    )
    require_kind(error, "local_entry_not_found")
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")
