"""Arguments in forms that mean the same, and combinations of them."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port, bodies
from conformance.replay import ReplayHub
from conformance.roles import git_file, lfs_file
from conformance.verdict.require import require, require_bytes, require_equal, role

FORMS = "huggingface_hub hf_hub_download: its arguments"


check = Checks("hf_hub_download", source=FORMS)


@check("download/empty-subfolder[gsm8k]", kills="empty-subfolder-refused", level="SHOULD")
def test_empty_subfolder(hub: ReplayHub, port: Port) -> None:
    """An empty `subfolder` counts as missing: no request has a path with two slashes."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small, subfolder="")
    require_bytes(path.read_bytes(), repo.files()[small].body)
    double = [entry.path for entry in hub.wire if "//" in entry.path]
    require_equal(double, [], "two-slashes", "a request has an empty segment")


@check(
    "download/main-in-so-many-words[gsm8k]",
    kills="named-main-is-another",
    source="huggingface_hub: revision=None is `main`",
    cache="own",
)
def test_main_in_so_many_words(hub: ReplayHub, port: Port) -> None:
    """`revision="main"` is the same as no revision: what one has fetched, the other does not fetch again."""
    repo = hub.subject
    small = git_file(repo)
    first = port.download(repo, small)
    hub.wire.clear()
    second = port.download(repo, small, revision="main")
    require_equal(str(second), str(first), "other-path", "the same file has two paths")
    require_equal(bodies(hub), [], "fetched-again", "the file was fetched again")


@check(
    "download/forced-and-at-a-commit-in-a-folder[gsm8k]",
    kills="folder-knows-no-force",
    source="huggingface_hub: force_download fetches the file even if it is there",
)
def test_forced_and_at_a_commit_in_a_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `force_download` a file of a full commit hash is fetched into the user's folder again, changed or not."""
    repo = hub.subject
    small = git_file(repo)
    given = {"local_dir": str(disk.root / "mine"), "revision": repo.head}
    port.download(repo, small, **given)
    hub.wire.clear()
    path = port.download(repo, small, **given, force_download=True)
    require_bytes(path.read_bytes(), repo.files()[small].body)
    require(bodies(hub), "not-fetched", "force_download fetched nothing")


@check(
    "download/two-revisions-in-one-folder[gsm8k]",
    kills="folder-is-of-one-revision",
    source="huggingface_hub local_dir: holds the file of the revision that was asked for last",
)
def test_two_revisions_in_one_folder(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A folder of the user's own holds the file of the revision asked for last, there and back again."""
    repo = hub.subject
    small = git_file(repo)
    pairs = [(old, new) for old, new in repo.pairs_of_commits() if small in repo.changed_between(old, new)]
    role(pairs, f"two commits between which {small} changed")
    old, new = pairs[0]
    for revision in (new, old, new):
        path = port.download(repo, small, revision=revision, local_dir=str(disk.root / "mine"))
        require_bytes(path.read_bytes(), repo.files(revision)[small].body, "other-revision")


@check(
    "download/modes-follow-the-umask[gsm8k]",
    kills="files-for-nobody-else",
    level="SHOULD",
    source="huggingface_hub _chmod_and_move: a file has the mode that the umask leaves",
)
def test_modes_follow_the_umask(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A downloaded file has the mode that any new file gets: others who share the cache can read it.

    Temporary files are for their owner alone; one that becomes the file must not stay so.
    """
    large = lfs_file(hub.subject)
    probe = disk.root / "any-new-file"
    probe.write_bytes(b"")
    path = port.download(hub.subject, large)
    seen, expected = (oct(place.stat().st_mode & 0o444) for place in (path.resolve(), probe))
    require_equal(seen, expected, "other-mode", "the read permissions are not those of a new file")
