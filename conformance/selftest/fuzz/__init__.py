"""What a foreign server, disk or file may hold, drawn at random: the client answers or raises what it documents.

`make test` runs a few examples of each test, always the same. `make fuzz SECONDS=1800` runs others for as long as that,
and prints the seed of each round; `python -m conformance.selftest.fuzz SECONDS SEED` repeats one.
"""
