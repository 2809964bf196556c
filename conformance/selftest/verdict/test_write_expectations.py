"""What `run --write-expectations` writes."""

from __future__ import annotations

from conformance.verdict.expectations import Block, Expectation
from conformance.verdict.write_expectations import Ended, text_of, updated


def test_a_new_entry_shows_one_line_of_what_was_seen_and_codes_keep_their_order() -> None:
    """A library's message may go on with a backtrace; what stood in the file stays as it is."""
    new = Ended("info/a[x]", "failed", "b-code", "What it must do.", "the library said\n0: <unknown>\n1: main")
    text = text_of(updated([], "1", [new], ran={"info/a[x]"}, known={"info/a[x]"}))
    assert "# Seen: the library said\n- check" in text
    entry = Expectation(("info/*",), ("z-code", "a-code"), "known", "somewhere")
    ended = [Ended(f"info/{name}[x]", "failed", code, "") for name, code in (("a", "a-code"), ("b", "z-code"))]
    ids = {one.check for one in ended}
    (draft,) = updated([Block("", (entry,))], "1", ended, ran=ids, known=ids)
    assert draft.codes == ["z-code", "a-code"]
