"""What a library tells beyond the protocol's keys, and a needless slash in a path, make no difference to a check."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.protocol import checked
from conformance.selftest.ports.test_schemas import CACHED, COMMIT, DATASET, FILE, FOLDER, MODEL, REF, REFS, STORED

UNDATED = {**STORED, "downloaded_at": None}
MORE = {"_id": "621ffdd236468d709f182a80", "etag": None}


@pytest.mark.parametrize(
    ("operation", "told", "seen"),
    [
        ("hf_hub_download", {"path": "/cache//a/./b", **MORE}, {"path": "/cache/a/b"}),
        ("snapshot_download", {"path": "/cache/a/"}, {"path": "/cache/a"}),
        ("snapshot_download", {"path": "/cache/link/../a"}, {"path": "/cache/link/../a"}),
        ("try_to_load_from_cache", {"path": "/c//d", **MORE}, {"path": "/c/d"}),
        ("try_to_load_from_cache", {"no_exist": True, "path": None}, {"no_exist": True}),
        ("try_to_load_from_cache", None, None),
        ("list_repo_tree", [{**FOLDER, **MORE}], [FOLDER]),
        ("list_repo_refs", {**REFS, "branches": [{**REF, **MORE}], **MORE}, REFS),
        ("list_downloaded", [{**UNDATED, "local_path": "/d/a/b/"}], [UNDATED]),
        ("whoami", {"name": "reader", **MORE}, {"name": "reader", **MORE}),
        ("get_row", {"question": "Why?", **MORE}, {"question": "Why?", **MORE}),
        ("get_data_files", {"train": ["a"], "test": ["b"]}, {"train": ["a"], "test": ["b"]}),
    ],
)
def test_only_the_shape_is_seen(operation: str, told: Any, seen: Any) -> None:
    """Other keys are left out where a shape has keys; a path keeps its way through a link."""
    assert checked.value(operation, told) == seen


@pytest.mark.parametrize(
    ("operation", "info"), [("dataset_info", DATASET), ("model_info", MODEL), ("repo_info", MODEL)]
)
def test_an_info_keeps_what_its_type_has(operation: str, info: dict[str, Any]) -> None:
    """What the Hub says beside, such as `trendingScore`, is left out; what is on the card is not."""
    told = {**info, "trendingScore": 3, "card_data": {"license": "mit", **MORE}, "last_modified": None}
    siblings = [{"rfilename": "a", "size": None, "blob_id": None, "lfs": None}]
    seen = checked.value(operation, {**told, "siblings": [{**siblings[0], **MORE}]})
    assert seen == {**info, "card_data": {"license": "mit", **MORE}, "last_modified": None, "siblings": siblings}


def test_shapes_in_shapes() -> None:
    """Lists in lists are brought into shape as well, and tagged values stay whole."""
    commit = checked.value("list_repo_commits", [{**COMMIT, **MORE}])[0]
    assert commit.keys() == COMMIT.keys()
    file = checked.value("list_repo_tree", [{**FILE, "last_commit": {**FILE["last_commit"], **MORE}}])[0]  # type: ignore[dict-item]
    assert file["last_commit"].keys() == {"oid", "title", "date"}
    cached = {**CACHED, "revisions": [{**CACHED["revisions"][0], **MORE}]}  # type: ignore[index]
    assert checked.value("scan_cache_dir", {"size_on_disk": 1, "repos": [cached], "warnings": []})["repos"] == [CACHED]
