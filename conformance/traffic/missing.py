"""Names that no repository, revision or file has: a walk asks for them, so that a replay can answer as the Hub does."""

from __future__ import annotations

from typing import Final

MISSING_FILE: Final = "no-such-file.txt"
MISSING_REVISION: Final = "no-such-revision"
MISSING_REPOSITORY: Final = "conformance/missing"
