"""Downloading one file: the right bytes, whatever the file, its name and the way to it."""

from __future__ import annotations

from pathlib import Path, PurePath

from conformance.catalogue.check import Checks
from conformance.checks.support import AWKWARD_NAMES, OLD_FORM, TINY_MODEL, Disk, Port
from conformance.checks.support_disk import damage, read
from conformance.checks.support_history import changed_later, told_by
from conformance.replay import ReplayHub
from conformance.roles import (
    Role,
    branch_with_a_slash,
    former_name,
    git_file,
    lfs_file,
    other_lfs_file,
    pull_request,
    tag,
)
from conformance.verdict.require import require, require_bytes, require_equal

DOWNLOAD = "Hub API: GET /datasets/{repo_id}/resolve/{revision}/{path}; huggingface_hub hf_hub_download"


check = Checks("hf_hub_download", source=DOWNLOAD)


@check("download/git-file[gsm8k]", kills="body-through-text")
def test_git_file(hub: ReplayHub, port: Port) -> None:
    """A small file that git holds is downloaded byte for byte: the Hub redirects to its cache, on the same host."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small)
    require_bytes(read(path), repo.files()[small].body)


@check("download/lfs-file[gsm8k]", kills="body-first-chunk-lost")
def test_lfs_file(hub: ReplayHub, port: Port) -> None:
    """A large file is downloaded byte for byte: the Hub redirects to another host, which has the content."""
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    require_bytes(read(path), repo.files()[large].body)


@check("download/file-named-as-asked[gsm8k]", kills="path-of-the-blob")
def test_file_named_as_asked(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """The path that is returned ends in the file's path in the repository, folders included.

    The user of the file sees its kind from its name; the name of a blob does not show it. (In a cache with its own
    layout the ending shows the kind, as `.parquet`, whatever comes before it.)
    """
    other = other_lfs_file(hub.subject)
    path = port.download(hub.subject, other)
    wanted = PurePath(other).suffix if disk.kind == "own" else f"/{other}"
    require(path.as_posix().endswith(wanted), "wrong-name", "the path does not end in the file's", seen=path.name)


@check("download/empty-file[contract]", kills="empty-body-refused")
def test_empty_file(hub: ReplayHub, port: Port) -> None:
    """An empty file is downloaded as an empty file."""
    path = port.download(hub.repo(AWKWARD_NAMES), "empty.txt")
    require_bytes(read(path), b"")


@check("download/model-file[contract]", kills="models-asked-as-datasets")
def test_model_file(hub: ReplayHub, port: Port) -> None:
    """A model's files have no prefix in the URL: without a type, the file is a model's."""
    path = Path(port.hf_hub_download(repo_id=TINY_MODEL, filename="config.json")["path"])
    require_bytes(read(path), hub.repo(TINY_MODEL).files()["config.json"].body)


@check(
    "download/answered-without-redirect[contract]",
    kills="redirect-expected",
    source="Hub: gated, private and older repositories answer a git file with 200 at once",
)
def test_answered_without_redirect(hub: ReplayHub, port: Port) -> None:
    """Where the Hub answers at once with 200 and no redirect, the file is downloaded just the same."""
    repo = hub.repo(OLD_FORM)
    path = port.download(repo, "README.md")
    require_bytes(read(path), repo.files()["README.md"].body)


@check(
    "download/by-a-former-name[gsm8k]",
    kills="redirects-not-followed",
    source="Hub: a renamed repository answers 307 with a relative Location; RFC 9110 §15.4.8",
)
def test_by_a_former_name(hub: ReplayHub, port: Port) -> None:
    """A file of a repository that was renamed is downloaded by the former name: one redirect more on the way."""
    small = git_file(hub.subject)
    path = Path(port.hf_hub_download(repo_id=former_name(hub.subject), repo_type="dataset", filename=small)["path"])
    require_bytes(read(path), hub.subject.files()[small].body)


@check.each(
    "download/at-a-{}[gsm8k]",
    {"tag": tag, "branch-with-a-slash": branch_with_a_slash, "pull-request": pull_request},
    kills="download-ignores-revision",
)
def test_at_a_revision(hub: ReplayHub, port: Port, member: Role[str]) -> None:
    """With a {} as revision, the bytes are those of the commit that it names. A slash is sent as `%2F`."""
    repo = hub.subject
    revision = member(repo)
    name = told_by(repo, revision)
    path = port.download(repo, name, revision=revision)
    require_bytes(read(path), repo.files(revision)[name].body)


@check("download/at-a-commit[gsm8k]", kills="download-ignores-revision")
def test_at_a_commit(hub: ReplayHub, port: Port) -> None:
    """With a commit hash as revision, the bytes are those of that commit, however old it is."""
    repo = hub.subject
    other = other_lfs_file(repo)
    first, _, name = changed_later(repo, other)
    path = port.download(repo, name, revision=first)
    require_bytes(read(path), repo.files(first)[name].body)


@check(
    "download/in-a-subfolder[gsm8k]", kills="subfolder-ignored", source="huggingface_hub hf_hub_download(subfolder=…)"
)
def test_in_a_subfolder(hub: ReplayHub, port: Port) -> None:
    """`subfolder` and file name together are the file's path."""
    repo = hub.subject
    other = other_lfs_file(repo)
    folder, _, name = other.partition("/")
    path = port.download(repo, name, subfolder=folder)
    require_bytes(read(path), repo.files()[other].body)


