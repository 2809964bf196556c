"""What the checks of datasets share: the repositories by what they are for, and what was fetched of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.checks.faults_git_file import GitFile
from conformance.checks.support import Port
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.verdict.require import require

TULU3 = "allenai/tulu-3-sft-mixture"
DEEPCODER = "agentica-org/DeepCoder-Preview-Dataset"
LIVECODEBENCH = "livecodebench/code_generation_lite"
AGENT_TRACES = "open-thoughts/OpenThoughts-Agent-v1-SFT"
THOUGHTS = "open-thoughts/OpenThoughts3-1.2M"
TASKS = "open-thoughts/OpenThoughts-TB-dev"

PLAIN_FOLDERS = "conformance/plain-folders"
SPLIT_NAMES = "conformance/split-names"
SPLIT_FOLDERS = "conformance/split-folders"
ONE_SPLIT = "conformance/one-split"
DEFAULT_CONFIG = "conformance/default-config"
ONE_PARQUET = "conformance/one-parquet"
"""One Parquet file, `rows.parquet`, and a card that does not mention it: any table may replace it."""

CARD = "Hub docs, datasets-manual-configuration; datasets get_dataset_config_names, get_dataset_split_names"
NAMES = "datasets docs, repository_structure: splits by file names; datasets get_dataset_split_names"
FILES = "datasets docs, repository_structure; datasets DataFilesDict"
ROWS = "datasets load_dataset: every row of the split's files, in their order"

RELEASES = "refs/pr/5"
"""The pull request of `LIVECODEBENCH` that names the releases as configs."""


def shards(prefix: str, count: int) -> list[str]:
    """`data/train-00000-of-00006.parquet` and so on."""
    return [f"{prefix}-{number:05d}-of-{count:05d}.parquet" for number in range(count)]


def fetched(hub: ReplayHub, ending: str = "") -> list[str]:
    """The paths of the files whose bodies were fetched, each once, sorted.

    A body comes from the content host or the Hub's cache; the redirect that led there names the file.
    """
    led_to: dict[str, str] = {}
    found = set()
    for entry in hub.wire:
        path = unquote(entry.path)
        _, mark, rest = path.partition("/resolve/")
        file = rest.partition("/")[2] if mark else led_to.get(path)
        if file is None:
            continue
        if "location" in entry.response_headers:
            led_to[unquote(urlsplit(entry.response_headers["location"]).path)] = file
        elif entry.method == "GET" and entry.status in (200, 206):
            found.add(file)
    return sorted(file for file in found if file.endswith(ending))


def put_card(hub: ReplayHub, repo_id: str, content: bytes) -> None:
    """Let a dataset, which has a card, have another one."""
    hub.fault(GitFile("README.md", content), path=f"*{repo_id}*", times=None)


def require_script_named(error: PortError) -> None:
    """The error names a loading script as the reason, or the script's file."""
    name = "code_generation_lite.py"
    require_said(error, *(() if "script" in error.message.lower() else (name,)))


def require_said(error: PortError, *words: str) -> None:
    """The error is about what was asked, not about the way there, and its text helps the reader on."""
    require(
        error.kind not in ("connection", "timeout", "server_error", "offline"),
        "wrong-error",
        "the error is about something else",
        seen=f"{error.native}: {error.message}",
    )
    for word in words:
        require(
            word in error.message,
            "unhelpful-error",
            "the error did not name the cause",
            expected=f"a text with {word!r}",
            seen=f"{error.native}: {error.message}",
        )


def rows(port: Port, repo_id: str, config: str | None, split: str | None, **arguments: Any) -> dict[str, Any]:
    """The rows of a split, in short."""
    value: dict[str, Any] = port.load_rows(repo_id=repo_id, config_name=config, split=split, **arguments)
    return value
