"""A fault in words, short enough for one line of a wire log whatever it holds."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any, Final

_LONGEST: Final = 60
"""Characters of one value."""


def in_words(fault: object) -> str:
    """A fault as `cut (after 3)`: its name, and those of its fields that are not at their defaults.

    Args:
        fault: a dataclass; anything else is shown by its name alone.
    """
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(fault).__name__).lower()
    if not dataclasses.is_dataclass(fault):
        return name
    settings = []
    for field in dataclasses.fields(fault):
        value = getattr(fault, field.name)
        default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
        if value is not None and value != default and not (isinstance(value, (str, bytes, Mapping)) and not value):
            settings.append(f"{field.name.replace('_', ' ')} {_shown(value)}")
    return f"{name} ({', '.join(settings)})" if settings else name


def _shown(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value):,} bytes"
    if isinstance(value, Mapping):
        text = "; ".join(f"{name}: {one}" for name, one in value.items())
    elif callable(value):
        text = getattr(value, "__name__", "computed").strip("<>_")
    elif dataclasses.is_dataclass(value):
        text = in_words(value)
    elif isinstance(value, (list, tuple)):
        text = ", ".join(map(_shown, value))
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
