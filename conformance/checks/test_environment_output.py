"""What a library shows: nothing on standard output, no progress where that is switched off, no name of the machine."""

from __future__ import annotations

import os
import socket

from conformance.catalogue.check import Checks
from conformance.checks.support import Port
from conformance.protocol.output import STRAY
from conformance.replay import ReplayHub
from conformance.roles import Role, git_file, lfs_file
from conformance.verdict.require import control, require, require_bytes, require_equal

OUTPUT = "POSIX: standard output is the application's; Hub docs: progress is shown on standard error"
PROGRESS = "Hub docs: environment variables, HF_HUB_DISABLE_PROGRESS_BARS"
AGENT = "RFC 9110 §10.1.5: a User-Agent with needlessly fine-grained detail identifies its user"


check = Checks(("hf_hub_download", "dataset_info", "list_repo_tree"), source=PROGRESS)


def shown(hub: ReplayHub, port: Port, name: str, body: bytes) -> str:
    """What the library writes while it downloads a file, which arrives."""
    port.output()
    require_bytes(port.download(hub.subject, name).read_bytes(), body)
    return port.output()


@check.each(
    "environment/nothing-on-standard-output-by-{}[gsm8k]",
    {"a-small-file": git_file, "a-large-file": lfs_file},
    kills="prints-what-it-does",
    level="SHOULD",
    operation=("hf_hub_download", "snapshot_download"),
    source=OUTPUT,
)
def test_nothing_on_standard_output(hub: ReplayHub, port: Port, member: Role[str]) -> None:
    """A download of {} writes nothing to standard output: that belongs to the application, and may be piped.

    (A command that names the path there does what it is for.)
    """
    name = member(hub.subject)
    printed = [line for line in shown_by(hub, port, name).splitlines() if line.startswith(STRAY)]
    require_equal(printed, [], "printed", "the library wrote to standard output")


def shown_by(hub: ReplayHub, port: Port, name: str) -> str:
    if port.asks_by == "hf_hub_download":
        return shown(hub, port, name, hub.subject.files()[name].body)
    port.output()
    port.snapshot_download(repo_id=hub.subject.id, repo_type="dataset", allow_patterns=[name])
    return port.output()


@check(
    "environment/no-progress-when-switched-off[gsm8k]",
    kills=("progress-all-the-same", "a-dot-for-each-piece"),
    level="SHOULD",
    operation="hf_hub_download",
)
def test_no_progress_when_switched_off(hub: ReplayHub, port: Port) -> None:
    """With `HF_HUB_DISABLE_PROGRESS_BARS=1` no progress is shown: no line that is written over, nothing that grows.

    A warning is allowed. In a log file a bar is a line of many thousand letters.
    """
    small_file = git_file(hub.subject)
    large_file = lfs_file(hub.subject)
    port = port.with_environment(HF_HUB_DISABLE_PROGRESS_BARS="1")
    repo = hub.subject
    small = shown(hub, port, small_file, repo.files()[small_file].body)
    content = bytes(range(256)) * (24 << 12)
    hub.put(hub.subject.id, large_file, content)
    large = shown(hub, port, large_file, content)
    require("\r" not in small + large, "progress-shown", "the output overwrites a line", seen=(small + large)[-200:])
    grown = len(large) - len(small)
    require(grown < 500, "progress-shown", "the output grows with the size of the body", expected="< 500", seen=grown)


@check(
    "environment/snapshot-shows-no-progress-when-switched-off[gsm8k]",
    kills="snapshot-counts-its-files",
    level="SHOULD",
    operation="snapshot_download",
)
def test_snapshot_shows_no_progress_when_switched_off(hub: ReplayHub, port: Port) -> None:
    """With `HF_HUB_DISABLE_PROGRESS_BARS=1` a snapshot does not show how many of its files have come."""
    port = port.with_environment(HF_HUB_DISABLE_PROGRESS_BARS="1")
    port.output()
    port.snapshot_download(repo_id=hub.subject.id, repo_type="dataset")
    text = port.output()
    require("\r" not in text, "progress-shown", "the output overwrites a line", seen=text[-200:])


@check(
    "wire/user-agent-names-nobody[gsm8k]",
    kills=("user-agent-names-the-user", "user-agent-names-the-machine"),
    level="MAY",
    source=AGENT,
)
def test_user_agent_names_nobody(hub: ReplayHub, port: Port) -> None:
    """`User-Agent` names neither the user of the machine nor the machine: the Hub need not know them.

    (The machine's own name is looked for where it has a digit: `linux` may be there for another reason.)
    """
    host = socket.gethostname()
    port = port.with_environment(USER="someuser", LOGNAME="someuser", HOSTNAME="somehost")
    port.ask(hub.subject.id)
    control(len(hub.wire) > 0, "no request was sent")
    secrets = ["someuser", "somehost", *([host] if any(map(str.isdigit, host)) else [])]
    agents = sorted({entry.request.headers.get("User-Agent", "") for entry in hub.wire})
    seen = [agent.replace(host, "<the machine>") for agent in agents if any(name in agent for name in secrets)]
    require_equal(seen, [], "identifies-its-user", "User-Agent names the user or the machine")


@check("wire/no-header-names-a-folder[gsm8k]", kills="working-folder-in-a-header", level="MAY", source=AGENT)
def test_no_header_names_a_folder(hub: ReplayHub, port: Port) -> None:
    """No header holds the path of the working folder or of the cache: both often have the user's name in them."""
    port.ask(hub.subject.id)
    control(len(hub.wire) > 0, "no request was sent")
    folders = [folder for folder in (os.getcwd(), str(port.context.cache_dir)) if len(folder) > 3]  # noqa: PTH109
    seen = sorted(
        {
            name.lower()
            for entry in hub.wire
            for name, value in entry.request.headers.items()
            if any(folder in value for folder in folders)
        }
    )
    require_equal(seen, [], "identifies-its-user", "a header holds a path of the machine")
