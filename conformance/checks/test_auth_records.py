"""Where a token must not stay: in the folder of the user's own, in the library's log, in the URL of a page."""

from __future__ import annotations

import contextlib

from conformance.catalogue.check import Checks
from conformance.checks.support import MANY_FILES, Disk, Port, authorizations
from conformance.checks.support_disk import read
from conformance.ports import PortError
from conformance.replay import Cut, ReplayHub, Reset, Status
from conformance.roles import git_file, lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require_equal

LOGS = "OWASP: session identifiers do not belong in logs; huggingface_hub HF_DEBUG logs `<TOKEN>` in its place"
READER = TOKENS["reader"]


check = Checks("hf_hub_download", source="OWASP: secrets belong in no cache; the folder is committed and shared")


@check("auth/token-is-not-in-the-folder-of-the-user[gsm8k]", kills="token-noted-in-the-folder")
def test_token_is_not_in_the_folder_of_the_user(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """No file in `local_dir` holds the token, the library's own notes there included: the folder is the user's work."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    folder = disk.root / "mine"
    for name in (large, small):
        port.download(hub.subject, name, local_dir=str(folder), token=READER)
    files = [path for path in disk.root.rglob("*") if path.is_file()]
    seen = [path.relative_to(disk.root).as_posix() for path in files if READER.encode() in read(path)]
    require_equal(seen, [], "token-on-disk", "a file holds the token")


@check(
    "auth/token-is-in-no-name-on-disk[gsm8k]",
    kills="token-names-a-file",
    source="OWASP: secrets belong in no cache; names are listed and logged",
)
def test_token_is_in_no_name_on_disk(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """No file or folder that the library makes has the token in its name."""
    large = lfs_file(hub.subject)
    port.download(hub.subject, large, token=READER)
    names = [path.relative_to(disk.root).as_posix() for path in disk.root.rglob("*")]
    require_equal([name for name in names if READER in name], [], "token-on-disk", "a name on disk holds the token")


@check.each(
    "auth/token-is-in-no-record-{}[gsm8k]",
    {"of-a-download": (), "of-a-broken-body": (Cut(1000), Reset()), "of-a-busy-hub": (Status(503, retry_after=0),)},
    kills="token-in-a-debug-record",
    source=LOGS,
)
def test_token_is_in_no_record(hub: ReplayHub, port: Port, member: tuple[Cut | Reset | Status, ...]) -> None:
    """The token is in no record {} that the library logs, at whatever level: applications turn debugging on.

    (Of a Python port every record is read that reaches the root logger, its HTTP client's included.)
    """
    repo = hub.subject
    large = lfs_file(repo)
    for fault in member:
        hub.fault(fault, answer="metadata" if isinstance(fault, Status) else "content", repo=repo.id, needed=False)
    with contextlib.suppress(PortError):
        port.download(hub.subject, large, token=READER)
    control(f"Bearer {READER}" in authorizations(hub, "hub"), "the token was not sent to the Hub")
    lines = [line.replace(READER, "<the token>") for line in port.output().splitlines() if READER in line]
    require_equal(lines, [], "token-in-log", "a log record holds the token")


@check(
    "auth/token-is-in-no-url-of-a-page[contract]",
    kills="token-in-the-url-of-a-page",
    operation="list_repo_tree",
    source="RFC 6750 §2.3",
)
def test_token_is_in_no_url_of_a_page(hub: ReplayHub, port: Port) -> None:
    """No URL of a listing contains the token: URLs are logged, by proxies and by servers."""
    port.list_repo_tree(repo_id=MANY_FILES, repo_type="dataset", recursive=True, token=READER)
    control(len(hub.wire) > 1, "the listing was not read beyond its first page")
    seen = [entry.path for entry in hub.wire if READER in entry.request.target]
    hub.wire.clear()  # no recording has such URLs, and that is not the finding
    require_equal(seen, [], "token-in-url", "the token was sent in a URL")
