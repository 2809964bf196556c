"""Names that a Unicode normalisation would change: sent and stored with the code points that they have."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, Disk, Port
from conformance.checks.support_disk import read
from conformance.replay import ReplayHub
from conformance.verdict.require import control, require, require_bytes, require_equal, role

POINTS = "RFC 3986 §2.5: the octets of a name's UTF-8 are sent as they are; git: a path is bytes"
DECOMPOSED, COMPOSED = "e\u0301-x.txt", "\u00e9-x.txt"
TWINS = [DECOMPOSED, COMPOSED]
NAMES = {
    "decomposed": DECOMPOSED,
    "composed": COMPOSED,
    "with-a-letterlike-sign": "\u212b-x.txt",
    "with-a-ligature": "\ufb01-x.txt",
}


check = Checks("hf_hub_download", source=POINTS)


def offered(hub: ReplayHub, *names: str) -> None:
    """The recording has these files."""
    files = hub.repo(AWKWARD_NAMES).files()
    role(all(name in files for name in names), "names that no normalisation leaves alone")


@check.each("names/unicode-{}[contract]", NAMES, kills="url-names-normalised")
def test_unicode(hub: ReplayHub, port: Port, member: str) -> None:
    """A name {} is asked for with the code points that it has: any other is another file's, or none's."""
    offered(hub, member)
    repo = hub.repo(AWKWARD_NAMES)
    path = port.download(repo, member)
    require_bytes(path.read_bytes(), repo.files()[member].body)
    asked = [unquote(entry.request.target) for entry in hub.wire]
    require(any(member in target for target in asked), "other-name-sent", "no request has the unchanged name")


@check("names/unicode-twins-are-two-files[contract]", kills="stored-names-normalised")
def test_unicode_twins_are_two_files(hub: ReplayHub, port: Port) -> None:
    """`é` as one code point and as two make two names: each file is at its reported path, with its own content."""
    offered(hub, *TWINS)
    repo = hub.repo(AWKWARD_NAMES)
    paths = {name: port.download(repo, name) for name in TWINS}
    for name, path in paths.items():
        require_bytes(path.read_bytes(), repo.files()[name].body, "wrong-twin")


@check("names/unicode-in-a-snapshot[contract]", kills="stored-names-normalised", operation="snapshot_download")
def test_unicode_in_a_snapshot(hub: ReplayHub, port: Port) -> None:
    """A snapshot holds both twins under the code points of their names, each with its own content."""
    offered(hub, *TWINS)
    repo = hub.repo(AWKWARD_NAMES)
    folder = Path(port.snapshot_download(repo_id=repo.id, repo_type="dataset", allow_patterns=["*-x.txt"])["path"])
    seen = {path.name for path in folder.iterdir()}
    require(seen >= set(TWINS), "other-names", "a name is missing", expected=TWINS, seen=sorted(seen))
    for name in TWINS:
        require_bytes(read(folder / name), repo.files()[name].body, "wrong-twin")


@check(
    "names/unicode-in-a-pattern[contract]",
    kills="patterns-normalised",
    operation="snapshot_download",
    source=f"{POINTS}; huggingface_hub filter_repo_objects compares by fnmatch",
)
def test_unicode_in_a_pattern(hub: ReplayHub, port: Port) -> None:
    """A pattern with a decomposed letter matches the name that has it, and not the composed twin."""
    offered(hub, *TWINS)
    patterns = [f"{DECOMPOSED[:3]}*.txt"]
    got = port.snapshot_download(repo_id=AWKWARD_NAMES, repo_type="dataset", allow_patterns=patterns)
    seen = {path.name for path in Path(got["path"]).iterdir() if path.name in TWINS}
    require_equal(seen, {DECOMPOSED}, "wrong-files", "the pattern matched other names")


@check("names/unicode-in-a-local-dir[contract]", kills="local-names-normalised")
def test_unicode_in_a_local_dir(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """In a folder of the user's own both twins have their names, and each has its own content."""
    offered(hub, *TWINS)
    repo = hub.repo(AWKWARD_NAMES)
    folder = disk.root / "mine"
    for name in TWINS:
        port.download(repo, name, local_dir=str(folder))
    seen = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    require_equal(seen, set(TWINS), "other-names", "the names in the folder are not the files'")
    for name in TWINS:
        require_bytes(read(folder / name), repo.files()[name].body, "wrong-twin")


@check("names/unicode-of-paths[contract]", kills="form-names-normalised", operation="get_paths_info")
def test_unicode_of_paths(hub: ReplayHub, port: Port) -> None:
    """A question about both twins is answered for both: the names in a form are sent as they are."""
    offered(hub, *TWINS)
    seen = port.get_paths_info(repo_id=AWKWARD_NAMES, repo_type="dataset", paths=TWINS)
    require_equal({item["path"] for item in seen}, set(TWINS), "other-paths", "not both names are known")


@check("names/unicode-in-a-listing[contract]", kills="listed-names-normalised", operation="list_repo_tree")
def test_unicode_in_a_listing(hub: ReplayHub, port: Port) -> None:
    """A listing has both twins with the code points of their names: what is listed can be asked for."""
    offered(hub, *TWINS)
    tree = port.list_repo_tree(repo_id=AWKWARD_NAMES, repo_type="dataset")
    seen = [item["path"] for item in tree if item["path"].endswith("-x.txt")]
    expected = [name for name in hub.repo(AWKWARD_NAMES).files() if name.endswith("-x.txt")]
    require_equal(sorted(seen), sorted(expected), "other-names", "the listing has other names")


@check(
    "names/unicode-of-a-look-up[contract]",
    kills="stored-names-normalised",
    operation="try_to_load_from_cache",
    needs=("hf_hub_download",),
)
def test_unicode_of_a_look_up(hub: ReplayHub, port: Port) -> None:
    """The look-up in the cache of one twin does not find the other."""
    offered(hub, *TWINS)
    repo = hub.repo(AWKWARD_NAMES)
    path = port.download(repo, COMPOSED)
    found = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=COMPOSED)
    control(found == {"path": str(path)}, "the look-up does not find a file that is cached")
    seen = port.try_to_load_from_cache(repo_id=repo.id, repo_type="dataset", filename=DECOMPOSED)
    require_equal(seen, None, "wrong-twin", "the look-up found another file")
