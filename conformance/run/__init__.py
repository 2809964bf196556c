"""A run: one port is measured by the checks, and its results are judged against what is expected of it."""
