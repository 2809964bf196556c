"""Offline, every question that only the Hub can answer is refused: none is guessed."""

from __future__ import annotations

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.checks.support_offline import OFFLINE, offline, require_refused, require_silence
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.traffic.identity import TOKENS
from conformance.verdict.require import control, require

check = Checks("list_repo_refs", source=OFFLINE)


@check("offline/refs[gsm8k]", kills="offline-ignored")
def test_refs(hub: ReplayHub, port: Port) -> None:
    """Offline, a request for the refs ends in an error that reports the offline mode, and nothing is sent."""
    require_refused(offline(port).error("list_repo_refs", **hub.subject.named))
    require_silence(hub)


@check("offline/history[gsm8k]", kills="offline-ignored", operation="list_repo_commits")
def test_history(hub: ReplayHub, port: Port) -> None:
    """Offline, a request for the history ends in an error that reports the offline mode, and nothing is sent."""
    require_refused(offline(port).error("list_repo_commits", **hub.subject.named))
    require_silence(hub)


@check("offline/paths[gsm8k]", kills="offline-ignored", operation="get_paths_info")
def test_paths(hub: ReplayHub, port: Port) -> None:
    """Offline, a request about some paths ends in an error that reports the offline mode, and nothing is sent."""
    small = git_file(hub.subject)
    require_refused(offline(port).error("get_paths_info", **hub.subject.named, paths=[small]))
    require_silence(hub)


@check("offline/who-am-i[contract]", kills="offline-ignored", operation="whoami")
def test_who_am_i(hub: ReplayHub, port: Port) -> None:
    """Offline, whoami ends in an error that reports the offline mode; the token stays at home."""
    require_refused(offline(port).error("whoami", token=TOKENS["reader"]))
    require_silence(hub)


@check(
    "offline/existence-of-a-repository[gsm8k]", kills=("offline-ignored", "any-error-is-a-no"), operation="repo_exists"
)
def test_existence_of_a_repository(hub: ReplayHub, port: Port) -> None:
    """Offline, whether a repository exists is not known: the error reports the offline mode."""
    require_refused(offline(port).error("repo_exists", **hub.subject.named))
    require_silence(hub)


@check(
    "offline/existence-of-a-revision[gsm8k]",
    kills=("offline-ignored", "any-error-is-a-no"),
    operation="revision_exists",
)
def test_existence_of_a_revision(hub: ReplayHub, port: Port) -> None:
    """Offline, whether a revision exists is not known: the error reports the offline mode."""
    require_refused(offline(port).error("revision_exists", **hub.subject.named, revision="main"))
    require_silence(hub)


@check("offline/existence-of-a-file[gsm8k]", kills=("offline-ignored", "any-error-is-a-no"), operation="file_exists")
def test_existence_of_a_file(hub: ReplayHub, port: Port) -> None:
    """Offline, whether a file exists is not known: the error reports the offline mode."""
    small = git_file(hub.subject)
    require_refused(offline(port).error("file_exists", **hub.subject.named, filename=small))
    require_silence(hub)


@check(
    "offline/scan[gsm8k]",
    kills="scan-asks-the-hub",
    operation="scan_cache_dir",
    source="huggingface_hub scan_cache_dir looks at the disk alone",
    needs=("hf_hub_download",),
    cache="own",
)
def test_scan(hub: ReplayHub, port: Port) -> None:
    """Offline, the scan of the cache returns what the cache holds: it needs no Hub."""
    small = git_file(hub.subject)
    port.download(hub.subject, small)
    hub.wire.clear()
    control(port.scan_cache_dir()["repos"], "the scan finds nothing online either")
    hub.wire.clear()
    seen = [repo["repo_id"] for repo in offline(port).scan_cache_dir()["repos"]]
    require(
        seen == [hub.subject.id],
        "not-found",
        "the scan does not find the repository",
        expected=[hub.subject.id],
        seen=seen,
    )
    require_silence(hub)
