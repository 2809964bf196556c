"""Separate environments for ports: a virtual environment for each port that names what it `requires`.

Two versions of a library cannot live in one process, nor side by side in one environment. An environment is
never half made: it is built beside its final place and then renamed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.ports.errors import PortDescriptionError

FOLDER_VARIABLE: Final = "HUB_CONFORMANCE_ENVIRONMENTS"
"""The environment variable that names the folder which holds all environments."""

_RECIPE: Final = "made-from.txt"
_TOLD: Final = 12
"""Lines of pip's complaint that are passed on."""


def folder() -> Path:
    """Where all environments are kept."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "hub-conformance" / "ports"


def place(name: str, requires: Sequence[str]) -> Path:
    """Where the environment of a port is, or will be: another one for other requirements and another Python."""
    wanted = "\n".join([sys.implementation.cache_tag or "", *requires])
    return folder() / f"{name}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"


def python(environment: Path) -> Path:
    """The interpreter of an environment. It is a file once the environment has been made."""
    return environment / "bin" / "python"


def install(name: str, requires: Sequence[str], constraint: Path | None = None) -> bool:
    """Make the environment of a port, unless it is there and was made from the same requirements and constraints.

    Args:
        constraint: a file of pinned versions, as pip takes it.

    Returns:
        Whether it was made now.

    Raises:
        PortDescriptionError: it cannot be made; the text has the end of pip's output.
    """
    final = place(name, requires)
    recipe = "\n".join([*requires, constraint.read_text("utf-8") if constraint else ""])
    made_from = final / _RECIPE
    if made_from.is_file() and made_from.read_text("utf-8") == recipe:
        return False
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=final.parent) as scratch:
        new, old = Path(scratch) / "new", Path(scratch) / "old"
        _run(name, [sys.executable, "-m", "venv", str(new)])
        pip = [str(python(new)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run(name, [*pip, *requires], constraint)
        _readdress(new, final)
        (new / _RECIPE).write_text(recipe, "utf-8")
        if final.exists():
            final.rename(old)
        try:
            new.rename(final)
        except OSError:  # another process was faster; what it made is as good
            if not python(final).is_file():
                raise
        shutil.rmtree(new, ignore_errors=True)
    return True


def _readdress(environment: Path, final: Path) -> None:
    """Make the programs of an environment name their interpreter as it will be once the environment has moved."""
    for program in python(environment).parent.iterdir():
        text = program.read_bytes() if not program.is_symlink() else b""
        if text.startswith(b"#!"):
            program.write_bytes(text.replace(str(environment).encode(), str(final).encode()))


def _run(name: str, command: Sequence[str], constraint: Path | None = None) -> None:
    # By the environment, a constraint reaches isolated builds, too. Older versions of pip know the first name only.
    pins = dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), str(constraint and constraint.absolute()))
    environment = {**_environment(), **(pins if constraint else {})}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if ended.returncode:
        said = "\n".join((ended.stderr.strip() or ended.stdout.strip()).splitlines()[-_TOLD:])
        raise PortDescriptionError(f"the environment of the port {name} cannot be made", said)


def _environment() -> dict[str, str]:
    """This process's environment without what would lead pip to another Python's packages."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET")}
