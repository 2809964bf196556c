"""The shim of Python ports: one operation is one public call of the library.

It serves `huggingface_hub` in every version from 0.36 on, and any library with the same functions.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import itertools
import platform
from collections.abc import Callable, Iterator
from typing import Any, Final

from conformance.ports import values
from conformance.ports.adapters.kinds import to_error
from conformance.protocol.messages import (
    ROW_OPERATIONS,
    Answer,
    Call,
    Page,
    PortInfo,
    Result,
    Row,
    Unimplemented,
    Unsupported,
)

_FUNCTIONS: Final = (
    *("hf_hub_download", "snapshot_download", "try_to_load_from_cache", "scan_cache_dir"),
    "read_file",
    *("get_dataset_config_names", "get_dataset_split_names", "get_data_files", "load_rows"),
    *("download_dataset", "is_downloaded", "get_local_path", "list_downloaded", "delete_downloaded"),
    *("iter_rows", "get_row", "count_rows"),
    *("stream_trajectories", "get_trajectory", "count_trajectories"),
)
"""Operations that are functions: the endpoint, the token and the cache are arguments."""

_METHODS: Final[dict[str, Callable[[Any], Any]]] = {
    "list_repo_files": values.names,
    "list_repo_tree": values.entries,
    "get_paths_info": values.entries,
    "list_repo_refs": values.refs,
    "list_repo_commits": values.commits,
    "repo_exists": values.as_is,
    "revision_exists": values.as_is,
    "file_exists": values.as_is,
    "repo_info": values.info,
    "dataset_info": values.info,
    "model_info": values.info,
    "whoami": values.as_is,
}
"""Operations that are methods of `HfApi`, which holds endpoint and token; with the shape of their value."""

_ROWS_OF_A_PAGE: Final = 100


class PythonAdapter:
    """Runs operations in a library of this process.

    The library is imported here, so the environment that it reads at import must have been set before. Its
    NotImplementedError means that it cannot do what was asked, and is answered with unsupported.

    Args:
        module: the library's module.
        name: the port's name.

    Raises:
        ImportError: the module does not exist.
    """

    def __init__(self, module: str, name: str) -> None:
        self._library: Any = importlib.import_module(module)
        self._ca_file: str | None = None
        self.info = PortInfo(
            name=name,
            version=self._library.__version__,
            language="python",
            runtime=f"{platform.python_implementation()} {platform.python_version()}",
            operations=tuple(filter(self._has, (*_FUNCTIONS, *_METHODS))),
        )

    def answer(self, call: Call, send: Callable[[Page], None], /) -> Answer:
        """Run the operation and wrap what it returned or raised. See `conformance.ports.adapters.adapter`."""
        if call.operation not in _FUNCTIONS and call.operation not in _METHODS:
            return Unimplemented(call.id, f"the Python adapter does not know the operation {call.operation!r}")
        if not self._has(call.operation):
            return Unsupported(call.id, f"{self._described} has no {call.operation}")
        self._trust(call.context.ca_file)
        function, arguments = self._prepare(call)
        lacking = arguments.keys() - inspect.signature(function).parameters.keys()
        if lacking:
            listed = ", ".join(sorted(lacking))
            return Unsupported(call.id, f"{call.operation} of {self._described} has no parameter {listed}")
        try:
            value = function(**arguments)
            if call.operation not in ROW_OPERATIONS and inspect.isgenerator(value):
                value = list(value)  # a listing sends its requests while it is read
        except NotImplementedError as error:
            return Unsupported(call.id, str(error))
        except Exception as error:
            return to_error(call.id, error)
        if call.operation in ROW_OPERATIONS:
            return _send_rows(call.id, iter(value), send)
        return Result(call.id, self._shape(call.operation, value))

    @property
    def _described(self) -> str:
        return f"{self.info.name} {self.info.version}"

    def _has(self, operation: str) -> bool:
        if operation in _METHODS:
            return hasattr(getattr(self._library, "HfApi", None), operation)
        return self._function(operation) is not None

    def _function(self, operation: str) -> Callable[..., Any] | None:
        found: Callable[..., Any] | None = getattr(self._library, operation, None)
        if found is None and operation == "read_file" and hasattr(self._library, "HfFileSystem"):
            return functools.partial(_read_through_file_system, self._library.HfFileSystem)
        return found

    def _prepare(self, call: Call) -> tuple[Callable[..., Any], dict[str, Any]]:
        """The function and its arguments: those of the context, overridden by those of the call."""
        context = call.context
        if call.operation in _METHODS:
            api = self._library.HfApi(endpoint=context.endpoint, token=context.token)
            return getattr(api, call.operation), dict(call.arguments)
        function = self._function(call.operation)
        assert function is not None  # as `_has` has said
        given = {"endpoint": context.endpoint, "token": context.token, "cache_dir": context.cache_dir}
        parameters = inspect.signature(function).parameters
        arguments = {name: value for name, value in given.items() if name in parameters and value is not None}
        return function, {**arguments, **call.arguments}

    def _shape(self, operation: str, value: Any) -> Any:
        if operation in _METHODS:
            return _METHODS[operation](value)
        if operation == "try_to_load_from_cache" and not isinstance(value, str):
            return None if value is None else {"no_exist": True}
        if operation == "scan_cache_dir":
            return values.cache(value)
        if operation in ("hf_hub_download", "snapshot_download", "try_to_load_from_cache"):
            return values.path(value)
        return values.as_is(value)

    def _trust(self, ca_file: str | None) -> None:
        """Drop the connections of an earlier authority: httpx reads the CA file when a client is made."""
        if ca_file == self._ca_file:
            return
        self._ca_file = ca_file
        # huggingface_hub has `close_session` from 1.0 on and had `reset_sessions` before.
        utils = getattr(self._library, "utils", None)
        for name in ("close_session", "reset_sessions"):
            forget = getattr(utils, name, None)
            if forget is not None:
                forget()


def _send_rows(id: int, rows: Iterator[Row], send: Callable[[Page], None]) -> Answer:
    """Send rows page by page, as they are read."""
    while True:
        try:
            page = list(itertools.islice(rows, _ROWS_OF_A_PAGE))
        except Exception as error:
            return to_error(id, error)
        if not page:
            return Result(id, None)
        send(Page(id, page))


def _read_through_file_system(
    file_system: Any,
    repo_id: str,
    filename: str,
    repo_type: str | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    endpoint: str | None = None,
) -> Any:
    """`HfFileSystem.cat_file`: how huggingface_hub reads a file without keeping it."""
    opened = file_system(endpoint=endpoint, token=token, skip_instance_cache=True)
    folder = "" if repo_type in (None, "model") else f"{repo_type}s/"
    return opened.cat_file(f"{folder}{repo_id}/{filename}", revision=revision)
