"""Entries of a listing one by one, and the entries of paths that are asked for by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks import support_history as history
from conformance.checks.answers import Edited
from conformance.checks.support import AWKWARD_NAMES, GATED, MANY_FILES, Disk, Port, works
from conformance.checks.support_disk import read
from conformance.replay import ReplayHub, Truth
from conformance.roles import git_file, lfs_file, other_lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal, role

TREE = "Hub API: GET /api/datasets/{repo_id}/tree/{revision}/{path}; huggingface_hub HfApi.list_repo_tree"
PATHS = "Hub API: POST /api/datasets/{repo_id}/paths-info/{revision}; huggingface_hub HfApi.get_paths_info"
MASKED = "Hub: a listing has 64 asterisks for the sha256 of a gated file; huggingface_hub keeps no such listing"


check = Checks("list_repo_tree", source=PATHS)


def last_change(repo: Truth, path: str) -> str | None:
    """The newest commit of `main` that changed a file, or a file below a folder; None if unknown."""
    commits = roles.history(repo)
    try:
        states = [_state(repo, path, commit) for commit in commits]
    except LookupError:
        return None
    changed = (commit for commit, now, was in zip(commits, states, [*states[1:], {}], strict=True) if now != was)
    return next(changed, None)


def _state(repo: Truth, path: str, commit: str) -> dict[str, str]:
    files = repo.files(commit)
    return {name: file.etag for name, file in files.items() if name == path or name.startswith(f"{path}/")}


@check("tree/last-commits-when-asked[gsm8k]", kills="tree-ignores-expand", source=TREE)
def test_last_commits_when_asked(hub: ReplayHub, port: Port) -> None:
    """With `expand`, each file and folder has the last commit that changed it: hash, title and date."""
    repo = hub.subject
    expected = {path: last for path in repo.files() if (last := last_change(repo, path)) is not None}
    role(expected, "a file whose last commit is recorded")
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True, expand=True)
    without = [item["path"] for item in tree if not item["last_commit"]]
    require_equal(without, [], "no-commit", "an entry lacks its last commit")
    seen = {item["path"]: item["last_commit"]["oid"] for item in tree}
    require_equal({path: seen.get(path) for path in expected}, expected, "wrong-commit", "a last commit is wrong")


@check("tree/date-of-the-last-commit[gsm8k]", kills="commits-dates-shifted", source=TREE)
def test_date_of_the_last_commit(hub: ReplayHub, port: Port) -> None:
    """The date of a last commit is in UTC: that of a file changed by the head is the date of the info's last change."""
    repo = hub.subject
    small = git_file(repo)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", expand=True)
    commits = [item["last_commit"] for item in tree if item["path"] == small]
    require(all(commits), "no-commit", f"{small} lacks its last commit")
    dates = [commit["date"] for commit in commits]
    expected = hub.subject.info()["lastModified"]
    require_equal(dates, [expected], "wrong-date", "the date is not that of the last change")


@check("tree/awkward-names[contract]", kills="names-percent-decoded", source=TREE)
def test_awkward_names(hub: ReplayHub, port: Port) -> None:
    """Paths in a listing are the paths themselves, whatever characters they hold: nothing in them is decoded."""
    tree = port.list_repo_tree(repo_id=AWKWARD_NAMES, repo_type="dataset", recursive=True)
    seen = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(seen, sorted(hub.repo(AWKWARD_NAMES).files()), "wrong-files", "a path is not the file's")


@check.each(
    "tree/of-the-folder-{}[contract]",
    {
        "within-folders": "one/two/three/four five",
        "with-hash": "folder hash#sign",
        "with-percent": "folder percent%sign",
        "with-percent-20": "folder percent%20encoded",
        "with-question-mark": "folder question?mark",
        "with-plus": "folder plus+sign",
        "with-blanks": "folder with space",
    },
    kills="tree-paths-encoded-twice",
    source="RFC 3986 §2.1; huggingface_hub HfApi.list_repo_tree quotes the path",
)
def test_of_the_folder(hub: ReplayHub, port: Port, member: str) -> None:
    """The folder {} is listed with everything below it, when that is asked for, and nothing beside it.

    In the URL its name is percent-encoded; its slashes may be or not.
    """
    tree = port.list_repo_tree(repo_id=AWKWARD_NAMES, repo_type="dataset", path_in_repo=member, recursive=True)
    seen = sorted(item["path"] for item in tree if item["type"] == "file")
    expected = sorted(path for path in hub.repo(AWKWARD_NAMES).files() if path.startswith(f"{member}/"))
    require_equal(seen, expected, "wrong-files", "the listing is not what lies below the folder")


