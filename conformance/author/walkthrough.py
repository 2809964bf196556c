"""`conformance/PORTING.md`, whose outputs are real: this runs its commands and puts in what they print.

    python -m conformance.author.walkthrough

In the text, `<!-- file: PATH -->` precedes a block that is the content of a file, and `<!-- run: COMMAND -->`
before a block that is what the command prints. Both are followed in order, in an empty folder.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance import __version__

PAGE = Path(__file__).parents[1] / "PORTING.md"

_BLOCK = re.compile(r"<!-- (file|run): ([^\n]+) -->\n```(\w+)\n(.*?)```\n", re.DOTALL)
_EXIT = "(exit code {})\n"


def rendered(text: str, folder: Path) -> str:
    """The text with every output as it is now; files are written into the folder."""

    def block(match: re.Match[str]) -> str:
        what, argument, language, content = match.groups()
        if what == "file":
            file = folder / argument
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, "utf-8")
            return match[0]
        return f"<!-- run: {argument} -->\n```{language}\n$ {argument}\n{_output(argument, folder)}```\n"

    return _BLOCK.sub(block, text)


def _output(command: str, folder: Path) -> str:
    """What a command of ours prints, without what differs from machine to machine."""
    program, *arguments = shlex.split(command)
    if program != "hub-conformance":
        raise ValueError(f"{command}: only hub-conformance is run here")
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=folder,
        env=_environment(),
        input="",  # a pipe that has ended; `serve` waits at the null device
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return normalised(ended.stdout, folder) + (_EXIT.format(ended.returncode) if ended.returncode else "")


def _environment() -> dict[str, str]:
    """This process's environment, without settings of Python that change how a shim behaves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "COLUMNS": "110", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def normalised(text: str, folder: Path) -> str:
    """An output without paths, versions, times and free ports."""
    for place in {str(folder.resolve()), str(folder)}:
        text = text.replace(place, "/home/you")
    for pattern, instead in (
        (r"[^\s'\"]*/python3(\.\d+)?(?=[\s:'\"])", "python3"),
        (r"(\.\./)+([^\s'\"]*/)?hub-conformance-[a-z0-9_]{8}", "../scratch"),
        (r"[^\s'\"]*/hub-conformance-[a-z0-9_]{8}", "/scratch"),
        (r"127\.0\.0\.([12]):\d{4,5}", r"127.0.0.\1:8080"),
        (r"localhost:\d{4,5}", "localhost:8081"),
        (re.escape(__version__), "0.1.0"),
        (r"\d{4}-\d\d-\d\d(?=:| ·|$)", "2026-11-21"),
        (r"profile's \d+ checks", "profile's checks"),
        (r"profile \d{4}-\d\d-\d\d", "profile 2026-11-21"),
        (r" *\d+\.\d{3}s  ", "  0.010s  "),
        (r"[ \t]+$", ""),
    ):
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="porting-") as folder:
        PAGE.write_text(rendered(PAGE.read_text("utf-8"), Path(folder)), "utf-8")


if __name__ == "__main__":
    main()
