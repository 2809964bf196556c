"""Downloading some files of a commit: patterns as `fnmatch` has them, on whole paths."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from urllib.parse import quote

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, Port
from conformance.checks.support_snapshot import file_requests, require_files, snapshot
from conformance.replay import ReplayHub, Truth
from conformance.roles import below, folder, git_file, lfs_file, two_lfs_files
from conformance.verdict.require import require_equal, role

PATTERNS = "Hub docs: filter files to download; huggingface_hub filter_repo_objects: fnmatch on the whole path"


check = Checks("snapshot_download", source=PATTERNS)


def parquet(repo: Truth) -> set[str]:
    """The Parquet files of the repository."""
    found = {name for name in repo.files() if name.endswith(".parquet")}
    role(found, "a Parquet file")
    return found


def inside(repo: Truth) -> set[str]:
    """The files of one of its folders."""
    return set(below(repo, folder(repo)))


@check.each(
    "snapshot/allow-{}[gsm8k]",
    {
        "a-name": lambda small, large: ([small], {small}),
        "a-list": lambda small, large: ([small, large], {small, large}),
        "a-path": lambda small, large: ([large], {large}),
        "a-question-mark": lambda small, large: ([f"{small[:2]}?{small[3:]}"], {small}),
        "a-set-of-letters": lambda small, large: ([f"[{small[0]}~]{small[1:]}", f"[!{large[0]}]{large[1:]}"], {small}),
    },
    kills="patterns-are-names-of-folders",
)
def test_allow(hub: ReplayHub, port: Port, member: Callable[[str, str], tuple[list[str], set[str]]]) -> None:
    """With {} as `allow_patterns`, just the files that match are downloaded.

    `?` matches any character, `[…]` one of several, `[!…]` any other.
    """
    repo = hub.subject
    patterns, names = member(git_file(repo), lfs_file(repo))
    require_files(snapshot(port, repo, allow_patterns=patterns), repo, names=names)


@check("snapshot/string-is-one-pattern[gsm8k]", kills="patterns-spelt-out")
def test_string_is_one_pattern(hub: ReplayHub, port: Port) -> None:
    """A string as `allow_patterns` is one pattern: `*.parquet` does not mean `*` and some letters."""
    repo = hub.subject
    require_files(snapshot(port, repo, allow_patterns="*.parquet"), repo, names=parquet(repo))


@check("snapshot/star-crosses-folders[gsm8k]", kills="patterns-star-stops-at-a-slash")
def test_star_crosses_folders(hub: ReplayHub, port: Port) -> None:
    """`*` also matches `/`, unlike in a shell: `*.parquet` means those in folders, too."""
    repo = hub.subject
    names = parquet(repo)
    role(any("/" in name for name in names), "a Parquet file in a folder")
    require_files(snapshot(port, repo, allow_patterns=["*.parquet"]), repo, names=names)


@check.each(
    "snapshot/pattern-{}[gsm8k]",
    {
        "with-a-question-mark-for-a-slash": lambda small, large: large.replace("/", "?", 1),
        "of-two-stars-and-a-slash": lambda small, large: "**/*",
        "of-a-name-without-its-folder": lambda small, large: large.rpartition("/")[2],
        "with-a-caret": lambda small, large: f"[^{small[0]}]*",
    },
    kills="patterns-of-gitignore",
)
def test_not_as_gitignore(hub: ReplayHub, port: Port, member: Callable[[str, str], str]) -> None:
    """A pattern {} means what `fnmatch` makes of it, and not what `.gitignore` does.

    `?` matches `/` as well, `**/` asks for a folder, a name without a folder is one at the top, and in `[^R]` the caret
    is one of two letters.
    """
    repo = hub.subject
    small, large = git_file(repo), lfs_file(repo)
    role("/" not in small and "/" in large, "a small file at the top and a large one in a folder")
    patterns = [small, member(small, large)]
    names = {name for name in repo.files() if any(fnmatchcase(name, pattern) for pattern in patterns)}
    require_files(snapshot(port, repo, allow_patterns=patterns), repo, names=names)


@check("snapshot/pattern-with-an-open-bracket[gsm8k]", kills="open-bracket-is-an-error", level="SHOULD")
def test_open_bracket(hub: ReplayHub, port: Port) -> None:
    """A `[` that is never closed is that letter, as in `fnmatch`, and not an error: files have such names."""
    repo = hub.subject
    small = git_file(repo)
    require_files(snapshot(port, repo, allow_patterns=[small, f"[{small}"]), repo, names={small})


@check("snapshot/star-matches-hidden-files[contract]", kills="patterns-spare-hidden-files")
def test_star_matches_hidden_files(hub: ReplayHub, port: Port) -> None:
    """`*` also matches a leading dot, unlike in a shell: with `*den*` the hidden files come along."""
    repo = hub.repo(AWKWARD_NAMES)
    names = {".hidden", ".hidden-folder/inside.txt"}
    require_files(snapshot(port, repo, allow_patterns=["*hidden*"]), repo, names=names)


@check.each(
    "snapshot/folder-{}[gsm8k]",
    {"with-a-slash": "{folder}/", "with-a-star": "{folder}/*"},
    kills=("patterns-know-no-folders", "patterns-are-names-of-folders"),
    source="huggingface_hub filter_repo_objects: a pattern that ends in `/` means all that is in the folder",
)
def test_folder(hub: ReplayHub, port: Port, member: str) -> None:
    """A folder {} (`main/`, `main/*`) means everything in it, and nothing beside it."""
    repo = hub.subject
    require_files(snapshot(port, repo, allow_patterns=[member.format(folder=folder(repo))]), repo, names=inside(repo))


@check(
    "snapshot/folder-without-a-slash[gsm8k]",
    kills="patterns-are-beginnings",
    level="SHOULD",
    source="huggingface_hub filter_repo_objects: fnmatch on the whole path",
)
def test_folder_without_a_slash(hub: ReplayHub, port: Port) -> None:
    """A folder's bare name matches no file: a pattern is for the whole path, not for its beginning."""
    repo = hub.subject
    small = git_file(repo)
    require_files(snapshot(port, repo, allow_patterns=[folder(repo), small]), repo, names={small})


