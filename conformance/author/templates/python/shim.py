"""The shim of @NAME@: reads calls from standard input, a JSON object a line, and answers each on standard output."""

import json
import os
import platform
import sys

import client  # your library here


def hf_hub_download(hub, repo_id, filename, repo_type=None, revision=None, token=None, cache_dir=None):
    path = hub.download(repo_type or "model", repo_id, filename, revision or "main")
    return {"path": str(path.absolute())}


def dataset_info(hub, repo_id, revision=None, token=None):
    info = hub.dataset_info(repo_id, revision)
    siblings = [{"rfilename": one["rfilename"], "size": None, "blob_id": None, "lfs": None} for one in info["siblings"]]
    return {  # null for what the library does not know
        "id": info["id"],
        "author": info.get("author"),
        "sha": info["sha"],
        "created_at": timestamp(info.get("createdAt")),
        "last_modified": timestamp(info.get("lastModified")),
        "private": info.get("private"),
        "gated": info.get("gated"),
        "disabled": info.get("disabled"),
        "downloads": info.get("downloads"),
        "downloads_all_time": None,
        "likes": info.get("likes"),
        "used_storage": info.get("usedStorage"),
        "tags": info.get("tags"),
        "siblings": siblings,
        "card_data": info.get("cardData"),
        "description": info.get("description"),
        "citation": info.get("citation"),
        "paperswithcode_id": info.get("paperswithcode_id"),
    }


def timestamp(text):
    return text and {"$timestamp": text}  # JSON has no times


# One operation is one public call of the library. The parameters of the function are the arguments that it takes.
OPERATIONS = {"hf_hub_download": hf_hub_download, "dataset_info": dataset_info}

# The library's errors, each as one of the kinds in `hub-conformance docs protocol`.
KINDS = {
    client.RepositoryNotFound: "repository_not_found",
    client.GatedRepo: "gated_repo",
    client.RevisionNotFound: "revision_not_found",
    client.EntryNotFound: "entry_not_found",
    client.Offline: "offline",
    client.HubError: "http_error",
    json.JSONDecodeError: "invalid_response",
    ConnectionError: "connection",
    TimeoutError: "timeout",
    ValueError: "invalid_argument",
    OSError: "filesystem",
}


def welcome():
    port = {
        "name": "@NAME@",
        "version": client.__version__,
        "language": "python",
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
        "operations": list(OPERATIONS),
    }
    return {"type": "welcome", "protocol": 1, "port": port}


def answer(call):
    operation = OPERATIONS.get(call["operation"])
    if operation is None:
        return {"type": "unimplemented", "reason": f"the shim does not know {call['operation']}"}
    names = operation.__code__.co_varnames[1 : operation.__code__.co_argcount]
    for name in call["arguments"]:
        if name not in names:
            return {"type": "unsupported", "reason": f"{call['operation']} has no parameter {name}"}
    context = call["context"]
    token = call["arguments"].get("token")
    hub = client.Hub(
        endpoint=context["endpoint"],
        cache_dir=call["arguments"].get("cache_dir") or context["cache_dir"],
        token=context["token"] if token is None or token is True else token or None,
        offline=context["offline"],
        ca_file=context["ca_file"],
    )
    try:
        return {"type": "result", "value": operation(hub, **call["arguments"])}
    except Exception as error:
        return {
            "type": "error",
            "kind": next((kind for known, kind in KINDS.items() if isinstance(error, known)), "other"),
            "native": f"{type(error).__module__}.{type(error).__qualname__}",
            "message": str(error),
            "status": getattr(error, "status", None),
        }


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the library prints goes to standard error
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "bye":
            break
        made = welcome() if message["type"] == "hello" else answer(message)
        answers.write(json.dumps({"id": message["id"], **made}) + "\n")
        answers.flush()


main()
