// A shim: it lets the conformance suite call @huggingface/hub.
//
// The suite writes one JSON object a line to standard input; each `call` is answered with one line on standard output.
// The protocol is on one page, conformance/protocol/README.md. What a shim does is translation, both ways: one call is
// one public function of the library, and what that returns or throws is reported unchanged. Whatever the library lacks is
// `unsupported`, and nothing is retried, checked or made up for here: that would measure the shim.

import { Console } from "node:console";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";

// Standard output is for the protocol alone. The library logs its downloads with console.debug: to standard error.
globalThis.console = new Console(process.stderr, process.stderr);

// Packages are found in a folder node_modules beside this file or above it, or in those of NODE_PATH.
const require = createRequire(import.meta.url);
const library = require("@huggingface/hub");
const { version } = JSON.parse(readFileSync(join(dirname(require.resolve("@huggingface/hub")), "..", "package.json")));

// --- Operations -----------------------------------------------------------------------------------------------------

// Operation to: the arguments that the library has a parameter for, the call, and the value in the protocol's shape.
// `hub` holds what every function of the library takes: hubUrl, accessToken, fetch; and `xet: false`, which reaches
// downloadFile through those that call it. Xet is a protocol of its own; the checks are about HTTP downloads.
const OPERATIONS = {
  hf_hub_download: {
    takes: ["repo_id", "repo_type", "revision", "filename", "cache_dir"],
    call: (given, hub) =>
      library.downloadFileToCacheDir({
        ...hub,
        repo: repo(given),
        path: given.filename,
        revision: given.revision,
        cacheDir: given.cache_dir,
      }),
    value: (path) => ({ path: resolve(path) }),
  },

  snapshot_download: {
    takes: ["repo_id", "repo_type", "revision", "cache_dir"],
    call: (given, hub) =>
      library.snapshotDownload({ ...hub, repo: repo(given), revision: given.revision, cacheDir: given.cache_dir }),
    value: (path) => ({ path: resolve(path) }),
  },

  scan_cache_dir: {
    takes: ["cache_dir"],
    call: (given) => library.scanCacheDir(given.cache_dir),
    value: (cache) => ({
      size_on_disk: cache.size,
      repos: cache.repos.map(cachedRepo),
      warnings: cache.warnings.map((warning) => warning.message),
    }),
  },

  read_file: {
    takes: ["repo_id", "repo_type", "revision", "filename"],
    // A Blob that fetches its content when it is read.
    call: async (given, hub) => {
      const blob = await library.downloadFile({
        ...hub,
        repo: repo(given),
        path: given.filename,
        revision: given.revision,
      });
      if (blob === null) throw new NoFile("downloadFile returned null, which means that there is no such file");
      return Buffer.from(await blob.arrayBuffer());
    },
    value: bytes,
  },

  list_repo_files: {
    takes: ["repo_id", "repo_type", "revision"],
    call: (given, hub) =>
      all(library.listFiles({ ...hub, repo: repo(given), revision: given.revision, recursive: true })),
    value: (entries) => entries.filter((found) => found.type === "file").map((found) => found.path),
  },

  list_repo_tree: {
    takes: ["repo_id", "repo_type", "revision", "path_in_repo", "recursive", "expand"],
    call: (given, hub) =>
      all(
        library.listFiles({
          ...hub,
          repo: repo(given),
          revision: given.revision,
          path: given.path_in_repo,
          recursive: given.recursive,
          expand: given.expand,
        }),
      ),
    value: (entries) => entries.map(entry),
  },

  get_paths_info: {
    takes: ["repo_id", "repo_type", "revision", "paths", "expand"],
    call: (given, hub) =>
      library.pathsInfo({
        ...hub,
        repo: repo(given),
        revision: given.revision,
        paths: [given.paths].flat(), // a single path may come as a string
        expand: given.expand,
      }),
    value: (entries) => entries.map(entry),
  },

  list_repo_commits: {
    takes: ["repo_id", "repo_type", "revision"],
    call: (given, hub) => all(library.listCommits({ ...hub, repo: repo(given), revision: given.revision })),
    value: (commits) =>
      commits.map((commit) => ({
        commit_id: commit.oid,
        authors: commit.authors.map((author) => author.username),
        created_at: time(commit.date),
        title: commit.title,
        message: commit.message,
        formatted_title: null,
        formatted_message: null,
      })),
  },

  repo_exists: {
    takes: ["repo_id", "repo_type"],
    call: (given, hub) => library.repoExists({ ...hub, repo: repo(given) }),
  },

  file_exists: {
    takes: ["repo_id", "repo_type", "revision", "filename"],
    call: (given, hub) =>
      library.fileExists({ ...hub, repo: repo(given), path: given.filename, revision: given.revision }),
  },

  repo_info: {
    takes: ["repo_id", "repo_type", "revision"],
    call: (given, hub) => infoOf(repo(given).type, given, hub),
    value: info,
  },

  dataset_info: {
    takes: ["repo_id", "revision"],
    call: (given, hub) => infoOf("dataset", given, hub),
    value: info,
  },

  model_info: {
    takes: ["repo_id", "revision"],
    call: (given, hub) => infoOf("model", given, hub),
    value: info,
  },

  whoami: {
    takes: [],
    call: (_, hub) => library.whoAmI(hub),
  },
};

