"""The type of a repository: a model where none is named, whatever is asked of it; a Space where that is named."""

from __future__ import annotations

import contextlib
from typing import Final
from urllib.parse import unquote

from conformance.catalogue.check import Checks
from conformance.checks.support import TINY_MODEL, Port
from conformance.ports import PortError
from conformance.replay import ReplayHub
from conformance.roles import git_file
from conformance.verdict.require import control, require_equal

OF_MODEL = "Hub API: /api/models/{repo_id}/…; huggingface_hub HfApi: repo_type=None is a model"
OF_SPACE = "Hub API: /api/spaces/{repo_id}/…; huggingface_hub HfApi(repo_type='space')"
ALL: Final = ("repo_info", "list_repo_tree", "list_repo_files", "list_repo_refs", "list_repo_commits", "repo_exists")


check = Checks("list_repo_refs", source=OF_MODEL)


@check("info/refs-of-a-model[contract]", kills="models-asked-as-datasets")
def test_refs_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the refs are those of a model."""
    repo = hub.repo(TINY_MODEL)
    refs = port.list_repo_refs(repo_id=TINY_MODEL)
    seen = [{ref["name"]: ref["target_commit"] for ref in refs[kind]} for kind in ("branches", "tags")]
    require_equal(seen, [repo.branches, repo.tags], "wrong-refs", "the refs are not those of the model")


@check("info/history-of-a-model[contract]", kills="models-asked-as-datasets", operation="list_repo_commits")
def test_history_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the history is that of a model."""
    seen = [commit["commit_id"] for commit in port.list_repo_commits(repo_id=TINY_MODEL)]
    require_equal(seen, list(hub.repo(TINY_MODEL).commits), "wrong-history", "the history is not that of the model")


@check("tree/of-paths-of-a-model[contract]", kills="models-asked-as-datasets", operation="get_paths_info")
def test_paths_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the paths are those of a model."""
    name = git_file(hub.repo(TINY_MODEL))
    seen = [item["path"] for item in port.get_paths_info(repo_id=TINY_MODEL, paths=[name])]
    require_equal(seen, [name], "wrong-files", "the path is not that of the model")


@check("tree/names-of-files-of-a-model[contract]", kills="models-asked-as-datasets", operation="list_repo_files")
def test_names_of_files_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the names of files are those of a model."""
    seen = sorted(port.list_repo_files(repo_id=TINY_MODEL))
    require_equal(seen, sorted(hub.repo(TINY_MODEL).files()), "wrong-files", "the names are not the model's files")


@check("info/existence-of-a-file-of-a-model[contract]", kills="models-asked-as-datasets", operation="file_exists")
def test_existence_of_a_file_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the file whose existence is in question is a model's."""
    name = git_file(hub.repo(TINY_MODEL))
    require_equal(port.file_exists(repo_id=TINY_MODEL, filename=name), True, "wrong-answer", "the file was not found")


@check(
    "info/existence-of-a-revision-of-a-model[contract]", kills="models-asked-as-datasets", operation="revision_exists"
)
def test_existence_of_a_revision_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the revision whose existence is in question is a model's."""
    name = next(iter(hub.repo(TINY_MODEL).tags))
    seen = port.revision_exists(repo_id=TINY_MODEL, revision=name)
    require_equal(seen, True, "wrong-answer", "the revision was not found")


@check("read/file-of-a-model[contract]", kills="models-asked-as-datasets", operation="read_file")
def test_file_of_a_model(hub: ReplayHub, port: Port) -> None:
    """Without a type, the file that is read is a model's."""
    repo = hub.repo(TINY_MODEL)
    name = git_file(repo)
    seen = port.read_file(repo_id=TINY_MODEL, filename=name)["size"]
    require_equal(seen, repo.files()[name].size, "wrong-bytes", "the content is not that of the model's file")


@check("info/space-is-asked-for-as-one[gsm8k]", kills="spaces-asked-as-models", operation=ALL, source=OF_SPACE)
def test_space_is_asked_for_as_one(hub: ReplayHub, port: Port) -> None:
    """Whatever is asked about a Space is asked below `/spaces/`, not of the model or dataset with the same id.

    (There is no such Space, so that the Hub reports a missing repository.)
    """
    repo = hub.subject
    for operation in (operation for operation in ALL if port.offers(operation)):
        hub.wire.clear()
        with contextlib.suppress(PortError):
            getattr(port, operation)(repo_id=repo.id, repo_type="space")
        about = [path for path in (unquote(entry.path) for entry in hub.wire) if f"/{repo.id}/" in f"{path}/"]
        control(about, f"nothing was asked about the Space by {operation}")
        wrong = [path for path in about if f"/spaces/{repo.id}/" not in f"{path}/"]
        require_equal(wrong, [], "wrong-type", "another repository was asked about than the Space")
