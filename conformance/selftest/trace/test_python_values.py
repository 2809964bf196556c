"""Python values that the source says in several places: all of them are told, and what it leaves open is unknown."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.trace.needs import Call

Only = Callable[[str], Call]


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("if x:\n    R = 'a/b'\nelse:\n    R = 'c/d'\nload(R)", ("a/b", "c/d")),
        ("try:\n    R = 'a/b'\nexcept OSError:\n    R = 'c/d'\ndef f():\n    load(R)", ("a/b", "c/d")),
        ("R = 'a/b'\ndef g():\n    global R\n    R = 'c/d'\ndef f():\n    load(R)", ("a/b", "c/d")),
        ("def f():\n    r = 'a/b'\n    def g():\n        nonlocal r\n        r = 'c/d'\n    load(r)", ("a/b", "c/d")),
        ("M = {'x': 'a/b'}\nM['x'] = 'c/d'\nload(M['x'])", ("a/b", "c/d")),
        ("M = {'x': 'a/b'}\nM['y'] = 'c/d'\nload(M['x'])", ("a/b",)),
        ("A = ['a/b']\nA.append('c/d')\nfor r in A:\n    load(r)", ("a/b", "c/d")),
        (
            "A, B = ['a/b'], ['c/d']\ndef f():\n    for r in [*A_, 'e/f']:\n        load(r)\nA_ = ['a/b']",
            ("a/b", "e/f"),
        ),
        ("A = ['a/b']\nB = ['c/d']\nfor r in A + B:\n    load(r)", ("a/b", "c/d")),
        ("for i, r in enumerate(['a/b']):\n    load(r)", ("a/b",)),
        ("for r, s in zip(['a/b'], ['train']):\n    load(r, split=s)", ("a/b",)),
        ("class C:\n    R = 'a/b'\nC.R = 'c/d'\nload(C.R)", ("a/b", "c/d")),
        ("class B:\n    R = 'a/b'\nclass C(B):\n    def f(self):\n        load(self.R)", ("a/b",)),
        ("class B:\n    R = 'a/b'\n    def f(self):\n        load(self.R)\nclass C(B):\n    R = 'c/d'", ("a/b", "c/d")),
        ("from enum import Enum\nclass R(Enum):\n    X = 'a/b'\n    Y = 'c/d'\nload(R.X.value)", ("a/b",)),
        (
            "class L:\n    def __init__(self, r):\n        self.r = r\n    def f(self):\n        load(self.r)\n"
            "class M(L): ...\nM('a/b')",
            ("a/b",),
        ),
        (
            "class L:\n    def __init__(self, r):\n        self.r = r\n    def f(self):\n        load(self.r)\n"
            "class M(L):\n    def __init__(self):\n        super().__init__('a/b')\nL('c/d')",
            ("a/b", "c/d"),
        ),
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass C:\n    r: str = field(default='a/b')\n"
            "    def f(self):\n        load(self.r)\nC()",
            ("a/b",),
        ),
        ("def f(k):\n    match k:\n        case 'a/b' | 'c/d' as r:\n            load(r)", ("a/b", "c/d")),
    ],
)
def test_a_value_that_is_said_in_several_places(only: Only, source: str, values: tuple[str, ...]) -> None:
    value = only(f"from datasets import load_dataset as load\n{source}\n").arguments["repo_id"]
    assert (value.status, sorted(map(str, value.values))) == ("resolved", sorted(values))


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("r = 'a'\nr += '/b'\nload(r)", ("a",)),
        ("def f(x):\n    r = 'a/'\n    r += x\n    load(r)", ("a/",)),
        ("R = 'a/b'\ndef g(x):\n    global R\n    R = x\ndef f():\n    load(R)", ("a/b",)),
        ("for R in ('a/b',):\n    R = R.upper()\n    load(R)", ("a/b",)),
        ("R = 'a/b'\n[load(R) for R in xs]", ()),
        ("M = {'x': 'a/b'}\nM.update(json.load(open('f')))\nload(M['x'])", ("a/b",)),
        ("def f(more):\n    A = ['a/b']\n    A.extend(more)\n    for r in A:\n        load(r)", ("a/b",)),
        ("M = {**OTHER, 'x': 'a/b'}\nload(M['x'])", ("a/b",)),
        ("def f():\n    r = 'a/b'\n    try: ...\n    except Exception as r:\n        load(r)", ("a/b",)),
        ("def f(k):\n    r = 'a/b'\n    match k:\n        case {'r': r}:\n            load(r)", ("a/b",)),
        (
            "class C:\n    R = 'a/b'\n    def __init__(self, r):\n        self.R = r\n"
            "    def f(self):\n        load(self.R)",
            ("a/b",),
        ),
        (
            "class C:\n    R = 'a/b'\n    def g(self, r):\n        self.R, self.x = r\n"
            "    def f(self):\n        load(self.R)",
            ("a/b",),
        ),
        ("N = 5\nload(f'a/{N:03d}')", ("a/{…}",)),
        ("N = 'b'\nload(f'a/{N!r}')", ("a/{…}",)),
        ("import os\nload(os.getenv('R', 'a/b'))", ("a/b",)),
    ],
)
def test_a_value_that_may_be_another_is_not_resolved(only: Only, source: str, values: tuple[str, ...]) -> None:
    value = only(f"from datasets import load_dataset as load\n{source}\n").arguments["repo_id"]
    assert (value.status, value.values) == ("unknown", values)


@pytest.mark.parametrize("count", [40, 400])
def test_names_that_are_made_of_each_other_end(only: Only, count: int) -> None:
    source = "".join(f"A = A + ['a/{number}']\n" for number in range(count))
    value = only(f"from datasets import load_dataset as load\n{source}for r in A:\n    load(r)\n").arguments["repo_id"]
    assert value.status == "unknown"
