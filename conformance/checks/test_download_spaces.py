"""Spaces, repositories of the third type. None is recorded: a check looks at the question, or answers it by itself."""

from __future__ import annotations

import contextlib
from urllib.parse import unquote

from conformance.catalogue.check import Checks
from conformance.checks.answers import one_file
from conformance.checks.support import Port
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.verdict.require import control, require_equal

SPACES = "Hub API: /spaces/{repo_id}/resolve/{revision}/{path}; huggingface_hub hf_hub_url, repo_folder_name"


check = Checks("hf_hub_download", source=SPACES)


@check("download/space-is-asked-for-as-one[gsm8k]", kills="spaces-as-models")
def test_space_is_asked_for_as_one(hub: ReplayHub, port: Port) -> None:
    """A file of a Space is asked for below `/spaces/`, and not as one of the model or dataset with the same id."""
    repo = hub.subject
    hub.fault(one_file(repo), times=None, needed=False)
    with contextlib.suppress(PortError):  # a library that asks the API first is told that there is no such Space
        port.hf_hub_download(repo_id=repo.id, repo_type="space", filename=git_file(repo))
    paths = [unquote(entry.path) for entry in hub.wire]
    about = [path for path in paths if f"/{repo.id}/" in f"{path}/"]
    control(about, "no request for the Space was sent", seen=paths)
    wrong = [path for path in about if f"/spaces/{repo.id}/" not in f"{path}/"]
    require_equal(wrong, [], "wrong-type", "a request was sent for another repository than the Space")


@check(
    "cache/scan-of-a-space[gsm8k]",
    kills="spaces-scanned-as-models",
    operation="scan_cache_dir",
    needs=("hf_hub_download",),
    cache="own",
)
def test_scan_of_a_space(hub: ReplayHub, port: Port) -> None:
    """A scan gives a Space as one, apart from the dataset with the same id."""
    repo = hub.subject
    port.download(repo, git_file(repo))
    hub.fault(one_file(repo), times=None)
    try:
        port.hf_hub_download(repo_id=repo.id, repo_type="space", filename=git_file(repo))
    except PortError as error:
        control(False, "the file of the Space was not downloaded", seen=str(error))
    seen = sorted([one["repo_type"], one["repo_id"]] for one in port.scan_cache_dir()["repos"])
    require_equal(seen, [["dataset", repo.id], ["space", repo.id]], "wrong-repositories", "a type or an id is wrong")
