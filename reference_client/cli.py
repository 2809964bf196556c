"""The command `hub-reference`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from reference_client.errors import HfHubHTTPError
from reference_client.validate import REPO_TYPES


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line. Returns the exit code: 0, or 1 for a failure, or 2 for bad usage."""
    options = _parser().parse_args(arguments)
    try:
        for line in options.run(options):
            print(line)
    except KeyboardInterrupt:
        return 130
    except HfHubHTTPError as error:
        return _complain(error, 1)
    except ValueError as error:
        return _complain(error, 2)
    except OSError as error:
        return _complain(error, 1)
    return 0


def _complain(error: Exception, code: int) -> int:
    print(f"hub-reference: {' '.join(str(error).split())}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="hub-reference", description="A minimal client of the Hugging Face Hub.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    repository = argparse.ArgumentParser(add_help=False)
    repository.add_argument("repo_id", metavar="REPO", help="namespace/name")
    repository.add_argument("--repo-type", choices=REPO_TYPES, default="model", help="default: model")
    repository.add_argument("--revision", help="branch, tag, ref or commit; default: main")

    download = commands.add_parser("download", parents=[repository], help="put files on disk and print where they are")
    download.add_argument("files", metavar="FILE", nargs="*", help="path in the repository; none means all files")
    download.add_argument("--cache-dir", metavar="DIR", help="default: HF_HUB_CACHE")
    download.add_argument("--local-dir", metavar="DIR", help="put the files here instead of in the cache")
    download.set_defaults(run=_download)

    info = commands.add_parser("info", parents=[repository], help="print what the Hub says of a repository, as JSON")
    info.set_defaults(run=_info)
    return parser


def _download(options: argparse.Namespace) -> list[str]:
    from reference_client import hf_hub_download, snapshot_download

    place = {
        "repo_type": options.repo_type,
        "revision": options.revision,
        "cache_dir": options.cache_dir,
        "local_dir": options.local_dir,
    }
    if not options.files:
        return [snapshot_download(options.repo_id, **place)]
    return [hf_hub_download(options.repo_id, file, **place) for file in options.files]


def _info(options: argparse.Namespace) -> list[str]:
    from reference_client import repo_info

    info = repo_info(options.repo_id, repo_type=options.repo_type, revision=options.revision)
    return [json.dumps(vars(info), default=_plain, indent=2, ensure_ascii=False)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else dataclasses.asdict(value)


if __name__ == "__main__":
    sys.exit(main())
