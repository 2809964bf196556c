"""Which roles of a recording a check asks for, read from its code: nothing has to be listed by hand."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

from conformance.catalogue.check import Check, members_of
from conformance.roles import Role


@functools.cache
def roles_of(check: Check) -> tuple[str, ...]:
    """The names of the roles that a check's function calls, itself or by the helpers of its module, sorted."""
    return tuple(sorted({value.name for value in _reached(check) if isinstance(value, Role)}))


def function_of(check: Check) -> Callable[..., Any]:
    """The check function."""
    module, _, name = check.function.partition("::")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name.partition("[")[0])
    return function


def member_of(check: Check) -> Any:
    """The member of a family that a check is about; None for a check without a family."""
    return next((one.value for one in members_of(function_of(check)).values() if one.check == check), None)


DATASET: Final = "dataset"
OF_ANY_TYPE: Final = {"dataset_info": "repo_info"}
"""An operation for datasets, and the one that does the same for a repository of any type."""


_OF_ROWS: Final = frozenset({"count_rows", "get_row", "iter_rows", "load_rows"})
"""Operations on the rows of a dataset, whose names do not have the word."""


@functools.cache
def is_about_a_dataset(check: Check) -> bool:
    """Whether a check holds for datasets alone: its code names the type, or calls an operation for datasets.

    Code that takes the type from the recording names none.
    """
    words = (value for value in _reached(check) if isinstance(value, str))
    return check.operation in _OF_ROWS or any(DATASET in word for word in words)


def _reached(check: Check) -> Iterator[Any]:
    """The values that a check's code leads to: words of the code, and what the functions that it calls lead to."""
    seen: set[int] = set()
    for value in (function_of(check), member_of(check)):
        yield from _within(value, seen)


def _within(value: Any, seen: set[int]) -> Iterator[Any]:
    if isinstance(value, str | Role):
        yield value
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    inner: Iterable[Any] = ()
    if isinstance(value, tuple | list | set | frozenset):
        inner = value
    elif isinstance(value, Mapping):
        inner = (one for pair in value.items() for one in pair)
    elif isinstance(value, functools.partial):
        inner = (value.func, value.args, value.keywords)
    elif isinstance(value, FunctionType) and value.__module__.startswith("conformance.checks."):
        defaults = (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        words = (word for word in _words(value.__code__) if word != value.__doc__)
        inner = (*defaults, *words, *_used(value.__code__, value.__globals__))
    for one in inner:
        yield from _within(one, seen)


def _words(code: CodeType) -> Iterator[Any]:
    """The names that a function uses, and its constants."""
    yield from code.co_names
    for constant in code.co_consts:
        yield from _words(constant) if isinstance(constant, CodeType) else (constant,)


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