@check(
    "snapshot/pattern-with-letter-case[gsm8k]",
    kills="patterns-without-letter-case",
    level="SHOULD",
    source="huggingface_hub filter_repo_objects: fnmatchcase",
)
def test_pattern_with_letter_case(hub: ReplayHub, port: Port) -> None:
    """Patterns distinguish capital and small letters, on every system: `readme.*` does not mean `README.md`."""
    repo = hub.subject
    small, large = git_file(repo), lfs_file(repo)
    role(small != small.lower(), "a file name with capital letters")
    require_files(snapshot(port, repo, allow_patterns=[small.lower(), large]), repo, names={large})


@check.each(
    "snapshot/ignore-{}[gsm8k]",
    {
        "a-string": lambda repo: ("*.parquet", parquet(repo)),
        "a-list": lambda repo: ([git_file(repo), f"{folder(repo)}/*"], {git_file(repo), *inside(repo)}),
        "a-folder": lambda repo: ([f"{folder(repo)}/"], inside(repo)),
    },
    kills="ignore-patterns-forgotten",
)
def test_ignore(hub: ReplayHub, port: Port, member: Callable[[Truth], tuple[str | list[str], set[str]]]) -> None:
    """With {} as `ignore_patterns`, all files but those that match are downloaded."""
    repo = hub.subject
    patterns, ignored = member(repo)
    require_files(snapshot(port, repo, ignore_patterns=patterns), repo, names=set(repo.files()) - ignored)


@check("snapshot/ignore-beats-allow[gsm8k]", kills="allow-patterns-beat-ignore")
def test_ignore_beats_allow(hub: ReplayHub, port: Port) -> None:
    """With both, a file must match one of `allow_patterns` and none of `ignore_patterns`."""
    repo = hub.subject
    _, other = two_lfs_files(repo)
    found = snapshot(port, repo, allow_patterns=[f"{folder(repo)}/*"], ignore_patterns=[other])
    require_files(found, repo, names=inside(repo) - {other})


@check(
    "snapshot/nothing-matches[gsm8k]",
    kills=("nothing-matched-is-an-error", "allow-patterns-forgotten"),
    source="huggingface_hub snapshot_download: no match is a warning",
)
def test_nothing_matches(hub: ReplayHub, port: Port) -> None:
    """That no file matches is not an error, and no file is requested. (The folder that is returned need not exist.)"""
    port.snapshot_download(repo_id=hub.subject.id, repo_type="dataset", allow_patterns=["*.no-such-ending"])
    require_equal(file_requests(hub), [], "needless-request", "a file was requested though no file matches")


@check(
    "snapshot/no-patterns-allow-nothing[gsm8k]",
    kills="no-patterns-allow-all",
    level="SHOULD",
    source="huggingface_hub filter_repo_objects: an empty list allows nothing, None allows all",
)
def test_no_patterns_allow_nothing(hub: ReplayHub, port: Port) -> None:
    """An empty list of `allow_patterns` allows nothing: who computed a list and got none does not want the whole."""
    port.snapshot_download(repo_id=hub.subject.id, repo_type="dataset", allow_patterns=[])
    require_equal(file_requests(hub), [], "needless-request", "a file was requested though no file matches")


@check(
    "snapshot/more-patterns-later[gsm8k]",
    kills="snapshot-asks-for-each-file",
    source="huggingface_hub snapshot_download: what is in the cache is not asked for again",
)
def test_more_patterns_later(hub: ReplayHub, port: Port) -> None:
    """After a snapshot of some files, one of more files adds those that are missing and asks only for them."""
    repo = hub.subject
    large = lfs_file(repo)
    snapshot(port, repo, allow_patterns=[large])
    hub.wire.clear()
    require_files(snapshot(port, repo), repo)
    again = [line for line in file_requests(hub) if f"/{quote(large)}" in line]
    require_equal(again, [], "needless-request", "a file that is in the cache was requested")
