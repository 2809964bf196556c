"""The messages that a shim gets in one check, as they go over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from conformance import __version__, ports
from conformance.author import one_check
from conformance.catalogue.check import Check
from conformance.ports import Context
from conformance.protocol import checked
from conformance.protocol.messages import Bye, Call, Hello, Request
from conformance.run.harness import make_context, make_disk

ELSEWHERE = {"cdn": "http://cdn.invalid", "stranger": "http://stranger.invalid"}
"""The replacement of the other origins, where a call names one."""


def calls_of(check: Check, endpoint: str, cache_dir: str, ca_file: str) -> tuple[list[dict[str, Any]], str | None]:
    """The calls that a check makes if all goes well, found by running it with the reference client.

    Args:
        endpoint, cache_dir, ca_file: put in place of those of the run. Other folders of the check lie in
            `<cache_dir>-beside`.

    Returns:
        The calls in order, and what went wrong if the reference client did not come to the end.
    """
    problem = None
    with TemporaryDirectory(prefix="hub-conformance-") as scratch, one_check.opened(check) as hub:
        driver = one_check.Recorder(ports.start(ports.find("reference")))
        try:
            one_check.run(check, hub, driver, Path(scratch))
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            driver.close()
        own = make_context(check, hub, make_disk(Path(scratch), hub))
        places = {
            str(own.endpoint): endpoint,
            str(own.cache_dir): cache_dir,
            scratch: f"{cache_dir}-beside",
            hub.url("cdn"): ELSEWHERE["cdn"],
            hub.url("stranger"): ELSEWHERE["stranger"],
            **({own.ca_file: ca_file} if own.ca_file else {}),
        }
    calls = [
        {"operation": operation, "arguments": arguments, "context": asdict(context)}
        for operation, arguments, context in driver.calls
    ]
    return [_moved(call, places) for call in calls], problem


def lines(calls: Iterable[Mapping[str, Any]]) -> list[str]:
    """Hello, the calls and bye, one JSON object a line."""
    requests: list[Request] = [Hello(1, __version__)]
    for call in calls:
        context = Context(**call["context"])
        requests.append(Call(len(requests) + 1, call["operation"], call["arguments"], context))
    requests.append(Bye(len(requests) + 1))
    return [json.dumps(checked.request(request)) for request in requests]


def _moved(value: Any, places: Mapping[str, str]) -> Any:
    """A JSON value with other places in its texts."""
    if isinstance(value, str):
        for old, new in places.items():
            value = value.replace(old, new)
        return value
    if isinstance(value, Mapping):
        return {key: _moved(one, places) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_moved(one, places) for one in value]
    return value
