"""Declaring a mutant, and the register of all mutants."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

Apply: TypeAlias = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken reference client: its name, its defect in words, and the patch that makes it."""

    name: str
    defect: str
    apply: Apply

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """While this is open, the reference client of this process has the defect."""
        with pytest.MonkeyPatch.context() as patch:
            self.apply(patch)
            yield


_REGISTER: dict[str, Mutant] = {}


def mutant(apply: Apply) -> Apply:
    """Make a function that patches `reference_client` a mutant.

    Its name, with hyphens, is the mutant's name; its docstring describes the client's fault.
    """
    name = apply.__name__.replace("_", "-")
    defect = inspect.getdoc(apply)
    if not defect or name in _REGISTER:
        raise ValueError(f"mutant {name!r}: it has no docstring, or its name is taken")
    _REGISTER[name] = Mutant(name, defect, apply)
    return apply


def all_mutants() -> dict[str, Mutant]:
    """Every mutant by name, sorted. Imports the modules of this package."""
    from conformance import mutants

    for module in pkgutil.iter_modules(mutants.__path__):
        importlib.import_module(f"{mutants.__name__}.{module.name}")
    return dict(sorted(_REGISTER.items()))


def wrap(patch: pytest.MonkeyPatch, owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """Replace `owner.name` by a function that gets the original as its first argument, before those of the call.

    The signature stays the original's, so callers that look at it see no difference.
    """
    original = getattr(owner, name)

    @functools.wraps(original)
    def replaced(*args: Any, **kwargs: Any) -> Any:
        return replacement(original, *args, **kwargs)

    patch.setattr(owner, name, replaced)


def change_result(patch: pytest.MonkeyPatch, owner: Any, name: str, change: Callable[[Any], Any]) -> None:
    """Let `owner.name` return what `change` makes of its result."""
    wrap(patch, owner, name, lambda original, *args, **kwargs: change(original(*args, **kwargs)))


def change_arguments(patch: pytest.MonkeyPatch, owner: Any, name: str, **changed: Any) -> None:
    """Let `owner.name` be called with these keyword arguments, over those of its caller."""
    wrap(patch, owner, name, lambda original, *args, **kwargs: original(*args, **{**kwargs, **changed}))
