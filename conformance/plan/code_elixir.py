"""Examples as ExUnit tests of hf_hub."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from conformance.plan.examples import Example

LANGUAGE: Final = "elixir"
SUPPORT_FILE: Final = "hub_of.exs"
RUN: Final = "elixir -pa '_build/dev/lib/*/ebin' -e 'Application.ensure_all_started(:hf_hub)' -r hub_of.exs -r {file}"
SUPPORT: Final = """\
# Opens the recorded Hub of a check, and points the library to it. `hub-conformance` must be on the PATH.
defmodule HubOf do
  def serve(check, call) do
    command = System.find_executable("hub-conformance") || raise "hub-conformance is not on the PATH"
    arguments = ["serve", check, "--call", to_string(call)]
    port = Port.open({:spawn_executable, command}, [:binary, :exit_status, {:line, 65_536}, args: arguments])
    told = head(port, %{})
    Application.put_env(:hf_hub, :endpoint, Map.fetch!(told, "endpoint"))
    Application.put_env(:hf_hub, :cache_dir, Path.dirname(Map.fetch!(told, "cache_dir")))
    Application.delete_env(:hf_hub, :token)
    # Closing the port closes the command's standard input, and that ends it.
    ExUnit.Callbacks.on_exit(fn -> if Port.info(port), do: Port.close(port) end)
    :ok
  end

  # The bytes of a stream; what it raises is an error.
  def bytes({:ok, stream}) do
    {:ok, stream |> Enum.to_list() |> IO.iodata_to_binary()}
  rescue
    error -> {:error, error}
  end

  def bytes(error), do: error

  def content(bytes), do: {byte_size(bytes), Base.encode16(:crypto.hash(:sha256, bytes), case: :lower)}

  defp head(port, told) do
    receive do
      {^port, {:data, {_, "requests (" <> _}}} -> told
      {^port, {:data, {_, line}}} -> head(port, Map.merge(told, pair(line)))
      {^port, {:exit_status, status}} -> raise "hub-conformance serve ended with #{status}"
    after
      60_000 -> raise "hub-conformance serve says nothing"
    end
  end

  defp pair(line) do
    case Regex.run(~r/^  (\\w+)  +(\\S.*)$/, line) do
      [_, name, value] -> %{name => value}
      nil -> %{}
    end
  end
end

ExUnit.start(autorun: true, timeout: 120_000)
"""
_CALLS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "hf_hub_download": ("HfHub.Download.hf_hub_download", ()),
    "read_file": ("HfHub.Download.download_stream", ()),
    "list_repo_tree": ("HfHub.Api.list_repo_tree", ("repo_id",)),
    "list_repo_files": ("HfHub.Api.list_files", ("repo_id",)),
    "get_dataset_config_names": ("HfHub.Api.dataset_configs", ("repo_id",)),
    "get_dataset_split_names": ("HfHub.Api.dataset_splits", ("repo_id",)),
    "repo_exists": ("HfHub.Repo.exists?", ("repo_id",)),
    "file_exists": ("HfHub.Repo.file_exists?", ("repo_id", "filename")),
    "revision_exists": ("HfHub.Repo.revision_exists?", ("repo_id", "revision")),
    "dataset_info": ("HfHub.Api.dataset_info", ("repo_id",)),
    "model_info": ("HfHub.Api.model_info", ("repo_id",)),
}
_NAMES: Final = {"config_name": "config"}
_TYPES: Final = ("model", "dataset", "space")


def file_name(example: Example) -> str:
    """The file of an example."""
    return re.sub(r"[^a-z0-9]+", "_", example.check).strip("_") + "_test.exs"


def code(example: Example) -> str:
    """A whole ExUnit test."""
    name = "".join(part.capitalize() for part in re.split(r"[^a-z0-9]+", example.check) if part)
    lines = [
        f"# {example.check}, call {example.number}",
        f"defmodule HfHub.Plan.{name}Test do",
        "  use ExUnit.Case, async: false",
        "",
        f"  setup do: HubOf.serve({_term(example.check)}, {example.number})",
        "",
        f"  test {_term(' '.join(example.requirement.split())[:200])} do",
        *(f"    {line}" for line in _body(example)),
        "  end",
        "end",
    ]
    return "\n".join(lines) + "\n"


def _body(example: Example) -> list[str]:
    arguments = dict(example.arguments)
    if example.operation == "get_data_files":
        return _data_files(example, arguments)
    function, leading = _CALLS[example.operation]
    call = f"{function}({_arguments(arguments, leading)})"
    if example.operation == "read_file":
        call = f"HubOf.bytes({call})"
    if example.instead is not None:
        answer = "answer" if example.operation == "read_file" else "File.read!(answer)"
        return [
            f"case {call} do",
            f"  {{:ok, answer}} -> assert HubOf.content({answer}) == {_term(example.instead)}",
            "  {:error, _} -> :ok",
            "end",
        ]
    if example.expect == "error":
        return [f"assert {{:error, _}} = {call}"]
    if example.operation.endswith("_exists"):
        return [f"assert {call} == {_term(example.value)}"]
    path = "rfilename" if example.operation == "list_repo_files" else "path"
    comparison = {
        "file": f"assert HubOf.content(File.read!(answer)) == {_term(example.value)}",
        "content": f"assert HubOf.content(answer) == {_term(example.value)}",
        "paths": f"assert Enum.sort(Enum.map(answer, & &1.{path})) == {_term(example.value)}",
        "sha": f"assert answer.sha == {_term(example.value)}",
        "value": f"assert answer == {_term(example.value)}",
    }[example.expect]
    return [f"assert {{:ok, answer}} = {call}", comparison]


def _data_files(example: Example, arguments: dict[str, Any]) -> list[str]:
    repo, config = arguments.pop("repo_id"), arguments.pop("config_name", None)
    options = _arguments(arguments, ())
    call = f"HfHub.DatasetFiles.resolve({_term(repo)}, {_term(config)}"
    if example.expect == "error":
        return [f'assert {{:error, _}} = {call}, "train", [{options}])']
    splits = example.value.items()
    return [f"assert {call}, {_term(split)}, [{options}]) == {{:ok, {_term(files)}}}" for split, files in splits]


def _arguments(arguments: Mapping[str, Any], leading: tuple[str, ...]) -> str:
    first = [_term(arguments[name]) for name in leading]
    rest = [
        f"{_NAMES.get(name, name)}: " + (f":{value}" if name == "repo_type" and value in _TYPES else _term(value))
        for name, value in arguments.items()
        if name not in leading
    ]
    return ", ".join([*first, *rest])


def _term(value: Any) -> str:
    """A JSON value as an Elixir term."""
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"{{{', '.join(map(_term, value))}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_term, value))}]"
    if isinstance(value, Mapping):
        return f"%{{{', '.join(f'{_term(name)} => {_term(one)}' for name, one in value.items())}}}"
    return json.dumps(value, ensure_ascii=False).replace("#{", "\\#{") if isinstance(value, str) else str(value)
