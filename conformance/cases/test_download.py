"""Downloading one file: the right bytes, whatever the file, its name and the way to it."""

from __future__ import annotations

from pathlib import Path

from conformance.cases.support import (
    AWKWARD_NAMES,
    GSM8K,
    OLD_FORM,
    TEST,
    TINY_MODEL,
    TRAIN,
    Disk,
    Port,
)
from conformance.catalogue.check import check, family
from conformance.ports import PortError
from conformance.replay import Corrupt, Cut, ReplayHub, Reset, Stall
from conformance.verdict.require import require, require_bytes, require_equal

DOWNLOAD = "Hub API: GET /datasets/{repo_id}/resolve/{revision}/{path}; huggingface_hub hf_hub_download"
QUOTING = "RFC 3986 §2.1; huggingface_hub hf_hub_url quotes the file's path"
BROKEN = "RFC 9112 §8: a body shorter than its Content-Length is incomplete; huggingface_hub http_get"


@check("download/git-file[gsm8k]", "MUST", "hf_hub_download", source=DOWNLOAD, mutants=("body-through-text",))
def test_git_file(hub: ReplayHub, port: Port) -> None:
    """A small file that git holds is downloaded byte for byte: the Hub redirects to its cache, on the same host."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, "README.md")
    require_bytes(path.read_bytes(), repo.files()["README.md"].body)


@check("download/lfs-file[gsm8k]", "MUST", "hf_hub_download", source=DOWNLOAD, mutants=("body-first-chunk-lost",))
def test_lfs_file(hub: ReplayHub, port: Port) -> None:
    """A large file is downloaded byte for byte: the Hub redirects to another host, which has the content."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, TRAIN)
    require_bytes(path.read_bytes(), repo.files()[TRAIN].body)


@check(
    "download/file-named-as-asked[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=DOWNLOAD,
    mutants=("path-of-the-blob",),
)
def test_file_named_as_asked(hub: ReplayHub, port: Port) -> None:
    """The path that is returned ends in the file's path in the repository, folders included.

    Whoever opens the file tells its kind from its name; the name of a blob says nothing.
    """
    path = port.download(hub.repo(GSM8K), TEST)
    require(
        path.as_posix().endswith(f"/{TEST}"),
        "wrong-name",
        "the path does not end in the file's",
        seen=path.name,
    )


@check(
    "download/empty-file[contract]",
    "MUST",
    "hf_hub_download",
    source=DOWNLOAD,
    mutants=("empty-body-refused",),
)
def test_empty_file(hub: ReplayHub, port: Port) -> None:
    """An empty file is downloaded as an empty file."""
    path = port.download(hub.repo(AWKWARD_NAMES), "empty.txt")
    require_bytes(path.read_bytes(), b"")


@check(
    "download/model-file[contract]",
    "MUST",
    "hf_hub_download",
    source=DOWNLOAD,
    mutants=("models-asked-as-datasets",),
)
def test_model_file(hub: ReplayHub, port: Port) -> None:
    """A model's files have no prefix in the URL: without a type, the file is a model's."""
    path = Path(port.hf_hub_download(repo_id=TINY_MODEL, filename="config.json")["path"])
    require_bytes(path.read_bytes(), hub.repo(TINY_MODEL).files()["config.json"].body)


@check(
    "download/answered-without-redirect[contract]",
    "MUST",
    "hf_hub_download",
    source="Hub: gated, private and older repositories answer a git file with 200 at once",
    mutants=("redirect-expected",),
)
def test_answered_without_redirect(hub: ReplayHub, port: Port) -> None:
    """Where the Hub answers at once with 200 and no redirect, the file is downloaded just the same."""
    repo = hub.repo(OLD_FORM)
    path = port.download(repo, "README.md")
    require_bytes(path.read_bytes(), repo.files()["README.md"].body)


@check(
    "download/by-a-former-name[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="Hub: a renamed repository answers 307 with a relative Location; RFC 9110 §15.4.8",
    mutants=("redirects-not-followed",),
)
def test_by_a_former_name(hub: ReplayHub, port: Port) -> None:
    """A file of a repository that was renamed is downloaded by the former name: one redirect more on the way."""
    path = Path(port.hf_hub_download(repo_id="gsm8k", repo_type="dataset", filename="README.md")["path"])
    require_bytes(path.read_bytes(), hub.repo(GSM8K).files()["README.md"].body)


