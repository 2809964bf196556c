"""Text as Markdown, read by an independent parser."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.plan.markdown import plain
from conformance.report.markdown import escape

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SIGNS = st.text(st.sampled_from("aB19_*`[]()<>|&;~!#+-=.:/\\ '\""), min_size=1, max_size=20)


@given(SIGNS)
@example("snake_case and __dunder__, _emphasis_")
@example("1. no list")
@example("- no list")
@example("# no heading")
@example("&lt;")
@example("---")
def test_text_is_shown_as_it_is(text: str) -> None:
    """Nothing in it is markup."""
    line = text.strip()
    if not line:
        return
    opened, inline, closed = PARSER.parse(escape(text))
    assert (opened.type, closed.type) == ("paragraph_open", "paragraph_close")
    assert "".join(token.content for token in inline.children or ()) == line
    assert {token.type for token in inline.children or ()} <= {"text", "text_special"}


def test_names_stay_legible() -> None:
    """Names and versions need no backslash; a plan shows them with the same signs as a report."""
    for name in ("hf_hub_ex", "cache/moved-branch", "0.3.1", "a-b+c=d", "#1"):
        assert escape(name) == plain(name) == name
    assert plain("a  b\nc") == "a b c"


def test_backticks_make_code_of_prose() -> None:
    """A pair does; one alone is a backtick, and `|` ends no cell."""
    assert plain("the `a_b|c*` of ` x") == "the `a_b\\|c*` of \\` x"
    assert plain("- `a`") == "\\- `a`"
