"""`hub-conformance plan`: from the files of `trace` and `run` to a folder of documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.plan import claims as existing
from conformance.plan import facts as facts_of
from conformance.plan.analysis import analyse
from conformance.plan.claims import Claim, decide
from conformance.plan.facts import Facts, PlanError
from conformance.selftest.plan.conftest import failed
from conformance.trace import inventory as inventories
from conformance.trace import needs as all_needs
from conformance.trace.inventory import Inventory
from conformance.trace.needs import Needs

Make = Callable[..., Facts]


@pytest.fixture
def files(tmp_path: Path, needs: Needs, inventory: Inventory, facts: Make) -> dict[str, Path]:
    texts = {
        "needs": all_needs.to_json(needs),
        "library": inventories.to_json(inventory),
        "run": facts_of.to_json(facts(failed("download/lfs-file[gsm8k]", "wrong-bytes"))),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    return {name: tmp_path / f"{name}.json" for name in texts}


def run(files: dict[str, Path], *words: str | Path) -> Result:
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    return CliRunner().invoke(main, ["plan", *options, *map(str, words)])


def test_it_writes_seven_documents_and_the_facts_of_the_run(files: dict[str, Path], tmp_path: Path) -> None:
    result = run(files, "--out", tmp_path / "out", "--facts", tmp_path / "facts.json")
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "out").iterdir())) == 7
    assert (tmp_path / "facts.json").read_bytes() == files["run"].read_bytes()
    assert "Step 1.1: it breaks (1 check)" in (tmp_path / "out" / "SUMMARY.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["needs", "library", "run"])
@pytest.mark.parametrize(
    "text", [None, "", "[1]", '{"format": 1}', '{"format": 1, "checks": 3, "calls": {}, "functions": 1}']
)
def test_a_damaged_file_is_one_line_and_exit_code_2(
    files: dict[str, Path], tmp_path: Path, name: str, text: str | None
) -> None:
    files[name].unlink() if text is None else files[name].write_text(text, encoding="utf-8")
    result = run(files, "--out", tmp_path / "out")
    assert (result.exit_code, "Traceback" in result.output, len(result.output.splitlines())) == (2, False, 1)
    assert f"{name}.json" in result.output
    assert not (tmp_path / "out").exists()


def test_source_stands_for_needs_and_for_an_inventory(files: dict[str, Path], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "train.py").write_text(
        "from datasets import load_dataset\nif __name__ == '__main__':\n    load_dataset('openai/gsm8k')\n",
        encoding="utf-8",
    )
    result = run({**files, "needs": source, "library": source}, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "`openai/gsm8k`" in (tmp_path / "out" / "SOURCE_REQUIREMENTS.md").read_text("utf-8")


def test_without_needs_those_of_the_cookbook_are_taken(files: dict[str, Path], tmp_path: Path) -> None:
    del files["needs"]
    assert run(files, "--out", tmp_path / "out").exit_code == 0
    assert (tmp_path / "out" / "TINKER_COOKBOOK_REQUIREMENTS.md").is_file()


@pytest.mark.parametrize("words", [[], ["--run", "x.json", "--port", "reference"]])
def test_a_run_or_a_port_is_given_and_not_both(files: dict[str, Path], tmp_path: Path, words: list[str]) -> None:
    del files["run"]
    result = run(files, *words, "--out", tmp_path / "out")
    assert (result.exit_code, "either --run" in result.output) == (2, True)


def test_an_unknown_port_is_refused_before_anything_runs(files: dict[str, Path], tmp_path: Path) -> None:
    del files["run"]
    result = run(files, "--port", "no-such-port", "--out", tmp_path / "out")
    assert (result.exit_code, "Traceback" in result.output) == (2, False)
    assert "no-such-port" in result.output


@pytest.mark.parametrize(
    "text",
    [
        "- 1",
        "documents: 3",
        "other: []",
        "documents: [{document: a, claims: [{says: b}]}]",
        "documents: [{document: a, claims: [{says: b, evidence: {opinion: yes}}]}]",
        "documents: [{document: a, claims: [{says: b, evidence: {checks: a, loads: b}}]}]",
        "repositories: [{repo: a}]",
        "a: [",
    ],
)
def test_damaged_claims_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "claims.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match=r"claims\.yaml"):
        existing.read(tmp_path / "claims.yaml")


@pytest.mark.parametrize(
    ("evidence", "then", "status"),
    [
        ({"checks": "download/*"}, "", "wrong"),
        ({"checks": "download/*", "is": False}, "", "accurate"),
        ({"checks": "download/*"}, "true then", "outdated"),
        ({"checks": "nothing/*"}, "", "undecided"),
        ({"function": "lib.hf_hub_download/2"}, "", "accurate"),
        ({"function": "lib.snapshot_download"}, "", "wrong"),
        ({"option": "lib.hf_hub_download cache_dir"}, "", "accurate"),
        ({"option": "lib.hf_hub_download local_dir"}, "", "wrong"),
        ({"option": "lib.other local_dir"}, "", "undecided"),
        ({"loads": "openai/gsm8k"}, "", "accurate"),
        ({"loads": "openai/gsm9k"}, "", "wrong"),
        ({"fact": "it is so", "source": "a page", "holds": False}, "", "wrong"),
    ],
)
def test_evidence_decides_a_claim(
    needs: Needs, inventory: Inventory, facts: Make, evidence: dict[str, object], then: str, status: str
) -> None:
    analysis = analyse([needs], facts(failed("download/lfs-file[gsm8k]", "wrong-bytes")), inventory)
    assert decide(Claim("it is so", "", evidence, then), analysis).status == status
