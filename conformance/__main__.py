"""`python -m conformance` is the command `hub-conformance`."""

from conformance.cli.main import main

main(prog_name="hub-conformance")
