"""What a port can do, found out by asking: each operation of the protocol is called once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from conformance.catalogue.operations import SAMPLES, unknown
from conformance.ports import (
    Context,
    Driver,
    PortCrashed,
    PortError,
    PortTimedOut,
    ProtocolError,
    Unimplemented,
    Unsupported,
)
from conformance.ports.drivers.scratch import Scratch
from conformance.replay import ReplayHub
from conformance.report.events import CapabilitiesData
from conformance.verdict.judges import judge, judge_output
from conformance.verdict.outcome import Violation

CLAIMED_BUT_MISSING: Final = "claimed_but_missing"
"""The code of a gate problem: an operation is offered and does not work."""

UNKNOWN_OPERATION: Final = "unknown_operation"
"""The code of a gate problem: what is offered is not an operation of the protocol."""

DEADLINE: Final = 20.0
"""Seconds that one call of the probe may take."""


def probe(
    driver: Driver,
    claimed: Collection[str],
    open_hub: Callable[[str], ReplayHub],
    deadline: float = DEADLINE,
    name: str = "",
) -> tuple[CapabilitiesData, list[Violation]]:
    """Call every operation with arguments that need nothing special, on Hubs and in a cache of their own.

    An operation that is claimed is missing if the port declines the call. One that is not claimed is there if it gives
    a result or reports an answer of the Hub. A port that crashes, or breaks the protocol, says neither; one that does
    not answer is asked no further. Its checks tell of that.

    Args:
        driver: the port. What it writes meanwhile is dropped.
        claimed: the operations that the port says it has.
        open_hub: makes the Hub of a recording, by the recording's name.
        deadline: seconds to wait for each answer.
        name: the port's name.

    Returns:
        What was found, and the rules for every request that were broken meanwhile.
    """
    violations: list[Violation] = []
    missing: dict[str, str] = {}
    unclaimed: list[str] = []
    with ExitStack() as stack:
        # A library in this process may log to the terminal: to the stream that was there when it was imported.
        logging.disable()
        stack.callback(logging.disable, logging.NOTSET)
        scratch = Path(stack.enter_context(Scratch("hub-conformance-probe-")))
        cache = str(scratch / "cache")
        recordings = {sample.recording for sample in SAMPLES.values()}
        hubs = {name: stack.enter_context(open_hub(name)) for name in recordings}

        def judged(operation: str) -> None:
            hub = hubs[SAMPLES[operation].recording]
            violations.extend(judge(hub.wire.whole(), operation, name))
            hub.wire.clear()

        def call(operation: str) -> None:
            sample = SAMPLES[operation]
            context = Context(hubs[sample.recording].endpoint, cache, token=sample.token)
            driver.call(operation, sample.given(cache), context, deadline)

        stack.enter_context(suppress(PortTimedOut))
        for operation in filter(claimed.__contains__, SAMPLES):
            try:
                call(operation)
            except (Unsupported, Unimplemented) as declined:
                missing[operation] = declined.reason
            except (PortError, PortCrashed, ProtocolError):
                pass
            finally:
                judged(operation)
        for operation in (name for name in SAMPLES if name not in claimed):
            try:
                call(operation)
            except (Unsupported, Unimplemented, PortCrashed, ProtocolError):
                continue
            except PortError as error:
                if error.status is None:
                    continue
            finally:
                judged(operation)
            unclaimed.append(operation)
    violations += judge_output(driver.take_output())
    return CapabilitiesData(claimed=sorted(claimed), missing=missing, unclaimed=sorted(unclaimed)), violations


def problems(found: CapabilitiesData) -> list[str]:
    """What of this fails the gate."""
    return [
        f"{CLAIMED_BUT_MISSING}: the port claims {operation}, and declines it: {reason}; "
        "take it out of the operations of the welcome and of port.toml, or implement it"
        for operation, reason in found["missing"].items()
    ] + [
        f"{UNKNOWN_OPERATION}: the port offers {operation}, which the protocol does not know{near}; "
        "name operations in the welcome as huggingface_hub does"
        for operation, near in unknown(found["claimed"]).items()
    ]