// The library's functions of one repository's info, and the fields that it gives when it is asked for them.
const INFO = {
  dataset: ["datasetInfo", "citation", "description", "downloadsAllTime", "paperswithcode_id"],
  model: ["modelInfo", "config", "downloadsAllTime", "filePaths", "library_name", "safetensors"],
  space: ["spaceInfo"],
};
const INFO_OF_ALL = ["author", "cardData", "createdAt", "disabled", "sha", "tags"];

function infoOf(type, given, hub) {
  const [name, ...further] = INFO[type];
  const additionalFields = [...INFO_OF_ALL, ...further];
  return library[name]({ ...hub, name: given.repo_id, revision: given.revision, additionalFields });
}

function repo({ repo_id, repo_type }) {
  return { type: repo_type ?? "model", name: repo_id };
}

async function all(generator) {
  const found = [];
  for await (const one of generator) found.push(one);
  return found;
}

// --- The shapes of values: null stands for what the library does not tell ----------------------------------------------

// Some times the library gives as the Hub's text, which may be none, and others as a Date.
function time(told) {
  const date = new Date(told ?? NaN);
  return Number.isNaN(date.valueOf()) ? null : { $timestamp: date };
}

const CONTENT_NEEDED = 65536; // the most bytes whose content is sent along

function bytes(content) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const base64 = content.length > CONTENT_NEEDED ? null : content.toString("base64");
  return { $bytes: { size: content.length, sha256, base64 } };
}

function entry({ type, path, oid, size, lfs, xetHash, lastCommit }) {
  const last_commit = lastCommit && { oid: lastCommit.id, title: lastCommit.title, date: time(lastCommit.date) };
  if (type === "directory") return { type, path, tree_id: oid, last_commit };
  const pointer = lfs && { sha256: lfs.oid, size: lfs.size, pointer_size: lfs.pointerSize };
  return { type, path, size, blob_id: oid, lfs: pointer, xet_hash: xetHash, last_commit };
}

function info(told) {
  return {
    id: told.name, // the library's own `id` is the Hub's number of the repository
    author: told.author,
    sha: told.sha,
    created_at: time(told.createdAt),
    last_modified: time(told.updatedAt),
    private: told.private,
    gated: told.gated,
    disabled: told.disabled,
    downloads: told.downloads,
    downloads_all_time: told.downloadsAllTime,
    likes: told.likes,
    used_storage: null,
    tags: told.tags,
    siblings: told.filePaths?.map((rfilename) => ({ rfilename, size: null, blob_id: null, lfs: null })),
    card_data: told.cardData,
    description: told.description,
    citation: told.citation,
    paperswithcode_id: told.paperswithcode_id,
    pipeline_tag: told.task,
    library_name: told.library_name,
    config: told.config,
    safetensors: told.safetensors,
    sdk: told.sdk,
  };
}

function cachedRepo(cached) {
  return {
    repo_id: cached.id.name,
    repo_type: cached.id.type,
    size_on_disk: cached.size,
    nb_files: cached.filesCount,
    revisions: cached.revisions.map((revision) => ({
      commit_hash: revision.commitOid,
      size_on_disk: revision.size,
      refs: revision.refs,
      files: revision.files.map((file) => relative(revision.path, file.path)),
    })),
  };
}

// --- Errors: what the library threw, as one of the protocol's kinds ----------------------------------------------------

class NoFile extends Error {}

const KINDS_OF_STATUS = { 400: "bad_request", 401: "unauthorized", 403: "forbidden", 429: "rate_limited" };

// The Hub's own words: the library keeps the body of a refusal, but not the header X-Error-Code.
const KINDS_OF_WORDS = [
  [/^Repository not found/, "repository_not_found"],
  [/^Invalid rev id/, "revision_not_found"],
  [/^Entry not found/, "entry_not_found"],
  [/^Access to .* is restricted|^Your request to access /, "gated_repo"],
  [/^Access to this resource is disabled/, "disabled_repo"],
];

