"""The store: datasets as folders of plain files, what is told of them, and what a download costs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from conformance.cases.support import (
    GATED,
    GSM8K,
    MISSING,
    PRIVATE,
    TEST,
    TRAIN,
    Disk,
    Port,
    authorizations,
    require_kind,
)
from conformance.cases.support_datasets import TULU3, fetched, shards
from conformance.cases.support_store import (
    DOWNLOAD,
    STORE,
    download,
    files,
    folder,
    index,
    is_downloaded,
    listed,
    parquet_files,
    read_index,
    require_files,
    root,
    texts,
)
from conformance.catalogue.check import check, family
from conformance.ports import PortError
from conformance.replay import ReplayHub, Stall
from conformance.verdict.require import require, require_equal
from conformance.wire.identity import TOKENS


@check(
    "store/files-are-plain-files[gsm8k]",
    "MUST",
    DOWNLOAD,
    source=STORE,
    mutants=("store-of-links",),
)
def test_plain_files(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Below `<root>/<owner>/<name>/`, each file has its path in the repository and is a plain file, no link."""
    download(port, disk)
    held = files(folder(disk))
    require_equal(
        sorted(held), sorted(parquet_files(hub.repo(GSM8K))), "wrong-files", "the files are not where they belong"
    )
    links = [name for name, path in held.items() if path.is_symlink()]
    require_equal(links, [], "links", "files of the store are links to elsewhere")


@check(
    "store/nothing-else-in-the-folder[gsm8k]",
    "MUST",
    DOWNLOAD,
    source=STORE,
    mutants=("leftovers-beside-the-files",),
)
def test_nothing_else_in_the_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a download has ended well, the dataset's folder holds its files alone: no temporary one, no note."""
    download(port, disk)
    surplus = sorted(set(files(folder(disk))) - set(hub.repo(GSM8K).files()))
    require_equal(surplus, [], "leftovers", "there are files in the folder that the repository does not have")


