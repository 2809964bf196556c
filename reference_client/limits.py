"""Every limit that what comes from outside is held to. What goes over one ends in an error that names it.

A limit doesn't say that something larger is wrong, only that nobody needs it: memory, disk and time have an end.
"""

from __future__ import annotations

MiB = 1 << 20

# Requests
MAX_REDIRECTS = 20  # of one request
MAX_RETRIES = 5  # attempts after the first, of a request or of a body that doesn't get longer
LONGEST_WAIT = 300  # seconds between two attempts: the Hub's rate-limit window
SILENCES = 6  # timeouts that an answer which trickles may take: for its head, a piece of a file, or all of its JSON
LEAST_PROGRESS = 1024  # bytes of a file that must come in that time

# Answers, and listings of several
JSON_BYTES = 28 * MiB  # of an API's answer, or a page of it, decompressed: in memory it is up to nine times as much
JSON_VALUES = 2_000_000  # in such an answer: an empty list takes two bytes of JSON, and eighty of memory
ERROR_BYTES = 64 << 10  # read of the body of an error or a redirect, decompressed; the rest is dropped
PARTS = 1000  # requests for one file's body
UNTOLD_BYTES = 64 << 30  # of a file whose size the Hub doesn't say
FILE_BYTES = 1 << 50  # that the Hub may say a file has
URL_BYTES = 16 << 10  # of a URL that a server sends
LINK_BYTES = 8 << 10  # of the Link headers of an answer
PATH_BYTES = 4096  # of a file's path in its repository, in UTF-8
PATH_FOLDERS = 256  # in such a path
PAGES = 20_000  # of a listing
EMPTY_PAGES = 100  # one after the other
LISTED_ITEMS = 1_000_000
LISTING_BYTES = 128 * MiB  # of all its pages

# The disk, and what messages show
TOKEN_BYTES = 64 << 10  # of the file at HF_TOKEN_PATH
NOTE_BYTES = 64 << 10  # of a ref in the cache, and of the note on a file in local_dir
KEPT_LISTING_BYTES = 256 * MiB  # of a listing kept on disk
SHOWN = 200  # characters of a foreign text that a message shows
LISTED = 20  # names that a message lists

# Cards of data sets, the patterns in them, and rows
PATTERN_BYTES = 4096  # of a glob that chooses files, in UTF-8
MATCHES = 10_000_000  # of a path of a repository with a glob for a config's files
CARD_BYTES = MiB  # of the YAML at the head of a card
CARD_VALUES = 200_000  # in that YAML, counted again for each alias
CARD_DEPTH = 100  # of its lists and mappings in each other
CARD_SCALAR = 16 << 10  # characters of an unquoted value: reading a number to base 60 takes the square of its length
LINE_BYTES = 256 * MiB  # of a row in CSV or JSON with the blanks before it, or a file that is one list, decompressed
ROW_LINES = 4_000_000  # that a row goes over, or that are empty before it
JSON_DEPTH = 10_000  # of lists and objects in each other in a row that goes over several lines
CELL_BYTES = 256 * MiB  # of a value, decompressed; the largest known in the datasets is about 200 MB
XZ_BYTES = 128 * MiB  # of memory to decompress xz: its highest preset takes 65 MiB, and a header may ask for 4 GiB
INTEGER_DIGITS = 100_000  # of the integers with more than 4300 digits in a piece of JSON
CELL_VALUES = 4_000_000  # of JSON in a value, a line, or a file that is one list
CSV_COLUMNS = 500_000  # of a file, and values that a row may have before it is compared with them


class LimitError(OSError):
    """Something from outside is larger than it may be."""

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(f"{what} goes over the limit {limit} = {globals()[limit]} of the client.")
        self.what, self.limit = what, limit

    def __reduce__(self) -> tuple[type[LimitError], tuple[str, str]]:
        return type(self), (self.what, self.limit)


class TooSlowError(TimeoutError):
    """What comes, comes too slowly to wait for. Another attempt doesn't help."""
