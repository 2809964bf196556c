"""Command-line clients: the table `[exec]` of a port file, and the command lines that follow from it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from conformance.ports.drivers import folders
from conformance.ports.errors import Unsupported
from conformance.ports.table import Table
from conformance.protocol.errors import ERROR_KINDS
from conformance.protocol.messages import Context

OPERATIONS: Final = folders.DOWNLOADS
"""Those whose value is a path, which is all that can be had from a command."""

PLACEHOLDERS: Final = frozenset(
    "cache_dir endpoint folder token allow_patterns dry_run etag_timeout filename force_download ignore_patterns "  # noqa: SIM905
    "local_dir local_files_only max_workers repo_id repo_type revision subfolder".split()
)
"""What may stand in braces: the context of a call and the arguments of the operations."""

_TEMPLATE: Final = re.compile(r"\{\{|\}\}|\{(?P<name>\w+)(?:=(?P<default>[^{}]*))?\}")

Values: TypeAlias = Mapping[str, Any]
"""The values of placeholders: the arguments of a call and its context."""


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a command line, with placeholders; repeated for each item where a value is a list.

    `optional` words vanish together if a value is not given; others cannot do without it. A placeholder with a default,
    `{revision=main}`, needs no value.
    """

    words: tuple[str, ...]
    optional: bool = False

    @property
    def names(self) -> set[str]:
        return set(names_in(" ".join(self.words)))

    def expand(self, values: Values) -> list[str]:
        given = {name: _as_list(values.get(name)) for name in self.names}
        if any(not items for items in given.values()):
            raise Unsupported(f"the command has no arguments for an empty {' or '.join(sorted(given))}")
        lacking = sorted(name for name in _required(" ".join(self.words)) if values.get(name) is None)
        if lacking and not self.optional:
            raise Unsupported(f"the command needs {', '.join(lacking)}")
        rounds = max(map(len, given.values()), default=1)
        return [
            _filled(word, {name: items[min(turn, len(items) - 1)] for name, items in given.items()})
            for turn in range(0 if lacking else rounds)
            for word in self.words
        ]


@dataclass(frozen=True, slots=True)
class Choice:
    """Words that depend on a value: for each that the command knows, its words."""

    by: str
    words: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> set[str]:
        return {self.by, *names_in(" ".join(word for words in self.words.values() for word in words))}

    def expand(self, values: Values) -> list[str]:
        value = values.get(self.by)
        if value is None:
            return []
        spelled = str(value).lower() if isinstance(value, bool) else str(value)
        if spelled not in self.words:
            raise Unsupported(f"the command knows no {self.by} {spelled}")
        return Words(self.words[spelled]).expand(values) if self.words[spelled] else []


@dataclass(frozen=True, slots=True)
class Invocation:
    """How an operation is run. `path` is where the result lies; None: the last line of standard output holds it."""

    parts: tuple[Words | Choice, ...]
    path: str | None

    @property
    def names(self) -> set[str]:
        return set[str]().union(*(part.names for part in self.parts), names_in(self.path or ""))

    def command(self, values: Values) -> list[str]:
        """The command line. Raises `Unsupported` if the command has no words for a value."""
        return [word for part in self.parts for word in part.expand(values)]


