"""The shim of Apache OpenDAL's Python package: a Hub client in Rust that knows files, not repositories.

One operation is one call of `opendal.Operator`. Bodies come over HTTP; OpenDAL's Xet path is left out as it is for
the other ports.
"""

from __future__ import annotations

import importlib
import platform
from collections.abc import Callable
from typing import Any, Final

from conformance.protocol.messages import Answer, Call, Error, Page, PortInfo, Result, Unimplemented, Unsupported

_KINDS: Final = {
    "NotFound": "entry_not_found",  # also for a repository or a revision: OpenDAL does not report which
    "PermissionDenied": "forbidden",
    "RateLimited": "rate_limited",
    "ConfigInvalid": "invalid_argument",
    "NotADirectory": "entry_not_found",
}

_OF_THE_REPOSITORY: Final = ("repo_id", "repo_type", "revision", "token")


class OpendalAdapter:
    """Runs operations in OpenDAL. See `conformance.ports.adapters.adapter`."""

    def __init__(self, module: str, name: str) -> None:
        self._library: Any = importlib.import_module(module)
        self.info = PortInfo(
            name=name,
            version=self._library.__version__,
            language="rust",
            runtime=f"{platform.python_implementation()} {platform.python_version()}",
            operations=("list_repo_files", "file_exists", "read_file"),
        )

    def answer(self, call: Call, _send: Callable[[Page], None], /) -> Answer:
        """Run the operation and wrap what it returned or raised; none gives rows."""
        run = {"list_repo_files": _list, "file_exists": _exists, "read_file": _read}.get(call.operation)
        if run is None:
            return Unimplemented(call.id, f"the OpenDAL adapter does not know the operation {call.operation!r}")
        if call.context.offline:
            return Unsupported(call.id, "OpenDAL has no offline mode")
        own = {"filename"} if call.operation != "list_repo_files" else set()
        lacking = call.arguments.keys() - own - set(_OF_THE_REPOSITORY)
        if lacking:
            listed = ", ".join(sorted(lacking))
            return Unsupported(call.id, f"{call.operation} of opendal {self.info.version} has no parameter {listed}")
        try:
            value = run(self._operator(call), call.arguments.get("filename", ""))
        except Exception as error:
            kind = _KINDS.get(type(error).__name__, "other")
            return Error(call.id, kind, f"{type(error).__module__}.{type(error).__qualname__}", str(error))
        return Result(call.id, value)

    def _operator(self, call: Call) -> Any:
        context = call.context
        given = {"repo_type": "model", "token": context.token, "endpoint": context.endpoint}
        named = {key: value for key, value in call.arguments.items() if key in _OF_THE_REPOSITORY}
        settings = {key: value for key, value in {**given, **named}.items() if isinstance(value, str)}
        return self._library.Operator("hf", download_mode="http", **settings)


def _list(operator: Any, _: str) -> list[str]:
    return [entry.path for entry in operator.list("", recursive=True) if not entry.path.endswith("/")]


def _exists(operator: Any, filename: str) -> bool:
    return bool(operator.exists(filename))


def _read(operator: Any, filename: str) -> bytes:
    return bytes(operator.read(filename))
