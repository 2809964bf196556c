"""Which roles of a recording a check asks for, read from its code: nothing has to be listed by hand."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any

from conformance.catalogue.check import Check, members_of
from conformance.roles import Role


@functools.cache
def roles_of(check: Check) -> tuple[str, ...]:
    """The names of the roles that a check's function calls, itself or by the helpers of its module, sorted."""
    values = (function_of(check), member_of(check))
    return tuple(sorted({role.name for value in values for role in _roles(value, set())}))


def function_of(check: Check) -> Callable[..., Any]:
    """The check function."""
    module, _, name = check.function.partition("::")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name.partition("[")[0])
    return function


def member_of(check: Check) -> Any:
    """The member of a family that a check is about; None for a check without a family."""
    return next((one.value for one in members_of(function_of(check)).values() if one.check == check), None)


def _roles(value: Any, seen: set[int]) -> Iterator[Role[Any]]:
    if isinstance(value, Role):
        yield value
    elif isinstance(value, FunctionType) and id(value) not in seen:
        seen.add(id(value))
        if value.__module__.startswith("conformance.checks."):
            for used in _used(value.__code__, value.__globals__):
                yield from _roles(used, seen)


def _used(code: CodeType, names: Mapping[str, Any]) -> Iterator[Any]:
    """The globals that a function names, and the attributes of the modules among them."""
    for name in code.co_names:
        value = names.get(name)
        if isinstance(value, ModuleType):
            yield from (vars(value).get(attribute) for attribute in code.co_names)
        elif value is not None:
            yield value
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _used(constant, names)
