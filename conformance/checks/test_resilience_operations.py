"""Every question is asked again when the Hub is busy, and none lets its caller wait without need."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_offline import offline, require_refused
from conformance.checks.support_resilience import BUSY
from conformance.ports import PortError
from conformance.replay import AnswerKind, ReplayHub, Status
from conformance.roles import git_file, lfs_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require, require_bytes, require_equal

PROMPT = 5.0
"""Seconds. A single try takes far less, and any backoff of several attempts more."""


check = Checks("hf_hub_download", source=BUSY, level="SHOULD")


def asked_again(
    hub: ReplayHub, port: Port, answer: AnswerKind | tuple[AnswerKind, ...], operation: str, **arguments: Any
) -> None:
    """The value is that of a Hub that is well, though its first answer of this kind was 503."""
    expected = getattr(port, operation)(**arguments)
    hub.fault(Status(503, retry_after=0), answer=answer)
    require_equal(getattr(port, operation)(**arguments), expected, "wrong-value", "another value than before")


@check(
    "resilience/paths-after-503[gsm8k]",
    kills="post-sent-once",
    operation="get_paths_info",
    source="RFC 9110 §9.2.2: a client may know that a POST is idempotent; this one changes nothing",
)
def test_paths_after_503(hub: ReplayHub, port: Port) -> None:
    """The question about some paths is asked again after 503: though sent by POST, it changes nothing."""
    repo = hub.subject
    small = git_file(repo)
    large = lfs_file(repo)
    asked_again(hub, port, ("paths-info", "listing"), "get_paths_info", **hub.subject.named, paths=[large, small])


@check("resilience/refs-after-503[gsm8k]", kills="gives-up-on-answers", operation="list_repo_refs")
def test_refs_after_503(hub: ReplayHub, port: Port) -> None:
    """The question for a repository's refs is asked again after 503."""
    asked_again(hub, port, "refs", "list_repo_refs", **hub.subject.named)


@check("resilience/commits-after-503[gsm8k]", kills="gives-up-on-answers", operation="list_repo_commits")
def test_commits_after_503(hub: ReplayHub, port: Port) -> None:
    """The question for a repository's history is asked again after 503."""
    asked_again(hub, port, "commits", "list_repo_commits", **hub.subject.named)


@check("resilience/file-list-after-503[gsm8k]", kills="gives-up-on-answers", operation="list_repo_files")
def test_file_list_after_503(hub: ReplayHub, port: Port) -> None:
    """The question for the names of all files is asked again after 503."""
    asked_again(hub, port, ("listing", "info"), "list_repo_files", **hub.subject.named)


@check("resilience/who-am-i-after-503[contract]", kills="gives-up-on-answers", level="MAY", operation="whoami")
def test_who_am_i_after_503(hub: ReplayHub, port: Port) -> None:
    """The question who the caller is may be asked again after 503."""
    asked_again(hub, port, "whoami", "whoami", token=TOKENS["reader"])


@contextlib.contextmanager
def promptly() -> Iterator[None]:
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    require(took < PROMPT, "waited", "the client waited needlessly", expected=f"< {PROMPT:g} s", seen=f"{took:.1f} s")


@check(
    "resilience/nobody-listens[gsm8k]",
    kills="waits-for-nobody",
    operation=("dataset_info", "repo_info"),
    source="huggingface_hub HfApi.repo_info: asks once",
)
def test_nobody_listens(hub: ReplayHub, port: Port) -> None:
    """Where no server listens at the endpoint, the error comes within 5 s: it was typed wrong, or the Hub is away."""
    repo = hub.subject
    port.ask(repo.id)
    hub.close()
    ended: PortError | None = None
    with promptly():
        try:
            port.ask(repo.id)
        except PortError as error:
            ended = error
    require(ended, "no-error", "no server was running", expected="an error")


@check(
    "resilience/cached-file-where-nobody-listens[gsm8k]",
    kills="waits-for-nobody",
    source="huggingface_hub hf_hub_download: the cache is looked at before anything is tried again",
    cache="own",
)
def test_cached_file_where_nobody_listens(hub: ReplayHub, port: Port) -> None:
    """A cached file is returned within 5 s where no server listens: the cache is looked at before trying again."""
    repo = hub.subject
    small = git_file(repo)
    body = repo.files()[small].body
    port.download(repo, small)
    hub.close()
    with promptly():
        try:
            path = port.download(repo, small)
        except PortError as error:
            control(False, "the cached file was not used while no server listens", seen=str(error))
            raise
    require_bytes(path.read_bytes(), body)


@check(
    "resilience/uncached-file-offline[gsm8k]",
    kills="tries-again-offline",
    source="huggingface_hub OfflineModeIsEnabled: raised at once",
)
def test_uncached_file_offline(hub: ReplayHub, port: Port) -> None:
    """A file that is not cached is an error within 5 s where the library is offline by configuration."""
    small = git_file(hub.subject)
    arguments = {**hub.subject.named, "filename": small}
    offline(port).error("hf_hub_download", **arguments)  # the start of a process is not counted
    with promptly():
        error = offline(port).error("hf_hub_download", **arguments)
    require_refused(error)
