"""`hub-conformance trace`: files, bad input, and inventories of Python and JavaScript."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.trace import grammar, inventory, needs
from conformance.trace.needs import TraceError


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["trace", *map(str, words)])


def test_the_same_source_gives_the_same_bytes_and_is_read_back(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.py").write_text("from datasets import load_dataset\nload_dataset('a/b', 'é')\n", encoding="utf-8")
    for name in ("one.json", "two.json"):
        assert run(source, "--rev", "v1", "--out", tmp_path / name).exit_code == 0
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    found = needs.read(tmp_path / "one.json")
    assert (found.consumer, found.revision, found.calls[0].arguments["config"].values) == ("source", "v1", ("é",))
    assert needs.to_json(found).encode() == (tmp_path / "one.json").read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name a PATH to trace"),
        (["nowhere"], "nowhere does not exist"),
        (["--library", "nowhere"], "--library takes --lang"),
        (["--library", "nowhere", "--lang", "python"], "nowhere does not exist"),
        (["--library", ".", "--lang", "cobol"], "'cobol' is not one of"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(words: list[str], message: str) -> None:
    result = run(*words)
    assert (result.exit_code, message in result.output, "Traceback" in result.output) == (2, True, False)


def test_a_folder_without_source_is_refused(tmp_path: Path) -> None:
    assert "holds no Python and no Elixir" in run(tmp_path).output


def test_links_out_of_the_source_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.py").write_text(
        "from datasets import load_dataset\nload_dataset('out/side')\n", encoding="utf-8"
    )
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.py").write_text("x = 1\n", encoding="utf-8")
    (source / "link.py").symlink_to(tmp_path / "outside.py")
    (source / "folder").symlink_to(tmp_path)
    result = run(source, "--out", tmp_path / "needs.json")
    assert result.exit_code == 0
    assert needs.read(tmp_path / "needs.json").calls == ()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1, "calls": 5}', "[" * 100_000])
def test_a_file_that_trace_did_not_write_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "needs.json"
    path.write_text(text, encoding="utf-8")
    for read in (needs.read, inventory.read):
        with pytest.raises(TraceError, match=r"needs\.json"):
            read(path)


def test_the_inventory_of_a_python_library(tmp_path: Path) -> None:
    (tmp_path / "lib.py").write_text(
        'def dataset_info(repo_id, *, revision=None):\n    """Tell of it."""\ndef _hidden(): ...\n', encoding="utf-8"
    )
    (tmp_path / "test_lib.py").write_text("from lib import dataset_info\ndataset_info('a/b')\n", encoding="utf-8")
    result = run("--library", tmp_path, "--lang", "python", "--out", tmp_path / "inventory.json")
    assert result.exit_code == 0, result.output
    (function,) = inventory.read(tmp_path / "inventory.json").functions
    assert (function.shown, function.options, function.documentation) == (
        "lib.dataset_info/2",
        ("revision",),
        "Tell of it.",
    )
    assert (function.tests, function.operations) == (("test_lib.py:2",), ("dataset_info",))


def test_the_inventory_of_a_javascript_library(tmp_path: Path) -> None:
    (tmp_path / "who-am-i.ts").write_text(
        "/**\n * Tells who asks. More.\n */\nexport async function whoAmI(p: { accessToken?: string }): Promise<X> {}\n"
        "function inner() {}\n",
        encoding="utf-8",
    )
    result = run("--library", tmp_path, "--lang", "javascript")
    (function,) = json.loads(result.stdout)["functions"]
    assert (function["name"], function["operations"], function["line"]) == ("whoAmI", ["whoami"], 4)
    assert (function["options"], function["documentation"]) == (["accessToken"], "Tells who asks.")


def test_without_the_extra_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.ex").write_text("defmodule A do\nend\n", encoding="utf-8")
    monkeypatch.setitem(sys.modules, "tree_sitter_elixir", None)  # its import fails
    grammar.parser.cache_clear()
    result = run(tmp_path)
    grammar.parser.cache_clear()
    assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert "pip install 'hf-hub-conformance[trace]'" in result.output


@pytest.mark.parametrize(
    "source",
    [
        "export const pathsInfo = async (params: { repo: string }) => [];",
        "export const pathsInfo = async function (params: { repo: string }) {};",
        "export const pathsInfo = cached((params: { repo: string }) => []);",
        "function inner(params: { repo: string }) {}\nexport { inner as pathsInfo };",
        "const inner = (params: { repo: string }) => [];\nexport { inner as pathsInfo };",
        "function pathsInfo(params: { repo: string }) {}\nexport default pathsInfo;",
        "exports.pathsInfo = (params: { repo: string }) => [];",
        "module.exports.pathsInfo = function (params: { repo: string }) {};",
        "function pathsInfo(params: { repo: string }) {}\nmodule.exports = { pathsInfo };",
        "module.exports = { pathsInfo: (params: { repo: string }) => [] };",
        "module.exports = { pathsInfo(params: { repo: string }) {} };",
        "module.exports = function pathsInfo(params: { repo: string }) {};",
        "exports.pathsInfo = exports.pathsInfo = (params: { repo: string }) => [];",
        "export declare function pathsInfo(params: { repo: string }): void;",
        "declare function pathsInfo(params: { repo: string }): void;\nexport { pathsInfo };",
        "export const pathsInfo = ((params: { repo: string }) => []) satisfies Asks;",
        "function pathsInfo(params: { repo: string }) {}\nexport = pathsInfo;",
        'function inner(params: { repo: string }) {}\nexport { inner as "pathsInfo" };',
        "function pathsInfo(params: { repo: string }) {}\nObject.defineProperty(exports, 'pathsInfo', { value: 1 });",
        "function pathsInfo(params: { repo: string }) {}\nObject.assign(module.exports, { pathsInfo });",
        "function pathsInfo(params: { repo: string }) {}\n__export(all, { pathsInfo: () => pathsInfo });",
    ],
)
def test_a_function_is_listed_however_it_is_exported(source: str, tmp_path: Path) -> None:
    hidden = "function hidden() {}\nexport const value = 1;\nclass C { f() { function g() {} } }\n"
    (tmp_path / "a.ts").write_text(f"{hidden}{source}\n", "utf-8")
    result = run("--library", tmp_path, "--lang", "javascript")
    (found,) = json.loads(result.stdout)["functions"]
    assert (found["name"], found["options"], found["operations"]) == ("pathsInfo", ["repo"], ["get_paths_info"])


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("export class Hub { pathsInfo(p) {} static whoAmI() {} #a() {} private b() {} constructor() {} }", "Hub"),
        ("export default class Hub { pathsInfo = async (p) => 1; @memo() whoAmI() {} }", "Hub"),
        ("export declare class Hub { pathsInfo(p: string): void; whoAmI(): void; private c(): void }", "Hub"),
        ("export const hub = { pathsInfo(p) {}, whoAmI: async () => 1, version: 2 };", "hub"),
        (
            "export namespace Hub { export function pathsInfo(p) {}\nexport function whoAmI() {}\nfunction d() {} }",
            "Hub",
        ),
    ],
)
def test_the_methods_of_what_is_exported(source: str, names: str, tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(f"{source}\n", "utf-8")
    found = json.loads(run("--library", tmp_path, "--lang", "javascript").stdout)["functions"]
    assert {one["name"]: one["operations"] for one in found} == {
        f"{names}.pathsInfo": ["get_paths_info"],
        f"{names}.whoAmI": ["whoami"],
    }


def test_a_function_that_another_file_exports_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "lib.ts").write_text("export function paths(p) {}\n", "utf-8")
    (tmp_path / "index.ts").write_text('export { paths as pathsInfo } from "./lib";\n', "utf-8")
    found = json.loads(run("--library", tmp_path, "--lang", "javascript").stdout)["functions"]
    assert [(one["name"], one["file"], one["operations"]) for one in found] == [
        ("paths", "lib.ts", []),
        ("pathsInfo", "lib.ts", ["get_paths_info"]),
    ]


def test_a_syntax_error_of_javascript_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("export function pathsInfo(p) {}\nexport function broken(p { }\n", "utf-8")
    found = json.loads(run("--library", tmp_path, "--lang", "javascript").stdout)
    assert found["unread"] == {"a.ts": "read in part: a syntax error in line 2"}
