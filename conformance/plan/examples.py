"""Examples for test-driven work: what the last call of a check must answer, found by the reference client.

A check can become an example if its last call alone shows whether a library is right: its calls before go to another
cache, or to none, so that `hub-conformance serve CHECK --call N` can make them with the reference client.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from conformance import ports
from conformance.author import one_check
from conformance.catalogue.check import all_checks
from conformance.plan.analysis import Analysis, Cause
from conformance.plan.facts import Checked

Expect: TypeAlias = Literal["error", "file", "content", "paths", "value", "sha"]

VISIBLE: Final = {
    "unexpected-error",
    "no-error",
    "wrong-bytes",
    "half-a-file",
    "wrong-files",
    "wrong-splits",
    "wrong-configs",
    "wrong-answer",
    "wrong-sha",
    "written-outside",
    "digest-not-verified",
    "not-found",
}
"""The findings that the answer to a call shows."""
_SHOWN: Final[Mapping[str, Expect]] = {
    "hf_hub_download": "file",
    "read_file": "content",
    "list_repo_tree": "paths",
    "list_repo_files": "paths",
    "get_dataset_config_names": "value",
    "get_dataset_split_names": "value",
    "get_data_files": "value",
    "repo_exists": "value",
    "file_exists": "value",
    "revision_exists": "value",
    "dataset_info": "sha",
    "model_info": "sha",
}
_EITHER: Final = ("wrong-bytes", "half-a-file", "digest-not-verified")
"""Findings of checks that an error answers as well as the right bytes."""
_OR_AN_ERROR: Final = re.compile(r"\bor (with )?an error\b")
_STORING: Final = ("hf_hub_download", "snapshot_download", "try_to_load_from_cache")


@dataclass(frozen=True, slots=True)
class Example:
    """The last call of a check, and what a right library answers.

    `number` is the call's place in the check. `expect` says how `value` is compared: an error of any kind, the size and
    SHA-256 of a file or of bytes, paths in any order, the value itself, or the commit. Where an error is expected,
    `instead` is the size and SHA-256 of the right file: a library that gets it after all is right, too.
    """

    check: str
    requirement: str
    number: int
    operation: str
    arguments: Mapping[str, Any]
    expect: Expect
    value: Any
    mutants: tuple[str, ...]
    instead: tuple[int, str] | None = None


def for_cause(cause: Cause, analysis: Analysis) -> Example | None:
    """The first check of a cause that can become an example; a serious one before others."""
    ids = {one.id for one in cause.serious}
    for check in sorted(cause.checks, key=lambda one: (one.id not in ids, one.level != "MUST")):
        example = of_check(check)
        if example is not None and analysis.inventory.of(example.operation):
            return example
    return None


def of_check(check: Checked) -> Example | None:
    """A failed check as an example, or None where its last call alone does not show the failure."""
    if check.code not in VISIBLE or check.operation not in _SHOWN or check.id not in all_checks():
        return None
    declared = all_checks()[check.id]
    if declared.secure:
        return None
    with tempfile.TemporaryDirectory(prefix="hub-conformance-") as scratch, one_check.opened(declared) as hub:
        driver = _Answers(ports.start(ports.find("reference")))
        try:
            one_check.run(declared, hub, driver, Path(scratch))
        except Exception:
            return None  # what the reference client does not come to the end of shows nothing
        finally:
            driver.close()
    if not driver.calls or len(driver.answers) != len(driver.calls) or scratch in repr(driver.calls[-1][1]):
        return None
    operation, arguments, context = driver.calls[-1]
    if operation != check.operation or context.env or context.offline or not context.endpoint:
        return None
    for before, given, other in driver.calls[:-1]:
        shared = before in _STORING and operation in _STORING and other.cache_dir == context.cache_dir
        if shared and (driver.answers[-1] is not _FAILED or _asked(given) == _asked(arguments)):
            return None
    expect, value = _expected(operation, driver.answers[-1])
    instead = None
    if expect in ("file", "content") and _OR_AN_ERROR.search(declared.requirement):
        expect, value, instead = "error", None, value
    elif expect == "error" and check.code in _EITHER:
        tried = zip(driver.calls, driver.answers, strict=True)
        right = [one for call, one in tried if call[0] == operation and isinstance(one, tuple)]
        if not right:
            return None
        instead = right[-1]
    arguments = {name: one for name, one in arguments.items() if one is not None}
    if context.token:
        arguments.setdefault("token", context.token)
    return Example(
        check.id,
        declared.requirement,
        len(driver.calls),
        operation,
        arguments,
        expect,
        value,
        declared.mutants,
        instead,
    )


def _expected(operation: str, answer: Any) -> tuple[Expect, Any]:
    if answer is _FAILED:
        return "error", None
    expect = _SHOWN[operation]
    if expect == "paths":
        return expect, sorted(one if isinstance(one, str) else one["path"] for one in answer)
    if expect == "sha":
        return expect, answer["sha"]
    return expect, answer


def _asked(arguments: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(arguments.get(name) for name in ("repo_id", "filename", "revision"))


_FAILED: Final = object()


class _Answers(one_check.Recorder):
    """Notes what each call answered; of a file its size and digest, since it is gone afterwards."""

    def __init__(self, inner: ports.Driver) -> None:
        super().__init__(inner)
        self.answers: list[Any] = []

    def call(self, operation: str, arguments: Any, context: ports.Context, deadline: float) -> Any:
        try:
            answer = super().call(operation, arguments, context, deadline)
        except Exception:
            self.answers.append(_FAILED)
            raise
        noted = answer
        if operation == "read_file" and isinstance(answer, Mapping):
            noted = (int(answer["size"]), str(answer["sha256"]))
        if operation == "hf_hub_download" and isinstance(answer, Mapping) and isinstance(answer.get("path"), str):
            data = Path(answer["path"]).read_bytes()
            noted = (len(data), hashlib.sha256(data).hexdigest())
        self.answers.append(noted)
        return answer
