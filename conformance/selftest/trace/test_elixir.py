"""Elixir consumers and libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from conformance.trace.elixir_inventory import inventory
from conformance.trace.needs import Needs

Traced = Callable[[Mapping[str, str]], Needs]


@pytest.mark.parametrize(
    "body",
    [
        'HfHub.Api.dataset_info("a/b", token: nil)',
        '"a/b" |> HfHub.Api.dataset_info(token: nil)',
        'alias HfHub.Api\n    Api.dataset_info("a/b")',
        'alias HfHub.{Api, Download}\n    Api.dataset_info("a/b")',
        'alias HfHub.Api, as: Hub\n    Hub.dataset_info("a/b")',
        'apply(HfHub.Api, :dataset_info, ["a/b"])',
        'Enum.map([1], fn _ -> HfHub.Api.dataset_info("a/b") end)',
        'with {:ok, i} <- HfHub.Api.dataset_info("a/b"), do: i',
        'try do\n      HfHub.Api.dataset_info("a/b")\n    rescue\n      _ -> :no\n    end',
        'm = HfHub.Api\n    m.dataset_info("a/b")',
        'm = HfHub.Api\n    apply(m, :dataset_info, ["a/b"])',
        'Kernel.apply(HfHub.Api, :dataset_info, ["a/b"])',
        ':erlang.apply(HfHub.Api, :dataset_info, ["a/b", []])',
        'Task.async(HfHub.Api, :dataset_info, ["a/b"])',
        'Elixir.HfHub.Api.dataset_info("a/b")',
        ':"Elixir.HfHub.Api".dataset_info("a/b")',
        'Module.concat(HfHub, Api).dataset_info("a/b")',
        'm = Application.get_env(:mine, :hub, HfHub.Api)\n    m.dataset_info("a/b")',
        "HfHub.Api.dataset_info(~s(a/b))",
        'for r <- ["a/b"], do: HfHub.Api.dataset_info(r)',
        'Enum.each(["a/b"], fn r -> HfHub.Api.dataset_info(r) end)',
        '["a/b"] |> Enum.map(fn r -> HfHub.Api.dataset_info(r) end)',
    ],
)
def test_a_call_is_found_however_it_is_named(traced: Traced, body: str) -> None:
    (call,) = traced({"lib/a.ex": f"defmodule A do\n  def f do\n    {body}\n  end\nend\n"}).calls
    assert (call.call, call.repos(), call.operations[0]) == ("HfHub.Api.dataset_info", ("a/b",), "dataset_info")
    assert call.function == "A.f/0"


@pytest.mark.parametrize(
    "body",
    [
        '@api HfHub.Api\n  def f, do: @api.dataset_info("a/b")',
        '@api Application.compile_env(:mine, :hub, HfHub.Api)\n  def f, do: apply(@api, :dataset_info, ["a/b"])',
        '@repos ["a/b"]\n  def f, do: Enum.map(@repos, fn r -> HfHub.Api.dataset_info(r) end)',
        'test "x" do\n    HfHub.Api.dataset_info("a/b")\n  end\n  defp helper, do: 1',
        '@info HfHub.Api.dataset_info("a/b")\n  @spec f() :: HfHub.Api.t()\n  def f, do: @info',
    ],
)
def test_a_call_is_found_in_what_a_module_does(traced: Traced, body: str) -> None:
    (call,) = traced({"lib/a.ex": f"defmodule A do\n  {body}\nend\n"}).calls
    assert (call.call, call.repos()) == ("HfHub.Api.dataset_info", ("a/b",))


def test_two_calls_of_a_line(traced: Traced) -> None:
    body = 'def f, do: {HfHub.Api.dataset_info("a/b"), HfHub.Api.dataset_info("c/d")}'
    calls = traced({"lib/a.ex": f"defmodule A do\n  {body}\nend\n"}).calls
    assert [one.repos() for one in calls] == [("a/b",), ("c/d",)]


@pytest.mark.parametrize("body", ["m = m\n    m.f(1)", "m = n\n    n = m\n    m.dataset_info(1)", "apply(x, :f, [1])"])
def test_modules_that_are_not_known(traced: Traced, body: str) -> None:
    assert (
        traced({"lib/a.ex": f"defmodule A do\n  @a @a\n  def f do\n    {body}\n    @a.f(1)\n  end\nend\n"}).calls == ()
    )


def test_an_imported_function_needs_no_prefix(traced: Traced) -> None:
    source = 'defmodule A do\n  import HfHub.Api\n  def f, do: dataset_info("a/b")\n  def g, do: other("a/b")\nend\n'
    (call,) = traced({"lib/a.ex": source}).calls
    assert (call.call, call.repos()) == ("HfHub.Api.dataset_info", ("a/b",))


def test_a_function_that_is_handed_on_is_a_call(traced: Traced) -> None:
    source = "defmodule A do\n  def f(ids), do: Enum.map(ids, &HfHub.Api.dataset_info/1)\nend\n"
    (call,) = traced({"lib/a.ex": source}).calls
    assert (call.call, call.repos()) == ("HfHub.Api.dataset_info", ())


def test_definitions_documentation_and_strings_are_no_calls(traced: Traced) -> None:
    source = (
        'defmodule A do\n  @moduledoc "HfHub.Api.dataset_info(1)"\n  # HfHub.Api.dataset_info(2)\n'
        '  @doc """\n  HfHub.Api.f(3)\n  """\n  def dataset_info(id), do: "HfHub.Api.dataset_info(4) #{id}"\nend\n'
    )
    assert traced({"lib/a.ex": source}).calls == ()


def test_options_built_in_steps_attributes_and_defaults_are_resolved(traced: Traced) -> None:
    source = (
        'defmodule A do\n  @repo "a/b"\n  def f(opts) do\n    revision = Keyword.get(opts, :revision, "main")\n'
        '    o = [repo_id: @repo, filename: "x.json", repo_type: :dataset]\n'
        "    o = if revision, do: Keyword.put(o, :revision, revision), else: o\n"
        "    HfHub.Download.hf_hub_download(o)\n  end\nend\n"
    )
    (call,) = traced({"lib/a.ex": source}).calls
    found = {role: (one.status, one.values) for role, one in call.arguments.items()}
    assert found == {
        "repo_id": ("resolved", ("a/b",)),
        "filename": ("literal", ("x.json",)),
        "repo_type": ("literal", ("dataset",)),
        "revision": ("unknown", ("main",)),
    }


def test_a_loader_is_followed_over_modules_and_maps_of_names(traced: Traced) -> None:
    needs = traced(
        {
            "lib/fetcher.ex": (
                "defmodule Mine.Fetcher do\n  def fetch(repo_id, opts \\\\ []) do\n"
                "    HfHub.Api.list_repo_tree(repo_id, repo_type: :dataset)\n  end\nend\n"
            ),
            "lib/loader.ex": (
                "defmodule Mine.Loader do\n  alias Mine.Fetcher\n"
                '  @sets %{one: %{repo_id: "a/b"}, two: %{repo_id: "c/d"}}\n'
                "  def load(name) do\n    case Map.get(@sets, name) do\n      nil -> :error\n"
                "      info -> get(info)\n    end\n  end\n"
                '  defp get(%{repo_id: repo_id}), do: Fetcher.fetch(repo_id, split: "train")\nend\n'
            ),
        }
    )
    (outer,) = [call for call in needs.calls if call.via]
    assert (outer.repos(), outer.via) == (("a/b", "c/d"), "lib/fetcher.ex:3 fetch/2")
    assert outer.arguments["split"].values == ("train",)


def test_the_inventory_of_a_library(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "test").mkdir()
    (tmp_path / "lib" / "api.ex").write_text(
        "defmodule HfHub.Api do\n"
        '  @doc """\n  Tells of a dataset. More.\n\n  ## Options\n    * `:revision` - which\n  """\n'
        "  def dataset_info(id, opts \\\\ []), do: {id, Keyword.get(opts, :token)}\n"
        "  @doc false\n  def hidden(x), do: x\n  defp secret(x), do: x\nend\n"
        "defmodule HfHub.Inner do\n  @moduledoc false\n  def f, do: 1\nend\n",
        encoding="utf-8",
    )
    (tmp_path / "test" / "api_test.exs").write_text(
        'defmodule HfHub.ApiTest do\n  alias HfHub.Api\n  test "x" do\n    Api.dataset_info("a")\n  end\nend\n',
        encoding="utf-8",
    )
    files, (function,), unread = inventory(tmp_path)
    assert (files, unread) == (2, {})
    assert (function.shown, function.place, function.optional) == ("HfHub.Api.dataset_info/2", "lib/api.ex:8", 1)
    assert (function.options, function.documentation) == (("revision", "token"), "Tells of a dataset.")
    assert (function.tests, function.operations) == (("test/api_test.exs:4",), ("dataset_info", "repo_info"))
