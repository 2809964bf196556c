"""The store: which files a pattern chooses."""

from __future__ import annotations

from collections.abc import Callable

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_datasets import TULU3, fetched, require_said, shards
from conformance.checks.support_store import (
    DOWNLOAD,
    GLOBS,
    download,
    files,
    folder,
    is_downloaded,
    pair,
    parquet_files,
    require_files,
    root,
)
from conformance.replay import ReplayHub, Truth
from conformance.roles import below, git_file, lfs_file, two_lfs_files
from conformance.roles import folder as folder_of
from conformance.verdict.require import require, require_equal

check = Checks(DOWNLOAD, source=GLOBS)


@check("store/parquet-by-default[gsm8k]", kills=("pattern-is-a-part-of-the-path", "every-file-by-default"))
def test_parquet_by_default(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Without a pattern, every Parquet file of the repository is downloaded and nothing else: `**/*.parquet`."""
    repo = hub.subject
    download(port, disk)
    require_files(folder(disk), repo, parquet_files(repo))


def _in_a_folder(repo: Truth) -> str:
    """The name, without its folder, of a file in a folder."""
    return below(repo, folder_of(repo))[0].rpartition("/")[2]


def _named(repo: Truth, beginning: str) -> list[str]:
    """The files whose names begin so, whatever folder they are in."""
    return [path for path in repo.files() if path.rpartition("/")[2].startswith(beginning)]


@check.each(
    "store/pattern-of-{}[gsm8k]",
    {
        "two-stars-at-the-top": lambda repo: (f"**/{git_file(repo)}", [git_file(repo)]),
        "two-stars-in-folders": lambda repo: (f"**/{_in_a_folder(repo)[:-6]}*", _named(repo, _in_a_folder(repo)[:-6])),
        "a-folder": lambda repo: (pair(repo), list(two_lfs_files(repo))),
        "all-below-a-folder": lambda repo: (f"{folder_of(repo)}/**", below(repo, folder_of(repo))),
    },
    kills="pattern-is-a-part-of-the-path",
)
def test_pattern(hub: ReplayHub, port: Port, disk: Disk, member: Callable[[Truth], tuple[str, list[str]]]) -> None:
    """A pattern of {} chooses the files that a user of globs expects.

    `**` is any number of folders, also none, so that `**/*.md` means the card at the top as well.
    """
    pattern, expected = member(hub.subject)
    download(port, disk, file_pattern=pattern)
    require_files(folder(disk), hub.subject, expected)


@check("store/path-is-a-pattern[gsm8k]", kills="path-is-no-pattern")
def test_path(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A path without a star is that file."""
    large = lfs_file(hub.subject)
    download(port, disk, file_pattern=large)
    require_files(folder(disk), hub.subject, [large])


@check("store/several-patterns[gsm8k]", kills="first-pattern-only")
def test_several_patterns(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """Several patterns choose the files of each of them."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    download(port, disk, file_pattern=["*.md", "**/test-*.parquet", large])
    tests = [name for name in hub.subject.files() if "/test-" in name]
    require_files(folder(disk), hub.subject, [small, *tests, large])


@check("store/star-stops-at-a-slash[gsm8k]", kills="store-star-crosses-folders")
def test_star_stops_at_a_slash(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`*` chooses files at the top, and none in folders. Whether it means names that begin with a dot is left open."""
    small = git_file(hub.subject)
    download(port, disk, file_pattern="*")
    found = list(files(folder(disk)))
    deep = [path for path in found if "/" in path]
    require_equal(deep, [], "star-crosses-folders", "`*` matched files in folders")
    require(small in found, "wrong-files", "`*` did not match the files at the top", seen=found)


@check("store/sets-and-marks[tulu3]", kills="sets-and-marks-unknown", level="SHOULD")
def test_sets_and_marks(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`[0-2]` is one character of a set, and `?` any one."""
    download(port, disk, TULU3, file_pattern="data/train-0000[0-2]-of-0000?.parquet")
    require_files(folder(disk, TULU3), hub.repo(TULU3), shards("data/train", 6)[:3])


@check(
    "store/no-match-is-an-error[gsm8k]",
    kills="no-match-is-an-empty-dataset",
    source="a download of nothing looks like one that worked",
    needs=("is_downloaded",),
)
def test_no_match(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A pattern that no file matches is an error that names the pattern; nothing is fetched, and nothing is there."""
    error = port.error(DOWNLOAD, repo_id=hub.subject.id, root=root(disk), file_pattern="**/*.arrow")
    require_said(error, "*.arrow")
    require_equal(fetched(hub), [], "fetched", "files were fetched that were not requested")
    require(not is_downloaded(port, disk), "is-downloaded", "a dataset without files counts as downloaded")


@check(
    "store/patterns-add-up[gsm8k]",
    kills="last-pattern-wins",
    source="an index with one entry a repository must not lose what an earlier download has brought",
    needs=("list_downloaded",),
)
def test_patterns_add_up(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A second download with another pattern adds its files; those of the first stay, and stay listed."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    download(port, disk, file_pattern=small)
    download(port, disk, file_pattern=large)
    require_files(folder(disk), hub.subject, [small, large])
    told = [dataset["files"] for dataset in port.list_downloaded(root=root(disk))]
    require_equal(
        sorted(path for paths in told for path in paths),
        [small, large],
        "wrong-list",
        "the list does not name the files of both downloads",
    )


@check(
    "store/another-pattern-fetches-the-rest-alone[gsm8k]",
    kills="store-fetches-anew",
    level="SHOULD",
    source="economy: what is on disk need not be fetched",
)
def test_another_pattern_fetches_the_rest(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A second download with a wider pattern fetches only what is not there yet."""
    repo = hub.subject
    large, other = two_lfs_files(repo)
    download(port, disk, file_pattern=large)
    hub.wire.clear()
    download(port, disk, file_pattern=pair(hub.subject))
    require_equal(fetched(hub), [other], "fetched-again", "only one file was missing, and others were fetched")
