"""Separate environments for ports that run on Node: the packages that a port's `package.json` names.

They lie beside those of `conformance.ports.installation`, and are never half made either. A shim finds them by
`NODE_PATH`, which `require` minds and `import` does not.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.ports import installation
from conformance.ports.errors import PortDescriptionError

_QUIETLY: Final = (
    "--omit=optional",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--loglevel=error",
)
_TOLD: Final = 12
"""Lines of npm's complaint that are passed on."""


def place(name: str, packages: Path) -> Path:
    """Where the environment of a port is, or will be: another one for another `package.json`."""
    return installation.folder() / f"{name}-{hashlib.sha256(packages.read_bytes()).hexdigest()[:12]}"


def modules(environment: Path) -> Path:
    """What `NODE_PATH` must name. It is a folder once the environment has been made."""
    return environment / "node_modules"


def install(name: str, packages: Path) -> bool:
    """Make the environment of a port, unless it is there.

    Args:
        packages: the port's `package.json`. It should name exact versions: of what the port uses in `dependencies`,
            of what these use in `overrides`. (A lock file would name the registry of its author.)

    Returns:
        Whether it was made now.

    Raises:
        PortDescriptionError: it cannot be made; the text has the end of npm's output.
    """
    final = place(name, packages)
    if modules(final).is_dir():
        return False
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=final.parent) as scratch:
        new = Path(scratch) / "new"
        new.mkdir()
        shutil.copy(packages, new / "package.json")
        _run(name, ["npm", "install", "--prefix", str(new), *_QUIETLY])
        try:
            new.rename(final)
        except OSError:  # another process was faster; what it made is as good
            if not modules(final).is_dir():
                raise
    return True


def _run(name: str, command: Sequence[str]) -> None:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise PortDescriptionError(f"the environment of the port {name} needs npm", "install Node") from None
    if ended.returncode:
        said = "\n".join((ended.stderr.strip() or ended.stdout.strip()).splitlines()[-_TOLD:])
        raise PortDescriptionError(f"the environment of the port {name} cannot be made", said)
