"""Python consumers: which calls are found, and what is known of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conformance.trace.consumer import trace
from conformance.trace.needs import Call, Needs

Traced = Callable[[Mapping[str, str]], Needs]
Only = Callable[[str], Call]


@pytest.mark.parametrize(
    "source",
    [
        "import datasets\ndatasets.load_dataset('a/b')\n",
        "import datasets as ds\nds.load_dataset('a/b')\n",
        "from datasets import load_dataset\nload_dataset('a/b')\n",
        "from datasets import load_dataset as load\nload(path='a/b')\n",
        "from datasets.load import load_dataset\nload_dataset('a/b')\n",
        "def f():\n    from datasets import load_dataset\n    return load_dataset('a/b')\n",
        "import datasets\nload = datasets.load_dataset\nload('a/b')\n",
        "import datasets\ndef f():\n    load = datasets.load_dataset\n    load('a/b')\n",
        "from functools import partial\nfrom datasets import load_dataset\npartial(load_dataset, 'a/b')()\n",
        "from functools import partial as p\nfrom datasets import load_dataset as l\nf = p(l, path='a/b')\nf()\n",
        "from datasets import load_dataset\nARGS = {'path': 'a/b'}\nload_dataset(**ARGS)\n",
        "from datasets import load_dataset\nload_dataset(**{'path': 'a/b'})\n",
        "async def f():\n    from datasets import load_dataset\n    return load_dataset('a/b')\n",
        "try:\n    import datasets\nexcept ImportError:\n    datasets = None\ndatasets.load_dataset('a/b')\n",
        "from datasets import *\nload_dataset('a/b')\n",
        "import datasets\ndef f():\n    ds = datasets\n    return ds.load_dataset('a/b')\n",
        "import datasets\ndef f():\n    load, _ = datasets.load_dataset, 1\n    return load('a/b')\n",
        "import importlib\nimportlib.import_module('datasets').load_dataset('a/b')\n",
        "from importlib import import_module\nds = import_module('datasets')\nds.load_dataset('a/b')\n",
        "import datasets\ngetattr(datasets, 'load_dataset')('a/b')\n",
        "import datasets\ndef f(x):\n    return (datasets.load_dataset if x else print)('a/b')\n",
        "import asyncio, datasets\nasync def f():\n    await asyncio.to_thread(datasets.load_dataset, 'a/b')\n",
        "import datasets\ndef f(pool):\n    pool.submit(datasets.load_dataset, 'a/b')\n",
        "import datasets\ndef f(loop):\n    loop.run_in_executor(None, datasets.load_dataset, 'a/b')\n",
        "import datasets\nTABLE = {'load': datasets.load_dataset}\nTABLE['load']('a/b')\n",
        "import datasets\ndatasets.load_dataset(*['a/b'])\n",
        "import datasets\ndatasets.load_dataset(*('a/b', 'main'))\n",
    ],
)
def test_a_call_is_found_however_it_is_imported(only: Only, source: str) -> None:
    call = only(source)
    assert (call.call, call.repos(), call.arguments["repo_id"].status) == ("datasets.load_dataset", ("a/b",), "literal")


CLASS = """
from huggingface_hub import HfApi
class C:
    shared = HfApi()
    def __init__(self):
        self.api = HfApi()
    def get(self):
        return self.api
    @property
    def lazy(self) -> HfApi: ...
class D(C): ...
class Api(HfApi): ...
def make():
    return HfApi()
