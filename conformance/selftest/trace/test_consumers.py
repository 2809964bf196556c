"""The traced needs of real consumers, against what a person found in their source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from conformance.ports import find
from conformance.trace import needs
from conformance.trace.needs import Needs

FOLDER: Final = find("hf_hub_ex").folder / "plan"
LIST: Final = Path(__file__).with_name("cookbook_calls.txt")
FILES: Final = {
    "new": "needs-tinker-cookbook-2026-08-19.json",
    "old": "needs-tinker-cookbook-2025-12-19.json",
}
HF_HUB: Final = {
    "HfHub.Api.dataset_configs": 2,
    "HfHub.Api.dataset_info": 2,
    "HfHub.Api.dataset_splits": 1,
    "HfHub.Api.list_files": 2,
    "HfHub.Api.list_repo_tree": 1,
    "HfHub.Cache.cache_path": 1,
    "HfHub.Cache.cached?": 1,
    "HfHub.Config.endpoint": 1,
    "HfHub.DatasetFiles.configs_from_tree": 1,
    "HfHub.DatasetFiles.resolve_from_tree": 1,
    "HfHub.DatasetFiles.splits_from_tree": 1,
    "HfHub.Download.download_stream": 2,
    "HfHub.Download.hf_hub_download": 6,
}
"""The calls in the source of crucible_datasets 0.4.1, by function."""


def listed(commit: str) -> dict[str, set[str]]:
    words = (line.split() for line in LIST.read_text("utf-8").splitlines() if not line.startswith("#"))
    return {place: set(repos) for name, place, *repos in words if name == commit}


@pytest.mark.parametrize("commit", FILES)
def test_every_call_that_a_person_found_is_found_with_its_repositories(commit: str) -> None:
    traced = needs.read(FOLDER / FILES[commit])
    found: dict[str, set[str]] = {}
    for call in traced.calls:
        found.setdefault(call.place, set()).update(call.repos())
    expected = listed(commit)
    assert [place for place in expected if place not in found] == []
    assert {place: found[place] for place, repos in expected.items() if repos} == {
        place: repos for place, repos in expected.items() if repos
    }


@pytest.mark.parametrize("commit", FILES)
def test_nothing_else_is_found_outside_of_tests(commit: str) -> None:
    traced = needs.read(FOLDER / FILES[commit])
    tokenizers = {
        f"tinker_cookbook/tokenizer_utils.py:{line}" for line in range(24, 37)
    }  # a range in the list of the old one
    assert {call.place for call in traced.calls if not call.test} - listed(commit).keys() - tokenizers == set()


def test_the_three_recipes_of_the_question_load_the_same_at_both_commits() -> None:
    both = [needs.read(FOLDER / name) for name in FILES.values()]
    for file in ("recipes/math_rl/math_env.py", "recipes/chat_sl/chat_datasets.py", "recipes/code_rl/code_env.py"):
        new, old = (cases(one, f"tinker_cookbook/{file}") for one in both)
        assert new == old
        assert new


def test_livecodebench_reaches_code_rl_by_deepcoder_alone() -> None:
    traced = needs.read(FOLDER / FILES["new"])
    (entry,) = [one for one in traced.entries if one.file == "tinker_cookbook/recipes/code_rl/train.py"]
    repos = {
        repo for call in traced.calls if call.place in entry.calls for repo in call.repos() if call.kind == "dataset"
    }
    assert repos == {"agentica-org/DeepCoder-Preview-Dataset"}
    assert cases(traced, "tinker_cookbook/recipes/code_rl/code_env.py") == {
        ("agentica-org/DeepCoder-Preview-Dataset", config, split)
        for config, split in (
            ("primeintellect", "train"),
            ("taco", "train"),
            ("lcbv5", "train"),
            ("codeforces", "test"),
            ("lcbv5", "test"),
        )
    }


def test_every_call_of_hf_hub_is_found_and_none_in_later_versions() -> None:
    traced = needs.read(FOLDER / "needs-crucible_datasets-0.4.1.json")
    direct = [call.call for call in traced.calls if not call.via]
    assert {name: direct.count(name) for name in direct} == HF_HUB
    assert needs.read(FOLDER / "needs-crucible_datasets-0.5.4.json").calls == ()


def cases(traced: Needs, file: str) -> set[tuple[object, ...]]:
    """The cases of a file's calls."""
    return {case for call in traced.calls if call.file == file for case in call.cases}
