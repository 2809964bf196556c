"""A strict check of trajectories against ATIF-v1.4.

The published validators are those of the newest version, whatever version a document says it has: they let pass what
1.4 doesn't know, and take `true` or `"1"` for a number. This one knows the fields of 1.4 and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from reference_client.datasets.errors import shown

Check: TypeAlias = Callable[[Any, str], Iterator[str]]
"""The problems of a value; the text is its path in the document, such as `steps[3].timestamp`."""

_ISO_8601 = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(?:(?<=:\d\d:\d\d)\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)
_AGENT_ONLY = ("model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics")


def validate(trajectory: Any) -> list[str]:
    """What is wrong with a trajectory by ATIF-v1.4: a sentence a problem, each with its path. None: it is valid.

    Types are strict, so a bool is no number; a field that may be absent may be null too. `session_id` is required,
    step ids run 1, 2, …, and a result's `source_call_id` names a tool call of its step.
    """
    return list(_TRAJECTORY(trajectory, ""))


def is_iso_8601(text: str) -> bool:
    """Whether a text is a date of ISO 8601, with or without a time, a fraction of a second and a time zone."""
    match = _ISO_8601.fullmatch(text)
    if not match:
        return False
    date, time = match.groups()
    try:
        datetime.fromisoformat(f"{date}T{time or '00:00'}")
    except ValueError:
        return False
    return True


def _string(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path} should be a string, and is {_name(value)}"
        return
    try:
        value.encode()
    except UnicodeEncodeError:
        yield f"{path} has half a surrogate pair, which UTF-8 can't hold"


def _timestamp(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str) or not is_iso_8601(value):
        yield f"{path} should be a date and time in ISO 8601, and is {shown(value)}"


def _integer(value: Any, path: str) -> Iterator[str]:
    if type(value) is not int:
        yield f"{path} should be a whole number, and is {_name(value)}"


def _count(value: Any, path: str) -> Iterator[str]:
    yield from _integer(value, path)
    if type(value) is int and value < 0:
        yield f"{path} should not be negative, and is {value}"


def _number(value: Any, path: str) -> Iterator[str]:
    if type(value) not in (int, float) or not math.isfinite(value):
        yield f"{path} should be a finite number, and is {_name(value)}"


def _effort(value: Any, path: str) -> Iterator[str]:
    yield from _string(value, path) if isinstance(value, str) else _number(value, path)


def _json(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _string(name, f"a name in {path}")
            yield from _json(inner, f"{path}.{name}")
    elif isinstance(value, list):
        yield from _list(_json)(value, path)
    elif isinstance(value, str):
        yield from _string(value, path)
    elif value is not None and not isinstance(value, bool):
        yield from _number(value, path)


def _json_object(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} should be an object, and is {_name(value)}"
        return
    yield from _json(value, path)


def _one_of(*values: str) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if value not in values:
            yield f"{path} should be {' or '.join(map(repr, values))}, and is {shown(value)}"

    return check


def _list(item: Check, *, at_least: int = 0) -> Check:
    def check(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path} should be a list, and is {_name(value)}"
            return
        if len(value) < at_least:
            yield f"{path} should not be empty"
        for number, inner in enumerate(value):
            yield from item(inner, f"{path}[{number}]")

    return check


def _object(required: Mapping[str, Check], optional: Mapping[str, Check], *more: Check) -> Check:
    """An object with these fields and no others; `more` look at it as a whole when each field is in order."""

    def check(value: Any, path: str) -> Iterator[str]:
        where = path or "the trajectory"
        if not isinstance(value, dict):
            yield f"{where} should be an object, and is {_name(value)}"
            return
        problems = [f"{where} should have {name!r}" for name in required if name not in value]
        for name, inner in value.items():
            field = f"{path}.{name}" if path else str(name)
            if name in required:
                problems += required[name](inner, field)
            elif name not in optional:
                problems.append(f"{field} is no field of ATIF-v1.4")
            elif inner is not None:
                problems += optional[name](inner, field)
        yield from problems
        if not problems:
            for rule in more:
                yield from rule(value, path)

    return check


def _agent_only(step: Any, path: str) -> Iterator[str]:
    if step["source"] != "agent":
        for name in _AGENT_ONLY:
            if step.get(name) is not None:
                yield f"{path}.{name} is for steps of the agent, and this one's source is {step['source']!r}"


def _results_of_calls(step: Any, path: str) -> Iterator[str]:
    calls = {call["tool_call_id"] for call in step.get("tool_calls") or ()}
    for number, result in enumerate((step.get("observation") or {"results": []})["results"]):
        call = result.get("source_call_id")
        if call is not None and call not in calls:
            yield f"{path}.observation.results[{number}].source_call_id names no tool call of its step: {call!r}"


def _numbered_from_one(trajectory: Any, path: str) -> Iterator[str]:
    for number, step in enumerate(trajectory["steps"]):
        if step["step_id"] != number + 1:
            yield f"steps[{number}].step_id should be {number + 1}, and is {step['step_id']}"


def _name(value: Any) -> str:
    names = {type(None): "null", dict: "an object", list: "a list", str: "a string"}
    return names.get(type(value)) or repr(value)


_EXTRA = {"extra": _json_object}
_TOOL_CALL = _object({"tool_call_id": _string, "function_name": _string, "arguments": _json_object}, {})
_SUBAGENT = _object({"session_id": _string}, {"trajectory_path": _string, **_EXTRA})
_RESULT = _object({}, {"source_call_id": _string, "content": _string, "subagent_trajectory_ref": _list(_SUBAGENT)})
_METRICS = _object(
    {},
    {
        **dict.fromkeys(("prompt_tokens", "completion_tokens", "cached_tokens"), _count),
        "cost_usd": _number,
        **dict.fromkeys(("prompt_token_ids", "completion_token_ids"), _list(_integer)),
        "logprobs": _list(_number),
        **_EXTRA,
    },
)
_STEP = _object(
    {"step_id": _integer, "source": _one_of("system", "user", "agent"), "message": _string},
    {
        "timestamp": _timestamp,
        "model_name": _string,
        "reasoning_effort": _effort,
        "reasoning_content": _string,
        "tool_calls": _list(_TOOL_CALL),
        "metrics": _METRICS,
        "observation": _object({"results": _list(_RESULT)}, {}),
        **_EXTRA,
    },
    _agent_only,
    _results_of_calls,
)
_TRAJECTORY = _object(
    {
        "schema_version": _one_of("ATIF-v1.4"),
        "session_id": _string,
        "agent": _object({"name": _string, "version": _string}, {"model_name": _string, **_EXTRA}),
        "steps": _list(_STEP, at_least=1),
    },
    {
        "notes": _string,
        "final_metrics": _object(
            {},
            {
                **dict.fromkeys(
                    ("total_prompt_tokens", "total_completion_tokens", "total_cached_tokens", "total_steps"), _count
                ),
                "total_cost_usd": _number,
                **_EXTRA,
            },
        ),
        **_EXTRA,
    },
    _numbered_from_one,
)
