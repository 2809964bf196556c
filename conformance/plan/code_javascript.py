"""Examples as node:test tests of @huggingface/hub."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from conformance.plan.examples import Example

LANGUAGE: Final = "javascript"
SUPPORT_FILE: Final = "hub-of.mjs"
RUN: Final = "node --test {file}"
SUPPORT: Final = """\
// Opens the recorded Hub of a check. `hub-conformance` must be on the PATH.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";

export async function serve(t, check, call) {
  const words = ["serve", check, "--call", String(call)];
  const child = spawn("hub-conformance", words, { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.stdin.end()); // the end of its standard input ends it
  const told = {};
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("requests (")) return { hubUrl: told.endpoint, cacheDir: told.cache_dir };
    const found = /^  (\\w+)  +(\\S.*)$/.exec(line);
    if (found) told[found[1]] = found[2];
  }
  throw new Error("hub-conformance serve ended");
}

export const content = (bytes) => [bytes.length, createHash("sha256").update(bytes).digest("hex")];
"""
_CALLS: Final[Mapping[str, tuple[str, str]]] = {
    "hf_hub_download": ("downloadFileToCacheDir", "content(await readFile(await call()))"),
    "read_file": ("downloadFile", "content(Buffer.from(await (await call()).arrayBuffer()))"),
    "list_repo_tree": ("listFiles", "(await Array.fromAsync(call())).map((one) => one.path).sort()"),
    "list_repo_files": ("listFiles", "(await Array.fromAsync(call())).map((one) => one.path).sort()"),
    "file_exists": ("fileExists", "await call()"),
    "repo_exists": ("repoExists", "await call()"),
    "dataset_info": ("datasetInfo", "(await call()).sha"),
    "model_info": ("modelInfo", "(await call()).sha"),
}


def file_name(example: Example) -> str:
    """The file of an example."""
    return re.sub(r"[^a-z0-9]+", "-", example.check).strip("-") + ".test.mjs"


def code(example: Example) -> str | None:
    """A whole node:test test, or None for an operation that the library has no function for."""
    if example.operation not in _CALLS:
        return None
    function, answer = _CALLS[example.operation]
    given = example.arguments
    options = {
        "repo": {"type": given.get("repo_type", "model"), "name": given.get("repo_id")},
        "name": given.get("repo_id") if function.endswith("Info") else None,
        "path": given.get("filename", given.get("path_in_repo")),
        "revision": given.get("revision"),
        "recursive": given.get("recursive", function == "listFiles" and example.operation == "list_repo_files") or None,
        "accessToken": given.get("token"),
        "additionalFields": ["sha"] if function.endswith("Info") else None,
    }
    shown = json.dumps({name: value for name, value in options.items() if value is not None})
    value = json.dumps(list(example.value) if isinstance(example.value, tuple) else example.value)
    check = (
        f"assert.deepEqual({answer}, {value});"
        if example.expect != "error"
        else f"await assert.rejects(async () => {answer});"
    )
    return "\n".join(
        [
            f"// {example.check}, call {example.number}",
            'import assert from "node:assert/strict";',
            'import { readFile } from "node:fs/promises";',
            'import { test } from "node:test";',
            f'import {{ {function} }} from "@huggingface/hub";',
            f'import {{ content, serve }} from "./{SUPPORT_FILE}";',
            "",
            f"test({json.dumps(' '.join(example.requirement.split())[:200])}, async (t) => {{",
            f"  const hub = await serve(t, {json.dumps(example.check)}, {example.number});",
            f"  const call = () => {function}({{ ...hub, ...{shown} }});",
            f"  {check}",
            "});",
            "",
        ]
    )
