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
    ],
)
def test_a_call_is_found_however_it_is_named(traced: Traced, body: str) -> None:
    (call,) = traced({"lib/a.ex": f"defmodule A do\n  def f do\n    {body}\n  end\nend\n"}).calls
    assert (call.call, call.repos(), call.operations[0]) == ("HfHub.Api.dataset_info", ("a/b",), "dataset_info")
    assert call.function == "A.f/0"


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
