"""Listing: which files and folders a revision holds."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks.snapshots import known, require_on_record
from conformance.checks.support import AWKWARD_NAMES, MANY_FILES, TINY_MODEL, Port, works
from conformance.checks.support_info import asked_for
from conformance.replay import ReplayHub
from conformance.roles import word_problems
from conformance.traffic.log import Entry
from conformance.traffic.route import route_of
from conformance.verdict.require import control, require, require_equal

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

TREE = "Hub API: GET /api/datasets/{repo_id}/tree/{revision}/{path}; huggingface_hub HfApi.list_repo_tree"
LINK = "Hub API: Link header of a tree page, rel=next; RFC 8288; huggingface_hub utils.paginate"


check = Checks("list_repo_tree", source=TREE)


@check("tree/every-file[gsm8k]", kills="tree-drops-nested-files")
def test_every_file(hub: ReplayHub, port: Port) -> None:
    """A recursive listing names every file of the revision, by its path from the repository's root."""
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    files = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(files, sorted(hub.subject.files()), "wrong-files", "the listing is not the revision's files")


@check("tree/one-level[gsm8k]", kills="tree-always-recursive")
def test_one_level(hub: ReplayHub, port: Port) -> None:
    """A listing that is not recursive holds one level: its files, and its folders as folders."""
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset")
    paths = hub.subject.files()
    seen = {item["path"]: item["type"] for item in tree}
    expected = {path.partition("/")[0]: "directory" if "/" in path else "file" for path in paths}
    require_equal(seen, expected, "wrong-level", "the listing is not the root's files and folders")


@check("tree/folders-are-told-from-files[gsm8k]", kills="tree-folders-as-files")
def test_folders_are_told_from_files(hub: ReplayHub, port: Port) -> None:
    """A recursive listing holds the folders as well, marked as such."""
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    folders = sorted(item["path"] for item in tree if item["type"] == "directory")
    expected = sorted({parent.as_posix() for path in hub.subject.files() for parent in PurePath(path).parents})
    expected.remove(".")
    require_equal(folders, expected, "wrong-folders", "the folders are not those of the repository")


@check("tree/of-a-folder[gsm8k]", kills="tree-ignores-path")
def test_of_a_folder(hub: ReplayHub, port: Port) -> None:
    """The listing of a folder holds what is in it, with paths from the root of the repository, not of the folder."""
    folder = roles.folders(hub.subject)[0]
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", path_in_repo=folder, recursive=True)
    seen = sorted(item["path"] for item in tree if item["type"] == "file")
    expected = roles.below(hub.subject, folder)
    require_equal(seen, expected, "wrong-files", "the listing is not the folder's files")


@check("tree/sizes-and-ids[gsm8k]", kills="tree-oid-of-lfs-is-sha256")
def test_sizes_and_ids(hub: ReplayHub, port: Port) -> None:
    """Each file has its size and its git blob id; an LFS file also the sha256 of its content.

    For an LFS file the blob id is that of the pointer, and differs from the sha256; the size is the content's.
    """
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    seen = {
        item["path"]: [item["size"], item["blob_id"], (item["lfs"] or {}).get("sha256")]
        for item in tree
        if item["type"] == "file"
    }
    files = hub.subject.files()
    expected = {path: [file.size, file.oid, file.sha256] for path, file in files.items()}
    require_equal(seen, expected, "wrong-metadata", "size, blob id or sha256 of a file is wrong")


@check("tree/at-a-revision[gsm8k]", kills="tree-ignores-revision")
def test_at_a_revision(hub: ReplayHub, port: Port) -> None:
    """The listing is that of the revision asked for; `refs/convert/parquet` is one, with separate files."""
    repo = hub.subject
    revision = roles.converted(repo)
    tree = port.list_repo_tree(repo_id=repo.id, repo_type="dataset", revision=revision, recursive=True)
    files = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(files, sorted(repo.files(revision)), "wrong-files", "the listing is not the revision's files")


