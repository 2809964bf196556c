"""Elixir calls that are reached by other ways: captures, pipes, macros of a module that is used, delegates."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from conformance.trace.needs import Needs

Traced = Callable[[Mapping[str, str]], Needs]


@pytest.mark.parametrize(
    "body",
    [
        'Enum.map(["a/b"], &HfHub.Api.dataset_info/1)',
        '["a/b"] |> Stream.map(&HfHub.Api.dataset_info/1) |> Stream.run()',
        'Enum.map(["a/b"], &HfHub.Api.dataset_info(&1, token: nil))',
        '"a/b" |> then(&HfHub.Api.dataset_info(&1))',
        '"a/b" |> tap(&HfHub.Api.dataset_info/1)',
        '"a/b" |> then(fn r -> HfHub.Api.dataset_info(r) end)',
        'Enum.reduce(["a/b"], [], fn r, all -> [HfHub.Api.dataset_info(r) | all] end)',
        "for r <- ~w(a/b), do: HfHub.Api.dataset_info(r)",
        '"a/b" |> dbg() |> HfHub.Api.dataset_info()',
        'import HfHub.Api, only: [dataset_info: 1]\n    dataset_info("a/b")',
        'require HfHub.Api, as: Q\n    Q.dataset_info("a/b")',
        ':timer.apply_after(1, HfHub.Api, :dataset_info, ["a/b"])',
        '%{start: {HfHub.Api, :dataset_info, ["a/b"]}}',
    ],
)
def test_a_call_within_a_function(traced: Traced, body: str) -> None:
    (call,) = traced({"lib/a.ex": f"defmodule A do\n  def f do\n    {body}\n  end\nend\n"}).calls
    assert (call.call, call.repos()) == ("HfHub.Api.dataset_info", ("a/b",))


BRINGS = "defmodule U do\n  defmacro __using__(_) do\n    quote do\n      {}\n    end\n  end\nend\n"


@pytest.mark.parametrize(
    "source",
    [
        BRINGS.format("import HfHub.Api") + 'defmodule A do\n  use U\n  def f, do: dataset_info("a/b")\nend\n',
        BRINGS.format("alias HfHub.Api") + 'defmodule A do\n  use U\n  def f, do: Api.dataset_info("a/b")\nend\n',
        'alias HfHub.Api\ndefmodule A do\n  def f, do: Api.dataset_info("a/b")\nend\n',
        'defmodule A do\n  import HfHub.Api\n  defmodule B do\n    def f, do: dataset_info("a/b")\n  end\nend\n',
        'defmodule A do\n  defp repo, do: "a/b"\n  def f, do: HfHub.Api.dataset_info(repo())\nend\n',
        'defmodule A do\n  def f, do: 1\nend\nHfHub.Api.dataset_info("a/b")\n',
        'defmodule A do\n  def f, do: Enum.map(["a/b"], &g/1)\n  defp g(r), do: HfHub.Api.dataset_info(r)\nend\n',
    ],
)
def test_a_call_over_modules(traced: Traced, source: str) -> None:
    calls = traced({"lib/a.exs": source}).calls
    assert {(one.call, one.repos()) for one in calls} == {("HfHub.Api.dataset_info", ("a/b",))}
    assert len({one.line for one in calls}) == len(calls)


def test_a_delegate_leads_to_its_callers(traced: Traced) -> None:
    delegate = "defdelegate info(id), to: HfHub.Api, as: :dataset_info"
    calls = traced(
        {"a.ex": f'defmodule A do\n  {delegate}\nend\ndefmodule B do\n  def f, do: A.info("a/b")\nend\n'}
    ).calls
    assert [(one.call, one.repos(), one.line, bool(one.via)) for one in calls] == [
        ("HfHub.Api.dataset_info", ("a/b",), 2, False),
        ("HfHub.Api.dataset_info", ("a/b",), 5, True),
    ]


def test_an_attribute_is_what_it_was_set_to_before(traced: Traced) -> None:
    uses = [f'  @r "{repo}"\n  def {name}, do: HfHub.Api.dataset_info(@r)\n' for name, repo in (("f", "t"), ("g", "u"))]
    calls = traced({"a.ex": f"defmodule A do\n{''.join(uses)}end\n"}).calls
    assert [one.repos() for one in calls] == [("t",), ("u",)]


def test_a_syntax_error_is_named_with_its_line(traced: Traced) -> None:
    needs = traced({"a.ex": 'defmodule A do\n  def f( do HfHub.Api.dataset_info("a/b")\nend\n', "b.ex": "1 + 1\n"})
    ((path, why),) = needs.unread.items()
    assert path == "a.ex"
    assert why.startswith("read in part: a syntax error in line ")