@family(
    "download/at-a-{}[gsm8k]",
    "MUST",
    "hf_hub_download",
    members={"tag": "v1.0", "branch-with-a-slash": "feature/socratic", "pull-request": "refs/pr/1"},
    source=DOWNLOAD,
    mutants=("download-ignores-revision",),
)
def test_at_a_revision(hub: ReplayHub, port: Port, member: str) -> None:
    """With a {} as revision, the bytes are those of the commit that it names. A slash is sent as `%2F`."""
    repo = hub.repo(GSM8K)
    name = next(name for name, file in repo.files(member).items() if file != repo.files().get(name))
    path = port.download(repo, name, revision=member)
    require_bytes(path.read_bytes(), repo.files(member)[name].body)


@check(
    "download/at-a-commit[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=DOWNLOAD,
    mutants=("download-ignores-revision",),
)
def test_at_a_commit(hub: ReplayHub, port: Port) -> None:
    """With a commit hash as revision, the bytes are those of that commit, however old it is."""
    repo = hub.repo(GSM8K)
    first = repo.commits[-1]
    path = port.download(repo, TEST, revision=first)
    require(
        repo.files(first)[TEST].body != repo.files()[TEST].body,
        "no-difference",
        "the recording is of no use",
    )
    require_bytes(path.read_bytes(), repo.files(first)[TEST].body)


@check(
    "download/in-a-subfolder[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub hf_hub_download(subfolder=…)",
    mutants=("subfolder-ignored",),
)
def test_in_a_subfolder(hub: ReplayHub, port: Port) -> None:
    """`subfolder` and file name together are the file's path."""
    repo = hub.repo(GSM8K)
    folder, _, name = TEST.partition("/")
    path = port.download(repo, name, subfolder=folder)
    require_bytes(path.read_bytes(), repo.files()[TEST].body)


