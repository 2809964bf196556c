"""The scan of the cache on disk: what it holds, and what it takes."""

from __future__ import annotations

from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import TINY_MODEL, Disk, Port
from conformance.checks.support_history import kept_later
from conformance.replay import ReplayHub
from conformance.roles import git_file, lfs_file, other_lfs_file, pull_request
from conformance.verdict.require import require_equal

SCAN = "Hub docs: manage-cache, scan cache; huggingface_hub scan_cache_dir"


check = Checks("scan_cache_dir", source=SCAN)


def the_only_one(found: dict[str, Any]) -> dict[str, Any]:
    """The repository that a scan has found; there must be just one."""
    repos: list[dict[str, Any]] = found["repos"]
    seen = [repo["repo_id"] for repo in repos]
    require_equal(len(repos), 1, "wrong-repositories", f"the scan must list one repository and lists {seen}")
    return repos[0]


@check("cache/scan-lists-what-is-there[gsm8k]", kills="scan-finds-nothing", needs=("hf_hub_download",), cache="own")
def test_scan_lists_what_is_there(hub: ReplayHub, port: Port) -> None:
    """The scan names each repository by id and type, with its commits and their files by path; it sends no request."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    port.download(repo, small)
    port.download(repo, large)
    hub.wire.clear()
    found = the_only_one(port.scan_cache_dir())
    require_equal(
        [found["repo_type"], found["repo_id"]], ["dataset", repo.id], "wrong-repository", "id or type is wrong"
    )
    seen = {revision["commit_hash"]: revision["files"] for revision in found["revisions"]}
    require_equal(seen, {repo.head: [small, large]}, "wrong-files", "commits or files are wrong")
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "the scan sent a request")


@check("cache/scan-of-a-model[contract]", kills="scan-knows-datasets-only", needs=("hf_hub_download",), cache="own")
def test_scan_of_a_model(hub: ReplayHub, port: Port) -> None:
    """A model is listed as a model, under its id with the slash."""
    port.download(hub.repo(TINY_MODEL), "config.json")
    seen = [[repo["repo_type"], repo["repo_id"]] for repo in port.scan_cache_dir()["repos"]]
    require_equal(seen, [["model", TINY_MODEL]], "wrong-repository", "id or type is wrong")


@check("cache/scan-counts-a-blob-once[gsm8k]", kills="scan-counts-links", needs=("hf_hub_download",))
def test_scan_counts_a_blob_once(hub: ReplayHub, port: Port) -> None:
    """A file that two commits share is counted once: the sizes are those on disk."""
    repo = hub.subject
    large = lfs_file(repo)
    old, new, name = kept_later(repo, large)
    for commit in (old, new):
        port.download(repo, name, revision=commit)
    size = repo.files(new)[name].size
    found = port.scan_cache_dir()
    held = the_only_one(found)
    require_equal(held["size_on_disk"], size, "wrong-size", "the repository's size is not the size of its only blob")
    require_equal(found["size_on_disk"], size, "wrong-total", "the total size is not the size of the only blob")
    require_equal(held["nb_files"], 1, "wrong-count", "`nb_files` is not the number of blobs on disk")
    each = {revision["commit_hash"]: revision["size_on_disk"] for revision in held["revisions"]}
    require_equal(each, {old: size, new: size}, "wrong-revision-size", "a commit's own size is wrong")


@check("cache/scan-names-the-refs[gsm8k]", kills="scan-forgets-refs", needs=("hf_hub_download",), cache="own")
def test_scan_names_the_refs(hub: ReplayHub, port: Port) -> None:
    """Each commit is listed with the branches and pull requests that pointed to it when they were last resolved."""
    repo = hub.subject
    pull = pull_request(repo)
    small = git_file(repo)
    other = other_lfs_file(repo)
    port.download(repo, other)
    port.download(repo, small, revision=pull)
    held = the_only_one(port.scan_cache_dir())
    seen = {revision["commit_hash"]: revision["refs"] for revision in held["revisions"]}
    expected = {repo.head: ["main"], repo.sha(pull): [pull]}
    require_equal(seen, expected, "wrong-refs", "the refs of the commits are wrong")


@check(
    "cache/scan-goes-on-at-foreign-folders[gsm8k]", kills="scan-stops-at-foreign-folders", needs=("hf_hub_download",)
)
def test_scan_goes_on_at_foreign_folders(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A folder that does not belong to a repository, and a damaged one, is a warning; what is sound is still listed."""
    small = git_file(hub.subject)
    port.download(hub.subject, small)
    (disk.cache / "my-own-folder").mkdir()
    broken = disk.cache / "datasets--someone--broken" / "snapshots" / ("0" * 40)
    broken.mkdir(parents=True)
    (broken / small).symlink_to("../../blobs/gone")
    found = port.scan_cache_dir()
    require_equal(
        [repo["repo_id"] for repo in found["repos"]], [hub.subject.id], "wrong-repositories", "the list is wrong"
    )
    require_equal(len(found["warnings"]), 2, "wrong-warnings", "not every damaged folder was reported as a warning")