@check("store/value-tells-what-is-there[gsm8k]", "MUST", DOWNLOAD, source=STORE, mutants=("total-counts-files",))
def test_value(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What `download_dataset` returns names the repository, the folder, its files and the sum of their sizes."""
    repo = hub.repo(GSM8K)
    value = download(port, disk, file_pattern="main/*.parquet")
    require_equal(value["repo_id"], GSM8K, "wrong-value", "the value names another repository")
    require_equal(sorted(value["files"]), [TEST, TRAIN], "wrong-value", "the value does not name the files")
    size = sum(repo.files()[name].size for name in (TEST, TRAIN))
    require_equal(value["total_bytes"], size, "wrong-value", "the value does not have the sum of the sizes")
    require_files(Path(value["local_path"]), repo, [TEST, TRAIN])


@check("store/value-has-the-commit[gsm8k]", "SHOULD", DOWNLOAD, source=STORE, mutants=("store-keeps-the-branch",))
def test_value_has_the_commit(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """It names the commit that the branch stood for: `main` means another tomorrow."""
    value = download(port, disk, file_pattern="README.md")
    require_equal(value["commit_hash"], hub.repo(GSM8K).head, "wrong-commit", "the commit is not the one downloaded")


@check(
    "store/list-tells-what-is-there[gsm8k]",
    "MUST",
    "list_downloaded",
    source=STORE,
    mutants=("list-without-files",),
    needs=(DOWNLOAD,),
)
def test_list(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`list_downloaded` tells the same as `download_dataset` did."""
    value = download(port, disk)
    keys = ("repo_id", "local_path", "total_bytes")
    told = [
        {**{key: dataset[key] for key in keys}, "files": sorted(dataset["files"])}
        for dataset in port.list_downloaded(root=root(disk))
    ]
    expected = [{**{key: value[key] for key in keys}, "files": sorted(value["files"])}]
    require_equal(told, expected, "wrong-list", "the list does not tell what was downloaded")


@check(
    "store/nothing-is-downloaded-at-first[gsm8k]",
    "MUST",
    "is_downloaded",
    source=STORE,
    mutants=("local-path-of-anything",),
    needs=("get_local_path", "list_downloaded"),
)
def test_nothing_at_first(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """In a store that is not even a folder yet, nothing is downloaded: false, null and an empty list, no errors."""
    require_equal(is_downloaded(port, disk), False, "is-downloaded", "what was never downloaded counts as downloaded")
    path = port.get_local_path(repo_id=GSM8K, root=root(disk))
    require_equal(path, None, "invented-path", "what was never downloaded has a path")
    require_equal(listed(port, disk), [], "wrong-list", "what was never downloaded is listed")


@check(
    "store/local-path-is-the-folder[gsm8k]",
    "MUST",
    "get_local_path",
    source=STORE,
    mutants=("local-path-is-the-root",),
    needs=(DOWNLOAD, "is_downloaded"),
)
def test_local_path(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """After a download, `is_downloaded` is true and `get_local_path` is the folder that holds the files."""
    download(port, disk)
    require(is_downloaded(port, disk), "not-downloaded", "what was downloaded does not count as downloaded")
    found = port.get_local_path(repo_id=GSM8K, root=root(disk))
    require_equal(
        found and Path(found["path"]).resolve(), folder(disk).resolve(), "wrong-path", "this is another folder"
    )


@check(
    "store/looking-asks-nobody[gsm8k]",
    "MUST",
    "is_downloaded",
    source="what is on disk is known without the Hub",
    mutants=("store-asks-to-look",),
    needs=(DOWNLOAD, "get_local_path", "list_downloaded"),
)
def test_looking_asks_nobody(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """To see what is downloaded, no request is sent."""
    download(port, disk, file_pattern="README.md")
    hub.wire.clear()
    is_downloaded(port, disk)
    port.get_local_path(repo_id=GSM8K, root=root(disk))
    listed(port, disk)
    require_equal([str(entry) for entry in hub.wire], [], "request-sent", "a request was sent to look at the disk")


@check("store/index-is-written[gsm8k]", "MUST", DOWNLOAD, source=STORE, mutants=("index-forgotten",))
def test_index(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`index.json` in the root is JSON that names the repository and each of its files."""
    download(port, disk)
    said = texts(read_index(disk))
    for name in (GSM8K, *parquet_files(hub.repo(GSM8K))):
        known = any(text == name or text.endswith(f"/{name}") for text in said)
        require(known, "index-incomplete", "index.json does not name everything that is there", expected=name)


@check(
    "store/index-has-the-time[gsm8k]",
    "MUST",
    DOWNLOAD,
    source=f"{STORE}; RFC 3339 §5.6",
    mutants=("store-time-without-zone",),
)
def test_index_has_the_time(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`index.json` says when a dataset was downloaded: a date and a time in ISO 8601, with their zone."""
    download(port, disk, file_pattern="README.md")
    said = texts(read_index(disk))
    require(any(map(_is_time, said)), "no-time", "index.json has no time in ISO 8601 with a zone", seen=said)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).tzinfo is not None
    except ValueError:
        return False


@check(
    "store/second-download-fetches-nothing[gsm8k]",
    "MUST",
    DOWNLOAD,
    source="economy: what is on disk need not be fetched",
    mutants=("store-fetches-anew",),
)
def test_second_download(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """What is downloaded and whole is not fetched again while the branch stays."""
    download(port, disk)
    hub.wire.clear()
    download(port, disk)
    require_equal(fetched(hub), [], "fetched-again", "files were fetched again though they are on disk")
    require_files(folder(disk), hub.repo(GSM8K), parquet_files(hub.repo(GSM8K)))


@check(
    "store/away-hub-serves-what-is-there[gsm8k]",
    "SHOULD",
    DOWNLOAD,
    source="Hub docs: a cached file is served when the Hub cannot be reached",
    mutants=("store-needs-the-hub",),
)
def test_away_hub(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When nobody answers any more, a download of what is there and whole succeeds."""
    download(port, disk)
    hub.close()
    try:
        value = download(port, disk)
    except PortError as error:
        require(
            False, "not-served", "what is on disk is not given without the Hub", seen=f"{error.native}: {error.message}"
        )
    else:
        require_files(Path(value["local_path"]), hub.repo(GSM8K), parquet_files(hub.repo(GSM8K)))


@check("store/revision-is-downloaded[gsm8k]", "MUST", DOWNLOAD, source=STORE, mutants=("store-of-main-always",))
def test_revision(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With a commit as revision, the files are those of that commit: here before two answers were corrected."""
    repo = hub.repo(GSM8K)
    first = repo.commits[-1]
    value = download(port, disk, revision=first, file_pattern="main/*.parquet")
    require_files(Path(value["local_path"]), repo, [TEST, TRAIN], first)


@check(
    "store/revisions-are-not-mixed[gsm8k]",
    "MUST",
    DOWNLOAD,
    source="files of two commits in one folder are a dataset that never was",
    mutants=("revisions-mixed",),
)
def test_revisions_not_mixed(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When another revision is downloaded after `main`, the folder that is named has files of that revision only.

    It may be a folder of its own, or the same one with other contents; here one file differs between the two.
    """
    repo = hub.repo(GSM8K)
    download(port, disk, file_pattern="main/*.parquet")
    first = repo.commits[-1]
    value = download(port, disk, revision=first, file_pattern=TRAIN)
    for name, path in files(Path(value["local_path"])).items():
        expected = repo.files(first)[name].size, repo.files(first)[name].body
        seen = path.stat().st_size, path.read_bytes()
        require(seen == expected, "mixed-revisions", "a file in the folder is of another commit", seen=name)


@check("store/moved-branch-is-followed[gsm8k]", "MUST", DOWNLOAD, source=STORE, mutants=("store-never-refreshes",))
def test_moved_branch(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When the branch has moved, a download brings the files of the new commit, though the old ones are there."""
    repo = hub.repo(GSM8K)
    head = repo.head
    hub.move("main", to=repo.commits[-1], repo=GSM8K)
    download(port, disk)
    hub.move("main", to=head, repo=GSM8K)
    download(port, disk)
    require_files(folder(disk), repo, parquet_files(repo), head)


@check(
    "store/two-at-once-both-succeed[gsm8k]",
    "MUST",
    DOWNLOAD,
    source="two programs of one user share a folder",
    mutants=("leftover-lock-means-busy",),
)
def test_two_at_once(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Two downloads of the same dataset at the same time both succeed, and the files are right."""
    _twice(port, disk)
    require_files(folder(disk), hub.repo(GSM8K), parquet_files(hub.repo(GSM8K)))
    read_index(disk)


@check(
    "store/two-at-once-fetch-once[tulu3]",
    "SHOULD",
    DOWNLOAD,
    source="economy: what another program is fetching need not be fetched as well",
    mutants=("store-without-locks",),
)
def test_two_at_once_fetch_once(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Two downloads of the same dataset at the same time fetch each body once between them.

    (One answer is slow here, so that the two do meet.)
    """
    hub.fault(Stall(0.5, after=0), method="GET", origin="cdn")
    _twice(port, disk, TULU3)
    bodies = [entry.path for entry in hub.wire if entry.origin == "cdn" and entry.method == "GET"]
    require_equal(len(bodies), len(shards("data/train", 6)), "fetched-twice", "bodies were fetched more than once")


def _twice(port: Port, disk: Disk, repo_id: str = GSM8K) -> None:
    arguments = {"repo_id": repo_id, "root": root(disk)}
    for value in port.at_once((DOWNLOAD, arguments), (DOWNLOAD, arguments)):
        if isinstance(value, PortError):
            require(False, "refused", "one of two downloads failed", seen=f"{value.native}: {value.message}")


@family(
    "store/name-{}-is-refused[gsm8k]",
    "MUST",
    DOWNLOAD,
    members={
        "with-a-way-up": "openai/../../elsewhere",
        "that-is-a-way-up": "..",
        "of-three-parts": "openai/gsm8k/main",
        "that-is-absolute": "/openai/gsm8k",
    },
    source="huggingface_hub validate_repo_id",
    mutants=("store-names-not-checked",),
)
def test_bad_name(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """A repository name {} is an error before any request is sent, and nothing is written."""
    error = port.error(DOWNLOAD, repo_id=member, root=root(disk))
    require_equal([str(entry) for entry in hub.wire], [], "request-sent", "a request was sent for a bad name")
    require_equal(disk.files(disk.root), {}, "written", "something was written for a bad name")
    require_kind(error, "invalid_argument")


@family(
    "store/{}-is-an-error[contract]",
    "MUST",
    DOWNLOAD,
    members={
        "missing-repository": (MISSING, "repository_not_found"),
        "gated-repository": (GATED, "gated_repo"),
    },
    source="huggingface_hub RepositoryNotFoundError, GatedRepoError",
    mutants=("refusal-is-an-empty-dataset",),
)
def test_refused(hub: ReplayHub, port: Port, disk: Disk, member: tuple[str, str]) -> None:
    """A {} ends in an error of this kind, and is not downloaded."""
    repo_id, kind = member
    error = port.error(DOWNLOAD, repo_id=repo_id, root=root(disk), file_pattern="**/*.bin")
    require_kind(error, kind)
    require_equal(files(Path(root(disk))).keys() & {f"{repo_id}/data.bin"}, set(), "file-left", "a file is there")


@check(
    "store/token-opens-a-private-dataset[contract]",
    "MUST",
    DOWNLOAD,
    source="Hub docs: user access tokens",
    mutants=("store-without-a-token",),
)
def test_private(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With the token of somebody who may read it, a private dataset is downloaded; the content host gets no token."""
    download(port.logged_in(TOKENS["owner"]), disk, PRIVATE, file_pattern="**/*.bin")
    require_files(folder(disk, PRIVATE), hub.repo(PRIVATE), ["data.bin"])
    elsewhere = [said for said in authorizations(hub, "cdn") if said is not None]
    require_equal(len(elsewhere), 0, "token-leaked", "the content host was sent the token")


@check(
    "store/token-is-not-written[contract]",
    "MUST",
    DOWNLOAD,
    source="Hub docs: user access tokens are secrets",
    mutants=("store-keeps-the-token",),
)
def test_token_not_written(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The token is in no file of the store."""
    token = TOKENS["owner"]
    download(port.logged_in(token), disk, PRIVATE, file_pattern="**/*.bin")
    found = [name for name, path in files(Path(root(disk))).items() if token.encode() in path.read_bytes()]
    require_equal(found, [], "token-written", "the token was written to a file")


@check(
    "store/git-ignores-it[gsm8k]",
    "SHOULD",
    DOWNLOAD,
    source="git docs, gitignore: patterns of the same or a parent folder",
    mutants=("store-in-git",),
)
def test_git_ignores_it(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A store of its own is kept out of git: a `.gitignore` in its folder covers all, or one beside it the folder."""
    download(port, disk, file_pattern="README.md")
    inside = _lines(index(disk).with_name(".gitignore"))
    beside = _lines(disk.root / ".gitignore")
    covered = "*" in inside or any(line.strip("/") == "datasets" for line in beside)
    require(covered, "not-ignored", "no .gitignore covers the store", seen={"inside": inside, "beside": beside})


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").split() if path.is_file() else []
