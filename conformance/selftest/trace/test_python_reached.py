"""Python calls that are reached by other ways: by a name that is a text, wrapped, of a class, through a lambda."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from conformance.trace.needs import Call, Needs

Traced = Callable[[Mapping[str, str]], Needs]
Only = Callable[[str], Call]


@pytest.mark.parametrize(
    "source",
    [
        "globals()['load_dataset']('a/b')",
        "globals()['datasets'].load_dataset('a/b')",
        "vars(datasets)['load_dataset']('a/b')",
        "datasets.__dict__['load_dataset']('a/b')",
        "import sys\nsys.modules['datasets'].load_dataset('a/b')",
        "import importlib\nimportlib.import_module(name='datasets').load_dataset('a/b')",
        "getattr(datasets, 'load_dataset', None)('a/b')",
        "import functools\nload = functools.cache(load_dataset)\nload('a/b')",
        "import functools\nload = functools.lru_cache(maxsize=None)(load_dataset)\nload('a/b')",
        "class C:\n    load = staticmethod(load_dataset)\n    def f(self):\n        self.load('a/b')",
        "class B:\n    load = load_dataset\nclass C(B): ...\nC.load('a/b')",
        "from functools import partialmethod\nclass C:\n    load = partialmethod(load_dataset)\nC().load('a/b')",
        "f = lambda r: load_dataset(r)\nf('a/b')",
        "(lambda r: load_dataset(r))('a/b')",
        "list(map(lambda r: load_dataset(r), ['a/b']))",
        "f = lambda r='a/b': load_dataset(r)\nf()",
        "list(map(load_dataset, ['a/b']))",
        "load_dataset(r := 'a/b')",
        "load_dataset(**{**{'path': 'a/b'}, 'split': 'train'})",
        "A = {'path': 'a/b'}\nload_dataset(**(A | {'split': 'train'}))",
        "load_dataset(**dict(path='a/b'))",
    ],
)
def test_a_call_is_found_by_whatever_way(only: Only, source: str) -> None:
    call = only(f"import datasets\nfrom datasets import load_dataset\n{source}\n")
    assert (call.call, call.repos()) == ("datasets.load_dataset", ("a/b",))


@pytest.mark.parametrize(
    ("source", "repos"),
    [
        ("class A(HfApi):\n    def f(self):\n        self.repo_info('a/b')", [("a/b",)]),
        ("class A(HfApi):\n    def repo_info(self, *a):\n        return super().repo_info('a/b')", [("a/b",)]),
        ("class A(HfApi):\n    def repo_info(self, r):\n        return 1\nA().repo_info('a/b')", []),
        ("Api = HfApi\ndef f(api: Api):\n    api.repo_info('a/b')", [("a/b",)]),
    ],
)
def test_a_class_that_is_made_of_a_library_s(traced: Traced, source: str, repos: list[tuple[str, ...]]) -> None:
    calls = traced({"a.py": f"from huggingface_hub import HfApi\n{source}\n"}).calls
    assert [one.repos() for one in calls if one.kind != "client"] == repos


@pytest.mark.parametrize(
    "made", ["L().load('a/b')", "l = L()\nl.load('a/b')", "def f():\n    l = L()\n    l.load('a/b')"]
)
def test_a_method_that_loads_is_followed_to_its_callers(traced: Traced, made: str) -> None:
    source = "from datasets import load_dataset\nclass L:\n    def load(self, r):\n        return load_dataset(r)\n"
    within, outside = traced({"a.py": f"{source}{made}\n"}).calls
    assert (within.repos(), outside.repos(), bool(outside.via)) == (("a/b",), ("a/b",), True)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("f = lambda r: load_dataset(r)\nf(input())", ()),
        ("f = lambda r: load_dataset(r)\nf(*x)", ()),
        ("f = lambda r='a/b': load_dataset(r)", ("a/b",)),
        ("register(lambda r: load_dataset(r))", ()),
    ],
)
def test_what_a_lambda_is_given_may_not_be_known(only: Only, source: str, values: tuple[str, ...]) -> None:
    value = only(f"from datasets import load_dataset\n{source}\n").arguments["repo_id"]
    assert (value.status, value.values) == ("unknown", values)


def test_source_of_a_later_python_says_which_one_reads_it(traced: Traced) -> None:
    ((_, why),) = traced({"a.py": "def f(:\n"}).unread.items()
    assert why.startswith("cannot be read as Python 3.")
