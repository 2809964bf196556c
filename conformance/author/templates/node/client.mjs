// A toy client in the place of your library: plain HTTP, nothing verified, nothing retried. Replace it.
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";

export const VERSION = "0.0.0";

export class HubError extends Error {
  constructor(name, message, status) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

const CODES = {
  RepoNotFound: "RepositoryNotFound",
  GatedRepo: "GatedRepo",
  RevisionNotFound: "RevisionNotFound",
  EntryNotFound: "EntryNotFound",
};

export async function datasetInfo(hub, repoId, revision) {
  const below = revision ? `/revision/${encodeURIComponent(revision)}` : "";
  const { body } = await get(hub, `${hub.endpoint}/api/datasets/${repoId}${below}`);
  return JSON.parse(body.toString("utf8"));
}

export async function download(hub, repoType, repoId, filename, revision) {
  const parts = filename.split("/");
  if (parts.includes("..") || parts[0] === "") throw new RangeError(`${filename} is no path in a repository`);
  const kind = repoType === "model" ? "" : `${repoType}s/`;
  const name = parts.map(encodeURIComponent).join("/");
  const url = `${hub.endpoint}/${kind}${repoId}/resolve/${encodeURIComponent(revision)}/${name}`;
  const { headers, body } = await get(hub, url);
  const commit = headers["x-repo-commit"];
  if (!commit) throw new SyntaxError("the Hub did not send the commit of the file");
  const cache = hub.cacheDir ?? path.join(os.homedir(), ".cache", "huggingface", "hub");
  const file = path.join(cache, `${repoType}s--${repoId.replace("/", "--")}`, "snapshots", commit, ...parts);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, body);
  return file;
}

/** The headers of the first answer, and the body of the last. */
async function get(hub, url) {
  if (hub.offline) throw new HubError("Offline", "the client is offline");
  let first;
  for (let hops = 0; hops < 5; hops += 1) {
    const { status, headers, body } = await ask(hub, url);
    first ??= headers;
    if (status >= 300 && status < 400 && headers.location) {
      url = new URL(headers.location, url).href;
    } else if (status >= 400) {
      const name = CODES[headers["x-error-code"]] ?? "HubError";
      throw new HubError(name, headers["x-error-message"] ?? `the Hub answered ${status}`, status);
    } else {
      return { headers: first, body };
    }
  }
  throw new HubError("HubError", "too many redirects");
}

function ask(hub, url) {
  const headers = { "User-Agent": `@NAME@/${VERSION}` };
  if (hub.token && url.startsWith(`${hub.endpoint}/`)) headers.Authorization = `Bearer ${hub.token}`;
  const secure = url.startsWith("https:");
  const options = secure && hub.caFile ? { headers, ca: fs.readFileSync(hub.caFile) } : { headers };
  return new Promise((resolve, reject) => {
    const broken = (error) => reject(new HubError("ConnectionError", error.message));
    const request = (secure ? https : http).get(url, { ...options, agent: false, timeout: 10_000 }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", broken);
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on("timeout", () => request.destroy(new Error("no answer in time")));
    request.on("error", broken);
  });
}
