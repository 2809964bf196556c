"""Declaring a check: the decorators that every case carries, and the register of all checks."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import pytest

from conformance.verdict.outcome import LEVELS, Level

MARK = "hub_check"
_ID = re.compile(r"[a-z]+/[a-z0-9-]+\[[a-z0-9-]+\]")

F = TypeVar("F", bound=Callable[..., Any])

Cache: TypeAlias = Literal["none", "own", "hub"]
"""What a check needs of the port's cache: nothing, a cache of any layout, or one of the official layout."""


@dataclass(frozen=True, slots=True)
class Check:
    """One verifiable statement about a port.

    `id` is `area/what-must-hold[dataset]`, never renamed and never reused. `requirement` is the statement in plain
    words: the case's docstring. `operations`, named after `huggingface_hub` functions, are those that can show it, in
    order of preference; the case asks by the first that the port offers (`Port.ask`). `needs` lists the operations
    that the case calls besides. `cache` is what it needs of the port's cache. `cassette` is the recording that it is
    served from, over TLS if `secure`. `mutants` names the broken reference clients that it must fail. `function` is
    `module::name` of the case.
    """

    id: str
    level: Level
    operations: tuple[str, ...]
    source: str
    requirement: str
    cassette: str
    mutants: tuple[str, ...]
    needs: tuple[str, ...]
    secure: bool
    cache: Cache
    function: str

    @property
    def operation(self) -> str:
        """The operation that the check is about, or the preferred one of several that can show it."""
        return self.operations[0]

    @property
    def area(self) -> str:
        return self.id.partition("/")[0]


_REGISTER: dict[str, Check] = {}


def check(
    id: str,
    level: Level,
    operation: str | tuple[str, ...],
    *,
    source: str,
    mutants: tuple[str, ...],
    needs: tuple[str, ...] = (),
    secure: bool = False,
    cache: Cache | None = None,
) -> Callable[[F], F]:
    """Make a test function a check.

    Args:
        id: `area/what-must-hold[dataset]`; the dataset names the cassette to serve.
        level: MUST, SHOULD or MAY, as RFC 2119 has them.
        operation: the operation that the check is about; several where any of them can show it (see `Port.ask`).
        source: where the requirement comes from: a Hub document, a `huggingface_hub` function, an RFC.
        mutants: the broken reference clients that must fail it; at least one.
        needs: further operations that the case calls.
        secure: serve over TLS.
        cache: what it needs of the port's cache; in area `cache` the official layout unless said, elsewhere nothing.

    Raises:
        ValueError: the declaration is incomplete or its id is taken; said at import, so a bad case is never collected.
    """

    def declare(function: F) -> F:
        declared = _declare(id, level, operation, source, mutants, needs, secure, cache, function)
        marked: F = getattr(pytest.mark, MARK)(declared)(function)
        return marked

    return declare


def family(
    id: str,
    level: Level,
    operation: str | tuple[str, ...],
    *,
    members: Mapping[str, Any],
    source: str,
    mutants: tuple[str, ...],
    needs: tuple[str, ...] = (),
    secure: bool = False,
    cache: Cache | None = None,
) -> Callable[[F], F]:
    """Make a test function one check for each member.

    The id and the docstring hold `{}`, which stands for the member's name; the function takes the member's value as
    its argument `member`. Otherwise as `check`.
    """

    def declare(function: F) -> F:
        items = []
        for name, value in members.items():
            declared = _declare(
                id.format(name), level, operation, source, mutants, needs, secure, cache, function, name
            )
            items.append(pytest.param(value, id=name, marks=getattr(pytest.mark, MARK)(declared)))
        marked: F = pytest.mark.parametrize("member", items)(function)
        return marked

    return declare


def _declare(
    id: str,
    level: Level,
    operation: str | tuple[str, ...],
    source: str,
    mutants: tuple[str, ...],
    needs: tuple[str, ...],
    secure: bool,
    cache: Cache | None,
    function: Callable[..., Any],
    member: str | None = None,
) -> Check:
    requirement = inspect.getdoc(function) or ""
    place = f"{function.__module__}::{function.__name__}"
    if member is not None:
        requirement = requirement.replace("{}", member.replace("-", " "))
        place += f"[{member}]"
    taken = _REGISTER.get(id)
    problem = (
        f"its id does not have the form {_ID.pattern}"
        if not _ID.fullmatch(id)
        else f"level {level!r} is not one of {', '.join(LEVELS)}"
        if level not in LEVELS
        else "it has no docstring to say what is required"
        if not requirement
        else "it names no mutant that it kills"
        if not mutants
        else "it names no source"
        if not source
        else f"its id is taken by {taken.function}"
        if taken is not None and taken.function != place
        else None
    )
    if problem:
        raise ValueError(f"check {id!r} ({place}): {problem}")
    declared = Check(
        id=id,
        level=level,
        operations=(operation,) if isinstance(operation, str) else operation,
        source=source,
        requirement=requirement,
        cassette=id.partition("[")[2].rstrip("]"),
        mutants=mutants,
        needs=needs,
        secure=secure,
        cache=cache or ("hub" if id.startswith("cache/") else "none"),
        function=place,
    )
    _REGISTER[id] = declared
    return declared


def check_of(item: pytest.Item) -> Check | None:
    """The check that a collected test is, or None for any other test."""
    mark = item.get_closest_marker(MARK)
    return mark.args[0] if mark else None


def all_checks() -> dict[str, Check]:
    """Every check of the suite by id, sorted by id. Imports the case modules."""
    from conformance import cases

    for module in pkgutil.iter_modules(cases.__path__):
        if module.name.startswith("test_"):
            importlib.import_module(f"{cases.__name__}.{module.name}")
    return dict(sorted(_REGISTER.items()))
