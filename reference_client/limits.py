"""Every limit that what comes from outside is held to, in one place.

A limit is no promise that something larger is wrong, only that nobody needs it: it keeps one answer from filling the
memory or the disk, or from lasting for ever. Whatever goes over one ends in an error that names it.
"""

from __future__ import annotations

MiB = 1 << 20

MAX_REDIRECTS = 20
"""Redirects of one request."""
MAX_RETRIES = 5
"""Further attempts after the first, of a request or of a body that doesn't get longer."""
LONGEST_WAIT = 300
"""Seconds: the Hub's rate-limit window. Nobody waits longer than that between two attempts."""

JSON_BYTES = 28 * MiB
"""Of an API's answer, or a page of it, decompressed: in memory it is up to nine times as much."""
JSON_VALUES = 2_000_000
"""In such an answer: an empty list takes two bytes of JSON, and eighty of memory."""
ERROR_BYTES = 64 << 10
"""Read of the body of an error or a redirect, decompressed; the rest is dropped."""
PARTS = 1000
"""Requests for one file's body."""
UNTOLD_BYTES = 64 << 30
"""Of a file whose size the Hub doesn't tell."""
FILE_BYTES = 1 << 50
"""That the Hub may say a file has."""

URL_BYTES = 16 << 10
"""Of a URL that a server sends."""
LINK_BYTES = 8 << 10
"""Of the Link headers of an answer."""
PATH_BYTES = 4096
"""Of a file's path in its repository, in UTF-8."""
PATH_FOLDERS = 256
"""Folders in such a path."""

PAGES = 20_000
"""Of one listing."""
EMPTY_PAGES = 100
"""Of one listing, one after the other."""
LISTED_ITEMS = 1_000_000
"""Of one listing."""
LISTING_BYTES = 128 * MiB
"""Of all pages of one listing."""

SILENCES = 6
"""How often the timeout for a single silence (HF_HUB_DOWNLOAD_TIMEOUT, HF_HUB_ETAG_TIMEOUT) passes before an answer
that only trickles is given up: its head, the whole of it if it is no file, a piece of a file."""
LEAST_PROGRESS = 1024
"""Bytes of a file that must come in that time."""

TOKEN_BYTES = 64 << 10
"""Of the file at HF_TOKEN_PATH."""
KEPT_LISTING_BYTES = 256 * MiB
"""Of a listing kept on disk."""
SHOWN = 200
"""Characters of a foreign text that a message shows."""
LISTED = 20
"""Names that a message lists."""

PATTERN_BYTES = 4096
"""Of a glob that chooses files, in UTF-8."""
CARD_BYTES = MiB
"""Of the YAML at the head of a card."""
CARD_VALUES = 200_000
"""In that YAML, those counted again that an alias stands for."""
CARD_DEPTH = 100
"""Of its lists and mappings in each other."""
CARD_SCALAR = 16 << 10
"""Characters of a value without quotation marks: it may be a number, and those to base 60 take the square of it."""

LINE_BYTES = 256 * MiB
"""Of a line of JSON lines, or a file that is one list, decompressed."""
CELL_BYTES = 256 * MiB
"""Of a value of a row, decompressed. The largest known in the datasets is about 200 MB."""
INTEGER_DIGITS = 100_000
"""Of the integers with more than 4300 digits in a piece of JSON."""
CELL_VALUES = 4_000_000
"""Of JSON in a value, a line, or a file that is one list: an empty list takes two bytes there, and eighty of memory."""


class LimitError(OSError):
    """Something from outside is larger than it may be."""

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(f"{what} goes over the limit {limit} = {globals()[limit]} of the client.")
        self.what, self.limit = what, limit

    def __reduce__(self) -> tuple[type[LimitError], tuple[str, str]]:
        return type(self), (self.what, self.limit)


class TooSlowError(TimeoutError):
    """What comes, comes so slowly that nobody would wait for it. Another attempt doesn't help."""
