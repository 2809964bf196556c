"""A Xet store on disk, filled by the Xet client of a port's own environment: hashes and format are the real ones."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.ports.errors import PortDescriptionError

_FILL: Final = """
import json, sys, hf_xet
stored = hf_xet.upload_files(sys.argv[2:], sys.argv[1], None, None, None, None)
print(json.dumps([file.hash for file in stored]))
"""


def fill(interpreter: Path, folder: Path, contents: Sequence[bytes]) -> tuple[str, list[str]]:
    """Put contents into the store in a folder.

    Args:
        interpreter: a Python that has `hf_xet`.

    Returns:
        The store's address, as `hf_xet` takes it, and the Xet hash of each content, in order.

    Raises:
        PortDescriptionError: `hf_xet` could not do it; the text has its output.
    """
    store, staging = folder / "store", folder / "staging"
    for part in (store, staging):
        part.mkdir(parents=True, exist_ok=True)
    url = f"local://{store}"
    if not contents:
        return url, []
    files = [staging / str(number) for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content)
    command = [str(interpreter), "-c", _FILL, url, *map(str, files)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=staging)
    if ended.returncode:
        raise PortDescriptionError("the Xet store cannot be filled", ended.stderr.strip()[-1000:])
    return url, json.loads(ended.stdout)
