"""Where the files of a library without a cache go, if a call names no folder: `local_dir` in the port file."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.ports.drivers.driver import Driver, Operation
from conformance.ports.table import Table
from conformance.protocol.messages import Context, PortInfo

DOWNLOADS: Final = ("hf_hub_download", "snapshot_download")
"""The operations that write files, and take `local_dir`."""

PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_NAMES: Final = ("repo_type", "repo_id", "revision")


def read(table: Table) -> str | None:
    """The key `local_dir` of a port file, if it is there: a folder of the cache, with placeholders.

    Raises:
        PortDescriptionError: it lies elsewhere, or has an unknown placeholder, or a brace that belongs to none.
    """
    template = table.text("local_dir", default="")
    known = {"cache_dir", *_NAMES}
    whole = set(PLACEHOLDER.findall(template)) <= known and not re.search("[{}]", PLACEHOLDER.sub("", template))
    if template and not (template.startswith("{cache_dir}/") and whole):
        raise table.wrong("local_dir", 'write a folder of the cache, "{cache_dir}/{repo_type}s--{repo_id}@{revision}"')
    return template or None


def folder(template: str | None, values: Mapping[str, Any]) -> str | None:
    """The folder for a call with these values; None without a template or a cache folder.

    Slashes in a name become `--`, as in the names of a cache.
    """
    cache_dir = values.get("cache_dir")
    if template is None or cache_dir is None:
        return None
    what = {
        "repo_type": values.get("repo_type") or "model",
        "repo_id": values.get("repo_id"),
        "revision": values.get("revision") or "main",
    }
    names = {name: str(value).replace("/", "--") for name, value in what.items()}
    return PLACEHOLDER.sub(lambda found: {**names, "cache_dir": str(cache_dir)}[found[1]], template)


def with_folder(template: str | None, operation: str, arguments: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The arguments of a call, with `local_dir` if it is a download that names none."""
    given = dict(arguments)
    if operation in DOWNLOADS and given.get("local_dir") is None:
        own = folder(template, {"cache_dir": context.cache_dir, **given})
        if own is not None:
            given["local_dir"] = own
    return given


class WithFolders:
    """A `Driver` of a library without a cache: another driver, with a folder for each download that names none.

    Args:
        inner: the driver.
        template: `local_dir` of the port file.
    """

    def __init__(self, inner: Driver, template: str) -> None:
        self._inner = inner
        self._template = template

    def hello(self) -> PortInfo:
        return self._inner.hello()

    def call(self, operation: str, arguments: Mapping[str, Any], context: Context, deadline: float) -> Any:
        given = with_folder(self._template, operation, arguments, context)
        return self._inner.call(operation, given, context, deadline)

    def at_once(self, operations: Sequence[Operation], context: Context, deadline: float) -> list[Any]:
        given = [(name, with_folder(self._template, name, arguments, context)) for name, arguments in operations]
        return self._inner.at_once(given, context, deadline)

    def take_output(self) -> str:
        return self._inner.take_output()

    def close(self) -> None:
        self._inner.close()
