"""Numbers with more digits than Python reads. Its own message says how to lift the limit, which nobody should."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.selftest.reference_client.raw_server import RawServer, answer
from reference_client import HfApi
from reference_client.datasets import card, pickled
from reference_client.datasets.cli.main import main
from reference_client.datasets.errors import DatasetError
from reference_client.datasets.rows import read_rows

NUMBER = "9" * 5001


@pytest.mark.parametrize(
    "read",
    [
        lambda: card.read_configs(f"---\nx: {NUMBER}\n---\n"),
        lambda: card.read_configs(f"---\nconfigs:\n- config_name: {NUMBER}\n---\n"),
        lambda: pickled.pickled_string(b"I" + NUMBER.encode() + b"\n."),
        lambda: pickled.pickled_string(b"L" + NUMBER.encode() + b"L\n."),
    ],
)
def test_a_number_in_a_file_brings_no_advice_to_the_user(read: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="5001 digits") as caught:
        read()
    assert "sys." not in str(caught.value)


def test_a_number_in_an_answer_brings_no_advice_to_the_user() -> None:
    """The error names the answer."""
    with (
        RawServer(lambda _: answer(b'{"downloads": %s}' % NUMBER.encode())) as server,
        pytest.raises(OSError, match="5001 digits") as caught,
    ):
        HfApi(server.url, False).dataset_info("o/n")
    assert "sys." not in str(caught.value)
    assert server.url in str(caught.value)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1.8E+308", f"{NUMBER}.5"])
def test_no_number_becomes_infinity(tmp_path: Path, number: str) -> None:
    """datasets refuses it, too: Number too big to be stored in double."""
    for path, text in (
        ("a.jsonl", f'{{"a": 1.5}}\n{{"a": {number}}}\n'),
        ("a.json", f'[{{"a": {number}}}]'),
        ("a.json", f'{{"a":\n{number}}}\n{{"a": 1}}'),
    ):
        file = tmp_path / path
        file.write_text(text)
        with pytest.raises(DatasetError, match=r"the number '-?[0-9.]+.* is larger than a float can be") as caught:
            list(read_rows(file, path))
        assert len(str(caught.value)) < 500
    file.write_text('{"a": 1.7976931348623157e308, "b": -1e-400, "c": "1e400"}')
    assert list(read_rows(file, "a.jsonl")) == [{"a": sys.float_info.max, "b": -0.0, "c": "1e400"}]


@pytest.mark.parametrize(
    "arguments", [["show", "gsm8k", NUMBER], ["show", "gsm8k", f"-{NUMBER}"], ["serve", "gsm8k", "--port", NUMBER]]
)
def test_a_number_of_the_users_brings_no_advice_either(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One short line. A row that isn't there is 1, a number that is no port is 2."""
    monkeypatch.setattr("reference_client.datasets.cli.rows._adapter", lambda _: None)
    code = 1
    try:
        code = main([*arguments, "--dir", str(tmp_path)])
    except SystemExit as ended:
        code = int(ended.code or 0)
    said = capsys.readouterr().err
    assert code == (2 if arguments[0] == "serve" else 1)
    assert said.count("\n") == 1
    assert len(said) < 200
    assert "sys." not in said
