"""Probes of a command-line port: is its port file right, whatever its client does?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from conformance import replay
from conformance.author.probes import Finding, State
from conformance.catalogue.operations import SAMPLES
from conformance.ports import Context, Driver, PortCrashed, PortError, PortTimedOut, ProtocolError, Unsupported
from conformance.replay import ReplayHub

_MISSING: Final = "no-such-file-of-the-suite.txt"
_NO_WORD: Final = (
    "give the command a word with its placeholder, as {revision}, or words for each value, as "
    '{ by = "repo_type", words = { model = [], dataset = ["--dataset"] } }; '
    "or take the operation out of the port file"
)


def run(driver: Driver, folder: Path, deadline: float) -> Iterator[Finding]:
    """Run the probes, in order: the version, one call of each operation, and an error.

    Args:
        driver: of a command-line port, not yet asked anything.
        folder: an empty one.
        deadline: seconds for a call.
    """
    try:
        port = driver.hello()
    except (PortCrashed, PortTimedOut, ProtocolError) as error:
        yield Finding("version", "wrong", str(error), write="exec.version: a command that prints the client's version")
        return
    yield Finding("version", "ok", f"{port.name} {port.version} ({port.language})")
    with ReplayHub(replay.load("gsm8k")) as hub:
        for number, operation in enumerate(port.operations):
            context = Context(endpoint=hub.endpoint, cache_dir=str(folder / f"cache-{number}"))
            yield _called(driver, hub, operation, context, deadline)
        operation = port.operations[0]
        arguments = dict(SAMPLES[operation].given(None))
        missing = "filename" if "filename" in arguments else "repo_id"
        arguments[missing] = _MISSING if missing == "filename" else "openai/no-such-dataset"
        context = Context(endpoint=hub.endpoint, cache_dir=str(folder / "cache-error"))
        yield _ending(driver, operation, arguments, context, deadline)


def _called(driver: Driver, hub: ReplayHub, operation: str, context: Context, deadline: float) -> Finding:
    """A call that must succeed, ask the endpoint, and leave its result where the port file says."""
    before = len(hub.wire)
    arguments = SAMPLES[operation].given(context.cache_dir)
    try:
        state, text, write = _attempt(lambda: driver.call(operation, arguments, context, deadline))
    except Unsupported as error:  # the command was not run, so that nothing can be said of its requests
        return Finding(operation, "wrong", str(error), write=_NO_WORD)
    if state == "ok":
        path = Path(text)
        if not path.is_absolute() or not path.exists():
            return Finding(
                operation,
                "wrong",
                f"the command ended with exit code 0, and its result is {text!r}, where nothing is",
                write="path of the operation: where the file lies; without it the last line of standard output says so",
            )
        text = f"{path.name} is there"
    if len(hub.wire) == before and state != "not tried":
        return Finding(
            operation,
            "wrong",
            f"no request came to the endpoint ({text})",
            write="give {endpoint} to the client, by a word of the command or by a variable in exec.environment",
        )
    return Finding(operation, state, text, write=write)


def _ending(driver: Driver, operation: str, arguments: dict[str, object], context: Context, deadline: float) -> Finding:
    """A call for what is not there: the port file says what kind of error the client's complaint is."""
    try:
        driver.call(operation, arguments, context, deadline)
    except PortError as error:
        if error.kind == "other":
            text = f"no entry of exec.errors in the port file matches the client's error: {str(error)[:300]}"
            write = "[[exec.errors]]: kind, exit_code and a pattern of its output"
            return Finding("error", "wrong", text, write=write)
        return Finding("error", "ok", f"what is not there is {error.kind}")
    except (PortCrashed, PortTimedOut, ProtocolError, Unsupported) as error:
        return Finding("error", "not tried", str(error)[:300])
    return Finding("error", "library", "a call for a missing file ended with exit code 0")


def _attempt(call: Callable[[], dict[str, str]]) -> tuple[State, str, str]:
    try:
        return "ok", call()["path"], ""
    except (PortCrashed, PortTimedOut, ProtocolError) as error:
        return "wrong", str(error)[:600], "exec.operations: a command that ends by itself and says where the file lies"
    except PortError as error:
        return "library", f"{error.kind}: {str(error)[:300]}", ""