@check(
    "download/forced[gsm8k]",
    kills="force-download-ignored",
    source="huggingface_hub hf_hub_download(force_download=True)",
)
def test_forced(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `force_download` the file is fetched again, also when the cache has it, and a damaged one is made good."""
    repo = hub.subject
    large = lfs_file(repo)
    path = port.download(repo, large)
    damage(path, bytes(repo.files()[large].size))
    hub.wire.clear()
    path = port.download(repo, large, force_download=True)
    bodies = [entry for entry in hub.wire if entry.method == "GET" and entry.origin == "cdn"]
    require(bodies, "not-fetched", "nothing was fetched")
    require_bytes(read(path), repo.files()[large].body)


@check(
    "download/forced-after-a-move[gsm8k]",
    kills="forced-at-the-known-commit",
    source="huggingface_hub hf_hub_download(force_download=True)",
)
def test_forced_after_a_move(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `force_download` the branch is resolved again as well: if it has moved, the new commit's file is fetched.

    The old commit's file stays what it was in the cache.
    """
    repo = hub.subject
    other = other_lfs_file(repo)
    old, new, name = changed_later(repo, other)
    hub.move("main", to=old, repo=repo.id)
    before = port.download(repo, name)
    hub.move("main", to=new, repo=repo.id)
    after = port.download(repo, name, force_download=True)
    require_bytes(read(after), repo.files(new)[name].body)
    if disk.kind != "none":
        require_bytes(read(before), repo.files(old)[name].body, "old-version-lost")


@check(
    "download/forced-by-commit[gsm8k]",
    kills="force-download-ignored",
    source="huggingface_hub hf_hub_download(force_download=True)",
)
def test_forced_by_commit(hub: ReplayHub, port: Port) -> None:
    """`force_download` holds for a commit hash too, whose file would else cost no request."""
    repo = hub.subject
    small = git_file(repo)
    path = port.download(repo, small, revision=repo.head)
    damage(path, bytes(repo.files()[small].size))
    path = port.download(repo, small, revision=repo.head, force_download=True)
    require_bytes(read(path), repo.files()[small].body)


@check(
    "download/forced-and-local-only[gsm8k]",
    kills="local-only-beats-force",
    source="huggingface_hub: force_download and local_files_only exclude each other (ValueError)",
)
def test_forced_and_local_only(hub: ReplayHub, port: Port) -> None:
    """`force_download` with `local_files_only` is a contradiction: an error is reported, and no request is sent.

    Neither may quietly win: the one would give a stale file, the other break a promise.
    """
    repo = hub.subject
    small = git_file(repo)
    port.download(repo, small)
    hub.wire.clear()
    options = {"force_download": True, "local_files_only": True}
    port.error("hf_hub_download", repo_id=repo.id, repo_type="dataset", filename=small, **options)
    require_equal([str(entry) for entry in hub.wire], [], "needless-request", "a request was sent")


@check("download/model-large-file[contract]", kills="models-asked-as-datasets")
def test_model_large_file(hub: ReplayHub, port: Port) -> None:
    """A model's large file comes by way of the other host, as a dataset's does."""
    path = Path(port.hf_hub_download(repo_id=TINY_MODEL, filename="model.safetensors", repo_type="model")["path"])
    require_bytes(read(path), hub.repo(TINY_MODEL).files()["model.safetensors"].body)


@check("download/model-at-a-tag[contract]", kills="download-ignores-revision")
def test_model_at_a_tag(hub: ReplayHub, port: Port) -> None:
    """A model's revisions are asked for as a dataset's are: with a tag, the file is the tagged commit's."""
    repo = hub.repo(TINY_MODEL)
    name = told_by(repo, "v1.0")
    path = Path(port.hf_hub_download(repo_id=TINY_MODEL, filename=name, revision="v1.0")["path"])
    require_bytes(read(path), repo.files("v1.0")[name].body)


@check("download/large-file-of-the-older-form[contract]", kills="body-first-chunk-lost")
def test_large_file_of_the_older_form(hub: ReplayHub, port: Port) -> None:
    """Where small files come without a redirect, large ones still come from the other host."""
    repo = hub.repo(OLD_FORM)
    path = port.download(repo, "data.bin")
    require_bytes(read(path), repo.files()["data.bin"].body)
