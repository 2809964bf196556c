"""The command `hub-conformance`, a module a command."""
