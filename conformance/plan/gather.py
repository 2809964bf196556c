"""The inputs of a plan; if they are missing, source is traced and the port is measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from conformance import ports
from conformance.plan import facts as facts_of
from conformance.plan.facts import Facts, PlanError
from conformance.trace import consumer, inventory, needs
from conformance.trace.inventory import Inventory
from conformance.trace.needs import Needs

_LANGUAGES: Final = {"node": "javascript", "typescript": "javascript", "javascript": "javascript"}


def needs_of(path: Path) -> Needs:
    """The needs in a file of `trace`, or of the source in a folder.

    Raises:
        TraceError: the file does not hold needs, or the folder holds no source that can be traced.
    """
    if path.is_dir() or path.suffix in (".py", ".ex", ".exs"):
        return consumer.trace([path], path.resolve().name, "")
    return needs.read(path)


def inventory_of(path: Path, language: str) -> Inventory:
    """The inventory in a file of `trace --library`, or of the source in a folder.

    A language that cannot be read gives an inventory without functions: the rest of the plan is not affected.

    Raises:
        TraceError: the file does not hold an inventory, or the folder does not exist.
    """
    if path.is_file():
        return inventory.read(path)
    language = _LANGUAGES.get(language, language)
    if language not in inventory.LANGUAGES:
        return Inventory(path.resolve().name, "", language, 0, ())
    files, functions, unread = inventory.take(path, language)
    return Inventory(path.resolve().name, "", language, files, tuple(functions), unread)


def measured(port: str, report: Path) -> Facts:
    """Measure a port, and give the facts of that run; its report is in the folder.

    Raises:
        PortError: there is no such port.
        PlanError: the run did not come to its end.
    """
    ports.find(port)
    words = [sys.executable, "-m", "conformance", "run", "--port", port, "--report", str(report), "-n", "auto"]
    done = subprocess.run(words, stdout=sys.stderr, check=False)
    if done.returncode not in (0, 1, 3):
        raise PlanError(f"the run of {port} ended with exit code {done.returncode}", "see what it wrote above")
    return facts_of.read(report)