@check("tree/of-a-file[gsm8k]", kills="tree-missing-is-empty", source=TREE)
def test_of_a_file(hub: ReplayHub, port: Port) -> None:
    """A file is not a folder: asked for the listing of one, the Hub has no such entry, and an error is reported."""
    repo = hub.subject
    file, folder = roles.git_file(repo), roles.folders(repo)[0]
    works(
        "the listing of a folder",
        lambda: port.list_repo_tree(repo_id=repo.id, repo_type="dataset", path_in_repo=folder),
    )
    port.error("list_repo_tree", repo_id=repo.id, repo_type="dataset", path_in_repo=file)


@check("tree/new-fields-do-no-harm[gsm8k]", kills="tree-of-known-fields-only", source=TREE)
def test_new_fields_do_no_harm(hub: ReplayHub, port: Port) -> None:
    """A field of an entry that the library does not know is not an error: the Hub adds fields often."""
    repo = hub.subject
    hub.fault(
        Edited(lambda items: [{**item, "newField": {"a": [1]}} for item in items]),
        answer="listing",
        repo=repo.id,
        times=None,
    )
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True)
    files = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(files, sorted(hub.subject.files()), "wrong-files", "the listing is not the revision's files")


@check(
    "tree/no-xet-hash[gsm8k]",
    kills="tree-needs-xet-hash",
    source="Hub API: xetHash is there for files in Xet storage only; huggingface_hub RepoFile.xet_hash",
)
def test_no_xet_hash(hub: ReplayHub, port: Port) -> None:
    """An LFS file without a Xet hash is an LFS file as well: mirrors and older storage have none."""
    repo = hub.subject

    def without(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{name: value for name, value in item.items() if name != "xetHash"} for item in items]

    hub.fault(Edited(without), answer="listing", repo=repo.id, times=None)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True)
    seen = {item["path"]: item["lfs"]["sha256"] for item in tree if item.get("lfs")}
    expected = {path: file.sha256 for path, file in hub.subject.files().items() if file.sha256}
    require_equal(seen, expected, "wrong-metadata", "the sha256 of an LFS file is wrong")


@check.each(
    "tree/name-of-{}[gsm8k]",
    {
        "300-bytes": "n" * 296 + ".txt",
        "300-letters-beyond-ascii": "é" * 296 + ".txt",
        "a-hundred-folders": "d/" * 100 + "a",
    },
    kills="names-as-long-as-a-disk-allows",
    source="git has no limit on the length of a path; a listing stores nothing on disk",
)
def test_long_name(hub: ReplayHub, port: Port, member: str) -> None:
    """A file with a name of {} is listed by its whole name, though few file systems can hold it."""
    repo = hub.subject
    renamed = git_file(repo)

    def lengthened(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**item, "path": member} if item["path"] == renamed else item for item in items]

    hub.fault(Edited(lengthened), answer="listing", repo=repo.id, filename="", times=None)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True)
    files = sorted(item["path"] for item in tree if item["type"] == "file")
    expected = sorted({*hub.subject.files(), member} - {renamed})
    require_equal(files, expected, "wrong-names", "the names are not those of the listing")


@check("tree/huge-file[gsm8k]", kills="sizes-of-32-bits", source=TREE)
def test_huge_file(hub: ReplayHub, port: Port) -> None:
    """The size of a file is exact beyond 4 GiB: shards of models and datasets are often larger."""
    repo = hub.subject
    size = 48_318_382_081

    def grow(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**item, "size": size, "lfs": {**item["lfs"], "size": size}} if "lfs" in item else item for item in items
        ]

    hub.fault(Edited(grow), answer="listing", repo=repo.id, times=None)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", recursive=True)
    seen = {item["size"] for item in tree if item["type"] == "file" and item["lfs"]}
    require_equal(seen, {size}, "wrong-size", "the size of a huge file is wrong")


