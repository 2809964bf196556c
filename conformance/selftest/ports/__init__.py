"""Tests of `conformance.ports` and `conformance.protocol`."""
