// The shim of @NAME@: reads calls from standard input, a JSON object a line, and answers each on standard output.
import path from "node:path";
import readline from "node:readline";

import * as client from "./client.mjs"; // your library here

// What the library logs goes to standard error.
console.log = console.info = console.debug = console.error;

// One operation is one public call of the library. `takes` are the arguments that it takes.
const OPERATIONS = {
  hf_hub_download: {
    takes: ["repo_id", "filename", "repo_type", "revision", "token", "cache_dir"],
    async call(hub, { repo_id, filename, repo_type, revision }) {
      const file = await client.download(hub, repo_type ?? "model", repo_id, filename, revision ?? "main");
      return { path: path.resolve(file) };
    },
  },
  dataset_info: {
    takes: ["repo_id", "revision", "token"],
    async call(hub, { repo_id, revision }) {
      const info = await client.datasetInfo(hub, repo_id, revision);
      return {
        // null for what the library does not know
        id: info.id,
        author: info.author ?? null,
        sha: info.sha,
        created_at: timestamp(info.createdAt),
        last_modified: timestamp(info.lastModified),
        private: info.private ?? null,
        gated: info.gated ?? null,
        disabled: info.disabled ?? null,
        downloads: info.downloads ?? null,
        downloads_all_time: null,
        likes: info.likes ?? null,
        used_storage: info.usedStorage ?? null,
        tags: info.tags ?? null,
        siblings: info.siblings.map(({ rfilename }) => ({ rfilename, size: null, blob_id: null, lfs: null })),
        card_data: info.cardData ?? null,
        description: info.description ?? null,
        citation: info.citation ?? null,
        paperswithcode_id: info.paperswithcode_id ?? null,
      };
    },
  },
};

// JSON has no times.
function timestamp(text) {
  return text ? { $timestamp: text } : null;
}

// The library's errors by name, each as one of the kinds in `hub-conformance docs protocol`.
const KINDS = {
  RepositoryNotFound: "repository_not_found",
  GatedRepo: "gated_repo",
  RevisionNotFound: "revision_not_found",
  EntryNotFound: "entry_not_found",
  Offline: "offline",
  HubError: "http_error",
  ConnectionError: "connection",
  RangeError: "invalid_argument",
  SyntaxError: "invalid_response",
};

function welcome() {
  const port = {
    name: "@NAME@",
    version: client.VERSION,
    language: "javascript",
    runtime: `Node.js ${process.versions.node}`,
    operations: Object.keys(OPERATIONS),
  };
  return { type: "welcome", protocol: 1, port };
}

async function answer({ operation, arguments: given, context }) {
  if (!Object.hasOwn(OPERATIONS, operation)) {
    return { type: "unimplemented", reason: `the shim does not know ${operation}` };
  }
  const { takes, call } = OPERATIONS[operation];
  const lacking = Object.keys(given).filter((name) => !takes.includes(name));
  if (lacking.length > 0) {
    return { type: "unsupported", reason: `${operation} has no parameter ${lacking.join(", ")}` };
  }
  const hub = {
    endpoint: context.endpoint ?? "https://huggingface.co",
    cacheDir: given.cache_dir ?? context.cache_dir,
    token: given.token === undefined || given.token === null || given.token === true ? context.token : given.token,
    offline: context.offline,
    caFile: context.ca_file,
  };
  try {
    return { type: "result", value: await call(hub, given) };
  } catch (error) {
    return {
      type: "error",
      kind: KINDS[error.name] ?? (error.code ? "filesystem" : "other"),
      native: error.name,
      message: error.message,
      status: error.status ?? null,
    };
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "bye") break;
  const made = message.type === "hello" ? welcome() : await answer(message);
  process.stdout.write(JSON.stringify({ id: message.id, ...made }) + "\n");
}
process.stdin.destroy(); // nothing else keeps this process alive
