"""The environment variables that a port starts with."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.ports import Context, PortDescription, environment
from conformance.ports.drivers.child import Child


def test_node_finds_the_authority_at_its_start() -> None:
    """Node reads the variable once: a process for a call with `ca_file` starts with it, and no other does."""
    trusting = Context("https://127.0.0.1:1", None, ca_file="/tmp/ca.pem", env={"HF_TOKEN": None})
    assert environment.for_node(trusting) == {"NODE_EXTRA_CA_CERTS": "/tmp/ca.pem"}
    assert environment.for_node(Context("https://127.0.0.1:1", None)) == {}
    assert environment.for_call(trusting) == {
        "NODE_EXTRA_CA_CERTS": "/tmp/ca.pem",
        "SSL_CERT_FILE": "/tmp/ca.pem",
        "REQUESTS_CA_BUNDLE": "/tmp/ca.pem",
        "HF_TOKEN": None,
    }
    assert "NODE_EXTRA_CA_CERTS" not in environment.with_changes(environment.clean(Path("/home/user")))


def test_a_node_program_is_started_again_for_an_authority(tmp_path: Path) -> None:
    """With the variable, and then without it; a program in another language is not."""
    program = tmp_path / "shim.py"
    program.write_text(
        "import json, os, sys\n"
        "for line in sys.stdin:\n"
        "    message = json.loads(line)\n"
        "    port = {'name': 'x', 'version': '1', 'language': 'x', 'operations': ['whoami']}\n"
        "    if message['type'] == 'hello': answer = {'type': 'welcome', 'protocol': 1, 'port': port}\n"
        "    elif message['type'] == 'bye': break\n"
        "    else: answer = {'type': 'result', 'value': {'name': os.environ.get('NODE_EXTRA_CA_CERTS', '-')}}\n"
        "    print(json.dumps({'id': message['id'], **answer}), flush=True)\n",
        "utf-8",
    )
    trusting = Context("https://127.0.0.1:1", None, ca_file="/tmp/ca.pem")
    for language, seen in (("javascript", ["/tmp/ca.pem", "-"]), ("elixir", ["-", "-"])):
        command = (sys.executable, str(program))
        child = Child(PortDescription("x", language, tmp_path, ("whoami",), command=command))
        try:
            contexts = (trusting, Context("https://127.0.0.1:1", None))
            assert [child.call("whoami", {}, one, 30.0)["name"] for one in contexts] == seen
        finally:
            child.close()
