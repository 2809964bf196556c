"""The JSON Schemas: each lets a right message or value pass, and names what is wrong in another."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.catalogue.check import all_checks
from conformance.catalogue.operations import SAMPLES
from conformance.protocol import checked
from conformance.protocol.errors import ERROR_KINDS, ProtocolError
from conformance.protocol.messages import ROW_OPERATIONS, Bye, Call, Context, Hello, Request

CALL = Call(2, "whoami", {}, Context("http://hub", None))
ERROR = {"type": "error", "id": 1, "kind": "other", "native": "hub.Odd", "message": "no"}
PORT = {"name": "mine", "version": "1", "language": "go", "operations": ["whoami"]}

TIME = {"$timestamp": "2024-01-04T12:05:15Z"}
FOLDER = {"type": "directory", "path": "main", "tree_id": None, "last_commit": None}
FILE = {
    **{"type": "file", "path": "main/a", "size": 9, "blob_id": "b", "lfs": None, "xet_hash": None},
    "last_commit": {"oid": "c", "title": "First", "date": TIME},
}
INFO = {
    **dict.fromkeys(("author", "sha", "disabled", "downloads", "downloads_all_time", "likes", "used_storage")),
    **{"id": "a/b", "created_at": None, "last_modified": TIME, "private": False, "gated": "auto", "tags": ["x"]},
    "siblings": [{"rfilename": "a", "size": None, "blob_id": None, "lfs": None}],
    "card_data": {},
}
DATASET = {**INFO, "description": None, "citation": None, "paperswithcode_id": None}
MODEL = {**INFO, "pipeline_tag": None, "library_name": None, "config": None, "safetensors": None}
REF = {"name": "main", "ref": "refs/heads/main", "target_commit": "c"}
REFS = {"branches": [REF], "converts": [], "tags": [], "pull_requests": None}
COMMIT = {
    **{"commit_id": "c", "authors": ["a"], "created_at": TIME, "title": "t", "message": ""},
    **{"formatted_title": None, "formatted_message": None},
}
REVISION = {"commit_hash": "c", "size_on_disk": 1, "refs": ["main"], "files": ["a"]}
CACHED = {"repo_id": "a/b", "repo_type": "model", "size_on_disk": 1, "nb_files": 1, "revisions": [REVISION]}
STORED = {
    **{"repo_id": "a/b", "commit_hash": None, "local_path": "/d/a/b", "files": ["c"]},
    **{"total_bytes": 9, "downloaded_at": TIME},
}
CACHE = {"size_on_disk": {"$integer": "9007199254740993"}, "repos": [CACHED], "warnings": []}
BYTES = {
    "$bytes": {"size": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "base64": ""}
}


@pytest.mark.parametrize(
    ("good", "change", "told"),
    [
        (
            {"type": "welcome", "id": 1, "protocol": 1, "port": PORT},
            {"port": {"name": "x"}},
            '"port.version" is missing',
        ),
        ({"type": "page", "id": 1, "rows": [{"a": 1}]}, {"rows": [{}, 7]}, '"rows[1]" is 7; it must be an object'),
        ({"type": "result", "id": 1, "value": 2}, {"id": "1"}, "\"id\" is '1'; it must be a whole number"),
        ({"type": "result", "id": 1, "value": 2}, {"id": True}, '"id" is True; it must be a whole number'),
        (ERROR, {"kind": "odd"}, "\"kind\" is 'odd'; it must be one of: repository_not_found, gated_repo"),
        (ERROR, {"status": "404"}, "\"status\" is '404'; it must be a whole number or null"),
        (
            {"type": "unsupported", "id": 1, "reason": "never"},
            {"issue": 3},
            '"issue" is 3; it must be a string or null',
        ),
        ({"type": "unimplemented", "id": 1, "reason": "not yet"}, {"reason": None}, '"reason" is None; it must be'),
    ],
)
def test_an_answer_that_is_wrong_is_told_what_to_send(good: Any, change: dict[str, Any], told: str) -> None:
    """A right answer passes. In a wrong one, the text names the place, what stands there and what must."""
    checked.answer(good)
    with pytest.raises(ProtocolError, match=re.escape(told)):
        checked.answer({**good, **change})


@pytest.mark.parametrize("key", ["id", "value"])
def test_a_missing_key_is_named(key: str) -> None:
    """The text names the key that is missing, and the message."""
    answer = {"type": "result", "id": 1, "value": None}
    del answer[key]
    with pytest.raises(ProtocolError, match=f"in a message of type 'result', \"{key}\" is missing"):
        checked.answer(answer)


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        (Hello(1, "0.1.0"), Hello(1, None), '"suite" is None'),  # type: ignore[arg-type]
        (CALL, Call(2, "whoami", {}, Context("http://hub", None, env={"A": 1})), '"context.env.A" is 1'),  # type: ignore[dict-item]
        (Bye(3), Bye("3"), "\"id\" is '3'"),  # type: ignore[arg-type]
    ],
)
def test_the_suite_cannot_send_a_wrong_message(good: Request, bad: Request, told: str) -> None:
    """What the suite sends is checked as what it gets is."""
    checked.request(good)
    with pytest.raises(ProtocolError, match=re.escape(told)):
        checked.request(bad)


VALUES = {
    "hf_hub_download": ({"path": "/a/b"}, {"path": "a/b"}, "\"value.path\" is 'a/b'; it must be an absolute path"),
    "snapshot_download": ({"path": "C:\\\\a"}, {}, '"value.path" is missing'),
    "try_to_load_from_cache": ({"no_exist": True}, {"no_exist": False}, '"value.no_exist" is False; it must be true'),
    "scan_cache_dir": (CACHE, {**CACHE, "repos": [{**CACHED, "nb_files": None}]}, '"value.repos[0].nb_files" is None'),
    "read_file": (BYTES, "text", "\"value\" is 'text'; it must be an object"),
    "list_repo_files": (["a"], ["a", 1], '"value[1]" is 1; it must be a string'),
    "list_repo_tree": ([FOLDER, FILE], [FOLDER, {**FOLDER, "type": "file"}], '"value[1].size" is missing'),
    "get_paths_info": (
        [FILE],
        [{**FILE, "type": "link"}],
        "\"value[0].type\" is 'link'; it must be one of: file, directory",
    ),
    "list_repo_refs": (REFS, {**REFS, "tags": [{"name": "v1"}]}, '"value.tags[0].ref" is missing'),
    "list_repo_commits": (
        [COMMIT],
        [{**COMMIT, "created_at": "2024"}],
        "\"value[0].created_at\" is '2024'; it must be an object",
    ),
    "repo_exists": (True, 1, '"value" is 1; it must be true or false'),
    "revision_exists": (False, None, '"value" is None; it must be true or false'),
    "file_exists": (True, "yes", "\"value\" is 'yes'; it must be true or false"),
    "repo_info": (INFO, {**INFO, "likes": "3"}, "\"value.likes\" is '3'; it must be a whole number"),
    "dataset_info": (DATASET, INFO, '"value.description" is missing'),
    "model_info": (MODEL, {**MODEL, "safetensors": {}}, '"value.safetensors.parameters" is missing'),
    "whoami": ({"name": "reader"}, [], '"value" is []; it must be an object'),
    "get_dataset_config_names": (["main"], None, '"value" is None; it must be a list'),
    "get_dataset_split_names": ([], [None], '"value[0]" is None; it must be a string'),
    "get_data_files": ({"train": ["a"]}, {"train": "a"}, "\"value.train\" is 'a'; it must be a list"),
    "load_rows": (None, [], '"value" is []; it must be null'),
    "download_dataset": (
        STORED,
        {**STORED, "total_bytes": "9"},
        "\"value.total_bytes\" is '9'; it must be a whole number",
    ),
    "is_downloaded": (True, None, '"value" is None; it must be true or false'),
    "get_local_path": (None, {"path": "a/b"}, "\"value.path\" is 'a/b'; it must be an absolute path"),
    "list_downloaded": ([STORED], [{**STORED, "files": [1]}], '"value[0].files[0]" is 1; it must be a string'),
    "delete_downloaded": (None, True, '"value" is True; it must be null'),
    "iter_rows": (None, [], '"value" is []; it must be null'),
    "get_row": ({"question": "Why?"}, None, '"value" is None; it must be an object'),
    "count_rows": (40, 40.5, '"value" is 40.5; it must be a whole number'),
    "stream_trajectories": (None, [], '"value" is []; it must be null'),
    "get_trajectory": (None, [], '"value" is []; it must be an object or null'),
    "count_trajectories": (12, "12", "\"value\" is '12'; it must be a whole number"),
}
"""Operation to a value that passes, one that does not, and what is said of it."""


@pytest.mark.parametrize("operation", VALUES)
def test_the_value_of_an_operation_has_its_shape(operation: str) -> None:
    """A right value passes. In a wrong one, the text names the place, what stands there and what must."""
    good, bad, told = VALUES[operation]
    checked.value(operation, good)
    with pytest.raises(ProtocolError, match=re.escape(told)):
        checked.value(operation, bad)


def test_every_operation_is_tried_here_and_every_check_calls_one() -> None:
    """No operation is without a schema, and none of these is without a test."""
    assert set(VALUES) == set(SAMPLES) == set(schema_file("values.json")["properties"])
    assert {check.operation for check in all_checks().values()} <= set(VALUES)


@pytest.mark.parametrize(
    "wrong",
    [{**FILE, "size": "9"}, {**FILE, "lfs": {}}, {**FILE, "last_commit": {**FILE["last_commit"], "date": 3}}],  # type: ignore[dict-item]
    ids=["type", "missing key", "deep"],
)
def test_one_wrong_entry_among_a_thousand_is_found(wrong: dict[str, Any]) -> None:
    """Entries that are alike are looked at once; one that differs is not taken for its like."""
    listing: list[Any] = [{**FILE, "path": str(number)} for number in range(1000)]
    checked.value("list_repo_tree", listing)
    listing[700] = wrong
    with pytest.raises(ProtocolError, match=r'^"value\[700\]\.'):
        checked.value("list_repo_tree", listing)


def test_operations_of_rows_have_no_other_value() -> None:
    """The result after the pages holds nothing."""
    for operation in ROW_OPERATIONS:
        with pytest.raises(ProtocolError):
            checked.value(operation, {"count": 1})


@pytest.mark.parametrize("name", ["messages.json", "values.json"])
def test_the_files_are_json_schemas(name: str) -> None:
    """An author can use the files as they are, with any validator of draft 2020-12."""
    schema = schema_file(name)
    Draft202012Validator.check_schema(schema)
    example: dict[str, Any] = ERROR if name == "messages.json" else {"list_repo_tree": [FILE]}
    assert Draft202012Validator(schema).is_valid(example)
    assert not Draft202012Validator(schema).is_valid({"type": "error", "list_repo_tree": [{"type": "file"}]})


def test_the_error_kinds_are_a_closed_list() -> None:
    """The schema's list is the code's."""
    assert schema_file("messages.json")["$defs"]["error"]["properties"]["kind"]["enum"] == list(ERROR_KINDS)


def schema_file(name: str) -> Any:
    return json.loads(resources.files("conformance.protocol").joinpath("schemas").joinpath(name).read_text("utf-8"))