function kind(error) {
  if (typeof error === "string") return "other"; // a body that could not be fetched: the library throws the text alone
  if (error instanceof NoFile) return "entry_not_found";
  if (error instanceof library.HubApiError) {
    const words = error.data?.error ?? error.data?.message ?? "";
    const found = KINDS_OF_WORDS.find(([known]) => known.test(words));
    if (found) return found[1];
    if (error.statusCode >= 500) return "server_error";
    return KINDS_OF_STATUS[error.statusCode] ?? "http_error";
  }
  if (error instanceof library.InvalidApiResponseFormatError) return "invalid_response";
  if (error instanceof SyntaxError || /^malformed response/.test(error.message)) return "invalid_response";
  if (error.syscall && error.path) return "filesystem";
  // fetch throws a TypeError whatever went wrong on the way; the cause says more.
  const because = error.cause;
  if (because === undefined) return refusesArgument(error) ? "invalid_argument" : "other";
  if (because.code === "ERR_INVALID_URL") return "invalid_argument";
  if (/redirect/.test(because.message)) return "redirect";
  if (/TIMEOUT|ETIMEDOUT/.test(because.code)) return "timeout";
  return "connection";
}

// The library refuses an argument by a TypeError; so the language says that the library stumbled.
function refusesArgument(error) {
  return error instanceof TypeError && !/^Cannot read|is not (a function|iterable)$/.test(error.message);
}

function failure(error) {
  return {
    type: "error",
    kind: kind(error),
    native: error instanceof NoFile ? "null" : error.constructor.name,
    message: error.cause ? `${error.message}: ${error.cause.message}` : (error.message ?? String(error)),
    status: error.statusCode,
    request_id: error.requestId,
  };
}

// --- Calls ---------------------------------------------------------------------------------------------------------

// The variables that the library reads. A call that sets another variable of the Hub is unsupported.
const VARIABLES = ["HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"];

function unsupported(reason) {
  return { type: "unsupported", reason: `@huggingface/hub ${version} ${reason}` };
}

async function answer({ operation, arguments: own, context }) {
  const known = OPERATIONS[operation];
  if (!known) return { type: "unimplemented", reason: `the shim does not know the operation ${operation}` };
  // An argument of the call takes precedence over the context's. null and false mean that it was not given.
  const { endpoint, token, cache_dir, ...given } = { ...context, ...own };
  const lacking = Object.keys(own).find(
    (name) => ![...known.takes, "endpoint", "token"].includes(name) && own[name] !== null && own[name] !== false,
  );
  if (lacking) return unsupported(`has no parameter for ${lacking} of ${operation}`);
  if (endpoint === null) return unsupported("reads the Hub's address only from hubUrl, not from HF_ENDPOINT");
  if (token === true) return unsupported("stores no token that token=True could use");
  if (context.offline) return unsupported("has no offline mode");
  const unread = Object.keys(context.env).find(
    (name) => /^(HF|HUGGING_?FACE|TRANSFORMERS)_/.test(name) && context.env[name] !== null && !VARIABLES.includes(name),
  );
  if (unread) return unsupported(`does not read ${unread}`);

  for (const name of Object.keys(given)) given[name] ??= undefined; // so that the library's defaults hold
  const hub = { hubUrl: endpoint, accessToken: token || undefined, fetch: trusting(context.ca_file), xet: false };
  const restore = setEnvironment(context.env);
  try {
    const value = await known.call({ ...given, cache_dir: cache_dir ?? undefined }, hub);
    return { type: "result", value: known.value ? known.value(value) : value };
  } catch (error) {
    return failure(error);
  } finally {
    restore();
  }
}

// A fetch that trusts the authority of a file; undefined for none, and the library takes Node's own. Node reads
// NODE_EXTRA_CA_CERTS at its start only, but each of the library's functions takes a `fetch`.
function trusting(caFile) {
  if (caFile === null) return undefined;
  const { Agent, fetch } = require("undici");
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  return (url, options) => fetch(url, { ...options, dispatcher });
}

function setEnvironment(changes) {
  const before = Object.keys(changes).map((name) => [name, process.env[name]]);
  const set = ([name, value]) => {
    if (value === null || value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  Object.entries(changes).forEach(set);
  return () => before.forEach(set);
}

// --- The conversation ------------------------------------------------------------------------------------------------

const welcome = {
  type: "welcome",
  protocol: 1,
  port: {
    name: "huggingface_js",
    version,
    language: "javascript",
    runtime: `Node ${process.versions.node}`,
    operations: Object.keys(OPERATIONS),
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === "bye") break;
  const said = message.type === "hello" ? welcome : await answer(message);
  // JSON.stringify drops what is undefined; the protocol wants null.
  process.stdout.write(JSON.stringify({ ...said, id: message.id }, (_, value) => value ?? null) + "\n");
}
process.exit(0); // connections that are kept alive would hold the process