@check(
    "download/forced[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub hf_hub_download(force_download=True)",
    mutants=("force-download-ignored",),
)
def test_forced(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """With `force_download` the file is fetched again, also when the cache has it, and a damaged one is made good."""
    repo = hub.repo(GSM8K)
    path = port.download(repo, TRAIN)
    path.resolve().write_bytes(b"damaged")
    hub.wire.clear()
    path = port.download(repo, TRAIN, force_download=True)
    bodies = [entry for entry in hub.wire if entry.method == "GET" and entry.origin == "cdn"]
    require(bodies, "not-fetched", "nothing was fetched")
    require_bytes(path.read_bytes(), repo.files()[TRAIN].body)


@family(
    "download/name-with-{}[contract]",
    "MUST",
    "hf_hub_download",
    members={
        "blanks": "with space.txt",
        "hash": "hash#sign.txt",
        "percent": "percent%sign.txt",
        "percent-20": "percent%20encoded.txt",
        "question-mark": "question?mark.txt",
        "plus": "plus+sign.txt",
        "ampersand": "ampersand&.txt",
        "semicolon": "semi;colon.txt",
        "quotation-marks": 'quote"marks".txt',
        "brackets": "[brackets].txt",
        "accents": "é.txt",
        "cjk": "日本語.txt",
        "emoji": "🤗.txt",
    },
    source=QUOTING,
    mutants=("paths-encoded-twice",),
)
def test_name_with(hub: ReplayHub, port: Port, member: str) -> None:
    """A file whose name holds {} is asked for by its percent-encoded name, and stored under the name itself."""
    repo = hub.repo(AWKWARD_NAMES)
    path = port.download(repo, member)
    require_bytes(path.read_bytes(), repo.files()[member].body)
    require_equal(path.name, member, "wrong-name", "the file is not stored under its own name")


@check(
    "download/large-file-with-awkward-name[contract]",
    "MUST",
    "hf_hub_download",
    source=QUOTING,
    mutants=("paths-encoded-twice",),
)
def test_large_file_with_awkward_name(hub: ReplayHub, port: Port) -> None:
    """An awkward name survives the way over the other host as well."""
    repo = hub.repo(AWKWARD_NAMES)
    name = next(name for name, file in sorted(repo.files().items()) if file.sha256 and not name.isascii())
    path = port.download(repo, name)
    require_bytes(path.read_bytes(), repo.files()[name].body)


def require_right_or_nothing(hub: ReplayHub, port: Port, disk: Disk, name: str, code: str) -> None:
    """Download over a bad line: the right file arrives, or an error is reported and no file is there."""
    repo = hub.repo(GSM8K)
    try:
        path = port.download(repo, name)
    except PortError:
        left = [found for found in disk.files(disk.snapshot(repo, repo.head)) if found == name]
        require(not left, code, "an error was reported, and yet a file stands under the final name", seen=left)
    else:
        require_bytes(path.read_bytes(), repo.files()[name].body, code)


@check("download/cut-for-ever[gsm8k]", "MUST", "hf_hub_download", source=BROKEN, mutants=("short-body-accepted",))
def test_cut_for_ever(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """If every attempt breaks off at the same byte, an error is reported and no file stands under its final name.

    A library may resume behind the break; then the file arrives whole after all.
    """
    hub.fault(Cut(after=2000), method="GET", origin="cdn", times=None)
    require_right_or_nothing(hub, port, disk, TRAIN, "half-a-file")


@check("download/cut-git-file[gsm8k]", "MUST", "hf_hub_download", source=BROKEN, mutants=("short-body-accepted",))
def test_cut_git_file(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A small file whose body breaks off is no file either."""
    hub.fault(Cut(after=100), method="GET", path="*README.md*", times=None)
    require_right_or_nothing(hub, port, disk, "README.md", "half-a-file")


@check(
    "download/after-a-broken-attempt[gsm8k]",
    "MUST",
    "hf_hub_download",
    source=BROKEN,
    mutants=("short-body-accepted", "resumes-one-byte-late"),
)
def test_after_a_broken_attempt(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A download that broke off does no harm to the next: called again, it ends with the right bytes.

    What is left of the first attempt may be used, but only to the byte.
    """
    repo = hub.repo(GSM8K)
    hub.fault(Cut(after=2000), method="GET", origin="cdn", times=1)
    try:
        path = port.download(repo, TRAIN)
    except PortError:
        path = port.download(repo, TRAIN)
    require_bytes(path.read_bytes(), repo.files()[TRAIN].body)


@check(
    "download/recovers-from-a-cut[gsm8k]",
    "SHOULD",
    "hf_hub_download",
    source="huggingface_hub http_get resumes after a broken connection",
    mutants=("never-retries",),
)
def test_recovers_from_a_cut(hub: ReplayHub, port: Port) -> None:
    """A body that breaks off once is completed within the same call: by a range, or from the start."""
    repo = hub.repo(GSM8K)
    hub.fault(Cut(after=2000), method="GET", origin="cdn", times=1)
    path = port.download(repo, TRAIN)
    require_bytes(path.read_bytes(), repo.files()[TRAIN].body)


@check(
    "download/recovers-from-a-reset[gsm8k]",
    "SHOULD",
    "hf_hub_download",
    source="huggingface_hub http_get retries after a connection error",
    mutants=("never-retries",),
)
def test_recovers_from_a_reset(hub: ReplayHub, port: Port) -> None:
    """A connection that is reset in the middle of a body once does not end the download."""
    repo = hub.repo(GSM8K)
    hub.fault(Reset(after=3000), method="GET", origin="cdn", times=1)
    path = port.download(repo, TRAIN)
    require_bytes(path.read_bytes(), repo.files()[TRAIN].body)


@check(
    "download/waits-out-a-stall[gsm8k]",
    "MUST",
    "hf_hub_download",
    source="huggingface_hub HF_HUB_DOWNLOAD_TIMEOUT is 10 seconds",
    mutants=("impatient",),
)
def test_waits_out_a_stall(hub: ReplayHub, port: Port) -> None:
    """Half a second of silence in the middle of a body is no error: the download goes on where it stood."""
    repo = hub.repo(GSM8K)
    hub.fault(Stall(0.5, after=1000), method="GET", origin="cdn", times=1)
    path = port.download(repo, TRAIN)
    require_bytes(path.read_bytes(), repo.files()[TRAIN].body)
    bodies = [entry for entry in hub.wire if entry.method == "GET" and entry.origin == "cdn"]
    require_equal(len(bodies), 1, "asked-again", "the download did not wait for the rest of the body")


@check(
    "download/digest-is-verified[gsm8k]",
    "SHOULD",
    "hf_hub_download",
    source="Hub: X-Linked-Etag of a large file is the sha256 of its content",
    mutants=("digest-not-verified",),
)
def test_digest_is_verified(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A body of the right length with a wrong byte is found out by its sha256, which the Hub sends beforehand.

    No file with the wrong byte may stand under its final name.
    """
    hub.fault(Corrupt(at=1500), method="GET", origin="cdn", times=None)
    require_right_or_nothing(hub, port, disk, TRAIN, "digest-not-verified")
