"""Older names of variables, variables in paths, and what no variable changes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_store import download
from conformance.checks.test_environment import require_cache_at
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.verdict.require import require

OLDER = "huggingface_hub constants: HF_HUB_CACHE, else HUGGINGFACE_HUB_CACHE"
EXPANDED = "huggingface_hub constants: os.path.expandvars of HF_HOME and HF_HUB_CACHE"


check = Checks("hf_hub_download", source=OLDER, level="MAY")


@check("environment/older-name-of-the-cache[gsm8k]", kills="older-cache-variable-ignored", cache="hub")
def test_older_name_of_the_cache(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`HUGGINGFACE_HUB_CACHE`, the older name of `HF_HUB_CACHE`, is still read."""
    small = git_file(hub.subject)
    folder = disk.root / "older"
    port = port.left_to_itself(cache=True).with_environment(HUGGINGFACE_HUB_CACHE=str(folder))
    require_cache_at(folder, port.download(hub.subject, small))


@check("environment/newer-name-of-the-cache-goes-before[gsm8k]", kills="older-cache-variable-first", cache="hub")
def test_newer_name_of_the_cache_goes_before(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`HF_HUB_CACHE` takes precedence over `HUGGINGFACE_HUB_CACHE`, its older name, where both are set."""
    small = git_file(hub.subject)
    folder = disk.root / "newer"
    port = port.left_to_itself(cache=True).with_environment(
        HF_HUB_CACHE=str(folder), HUGGINGFACE_HUB_CACHE=str(disk.root / "older")
    )
    require_cache_at(folder, port.download(hub.subject, small))


@check.each(
    "environment/variable-in-{}[gsm8k]",
    {"the-cache": "HF_HUB_CACHE", "the-home": "HF_HOME"},
    kills="variables-to-the-letter",
    source=EXPANDED,
    cache="hub",
)
def test_variable_in_a_path(hub: ReplayHub, port: Port, disk: Disk, member: str) -> None:
    """`$PLACE` in the path of {} is replaced by that variable, where no shell has done it, as in a Dockerfile."""
    small = git_file(hub.subject)
    folder = disk.root / "expanded"
    # An absolute path: a library that leaves the variable in it must not write into the current directory.
    written = {member: f"{disk.root}/$PLACE/it", "PLACE": folder.name}
    path = port.left_to_itself(cache=True).with_environment(**written).download(hub.subject, small)
    require_cache_at(folder / "it" if member == "HF_HUB_CACHE" else folder / "it" / "hub", path)


@check(
    "environment/time-zone-changes-no-moment[gsm8k]",
    kills="local-time-is-called-utc",
    operation="download_dataset",
    source="protocol/README.md: a timestamp is a moment, in whatever zone",
)
def test_time_zone_changes_no_moment(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """`downloaded_at` is the same moment whatever `TZ` is: a clock on the wall is in no file.

    (`TZ` is read once in a process, so that a port which reads its environment at each call may not see it.)
    """
    port = port.with_environment(TZ="Asia/Tokyo")
    said = download(port, disk)["downloaded_at"]
    moment = datetime.fromisoformat(said.replace("Z", "+00:00"))
    apart = abs(moment - datetime.now(timezone.utc))
    require(apart < timedelta(minutes=10), "wrong-moment", "the time is wrong", expected="now", seen=said)
