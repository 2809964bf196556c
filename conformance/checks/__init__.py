"""The checks. Each module is an area, each test a statement about a port; its docstring is the requirement.

A check function has three fixtures: `hub`, the recorded Hub it is served from (`conformance.replay`); `port`, the
library under test; `disk`, a fresh place on disk (both in `conformance.checks.support`).
"""
