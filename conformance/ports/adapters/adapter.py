"""What drives a Python library, in this process or in a separate child."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Protocol

from conformance.protocol.messages import Answer, Call, Page, PortInfo


class Adapter(Protocol):
    """Runs operations in a library of this process: one operation is one public call of the library.

    It is made with the library's module and the port's name, imports the library then, and raises `ImportError` if the
    module does not exist. It may import nothing but the standard library, `conformance.ports`, `conformance.protocol`
    and the library with its own dependencies.
    """

    info: PortInfo

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        """Run the operation and wrap what it returned or raised.

        Only the library's exceptions become an answer; one of the adapter's own passes through.

        Args:
            call: what is to be run.
            send: takes a page of rows. An operation of `ROW_OPERATIONS` sends all its rows before it answers with a
                result whose value is None; no other operation sends any.

        Values and rows may hold times with a zone and bytes, which `conformance.protocol.tagged` knows.
        """


def load(name: str) -> Callable[[str, str], Adapter]:
    """The adapter class that a port file names, `module:Class`.

    Raises:
        ImportError: the module does not exist, or does not have the class.
    """
    module, _, attribute = name.partition(":")
    found: Any = getattr(importlib.import_module(module), attribute, None)
    if not (isinstance(found, type) and callable(getattr(found, "answer", None))):
        raise ImportError(f"the module {module} has no adapter {attribute}: a class with the method `answer`")
    return found