@check("tree/masked-digests[contract]", kills="tree-digests-are-hex", source=MASKED)
def test_masked_digests(hub: ReplayHub, port: Port) -> None:
    """The listing of a gated repository can be read by all, though it replaces the sha256 by asterisks.

    Names and sizes are real. The asterisks are passed on, or replaced by null; nothing else is made of them.
    """
    tree = port.list_repo_tree(repo_id=GATED, repo_type="dataset", recursive=True)
    seen = {item["path"]: item["size"] for item in tree if item["type"] == "file"}
    expected = {path: file.size for path, file in hub.repo(GATED).files().items()}
    require_equal(seen, expected, "wrong-files", "names or sizes are not those of the files")
    digests = [item["lfs"]["sha256"] for item in tree if item.get("lfs")]
    wrong = [digest for digest in digests if digest not in (None, "*" * 64)]
    require(not wrong, "invented-digest", "a hidden digest was changed", expected=["*" * 64], seen=wrong)


@check(
    "tree/masked-listing-is-not-trusted[contract]",
    kills="masked-listing-is-kept",
    operation="snapshot_download",
    source=MASKED,
)
def test_masked_listing_is_not_trusted(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A listing with hidden digests is of no use to the next caller, who may be past the gate.

    Here the README of a gated repository is fetched by anybody, then all of it with access, into the same cache: the
    files are right, and no file is stored under the name of asterisks.
    """
    repo = hub.repo(GATED)
    port.snapshot_download(repo_id=GATED, repo_type="dataset", allow_patterns=["README.md"])
    snapshot = Path(port.snapshot_download(repo_id=GATED, repo_type="dataset", token=TOKENS["granted"])["path"])
    wrong = [path for path, file in repo.files().items() if read(snapshot / path) != file.body]
    require_equal(wrong, [], "wrong-bytes", "a file is not the Hub's")
    masked = [path for path in disk.files(disk.root) if "**" in path]
    require_equal(masked, [], "stored-under-a-mask", "a file is stored under the name of a hidden digest")


@check(
    "tree/of-paths[gsm8k]", kills=("tree-oid-of-lfs-is-sha256", "paths-unknown-invented"), operation="get_paths_info"
)
def test_of_paths(hub: ReplayHub, port: Port) -> None:
    """Asked for paths, the library gives the entries of the files among them, with size, blob id and sha256.

    A path that the revision does not have is left out: it is not an error.
    """
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    paths = [small, "no-such-file.txt", large]
    entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=paths)
    seen = {item["path"]: [item["size"], item["blob_id"], (item["lfs"] or {}).get("sha256")] for item in entries}
    files = hub.subject.files()
    expected = {path: [files[path].size, files[path].oid, files[path].sha256] for path in (small, large)}
    require_equal(seen, expected, "wrong-entries", "the entries are not those of the paths that exist")


@check("tree/of-paths-in-another-order[gsm8k]", kills="paths-by-their-place", operation="get_paths_info")
def test_of_paths_in_another_order(hub: ReplayHub, port: Port) -> None:
    """Each entry has the size and the id of its own file, though the Hub's answer has another order than the question.

    The Hub promises no order: an entry names its path.
    """
    repo = hub.subject
    paths = [git_file(repo), lfs_file(repo)]
    files = {path: [repo.files()[path].size, repo.files()[path].oid] for path in paths}

    def reverse(said: Any) -> Any:
        return said[::-1] if isinstance(said, list) else said

    for order in (paths, paths[::-1]):  # the recorded answer may have either
        hub.fault(Edited(reverse), answer="paths-info", repo=repo.id, needed=False)
        entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=order)
        seen = {item["path"]: [item["size"], item["blob_id"]] for item in entries}
        require_equal(seen, files, "wrong-entries", "an entry is that of another path")


@check("tree/of-paths-of-folders[gsm8k]", kills="tree-folders-as-files", operation="get_paths_info")
def test_of_paths_of_folders(hub: ReplayHub, port: Port) -> None:
    """A folder among the paths comes back as a folder, without what is in it."""
    repo = hub.subject
    other = other_lfs_file(repo)
    folder = roles.folder(repo)
    entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=[folder, other])
    seen = {item["path"]: item["type"] for item in entries}
    require_equal(
        seen, {folder: "directory", other: "file"}, "wrong-entries", "the entry is not a folder, or not the only entry"
    )


@check("tree/of-no-path-that-exists[gsm8k]", kills="paths-unknown-invented", operation="get_paths_info")
def test_of_no_path_that_exists(hub: ReplayHub, port: Port) -> None:
    """If none of the paths exists, the answer is an empty list, and not an error."""
    repo = hub.subject
    file = roles.git_file(hub.subject)
    there = works("a path", lambda: port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=[file]))
    control(there, "a path that exists has no entry", seen=there)
    entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=["no-such-file.txt", "nor/this"])
    require_equal(entries, [], "not-empty", "there are entries of paths that do not exist")


@check("tree/of-one-path[gsm8k]", kills="paths-string-taken-apart", level="SHOULD", operation="get_paths_info")
def test_of_one_path(hub: ReplayHub, port: Port) -> None:
    """A single path may be given as a text instead of a list."""
    repo = hub.subject
    small = git_file(repo)
    entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=small)
    require_equal([item["path"] for item in entries], [small], "wrong-entries", "not the entry of the path")


@check(
    "tree/of-paths-with-awkward-names[contract]",
    kills="paths-form-not-encoded",
    operation="get_paths_info",
    source="WHATWG URL: application/x-www-form-urlencoded; RFC 8259 where JSON is sent",
)
def test_of_paths_with_awkward_names(hub: ReplayHub, port: Port) -> None:
    """Paths with `&`, `+`, `%`, `;`, blanks and letters beyond ASCII reach the Hub as they are."""
    paths = [path for path in hub.repo(AWKWARD_NAMES).files() if "/" not in path]
    entries = port.get_paths_info(repo_id=AWKWARD_NAMES, repo_type="dataset", paths=paths)
    require_equal(sorted(item["path"] for item in entries), sorted(paths), "wrong-entries", "not all paths were found")


@check("tree/of-many-paths[contract]", kills="paths-first-hundred", operation="get_paths_info")
def test_of_many_paths(hub: ReplayHub, port: Port) -> None:
    """A thousand paths are answered for, in one request or in several. The Hub takes 2,000 at once."""
    paths = list(hub.repo(MANY_FILES).files())
    entries = port.get_paths_info(repo_id=MANY_FILES, repo_type="dataset", paths=paths)
    require_equal(len(entries), len(paths), "wrong-count", "not every path has an entry")
    require_equal(sorted(item["path"] for item in entries), sorted(paths), "wrong-entries", "not the paths' entries")


@check("tree/of-paths-at-a-revision[gsm8k]", kills="paths-ignore-revision", operation="get_paths_info")
def test_of_paths_at_a_revision(hub: ReplayHub, port: Port) -> None:
    """The entries are those of the revision that is asked for."""
    repo = hub.subject
    other = other_lfs_file(repo)
    first, head, changed = history.changed_later(repo, other)
    paths = [changed, *repo.added_between(first, head)[:1]]
    entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=paths, revision=first)
    seen = {item["path"]: item["blob_id"] for item in entries}
    require_equal(seen, {changed: repo.files(first)[changed].oid}, "wrong-entries", "not the entries of that revision")


@check("tree/of-paths-with-last-commit[gsm8k]", kills="paths-ignore-expand", operation="get_paths_info")
def test_of_paths_with_last_commit(hub: ReplayHub, port: Port) -> None:
    """With `expand`, each entry has the last commit that changed it."""
    repo = hub.subject
    other = other_lfs_file(repo)
    expected = last_change(hub.subject, other)
    role(expected, f"the commit that last changed {other}")
    entries = port.get_paths_info(repo_id=repo.id, repo_type="dataset", paths=[other], expand=True)
    seen = [(item["last_commit"] or {}).get("oid") for item in entries]
    require_equal(seen, [expected], "wrong-commit", "the last commit is wrong")


@check("tree/of-paths-at-no-revision[gsm8k]", kills="tree-missing-is-empty", operation="get_paths_info")
def test_of_paths_at_no_revision(hub: ReplayHub, port: Port) -> None:
    """Paths at a revision that does not exist end in an error, not in an empty list."""
    asked = {"repo_id": hub.subject.id, "repo_type": "dataset", "paths": [roles.git_file(hub.subject)]}
    there = works("a path", lambda: port.get_paths_info(**asked))
    control(there, "a path that exists has no entry", seen=there)
    port.error("get_paths_info", **asked, revision="no-branch")
