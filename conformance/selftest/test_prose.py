"""Messages and docstrings use common words: those below have caused questions from readers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

UNCLEAR = {
    "anew": "again",
    "heed": "honour, follow",
    "goes before": "takes precedence over",
    "is none of": "is not one of",
    "is no JSON": "is not JSON",
    "is no list": "is not a list",
    "is no text": "is not text",
    "is no URL": "is not a URL",
    "so many": "the name of the parameter, and its unit",
    "to the letter": "unchanged, exactly",
    "whoever": "the caller, the server, a user",
}
"""Each word, and what says the same in plain English."""

SCOPE = ("conformance", "reference_client")
"""Folders and files of the checkout whose texts are looked at."""

ALLOWED: dict[str, frozenset[str]] = {}
"""Texts that may have such a word, by the path of their module; a quotation of another project, for example."""

_WORD = re.compile(rf"(?<![-\w])(?:{'|'.join(map(re.escape, UNCLEAR))})(?![-\w])", re.IGNORECASE)


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string literal and docstring; ids and codes, which have no blank, are left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, " ".join(node.value.split())


def unclear(source: str, allowed: frozenset[str] = frozenset()) -> list[tuple[int, str]]:
    """Line and word of each unclear word in the texts of a module, but for the allowed texts."""
    found = ((line, match) for line, text in texts(source) if text not in allowed for match in _WORD.finditer(text))
    return [(line, match.group().lower()) for line, match in found]


def modules() -> Iterator[Path]:
    """Every Python module of the scope."""
    for name in SCOPE:
        path = CHECKOUT / name
        assert path.exists(), f"{name} is gone: correct SCOPE"
        yield from sorted(path for path in path.rglob("*.py") if "selftest" not in path.parts)


def test_unclear_words_are_found() -> None:
    """In docstrings, in messages, over a line break, and in f-strings; not in ids, names or comments."""
    source = '"""It begins\nanew."""\nanew = f"{1} is none\\n of {2}"  # whoever\ncheck("begins-anew")\n'

    assert unclear(source) == [(1, "anew"), (3, "is none of")]


def test_texts_use_common_words() -> None:
    """No message and no docstring of the scope has one of the words, unless it is allowed."""
    found = []
    for path in modules():
        name = path.relative_to(CHECKOUT).as_posix()
        for line, word in unclear(path.read_text("utf-8"), ALLOWED.get(name, frozenset())):
            found.append(f"{name}:{line}: {word!r}; write: {UNCLEAR[word]}")

    assert not found, "\n".join(found)
