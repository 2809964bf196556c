"""Reading a file's content without keeping it: the right bytes, all of them, or an error."""

from __future__ import annotations

import hashlib

from conformance import roles
from conformance.catalogue.check import Checks
from conformance.checks import support_history as history
from conformance.checks.support import AWKWARD_NAMES, MISSING, Port, authorization, works
from conformance.checks.support_errors import require_other
from conformance.ports import PortError
from conformance.replay import Cut, ReplayHub, Truth
from conformance.roles import git_file, lfs_file, other_lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_equal

READ = "Hub API: GET /datasets/{repo_id}/resolve/{revision}/{path}; huggingface_hub HfFileSystem.cat_file"
HOSTS = "RFC 9110 §15.4: a client drops credentials on a redirect to another origin"
ON_THE_WAY = ("connection", "timeout", "server_error", "offline")
"""Kinds of errors that report that the Hub could not be asked."""


check = Checks("read_file", source=READ)


def require_content(port: Port, repo: Truth, name: str, revision: str | None = None, **arguments: str) -> None:
    """The bytes that were read are those of the file at the revision."""
    at = {"revision": revision} if revision else {}
    body = repo.files(revision or "main")[name].body
    seen = port.read_file(repo_id=repo.id, repo_type=repo.type, filename=name, **at, **arguments)
    expected = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    require_equal(seen, expected, "wrong-bytes", "the content that was read is not the file's")


def read(port: Port, repo_id: str, name: str) -> None:
    """A control step: a file that is there is read."""
    found = works("reading a file", lambda: port.read_file(repo_id=repo_id, repo_type="dataset", filename=name))
    control(found and found["size"], "a file with content was read as empty", seen=found)


@check("read/git-file[gsm8k]", kills="read-through-text")
def test_git_file(hub: ReplayHub, port: Port) -> None:
    """A small file that git holds is read byte for byte, over the redirect to the Hub's own cache."""
    small = git_file(hub.subject)
    require_content(port, hub.subject, small)


@check("read/lfs-file[gsm8k]", kills="read-first-block-only")
def test_lfs_file(hub: ReplayHub, port: Port) -> None:
    """A large file is read byte for byte, over the redirect to the host with the content.

    It may be fetched in one piece or in ranges; either way what comes out is the whole file.
    """
    large = lfs_file(hub.subject)
    require_content(port, hub.subject, large)


@check("read/empty-file[contract]", kills="read-refuses-nothing")
def test_empty_file(hub: ReplayHub, port: Port) -> None:
    """An empty file is read as no bytes, not as an error: a reader that asks for a first range must expect 416."""
    require_content(port, hub.repo(AWKWARD_NAMES), "empty.txt")


@check.each(
    "read/name-with-{}[contract]",
    {"blanks": "with space.txt", "hash": "hash#sign.txt", "percent-20": "percent%20encoded.txt"},
    kills="paths-encoded-twice",
    source="RFC 3986 §2.1",
)
def test_name_with(hub: ReplayHub, port: Port, member: str) -> None:
    """A file whose name holds {} is read under that name: it is percent-encoded once, no more and no less."""
    require_content(port, hub.repo(AWKWARD_NAMES), member)


@check("read/at-a-commit[gsm8k]", kills="read-ignores-revision")
def test_at_a_commit(hub: ReplayHub, port: Port) -> None:
    """With a commit hash as revision, the content is that of the commit, however old it is."""
    repo = hub.subject
    other = other_lfs_file(repo)
    old, _, changed = history.changed_later(repo, other)
    require_content(port, repo, changed, revision=old)


@check("read/at-a-pull-request[gsm8k]", kills="read-ignores-revision")
def test_at_a_pull_request(hub: ReplayHub, port: Port) -> None:
    """With `refs/pr/1` as revision, the content is the pull request's: the slashes are sent as `%2F`."""
    repo = hub.subject
    ref = roles.pull_request(repo)
    require_content(port, repo, history.told_by(repo, ref), revision=ref)


@check("read/sees-a-moved-branch[gsm8k]", kills="read-remembers")
def test_sees_a_moved_branch(hub: ReplayHub, port: Port) -> None:
    """After the branch has moved, reading gives the new content: nothing that was read before is given again."""
    repo = hub.subject
    other = other_lfs_file(repo)
    oldest, newest, changed = history.changed_later(repo, other)
    hub.move("main", to=oldest, repo=repo.id)
    require_content(port, hub.subject, changed)
    hub.move("main", to=newest, repo=repo.id)
    require_content(port, hub.subject, changed)


@check("read/missing-file[gsm8k]", kills="read-missing-as-empty")
def test_missing_file(hub: ReplayHub, port: Port) -> None:
    """A file that the revision does not have is an error, not empty content or the error page's text."""
    repo = hub.subject
    read(port, repo.id, roles.git_file(hub.subject))
    require_other(port.error("read_file", repo_id=repo.id, repo_type="dataset", filename="no-such-file"), *ON_THE_WAY)


@check("read/missing-repository[contract]", kills="read-missing-as-empty")
def test_missing_repository(hub: ReplayHub, port: Port) -> None:
    """A repository that does not exist is an error, not empty content."""
    read(port, AWKWARD_NAMES, roles.git_file(hub.repo(AWKWARD_NAMES)))
    require_other(port.error("read_file", repo_id=MISSING, repo_type="dataset", filename="README.md"), *ON_THE_WAY)


@check("read/cut-for-ever[gsm8k]", kills="read-accepts-a-part", source="RFC 9112 §8")
def test_cut_for_ever(hub: ReplayHub, port: Port) -> None:
    """If every answer breaks off at the same byte, there is an error, or all of it after resuming: never a part."""
    repo = hub.subject
    large = lfs_file(repo)
    read(port, repo.id, roles.git_file(hub.subject))
    hub.fault(Cut(after=2000), answer="content", filename=large, times=None)
    try:
        require_content(port, hub.subject, large)
    except PortError:
        return


@check("read/token-never-goes-to-the-cdn[gsm8k]", kills="token-sent-to-cdn", source=HOSTS)
def test_token_never_goes_to_the_cdn(hub: ReplayHub, port: Port) -> None:
    """A token is sent to the Hub, and not on the redirect to the host with the content."""
    large = lfs_file(hub.subject)
    require_content(port.logged_in(TOKENS["reader"]), hub.subject, large)
    sent = {origin: [authorization(e.request) for e in hub.wire if e.origin == origin] for origin in ("hub", "cdn")}
    control(sent["hub"], "no request reached the Hub")
    require(any(sent["hub"]), "no-token", "the Hub did not get the token")
    control(sent["cdn"], "the content was not fetched from the other host")
    require(not any(sent["cdn"]), "token-leaked", "the token was sent to the host with the content")