@dataclass(frozen=True, slots=True)
class Failure:
    """Which error kind an exit code (None: any) and a pattern in the output mean.

    A group `status` of the pattern is the HTTP status.
    """

    kind: str
    exit_code: int | None
    output: re.Pattern[str]

    def match(self, exit_code: int, output: str) -> re.Match[str] | None:
        """What the pattern found, if this is the failure."""
        return self.output.search(output) if self.exit_code in (None, exit_code) else None


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command-line client.

    Attributes:
        folder: that of the port file, the value of `{folder}`.
        version: the command that prints the client's version.
        operations: operation to how it is run.
        needs: programs that the client runs in turn.
        environment: variables of each call, with placeholders; one whose value is not given is not set.
        failures: what a failure is called; the first that fits counts.
        local_dir: of a client without a cache, where files go if a call names no folder; with placeholders.
    """

    folder: str
    version: tuple[str, ...]
    operations: Mapping[str, Invocation]
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    local_dir: str | None = None

    def values(self, operation: str, arguments: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """The values of the placeholders of a call. Raises `Unsupported` if an argument has no place."""
        places = self.operations[operation].names | set(names_in(" ".join(self.environment.values())))
        lacking = sorted(name for name, value in arguments.items() if value is not None and name not in places)
        if lacking:
            raise Unsupported(f"the command for {operation} has no parameter {', '.join(lacking)}")
        own = {"endpoint": context.endpoint, "token": context.token, "cache_dir": context.cache_dir}
        given = {**own, **arguments, "folder": self.folder}
        if given["token"] is True:
            raise Unsupported("the command cannot require a token")
        if given["token"] is False and any("{token}" in self.environment.get(name, "") for name in context.env):
            raise Unsupported("the command cannot ignore the token of the environment")
        values = {
            **given,
            "token": given["token"] or None,
            "repo_type": given.get("repo_type") or "model",
            "folder": self.folder,
        }
        return {**values, "local_dir": values.get("local_dir") or folders.folder(self.local_dir, values)}

    def variables(self, values: Values) -> dict[str, str]:
        """The environment of a call, besides what holds for every port."""
        filled = {name: Words((text,), optional=True).expand(values) for name, text in self.environment.items()}
        return {name: words[0] for name, words in filled.items() if words}

    def path(self, operation: str, values: Values) -> str | None:
        """Where the result lies, if the command does not print it."""
        template = self.operations[operation].path
        return None if template is None else Words((template,)).expand(values)[0]

    def failure(self, exit_code: int, output: str) -> tuple[str, int | None]:
        """The error kind of a failure, and the HTTP status if the output has it."""
        for failure in self.failures:
            found = failure.match(exit_code, output)
            if found:
                status = found.groupdict().get("status")
                return failure.kind, int(status) if status else None
        return "other", None


def read(table: Table, folder: Path) -> CommandLine:
    """Read `[exec]`. Raises `PortDescriptionError`."""
    operations = {name: _invocation(each) for name, each in table.table("operations").tables().items()}
    for name in operations:
        if name not in OPERATIONS:
            raise table.wrong(f"operations.{name}", f"a command can implement {' and '.join(OPERATIONS)} only")
    environment = table.table("environment", default={})
    variables = environment.variables()
    for name, template in variables.items():
        _require_placeholders(environment, name, [template])
    line = CommandLine(
        folder=str(folder),
        version=tuple(word.replace("{folder}", str(folder)) for word in table.texts("version")),
        operations=operations,
        needs=table.texts("needs", default=()),
        environment=variables,
        failures=tuple(map(_failure, table.list_of_tables("errors"))),
        local_dir=folders.read(table),
    )
    table.finish()
    return line


def _invocation(table: Table) -> Invocation:
    parts = tuple(_parts(table))
    if any("token" in part.names for part in parts):
        raise table.wrong(
            "command",
            "every user of the machine can read a command line: give {token} by a variable, in exec.environment",
        )
    path = table.text("path", default="")
    table.finish()
    for part in parts:
        words = part.words if isinstance(part, Words) else (word for each in part.words.values() for word in each)
        _require_placeholders(table, "command", words)
    _require_placeholders(table, "path", [path])
    invocation = Invocation(parts, path or None)
    if not invocation.names <= PLACEHOLDERS:
        by = min(invocation.names - PLACEHOLDERS)
        raise table.wrong("command", f"by = {by!r}: {_not_a_placeholder(by)}")
    return invocation


def _require_placeholders(table: Table, key: str, templates: Iterable[str]) -> None:
    """Raise `PortDescriptionError` if a template has an unknown placeholder, or a brace that belongs to none."""
    for template in templates:
        for name in sorted(set(names_in(template)) - PLACEHOLDERS):
            raise table.wrong(key, _not_a_placeholder(name))
        if re.search("[{}]", _TEMPLATE.sub("", template)):
            raise table.wrong(
                key,
                f"{template!r} has a brace that belongs to no placeholder; "
                "write {name} or {name=default} for a placeholder, {{ and }} for braces",
            )


def _not_a_placeholder(name: str) -> str:
    near = difflib.get_close_matches(name, PLACEHOLDERS, n=1)
    hint = f" (did you mean {{{near[0]}}}?)" if near else ""
    return f"{{{name}}} is not a placeholder{hint}; these are: {', '.join(sorted(PLACEHOLDERS))}"


def _parts(table: Table) -> Iterator[Words | Choice]:
    for part in table.items("command"):
        match part:
            case str():
                yield Words((part,))
            case [str(), *rest] if all(isinstance(word, str) for word in rest):
                yield Words(tuple(part), optional=True)
            case {"by": str(by), "words": dict(words)} if len(part) == 2 and all(map(_are_words, words.values())):
                yield Choice(by, {value: tuple(each) for value, each in words.items()})
            case _:
                raise table.wrong(
                    "command",
                    f'{part!r} is neither a word, nor optional words ["--revision", "{{revision}}"], nor a choice '
                    '{ by = "repo_type", words = { model = [], dataset = ["--dataset"] } }',
                )


def _failure(table: Table) -> Failure:
    kind, exit_code, output = table.text("kind"), table.integer("exit_code"), table.text("output", default="")
    if kind not in ERROR_KINDS:
        raise table.wrong("kind", f"{kind!r} is not an error kind; use one of {', '.join(ERROR_KINDS)}")
    try:
        pattern = re.compile(output)
    except re.error as error:
        raise table.wrong("output", f"{output!r} is not a regular expression: {error}") from None
    table.finish()
    return Failure(kind, exit_code, pattern)


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _as_list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _filled(text: str, values: Values) -> str:
    def filling(found: re.Match[str]) -> str:
        if found["name"] is None:
            return found[0][0]
        value = values[found["name"]]
        return found["default"] if value is None else str(value)

    return _TEMPLATE.sub(filling, text)


def names_in(template: str) -> list[str]:
    """The placeholders of a template; `{{` and `}}` are written for braces."""
    return [found["name"] for found in _TEMPLATE.finditer(template) if found["name"]]


def _required(template: str) -> set[str]:
    """The placeholders of a template that have no default."""
    return {found["name"] for found in _TEMPLATE.finditer(template) if found["name"] and found["default"] is None}
