"""Declaring a check: the decorator that every check function carries, and the register of all checks."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, TypeVar

from conformance.verdict.outcome import LEVELS, Level

_ID = re.compile(r"[a-z]+/[a-z0-9-]+\[[a-z0-9-]+\]")

F = TypeVar("F", bound=Callable[..., Any])

Cache: TypeAlias = Literal["none", "own", "hub"]
"""What a check needs of the port's cache: nothing, a cache of any layout, or one of the official layout."""


@dataclass(frozen=True, slots=True)
class Check:
    """One verifiable statement about a port.

    `id` is `area/what-must-hold[dataset]`, never renamed and never reused. `requirement` is the statement in plain
    words: the docstring of the check function. `operations`, named after `huggingface_hub` functions, are those that
    can show it, in order of preference; the check asks by the first that the port offers (`Port.ask`). `needs` lists
    the operations that the check calls besides. `cache` is what it needs of the port's cache. `cassette` is the
    recording that it is served from, over TLS if `secure`. `mutants` names the broken reference clients that it must
    fail. `function` is `module::name` of the check function.
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


@dataclass(frozen=True, slots=True)
class Member:
    """One check of a function, and the value that the function takes as its argument `member`, if it is a family."""

    check: Check
    value: Any = None


_REGISTER: dict[str, Check] = {}
_ATTRIBUTE = "__hub_checks__"
"""Holds a function's checks. What runs them needs no pytest; the plugin makes pytest's items of it."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Declares the checks of a module: it holds what most of them share, and a check names only what differs.

        check = Checks("hf_hub_download", source="Hub API: GET /datasets/{repo_id}/resolve/{revision}/{path}")

        @check("download/git-file[gsm8k]", kills="body-through-text")
        def test_git_file(hub: ReplayHub, port: Port) -> None:
            ...

    Attributes:
        operation: the operation that a check is about; several where any of them can show it (see `Port.ask`).
        source: where a requirement comes from: a Hub document, a `huggingface_hub` function, an RFC.
        level: MUST, SHOULD or MAY, as RFC 2119 has them.
    """

    operation: str | tuple[str, ...]
    source: str
    level: Level = "MUST"

    def __call__(
        self,
        id: str,
        *,
        kills: str | tuple[str, ...],
        level: Level | None = None,
        operation: str | tuple[str, ...] | None = None,
        source: str | None = None,
        needs: tuple[str, ...] = (),
        secure: bool = False,
        cache: Cache | None = None,
    ) -> Callable[[F], F]:
        """Make a test function a check.

        Args:
            id: `area/what-must-hold[recording]`; the recording is the one to serve.
            kills: the broken reference clients that must fail it; at least one.
            level, operation, source: what differs from the module's own.
            needs: further operations that the function calls.
            secure: serve over TLS.
            cache: what it needs of the port's cache; in area `cache` the official layout by default, else nothing.

        Raises:
            ValueError: the declaration is incomplete or its id is taken. Raised at import, so a bad check never runs.
        """
        plain = self._without_function(id, kills, level, operation, source, needs, secure, cache)

        def declare(function: F) -> F:
            _attach(function, {"": Member(_declare(plain, function))})
            return function

        return declare

    def each(
        self,
        id: str,
        members: Mapping[str, Any],
        *,
        kills: str | tuple[str, ...],
        level: Level | None = None,
        operation: str | tuple[str, ...] | None = None,
        source: str | None = None,
        needs: tuple[str, ...] = (),
        secure: bool = False,
        cache: Cache | None = None,
    ) -> Callable[[F], F]:
        """Make a test function one check for each member.

        The id and the docstring hold `{}`, which is replaced by the member's name; the function takes the member's
        value as its argument `member`. The other arguments are those of a single check.
        """
        plain = self._without_function(id, kills, level, operation, source, needs, secure, cache)

        def declare(function: F) -> F:
            declared = {
                name: Member(_declare(replace(plain, id=id.format(name)), function, name), value)
                for name, value in members.items()
            }
            _attach(function, declared)
            return function

        return declare

    def _without_function(
        self,
        id: str,
        kills: str | tuple[str, ...],
        level: Level | None,
        operation: str | tuple[str, ...] | None,
        source: str | None,
        needs: tuple[str, ...],
        secure: bool,
        cache: Cache | None,
    ) -> Check:
        """The check that a decorator's arguments describe; `requirement` and `function` are still empty."""
        operations = operation or self.operation
        return Check(
            id=id,
            level=level or self.level,
            operations=(operations,) if isinstance(operations, str) else operations,
            source=self.source if source is None else source,
            requirement="",
            cassette=id.partition("[")[2].rstrip("]"),
            mutants=(kills,) if isinstance(kills, str) else kills,
            needs=needs,
            secure=secure,
            cache=cache or ("hub" if id.startswith("cache/") else "none"),
            function="",
        )


def _declare(check: Check, function: Callable[..., Any], member: str | None = None) -> Check:
    requirement = inspect.getdoc(function) or ""
    place = f"{function.__module__}::{function.__name__}"
    if member is not None:
        requirement = requirement.replace("{}", member.replace("-", " "))
        requirement = requirement[:1].upper() + requirement[1:]
        place += f"[{member}]"
    taken = _REGISTER.get(check.id)
    problem = (
        f"its id does not have the form {_ID.pattern}"
        if not _ID.fullmatch(check.id)
        else f"level {check.level!r} is not one of {', '.join(LEVELS)}"
        if check.level not in LEVELS
        else "it has no docstring with the requirement"
        if not requirement
        else "it does not name a mutant that it kills"
        if not all(check.mutants) or not check.mutants
        else "it does not name a source"
        if not check.source
        else f"its id is taken by {taken.function}"
        if taken is not None and taken.function != place
        else None
    )
    if problem:
        raise ValueError(f"check {check.id!r} ({place}): {problem}")
    declared = replace(check, requirement=requirement, function=place)
    _REGISTER[check.id] = declared
    return declared


def _attach(function: Callable[..., Any], members: Mapping[str, Member]) -> None:
    setattr(function, _ATTRIBUTE, members)


def members_of(function: object) -> Mapping[str, Member]:
    """The checks that a function is, by the name of the member; by the empty text for a function of one check.

    Empty for a function that is not a check.
    """
    found: Mapping[str, Member] = getattr(function, _ATTRIBUTE, {})
    return found


def all_checks() -> dict[str, Check]:
    """Every check of the suite by id, sorted by id. Imports the modules of checks."""
    from conformance import checks

    for module in pkgutil.iter_modules(checks.__path__):
        if module.name.startswith("test_"):
            importlib.import_module(f"{checks.__name__}.{module.name}")
    return dict(sorted(_REGISTER.items()))
