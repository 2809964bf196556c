"""The cache and letter case: an id keeps its capitals, and names that differ in case alone are two."""

from __future__ import annotations

from pathlib import Path

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.replay import ReplayHub
from conformance.verdict.require import control, require, require_equal

FOLDERS = "huggingface_hub repo_folder_name: `datasets--<owner>--<name>`, in the letters of the id"
LETTER_CASE = "conformance/Letter-Case"
FILE = "README.md"


check = Checks("try_to_load_from_cache", source=FOLDERS)


@check("cache/letter-case-of-an-id[contract]", kills="cache-folders-in-lower-case", operation="hf_hub_download")
def test_letter_case_of_an_id(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The repository's folder in the cache keeps the capitals of its id: other clients look for it by that name."""
    folder = disk.folder(hub.repo(LETTER_CASE)).name
    port.download(hub.repo(LETTER_CASE), FILE)
    seen = [path.name for path in disk.cache.iterdir() if path.name.lower() == folder.lower()]
    require_equal(seen, [folder], "other-folder", "the repository's folder has another name")


@check(
    "cache/letter-case-of-a-snapshots-id[contract]", kills="cache-folders-in-lower-case", operation="snapshot_download"
)
def test_letter_case_of_a_snapshots_id(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A snapshot lies in a folder that keeps the capitals of the repository's id."""
    folder = disk.folder(hub.repo(LETTER_CASE)).name
    path = port.snapshot_download(repo_id=LETTER_CASE, repo_type="dataset")["path"]
    require(folder in Path(path).parts, "other-folder", "the repository's folder has another name", expected=folder)


@check(
    "cache/scan-keeps-the-letter-case[contract]",
    kills="scan-in-lower-case",
    operation="scan_cache_dir",
    needs=("hf_hub_download",),
    cache="own",
)
def test_scan_keeps_the_letter_case(hub: ReplayHub, port: Port) -> None:
    """The scan of the cache gives an id back with its capitals: it is asked for by that."""
    port.download(hub.repo(LETTER_CASE), FILE)
    seen = [repo["repo_id"] for repo in port.scan_cache_dir()["repos"]]
    require_equal(seen, [LETTER_CASE], "other-id", "the scan does not give the id")


@check(
    "cache/look-up-minds-the-letter-case[gsm8k]",
    kills="look-up-in-any-letter-case",
    source="git: names that differ in letter case are two files; huggingface_hub try_to_load_from_cache",
    needs=("hf_hub_download",),
    cache="own",
)
def test_look_up_minds_the_letter_case(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The look-up of `readme.md` does not find `README.md`, where the file system distinguishes them."""
    path = port.download(hub.subject, FILE)
    control(not path.with_name(FILE.lower()).exists(), "the file system ignores letter case")
    seen = port.try_to_load_from_cache(repo_id=hub.subject.id, repo_type="dataset", filename=FILE.lower())
    require_equal(seen, None, "wrong-file", "the look-up found a file of another name")


@check(
    "cache/look-up-by-another-letter-case-of-the-id[contract]",
    kills="cache-folders-in-lower-case",
    source="huggingface_hub try_to_load_from_cache: the folder is that of the id as it is given",
    needs=("hf_hub_download",),
    cache="own",
)
def test_look_up_by_another_letter_case_of_the_id(hub: ReplayHub, port: Port) -> None:
    """What was downloaded of `conformance/Letter-Case` is not found by `conformance/letter-case`.

    Whether both are one repository, only the Hub knows.
    """
    path = port.download(hub.repo(LETTER_CASE), FILE)
    found = port.try_to_load_from_cache(repo_id=LETTER_CASE, repo_type="dataset", filename=FILE)
    control(found == {"path": str(path)}, "the look-up does not find a file that is cached")
    seen = port.try_to_load_from_cache(repo_id=LETTER_CASE.lower(), repo_type="dataset", filename=FILE)
    require_equal(seen, None, "wrong-repository", "the look-up found the file of another id")


@check(
    "cache/look-up-of-a-dangling-link[gsm8k]",
    kills="look-up-counts-dead-links",
    level="SHOULD",
    source="huggingface_hub try_to_load_from_cache: os.path.isfile(cached_file)",
    needs=("hf_hub_download",),
)
def test_look_up_of_a_dangling_link(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The look-up of a file whose blob is gone gives null, by branch and by commit: a dangling link is not a file."""
    repo = hub.subject
    blobs = disk.folder(repo) / "blobs"
    path = port.download(repo, FILE)
    control(path.is_symlink(), "the snapshot's file is not a link")
    for blob in blobs.iterdir():
        blob.unlink()
    for revision in ("main", repo.head):
        seen = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=FILE, revision=revision)
        require_equal(seen, None, "dead-link", f"the look-up by {revision} returned a dangling link")


@check(
    "cache/look-up-of-a-folder[gsm8k]",
    kills="look-up-finds-folders",
    level="SHOULD",
    source="huggingface_hub try_to_load_from_cache: os.path.isfile(cached_file)",
    needs=("hf_hub_download",),
    cache="own",
)
def test_look_up_of_a_folder(hub: ReplayHub, port: Port) -> None:
    """The look-up of a folder of the repository gives null: only files are cached."""
    repo = hub.subject
    folder = roles.folder(repo)
    port.download(repo, roles.below(repo, folder)[0])
    seen = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=folder)
    require_equal(seen, None, "folder-found", "the look-up returned a folder as a file")
