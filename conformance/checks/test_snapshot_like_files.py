"""Snapshots of files that are like others: of the same content, or with a name like a folder's or a pattern's."""

from __future__ import annotations

from pathlib import Path

from conformance.catalogue.check import Checks
from conformance.checks.answers import one_file_more
from conformance.checks.support import Port
from conformance.checks.support_disk import read
from conformance.replay import ReplayHub
from conformance.roles import below, folder
from conformance.verdict.require import require_bytes, require_equal

PATTERNS = "Hub docs: filter files to download; huggingface_hub filter_repo_objects: fnmatch on the whole path"


check = Checks("snapshot_download", source=PATTERNS)


def held(hub: ReplayHub, port: Port, more: str, **patterns: list[str]) -> set[str]:
    """The files of a snapshot of a repository that also has the file `more`, with the README's content."""
    repo = hub.subject
    hub.fault(one_file_more(repo, more), times=None)
    place = Path(port.snapshot_download(repo_id=repo.id, repo_type="dataset", **patterns)["path"])
    found = {name for name in (*repo.files(), more) if (place / name).is_file()}
    for name in found:
        require_bytes(read(place / name), repo.files()["README.md" if name == more else name].body)
    return found


@check(
    "snapshot/two-files-of-one-content[gsm8k]",
    kills="contents-listed-once",
    source="huggingface_hub snapshot_download: every path of the tree",
)
def test_two_files_of_one_content(hub: ReplayHub, port: Port) -> None:
    """Two files with the same content both are in the snapshot: their digests are equal, their paths are not.

    Licences and empty notes are often there twice, and both are fetched at the same time.
    """
    expected = {*hub.subject.files(), "copies/README.md"}
    require_equal(held(hub, port, "copies/README.md"), expected, "wrong-files", "the snapshot is not the tree's files")


@check.each(
    "snapshot/folder-of-like-name-is-not-{}[gsm8k]", {"allowed": True, "ignored": False}, kills="folders-are-beginnings"
)
def test_folder_of_like_name(hub: ReplayHub, port: Port, member: bool) -> None:
    """A pattern for a folder (`main/*`) is for that folder alone: a file in `main-notes` is not {} by it."""
    here = folder(hub.subject)
    more, inside = f"{here}-notes/copy.md", set(below(hub.subject, here))
    if member:
        seen, expected = held(hub, port, more, allow_patterns=[f"{here}/*"]), inside
    else:
        seen = held(hub, port, more, ignore_patterns=[f"{here}/*"])
        expected = {*hub.subject.files(), more} - inside
    require_equal(seen, expected, "wrong-files", "the folder does not hold exactly the required files")


FNMATCH = "huggingface_hub filter_repo_objects: fnmatch, where only *, ? and [ are special"


@check.each(
    "snapshot/name-with-{}-as-a-pattern[gsm8k]",
    {"a-comma": "copy,draft.md", "a-blank": "copy draft.md"},
    kills="patterns-split",
    level="SHOULD",
    source=FNMATCH,
)
def test_name_as_a_pattern(hub: ReplayHub, port: Port, member: str) -> None:
    """A file whose name holds {} is allowed by its own name: a pattern is one text, and is not split."""
    require_equal(held(hub, port, member, allow_patterns=[member]), {member}, "wrong-files", "not exactly that file")


@check("snapshot/name-with-braces-as-a-pattern[gsm8k]", kills="braces-expanded", level="SHOULD", source=FNMATCH)
def test_name_with_braces_as_a_pattern(hub: ReplayHub, port: Port) -> None:
    """A file whose name holds braces is allowed by its own name: `{a,b}` is no choice, unlike in some shells."""
    name = "copy-{a,b}.md"
    require_equal(held(hub, port, name, allow_patterns=[name]), {name}, "wrong-files", "not exactly that file")
