"""All that a consumer needs of the Hub: its Python and its Elixir, below one or several paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conformance.trace import elixir_trace, python_trace
from conformance.trace.needs import Call, Entry, Needs, TraceError
from conformance.trace.source import read


def trace(paths: Sequence[Path], name: str, revision: str) -> Needs:
    """What the source below the paths needs; with several paths, each file's name begins with its path's.

    Raises:
        TraceError: a path does not exist or holds no source that can be traced, or a parser is not installed.
    """
    files = 0
    calls: list[Call] = []
    entries: list[Entry] = []
    unread: dict[str, str] = {}
    for path in paths:
        prefix = f"{path.resolve().name}/" if len(paths) > 1 else ""
        count, found, started, bad = python_trace.trace(path)
        elixir: tuple[int, list[Call], dict[str, str]] = (0, [], {})
        if read(path, (".ex", ".exs")).files:
            elixir = elixir_trace.trace(path)
        if not count + elixir[0]:
            raise TraceError(f"{path} holds no Python and no Elixir", "name a folder of source")
        files += count + elixir[0]
        calls += [_below(prefix, one) for one in (*found, *elixir[1])]
        entries += [Entry(prefix + one.file, tuple(prefix + place for place in one.calls)) for one in started]
        unread |= {prefix + file: reason for file, reason in (bad | elixir[2]).items()}
    return Needs(name, revision, files, tuple(calls), tuple(entries), unread)


def _below(prefix: str, call: Call) -> Call:
    return replace(call, file=prefix + call.file, via=prefix + call.via if call.via else "")
