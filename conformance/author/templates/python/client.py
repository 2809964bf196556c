"""A toy client in the place of your library: plain HTTP, nothing verified, nothing retried. Replace it."""

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

__version__ = "0.0.0"


class HubError(Exception):
    def __init__(self, message, status=None):
        super().__init__(message)
        self.status = status


class RepositoryNotFound(HubError):
    pass


class GatedRepo(HubError):
    pass


class RevisionNotFound(HubError):
    pass


class EntryNotFound(HubError):
    pass


class Offline(HubError):
    pass


CODES = {
    "RepoNotFound": RepositoryNotFound,
    "GatedRepo": GatedRepo,
    "RevisionNotFound": RevisionNotFound,
    "EntryNotFound": EntryNotFound,
}


class Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # followed below, since urllib would take the token along


class Hub:
    def __init__(self, endpoint, cache_dir, token=None, offline=False, ca_file=None):
        self.endpoint = endpoint or "https://huggingface.co"
        self.cache_dir = cache_dir or Path.home() / ".cache/huggingface/hub"
        self.token = token
        self.offline = offline
        secure = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca_file))
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), secure, Unfollowed)

    def dataset_info(self, repo_id, revision):
        below = f"/revision/{quoted(revision)}" if revision else ""
        _, body = self.get(f"{self.endpoint}/api/datasets/{repo_id}{below}")
        return json.loads(body)

    def download(self, repo_type, repo_id, filename, revision):
        if ".." in filename.split("/") or filename.startswith("/"):
            raise ValueError(f"{filename} is not a path in a repository")
        kind = "" if repo_type == "model" else f"{repo_type}s/"
        name = urllib.parse.quote(filename)
        headers, body = self.get(f"{self.endpoint}/{kind}{repo_id}/resolve/{quoted(revision)}/{name}")
        folder = f"{repo_type}s--{repo_id.replace('/', '--')}"
        commit = headers["X-Repo-Commit"]
        if not commit:
            raise HubError("the Hub did not send the commit of the file")
        path = Path(self.cache_dir, folder, "snapshots", commit, *filename.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def get(self, url):
        """The headers of the first answer, and the body of the last."""
        if self.offline:
            raise Offline("the client is offline")
        first = None
        for _ in range(5):
            request = urllib.request.Request(url, headers={"User-Agent": f"@NAME@/{__version__}"})
            if self.token and url.startswith(self.endpoint + "/"):
                request.add_header("Authorization", f"Bearer {self.token}")
            try:
                with self.opener.open(request, timeout=10) as response:
                    return first or response.headers, response.read()
            except urllib.error.HTTPError as error:
                with error:
                    if "Location" not in error.headers or not 300 <= error.code < 400:
                        known = CODES.get(error.headers["X-Error-Code"], HubError)
                        text = error.headers["X-Error-Message"] or f"the Hub answered {error.code}"
                        raise known(text, error.code) from None
                    first = first or error.headers
                    url = urllib.parse.urljoin(url, error.headers["Location"])
            except urllib.error.URLError as error:
                raise ConnectionError(str(error.reason)) from error
        raise HubError("too many redirects")


def quoted(revision):
    return urllib.parse.quote(revision, safe="")
