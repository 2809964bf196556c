"""Answers that do not fit what was asked or announced: nothing wrong is kept."""

from __future__ import annotations

import contextlib

from conformance.catalogue.check import Checks
from conformance.checks.support import Disk, Port
from conformance.checks.support_history import changed_early
from conformance.checks.support_resilience import BROKEN, INFO, RANGES, require_file, require_right_or_error
from conformance.ports import PortError
from conformance.replay import AnotherPart, Cut, Fault, ReplayHub, Rewrite, Status, WrongLength
from conformance.roles import EARLY, lfs_file, other_lfs_file
from conformance.verdict.require import require_bytes, require_equal

# Answers to a resumed download.


check = Checks("hf_hub_download", source=RANGES)


@check("resilience/whole-body-to-a-range[gsm8k]", kills="appends-a-whole-body")
def test_whole_body_to_a_range(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a request to go on at a byte is answered with 200 and the whole body, that is the body: it is not appended.

    A server may ignore a `Range`; the status shows it. A library that always starts again never finishes.
    """
    large = lfs_file(hub.subject)
    body = hub.subject.files()[large].body
    hub.fault(Cut(20_000, of_the_file=True), method="GET", origin="cdn")
    whole = Rewrite(status=200, headers={"Content-Range": None}, body=body)
    hub.fault(whole, method="GET", origin="cdn", ranged=True, times=None, needed=False)
    require_right_or_error(hub, port, disk)


@check("resilience/another-range-than-asked[gsm8k]", kills="content-range-not-read")
def test_another_range_than_asked(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """When a 206 holds another part than was asked for, it is not taken for the right one.

    The part has as many bytes as were asked for, so the size comes out right; only `Content-Range` shows which part it
    is. The download ends with the right bytes, or with an error and no file.
    """
    large = lfs_file(hub.subject)
    body = hub.subject.files()[large].body
    hub.fault(Cut(20_000, of_the_file=True), method="GET", origin="cdn")
    hub.fault(AnotherPart(body), answer="content", origin="cdn", times=None, needed=False)
    require_right_or_error(hub, port, disk)


@check(
    "resilience/range-is-refused[gsm8k]",
    kills="refused-range-is-the-end",
    level="SHOULD",
    source="RFC 9110 §15.5.17: 416, the range cannot be had",
)
def test_range_is_refused(hub: ReplayHub, port: Port) -> None:
    """When a request to go on at a byte is answered with 416, the download starts again."""
    hub.fault(Cut(20_000, of_the_file=True), method="GET", origin="cdn")
    hub.fault(Status(416, retry_after=0), method="GET", origin="cdn", ranged=True, times=None, needed=False)
    require_file(hub, port)


@check(
    "resilience/changed-between-attempts[gsm8k]",
    kills="leftover-has-no-version",
    source="RFC 9110 §13.1.5: parts of two versions must not be combined; the ETag names the version",
)
def test_changed_between_attempts(hub: ReplayHub, port: Port) -> None:
    """A download that failed, of a file that has changed since, ends with the new version when called again.

    What is left of the old version is of no use, though file name and branch are the same.
    """
    repo = hub.subject
    old, new, changed = changed_early(repo, other_lfs_file(repo))
    hub.move("main", to=old, repo=repo.id)
    hub.fault(Cut(after=EARLY), method="GET", origin="cdn")
    hub.fault(Status(403), method="GET", origin="cdn", needed=False)
    with contextlib.suppress(PortError):
        port.download(repo, changed)
    hub.move("main", to=new, repo=repo.id)
    try:
        path = port.download(repo, changed)
    except PortError:  # the second fault may have waited for this call
        path = port.download(repo, changed)
    require_bytes(path.read_bytes(), repo.files(new)[changed].body)


# Lengths that are wrong.


@check.each(
    "resilience/body-{}[gsm8k]",
    {"too-short": WrongLength(-500), "too-long": Rewrite(body=lambda body: body + bytes(500))},
    kills="short-body-accepted",
    source="RFC 9112 §6.3; Hub: X-Linked-Size is the size of the file",
)
def test_body_of_another_size(hub: ReplayHub, port: Port, disk: Disk, member: Fault) -> None:
    """A body that is {}, with a Content-Length to match, is not the file.

    The right bytes arrive, or an error is reported and no file is there. The Hub has sent the size of the file before
    the content host was asked.
    """
    hub.fault(member, method="GET", origin="cdn")
    require_right_or_error(hub, port, disk)


@check("resilience/length-too-long[gsm8k]", kills="pads-to-the-length", source=BROKEN)
def test_length_too_long(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A whole body with a Content-Length that is too long is never filled up to that length.

    The right bytes arrive, or an error is reported and no file is there.
    """
    hub.fault(WrongLength(500), method="GET", origin="cdn")
    require_right_or_error(hub, port, disk)


@check(
    "resilience/page-instead-of-a-body[gsm8k]",
    kills="short-body-accepted",
    source="Hub: X-Linked-Size is the size of the file; proxies and login pages answer 200",
)
def test_page_instead_of_a_body(hub: ReplayHub, port: Port, disk: Disk) -> None:
    """A web page with status 200 in place of the body is never stored as the file.

    Networks that want a login answer so, whatever was asked of whomever.
    """
    page = Rewrite(headers={"Content-Type": "text/html"}, body=b"<html><body>Please log in.</body></html>")
    hub.fault(page, method="GET", origin="cdn")
    require_right_or_error(hub, port, disk)


@check("resilience/half-an-info[gsm8k]", kills="half-an-answer-is-mended", operation="dataset_info", source=BROKEN)
def test_half_an_info(hub: ReplayHub, port: Port) -> None:
    """When the info of a repository breaks off, it is asked for again, or an error is reported."""
    hub.fault(Cut(after=300), path=INFO)
    repo = hub.subject
    try:
        info = port.dataset_info(repo_id=hub.subject.id)
    except PortError:
        return
    names = [sibling["rfilename"] for sibling in info["siblings"] or ()]
    require_equal(sorted(names), sorted(repo.files()), "half-an-answer", "the info lacks files")
