"""`livecodebench/code_generation_lite` in small: a loading script, six JSON lines files and no tags.

Two pull requests replace the script by configs in the card.
"""

from __future__ import annotations

from conformance.hub.repositories import stages
from conformance.hub.repository import Repository

_NAME = "livecodebench"
_SCRIPT = "code_generation_lite.py"
_LFS = b"test*.jsonl filter=lfs diff=lfs merge=lfs -text\n"


def repositories() -> list[Repository]:
    *_, head = stages.commits(
        _NAME,
        ("1-five-files", "Release v5", "2025-01-09T12:00:00"),
        ("2-sixth-file", "Release v6", "2025-04-14T17:32:10"),
        ("3-described", "fix typos (#4)", "2025-06-05T22:41:46"),
        extra={".gitattributes": stages.attributes() + _LFS},
    )
    fifth, sixth = (
        stages.branch(_NAME, f"pull-request-{number}", parent=head, title=title, date=date, without=_SCRIPT)
        for number, title, date in (
            (5, "Name the releases in the card", "2025-07-11T08:15:00"),
            (6, "Load without a script", "2025-07-19T10:00:00"),
        )
    )
    livecodebench = Repository(
        "livecodebench/code_generation_lite",
        branches={"main": head},
        pull_requests={"5": fifth, "6": sixth},
        downloads=98765,
        likes=61,
        walk="lean",
    )
    return [livecodebench]
