"""What a port's file offers is asked, whatever its welcome leaves out."""

from __future__ import annotations

import sys
from pathlib import Path

from click.testing import CliRunner

from conformance.cli.main import main
from conformance.report import events

SHIM = """
import json, sys
for line in sys.stdin:
    message = json.loads(line)
    answer = {"type": "unsupported", "reason": "not today"}
    if message["type"] == "hello":
        port = {"name": "narrow", "version": "1", "language": "python", "operations": []}
        answer = {"type": "welcome", "protocol": 1, "port": port}
    elif message["type"] == "bye":
        break
    print(json.dumps({"id": message["id"], **answer}), flush=True)
"""


def test_a_welcome_takes_nothing_out_of_the_base(tmp_path: Path) -> None:
    """A process that welcomes with fewer operations than port.toml has declines them: its checks stay in the base."""
    (tmp_path / "shim.py").write_text(SHIM)
    (tmp_path / "port.toml").write_text(
        'name = "narrow"\nlanguage = "python"\noperations = ["dataset_info"]\n\n'
        f'[start]\ncommand = ["{sys.executable}", "{{folder}}/shim.py"]\n'
    )
    report = tmp_path / "report"
    CliRunner().invoke(main, ["run", "--port", str(tmp_path), "--report", str(report), "info/access-flags[gsm8k]"])
    run = events.read(report / events.FILE_NAME)
    (check,) = run.checks
    assert check.finding is not None
    assert check.finding.code == "declined"
    assert not check.verdict.as_expected
    assert (run.score().total.base, run.start["operations"]) == (1, ["dataset_info"])