"""


@pytest.mark.parametrize(
    "source",
    [
        "C().api.repo_info('a/b')",
        "C().get().repo_info('a/b')",
        "C().lazy.repo_info('a/b')",
        "C.shared.repo_info('a/b')",
        "D().api.repo_info('a/b')",
        "Api().repo_info('a/b')",
        "make().repo_info('a/b')",
        "c = C()\nc.api.repo_info('a/b')",
        "def f(c: 'C | None'):\n    c.api.repo_info('a/b')",
        "[HfApi()][0].repo_info('a/b')",
        "apis = {'x': HfApi()}\napis['x'].repo_info('a/b')",
        "for api in [HfApi()]:\n    api.repo_info('a/b')",
        "with HfApi() as api:\n    api.repo_info('a/b')",
        "(api := HfApi()).repo_info('a/b')\n",
        "ask = C().api.repo_info\nask('a/b')",
        "getattr(HfApi(), 'repo_info')('a/b')",
        "for repo in ('a/b',):\n    make().repo_info(repo)",
        "[make().repo_info(repo) for repo in ('a/b',)]",
    ],
)
def test_a_method_is_found_on_an_object_from_anywhere(traced: Traced, source: str) -> None:
    (call,) = (one for one in traced({"a.py": f"{CLASS}{source}\n"}).calls if one.kind != "client")
    assert (call.call, call.repos()) == ("huggingface_hub.repo_info", ("a/b",))


def test_an_object_of_another_module(traced: Traced) -> None:
    clients = "from huggingface_hub import HfApi\nclient = HfApi()\n"
    found = traced({"clients.py": clients, "main.py": "import clients\nclients.client.repo_info('a/b')\n"}).calls
    (call,) = (one for one in found if one.kind != "client")
    assert (call.file, call.repos()) == ("main.py", ("a/b",))


@pytest.mark.parametrize(
    "source",
    [
        "class C:\n    def __init__(self):\n        self.api = self\nC().api.repo_info('a/b')\n",
        "def f():\n    return f()\nf().repo_info('a/b')\n",
        "class C(C): ...\nC().repo_info('a/b')\n",
        "x = [x]\nx[0].repo_info('a/b')\n",
        "def f(api):\n    api.repo_info('a/b')\n",
    ],
)
def test_what_leads_nowhere(traced: Traced, source: str) -> None:
    """Circles end, and what is not known is no client."""
    assert traced({"a.py": source}).calls == ()


@pytest.mark.parametrize(
    "source",
    [
        "def load_dataset(name): ...\nload_dataset('a/b')\n",
        "from mine import load_dataset\nload_dataset('a/b')\n",
        "# load_dataset('a/b')\n'''load_dataset('a/b')'''\n",
        "from datasets import load_from_disk\nload_from_disk('a/b')\n",
        "from transformers import AutoTokenizer\nAutoTokenizer.from_pretrained('./merged')\n",
        "f.open('x')\napi.create_repo('a/b')\n",
        "from datasets import *\ndef f(load_dataset):\n    load_dataset('a/b')\n",
        "from datasets import load_dataset\ndef f(load_dataset):\n    load_dataset('a/b')\n",
        "def f(datasets):\n    datasets.load_dataset('a/b')\n",
        "from mine import *\nload_dataset('a/b')\n",
        "import datasets\nprint(datasets.load_dataset)\npool.submit(print, datasets.load_dataset)\n",
    ],
)
def test_what_does_not_reach_the_hub_is_not_reported(traced: Traced, source: str) -> None:
    assert traced({"module.py": source}).calls == ()


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("NAME = 'a/b'\nload_dataset(NAME)", ("a/b",)),
        ("NAMES = {'x': 'a/b', 'y': 'c/d'}\ndef f(k):\n    return load_dataset(NAMES[k])", ("a/b", "c/d")),
        ("NAMES = {'x': 'a/b', 'y': 'c/d'}\nload_dataset(NAMES['y'])", ("c/d",)),
        (
            "for n in ('a/b', 'c/d'):\n    pass\ndef f():\n    for n in ('e/f', 'g/h'):\n        load_dataset(n)",
            ("e/f", "g/h"),
        ),
        ("OWNER = 'a'\nload_dataset(f'{OWNER}/b')", ("a/b",)),
        ("OWNER = 'a'\nload_dataset(OWNER + '/b')", ("a/b",)),
        ("class C:\n    REPO = 'a/b'\n    def f(self):\n        load_dataset(self.REPO)", ("a/b",)),
        ("from typing import cast\ndef f():\n    r = cast(str, 'a/b')\n    load_dataset(r)", ("a/b",)),
        ("def f(x):\n    r = 'a/b' if x else 'c/d'\n    load_dataset(r)", ("a/b", "c/d")),
    ],
)
def test_a_value_is_resolved_within_a_module(only: Only, source: str, values: tuple[str, ...]) -> None:
    value = only(f"from datasets import load_dataset\n{source}\n").arguments["repo_id"]
    assert (value.status, value.values) == ("resolved", values)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("import os\nload_dataset(os.environ['DATA'])", ()),
        ("def f(name):\n    load_dataset(name)", ()),
        ("def f(name='a/b'):\n    load_dataset(name)", ("a/b",)),
        ("def f(owner):\n    load_dataset(f'{owner}/b')", ("{…}/b",)),
        ("def f(r):\n    r = r.strip()\n    load_dataset(r)", ()),
    ],
)
def test_what_is_decided_later_is_unknown_and_never_guessed(only: Only, source: str, values: tuple[str, ...]) -> None:
    value = only(f"from datasets import load_dataset\n{source}\n").arguments["repo_id"]
    assert (value.status, value.values) == ("unknown", values)


@pytest.mark.parametrize(
    "source",
    [
        "HfApi().dataset_info('a/b')",
        "api = HfApi()\napi.dataset_info('a/b')",
        "api = HfApi()\ndef f():\n    return api.dataset_info('a/b')",
        "class C:\n  def __init__(self):\n    self.x = HfApi()\n  def f(self):\n    self.x.dataset_info('a/b')",
        "class C:\n    api: HfApi\n    def f(self):\n        self.api.dataset_info('a/b')",
        "def f(api: 'HfApi | None' = None):\n    api = api or HfApi()\n    api.dataset_info('a/b')",
        "def f():\n    if (api := HfApi()):\n        api.dataset_info('a/b')",
    ],
)
def test_a_client_is_known_however_it_is_held(traced: Traced, source: str) -> None:
    calls = traced({"module.py": f"from huggingface_hub import HfApi\n{source}\n"}).calls
    assert [(call.call, call.repos()) for call in calls if call.kind != "client"] == [
        ("huggingface_hub.dataset_info", ("a/b",))
    ]


def test_arguments_are_found_by_position_and_by_name_and_in_starred_pairs(only: Only) -> None:
    call = only(
        "from datasets import load_dataset\n"
        "def f(name=None):\n"
        "    kwargs = {'split': 'test', 'streaming': True}\n"
        "    if name:\n"
        "        kwargs['revision'] = 'v1'\n"
        "    load_dataset('a/b', 'main', data_files='x.json', **kwargs)\n"
    )
    found = {role: one.values for role, one in call.arguments.items()}
    assert found == {
        "repo_id": ("a/b",),
        "config": ("main",),
        "split": ("test",),
        "revision": ("v1",),
        "data_files": ("x.json",),
        "streaming": (True,),
    }
    assert "read_file" in call.operations  # what streams reads files instead of downloading them


def test_only_combinations_that_occur_together_are_cases(only: Only) -> None:
    call = only(
        "from typing import Literal\nfrom datasets import load_dataset\n"
        "def f(split: Literal['train', 'test']):\n"
        "    if split == 'train':\n        names = ('p', 'q')\n    else:\n        names = ('r',)\n"
        "    for name in names:\n        load_dataset('a/b', name=name, split=split)\n"
    )
    assert call.cases == (("a/b", "p", "train"), ("a/b", "q", "train"), ("a/b", "r", "test"))


def test_a_name_in_two_comprehensions_has_two_meanings(traced: Traced) -> None:
    needs = traced(
        {
            "module.py": (
                "from datasets import load_dataset\ndef f():\n"
                "    a = [load_dataset('a/b', name=n, split='train') for n in ('p', 'q')]\n"
                "    b = [load_dataset('a/b', name=n, split='test') for n in ('r',)]\n    return a, b\n"
            )
        }
    )
    assert [call.cases for call in needs.calls] == [
        (("a/b", "p", "train"), ("a/b", "q", "train")),
        (("a/b", "r", "test"),),
    ]


def test_a_thin_wrapper_is_followed_to_its_callers_with_its_defaults(traced: Traced) -> None:
    needs = traced(
        {
            "pkg/__init__.py": "from pkg.common import load_benchmark\n",
            "pkg/common.py": (
                "def load_benchmark(path, name=None, split='test'):\n"
                "    from datasets import load_dataset\n"
                "    return load_dataset(path, name=name, split=split)\n"
            ),
            "pkg/gsm8k.py": "from pkg import load_benchmark\nload_benchmark('openai/gsm8k', name='main')\n",
        }
    )
    by_file = {call.file: call for call in needs.calls}
    outer = by_file["pkg/gsm8k.py"]
    assert outer.via == "pkg/common.py:3 load_benchmark"
    assert outer.cases == (("openai/gsm8k", "main", "test"),)
    assert by_file["pkg/common.py"].repos() == ("openai/gsm8k",)


def test_a_field_of_a_dataclass_is_what_its_constructors_give(traced: Traced) -> None:
    needs = traced(
        {
            "config.py": "class Config:\n    dataset: str\n    split: str = 'train'\n",
            "data.py": (
                "import datasets\nfrom config import Config\n"
                "class Data:\n    def __init__(self, config: Config):\n        self.config = config\n"
                "        self.rows = datasets.load_dataset(self.config.dataset, split=self.config.split)\n"
            ),
            "main.py": "from config import Config\nConfig(dataset='a/b')\nConfig(dataset='c/d', split='test')\n",
        }
    )
    (call,) = needs.calls
    assert {role: (one.status, one.values) for role, one in call.arguments.items()} == {
        "repo_id": ("resolved", ("a/b", "c/d")),
        "split": ("resolved", ("train", "test")),
    }


def test_methods_of_a_client_are_found_by_its_type(traced: Traced) -> None:
    needs = traced(
        {
            "publish.py": (
                "import huggingface_hub\nfrom huggingface_hub import HfApi\n"
                "def f(repo, token):\n    api = HfApi(token=token)\n    api.create_repo(repo_id=repo)\n"
                "def g(api: HfApi):\n    api.list_repo_files('a/b')\n"
                "def h():\n    fs = huggingface_hub.HfFileSystem()\n    fs.open('a/b@main/x')\n"
            )
        }
    )
    assert [call.call for call in needs.calls] == [
        "huggingface_hub.HfApi",
        "huggingface_hub.create_repo",
        "huggingface_hub.list_repo_files",
        "huggingface_hub.HfFileSystem",
        "huggingface_hub.HfFileSystem.open",
    ]


@pytest.mark.parametrize(
    ("source", "fields"),
    [
        ("for row in load_dataset('a/b'):\n    row['x'], row.get('y')", ("x", "y")),
        ("def f():\n    ds = load_dataset('a/b').shuffle(seed=0)\n    return [r['x'] for r in ds['train']]", ("x",)),
        ("def f():\n    ds = load_dataset('a/b')\n    return ds.filter(lambda e: e['x'] not in {})", ("x",)),
        ("def g(row):\n    return row['x']\ndef f():\n    for r in load_dataset('a/b'):\n        g(r)", ("x",)),
        ("def f():\n    return load_dataset('a/b')\ndef g():\n    for r in f():\n        print(r['x'])", ("x",)),
        (
            "def f():\n    ds = load_dataset('a/b')\n    def m(row):\n        return row['x']\n    make(ds, map_fn=m)",
            ("x",),
        ),
        ("other = {}\nfor row in load_dataset('a/b'):\n    other['z']", ()),
    ],
)
def test_the_fields_that_are_read_of_a_row(only: Only, source: str, fields: tuple[str, ...]) -> None:
    assert only(f"from datasets import load_dataset\n{source}\n").row == fields


def test_what_is_done_with_the_rows(only: Only) -> None:
    call = only(
        "from datasets import concatenate_datasets, load_dataset\n"
        "def f(known):\n    pieces = []\n    for split in ('train', 'test'):\n"
        "        ds = load_dataset('a/b', split=split)\n        ds = ds.filter(lambda e: e['x'] not in known)\n"
        "        pieces.append(ds)\n    whole = concatenate_datasets(pieces).shuffle(seed=0)\n"
        "    return whole.take(1024), whole.skip(1024)\n"
    )
    assert call.steps == ("filter(…)", "concatenate_datasets", "shuffle(seed=0)", "take(1024)", "skip(1024)")


def test_an_entry_point_reaches_what_it_names_and_not_all_of_a_module(traced: Traced) -> None:
    needs = traced(
        {
            "pkg/__init__.py": "",
            "pkg/data.py": (
                "from datasets import load_dataset\n"
                "def one():\n    return load_dataset('a/b')\n"
                "def two():\n    return load_dataset('c/d')\n"
                "class Three:\n    def rows(self):\n        return load_dataset('e/f')\n"
            ),
            "pkg/train.py": (
                "from pkg.data import Three, one\nMAKERS = {'three': Three}\n"
                "def main():\n    one()\nif __name__ == '__main__':\n    main()\n"
            ),
        }
    )
    (entry,) = needs.entries
    assert (entry.file, entry.calls) == ("pkg/train.py", ("pkg/data.py:3", "pkg/data.py:8"))


def test_damaged_and_strange_files_are_named_and_the_others_are_read(traced: Traced) -> None:
    needs = traced(
        {
            "broken.py": "def f(:\n",
            "null.py": "x = '\0'\n",
            "deep.py": "x = " + "(" * 3000 + ")" * 3000 + "\n",
            "sum.py": "from datasets import load_dataset\nload_dataset(" + " + ".join(["'a'"] * 900) + ")\n",
            "long.py": "from datasets import load_dataset\nload_dataset(" + " + ".join(["'a'"] * 200) + ")\n",
            "good.py": "from datasets import load_dataset\nload_dataset('a/b')\n",
            "loop.py": "from loop import x as x\nfrom datasets import load_dataset\nload_dataset(x)\n",
            "self_made.py": "from datasets import load_dataset\ndef f(n):\n    n = n\n    f(n)\n    load_dataset(n)\n",
        }
    )
    assert set(needs.unread) >= {"broken.py", "deep.py", "sum.py"}
    assert ("a/b",) in [call.repos() for call in needs.calls]
    assert {call.arguments["repo_id"].status for call in needs.calls if call.file != "good.py"} == {"unknown"}


def test_what_a_base_class_stores(traced: Traced) -> None:
    source = "from huggingface_hub import HfApi\nclass A:\n    def __init__(self):\n        self.api = HfApi()\n"
    (call,) = (
        one
        for one in traced(
            {"module.py": source + "class B(A):\n    def f(self):\n        return self.api.model_info('a/b')\n"}
        ).calls
        if one.call != "huggingface_hub.HfApi"
    )
    assert (call.call, call.repos()) == ("huggingface_hub.model_info", ("a/b",))


def test_a_function_for_each_of_several_arguments(only: Only) -> None:
    """It is given a part of the list, whichever."""
    call = only("from datasets import load_dataset\nlist(map(load_dataset, ['a/b', 'c/d']))\n")
    assert (call.call, call.repos()) == ("datasets.load_dataset", ("a/b", "c/d"))


def test_source_in_another_encoding(tmp_path: Path) -> None:
    """PEP 263: a file says how it is encoded."""
    lines = ["# -*- coding: latin-1 -*-", "from datasets import load_dataset", "x = '\u00e9'", "load_dataset('a/b')"]
    (tmp_path / "a.py").write_bytes("\n".join(lines).encode("latin-1"))
    found = trace([tmp_path], "x", "")
    assert ([call.repos() for call in found.calls], found.unread) == ([("a/b",)], {})
