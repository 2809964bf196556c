"""What the probes of a shim work with: the conversation, Hubs to ask, and folders."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from conformance import replay
from conformance.author.session import Session, Silent, Wrong
from conformance.ports import Context, PortInfo
from conformance.protocol.messages import Answer, Error, Result, Unimplemented, Unsupported
from conformance.replay import ReplayHub

BUILT_IN: Final = 'if its host is built in, see "A host that is built in" in conformance/protocol/README.md'

_LOCAL: Final = ("try_to_load_from_cache", "scan_cache_dir")
"""Operations that look at the disk only."""


class LibraryErred(Exception):
    """The shim did as it should, as far as one can see; what was seen may be the library's own behaviour.

    `write` is the answer to send if the shim is the cause after all.
    """

    def __init__(self, text: str, write: str = "") -> None:
        super().__init__(text)
        self.write = write


class NotTried(Exception):
    """The port lacks what the probe needs."""


class Bench:
    """What the probes work with: the shim, Hubs to ask, and folders for caches."""

    def __init__(self, session: Session, folder: Path, stack: ExitStack) -> None:
        self.session = session
        self.port: PortInfo | None = None
        self.answers = False
        """Whether the shim has answered a call that does not reach the library."""
        self._folder = folder
        self._stack = stack
        self._hubs: dict[str, ReplayHub] = {}
        self._folders = itertools.count(1)

    def hub(self, name: str) -> ReplayHub:
        """A Hub; of one recording there are several with a numbered name: `gsm8k`, `gsm8k-2`."""
        if name not in self._hubs:
            recording = replay.load(name.partition("-")[0])
            self._hubs[name] = self._stack.enter_context(ReplayHub(recording))
        return self._hubs[name]

    def context(self, hub: str = "gsm8k", token: str | None = None) -> Context:
        """A context with a separate, empty cache."""
        cache = self._folder / f"cache-{next(self._folders)}"
        return Context(endpoint=self.hub(hub).endpoint, cache_dir=str(cache), token=token)

    @property
    def home(self) -> Path:
        """The shim's `HOME`; `XDG_*` and `TMPDIR` lie below it."""
        return self.session.home

    def offered(self, *operations: str) -> str:
        """The first of the operations that the port offers. Raises `NotTried`."""
        offered = self.port.operations if self.port else ()
        for operation in operations:
            if operation in offered:
                return operation
        raise NotTried(f"the port does not offer any of {', '.join(operations)}")

    def answer(self, operation: str, arguments: dict[str, Any], context: Context) -> Answer:
        """The answer to a call of an operation of the library. Raises `Wrong`, or `LibraryErred` if none comes.

        The shim answers what it does not know: what keeps it waiting here is most likely the library.
        """
        try:
            return self.session.ask(operation, arguments, context)
        except Silent as silent:
            if not self.answers:
                raise
            raise LibraryErred(
                str(silent),
                f"if the library has returned: {silent.write}; if it takes longer, give a longer --deadline",
            ) from None

    def value(self, operation: str, arguments: dict[str, Any], context: Context) -> Any:
        """The value of an operation that must succeed. Raises `Wrong`, `LibraryErred` or `NotTried`."""
        answer = self.answer(operation, arguments, context)
        asked = any(len(hub.wire) for hub in self._hubs.values())
        if isinstance(answer, Unsupported):
            raise NotTried(answer.reason)
        if isinstance(answer, Unimplemented):
            raise claimed(operation, "unimplemented")
        if isinstance(answer, Error):
            said = f"{operation} ended with {answer.kind}: {answer.native}: {answer.message}"
            if not asked and operation not in _LOCAL:
                raise Wrong(
                    f"{said}; and no request has come to the endpoint so far",
                    f"give the library context.endpoint as its Hub for this call; {BUILT_IN}",
                )
            raise LibraryErred(said)
        assert isinstance(answer, Result)
        return answer.value

    def places(self) -> dict[str, str]:
        """URLs and folders of this run, to their replacement in a shell."""
        hubs = {hub.endpoint: "$ENDPOINT" for hub in self._hubs.values()}
        return {**hubs, str(self._folder): "$PWD"}


def claimed(operation: str, answered: str) -> Wrong:
    """What is wrong with an operation that is offered and not there."""
    return Wrong(
        f"{operation} is offered in the welcome, and answered with {answered}",
        f"take {operation} out of the welcome's operations, or implement it",
    )