@check("tree/of-a-model[contract]", kills="models-asked-as-datasets")
def test_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the listing is that of a model."""
    tree = port.list_repo_tree(repo_id=TINY_MODEL, recursive=True)
    files = sorted(item["path"] for item in tree if item["type"] == "file")
    require_equal(files, sorted(hub.repo(TINY_MODEL).files()), "wrong-files", "the listing is not the model's files")


@check("tree/all-pages[contract]", kills="tree-first-page-only", source=LINK)
def test_all_pages(hub: ReplayHub, port: Port) -> None:
    """A listing longer than a page of the Hub is read to its end: as long as an answer has a `Link` to the next.

    The Hub sends 1,000 entries a page; this repository has more.
    """
    tree = port.list_repo_tree(repo_id=MANY_FILES, repo_type="dataset", recursive=True)
    files = [item["path"] for item in tree if item["type"] == "file"]
    expected = hub.repo(MANY_FILES).files()
    require_equal(len(files), len(expected), "wrong-count", "not every page was read, or one was read twice")
    require_equal(sorted(files), sorted(expected), "wrong-files", "the listing is not the repository's files")


@check("tree/cursor-is-opaque[contract]", kills="tree-rebuilds-the-cursor", source=LINK)
def test_cursor_is_opaque(hub: ReplayHub, port: Port) -> None:
    """The next page is asked at the very URL that `Link` gives: nothing in it is decoded, rebuilt or encoded again."""
    port.list_repo_tree(repo_id=MANY_FILES, repo_type="dataset", recursive=True)
    asked = listings(hub)
    named = [(number, link) for number, page in enumerate(asked) if (link := next_page(page)) is not None]
    control(named, "no listing with several pages was requested", seen=[page.request.target for page in asked])
    for number, link in named:
        # Other listings may be read in between.
        later = [page.request.target for page in asked[number + 1 :]]
        require(
            link in later, "link-changed", "a page was not requested by the URL in Link", expected=link, seen=later[:1]
        )


def listings(hub: ReplayHub) -> list[Entry]:
    """The requests for a listing or a page of one, in order."""
    return [entry for entry in hub.wire if route_of(entry.request).kind == "tree"]


def next_page(page: Entry) -> str | None:
    """The place of the next page from the answer: path and query; None if it is the last."""
    link = page.response_headers.get("Link", "")
    found = re.search(r'<([^>]*)>; rel="next"', link)
    return found and re.sub(r"^https?://[^/]*", "", found[1])


@check("tree/no-page-after-the-last[gsm8k]", kills="tree-asks-once-more", source=LINK)
def test_no_page_after_the_last(hub: ReplayHub, port: Port) -> None:
    """A page without a `Link` is the last: nothing more is asked of that listing, and no page is asked for twice.

    A library may list folder by folder: each folder's listing has a separate page.
    """
    port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    asked = [entry.request.target for entry in listings(hub)]
    control(asked, "no listing was requested")
    twice = sorted({target for target in asked if asked.count(target) > 1})
    require_equal(twice, [], "needless-request", "a page was requested more than once")
    linked = [next_page(entry) for entry in listings(hub)]
    made_up = [target for target in asked if re.search(r"[?&](cursor|p)=", target) and target not in linked]
    require_equal(made_up, [], "needless-request", "a page was requested that no Link named")


@check(
    "tree/one-request-for-a-small-tree[gsm8k]",
    kills=("tree-asks-once-more", "tree-walks-folders"),
    level="SHOULD",
    source="Hub API: recursive=true; huggingface_hub HfApi.list_repo_tree",
)
def test_one_request_for_a_small_tree(hub: ReplayHub, port: Port) -> None:
    """All files of a small repository are listed with one request, though they lie in folders."""
    port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    asked = [entry.request.target for entry in listings(hub)]
    require_equal(len(asked), 1, "needless-request", "the listing was not requested with one request")


@check(
    "tree/folder-with-awkward-name[contract]",
    kills="paths-encoded-twice",
    source="RFC 3986 §2.1; huggingface_hub HfApi.list_repo_tree quotes the path",
)
def test_folder_with_awkward_name(hub: ReplayHub, port: Port) -> None:
    """A folder whose name holds a blank and letters beyond ASCII is listed: its path is percent-encoded as UTF-8."""
    folder = "folder é"
    tree = port.list_repo_tree(repo_id=AWKWARD_NAMES, repo_type="dataset", path_in_repo=folder)
    seen = sorted(item["path"] for item in tree)
    expected = sorted(path for path in hub.repo(AWKWARD_NAMES).files() if path.startswith(f"{folder}/"))
    require_equal(seen, expected, "wrong-files", "the listing is not the folder's files")


@check("tree/missing-folder[gsm8k]", kills="tree-missing-is-empty")
def test_missing_folder(hub: ReplayHub, port: Port) -> None:
    """The listing of a folder that the revision does not have ends in an error, and is not empty."""
    folder = roles.folders(hub.subject)[0]
    works("the listing of a folder", lambda: list_folder(port, folder))
    port.error("list_repo_tree", repo_id=hub.subject.id, repo_type="dataset", path_in_repo="no-such-folder")


def list_folder(port: Port, folder: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = port.list_repo_tree(repo_id=port.repo_id, repo_type="dataset", path_in_repo=folder)
    control(found, "a folder with files is listed without entries", seen=found)
    return found


@check(
    "tree/names-of-files[gsm8k]",
    kills="tree-drops-nested-files",
    operation="list_repo_files",
    source="huggingface_hub HfApi.list_repo_files",
)
def test_names_of_files(hub: ReplayHub, port: Port) -> None:
    """`list_repo_files` names every file of the revision, and no folder."""
    names = port.list_repo_files(repo_id=hub.subject.id, repo_type="dataset")
    require_equal(sorted(names), sorted(hub.subject.files()), "wrong-files", "the names are not the files")


@check(
    "tree/names-of-files-at-a-revision[gsm8k]",
    kills="tree-ignores-revision",
    operation="list_repo_files",
    source="huggingface_hub HfApi.list_repo_files(revision=…)",
)
def test_names_of_files_at_a_revision(hub: ReplayHub, port: Port) -> None:
    """`list_repo_files` of an old commit names the files of that commit."""
    repo = hub.subject
    first = roles.old_commit(repo)
    names = port.list_repo_files(repo_id=repo.id, repo_type="dataset", revision=first)
    require_equal(sorted(names), sorted(repo.files(first)), "wrong-files", "the names are not that commit's files")


@check("tree/whole[gsm8k]", kills=("tree-oid-of-lfs-is-sha256", "tree-drops-nested-files"))
def test_whole(hub: ReplayHub, port: Port, snapshot: SnapshotAssertion) -> None:
    """The listing as a whole, entry by entry, is the one on record. The order of entries is the library's own.

    Type and path of each entry, and the size of each file, must be known. What else a library does not know is null;
    each of those fields has a separate check.
    """
    word_problems(hub.subject)
    tree = port.list_repo_tree(repo_id=hub.subject.id, repo_type="dataset", recursive=True)
    seen = sorted(tree, key=lambda item: str(item["path"]))
    if asked_for(hub, "expand"):  # more than the call wanted is known; other checks look at it
        seen = [{**item, "last_commit": None} for item in seen]
    require_on_record(known(seen, "gsm8k-tree", must=("type", "path", "size")), snapshot, "gsm8k-tree")
