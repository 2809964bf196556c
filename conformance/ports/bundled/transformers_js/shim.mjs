// A shim: it lets the conformance suite call @huggingface/transformers.
//
// The suite writes one JSON object a line to standard input; each `call` is answered with one line on standard output.
// The protocol is on one page, conformance/protocol/README.md. Translation is all that happens here.
//
// `getModelFile` is the function by which every `from_pretrained` of the library gets its files. The package documents it, but its
// main module exports only what lies above it (which asks for files of fixed names, and starts a runtime for models).
// So the shim loads the module utils/hub itself, unchanged. `get_file_metadata` is public, as ModelRegistry's.

import { Console } from "node:console";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

// Standard output is for the protocol alone. The library warns by console.warn: to standard error.
globalThis.console = new Console(process.stderr, process.stderr);

// Packages are found in a folder node_modules beside this file or above it, or in those of NODE_PATH.
const require = createRequire(import.meta.url);
const sources = join(dirname(require.resolve("@huggingface/transformers")), "..", "src");
const load = (module) => import(pathToFileURL(join(sources, module)));

const { env } = await load("env.js");
const { getModelFile } = await load("utils/hub.js");
const { get_file_metadata } = await load("utils/model_registry/get_file_metadata.js");
const { ModelFileNotFoundError } = await load("utils/hub/utils.js");

// --- Operations -----------------------------------------------------------------------------------------------------

const RETURN_PATH = true;
const FATAL = true;

// Operation to: the arguments that the library has a parameter for, the call, and the value in the protocol's shape.
const OPERATIONS = {
  hf_hub_download: {
    takes: ["repo_id", "repo_type", "revision", "filename", "cache_dir", "local_files_only"],
    call: (given) => getModelFile(given.repo_id, given.filename, FATAL, options(given), RETURN_PATH),
    value: (path) => ({ path }),
  },

  try_to_load_from_cache: {
    takes: ["repo_id", "repo_type", "revision", "filename", "cache_dir"],
    call: (given) =>
      getModelFile(given.repo_id, given.filename, !FATAL, options({ ...given, local_files_only: true }), RETURN_PATH),
    value: (path) => path && { path },
  },

  read_file: {
    takes: ["repo_id", "repo_type", "revision", "filename"],
    call: (given) => getModelFile(given.repo_id, given.filename, FATAL, options(given)),
    value: bytes,
  },

  file_exists: {
    takes: ["repo_id", "repo_type", "revision", "filename"],
    call: (given) => get_file_metadata(given.repo_id, given.filename, options(given)),
    value: (metadata) => metadata.exists,
  },
};

// What is null is left out, so that the library's defaults hold.
function options({ revision, cache_dir, local_files_only }) {
  const named = { revision, cache_dir, local_files_only };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined && value !== null));
}

const CONTENT_NEEDED = 65536; // the most bytes whose content is sent along

function bytes(content) {
  const sha256 = createHash("sha256").update(content).digest("hex");
  const base64 = content.length > CONTENT_NEEDED ? null : Buffer.from(content).toString("base64");
  return { $bytes: { size: content.length, sha256, base64 } };
}

// --- Errors: what the library threw, as one of the protocol's kinds ----------------------------------------------------

const KINDS_OF_STATUS = { 400: "bad_request", 401: "unauthorized", 403: "forbidden", 429: "rate_limited" };

// The library tells a status in words of its own for the ones that it knows, and as a number for the others.
const STATUS_OF_WORDS = [
  [/^Bad request error occurred/, 400],
  [/^Request timeout error occurred/, 408],
  [/^Internal server error/, 500],
  [/^Bad gateway error/, 502],
  [/^Service unavailable error/, 503],
  [/^Gateway timeout error/, 504],
];

function status(error) {
  if (error.status) return error.status;
  const number = /^Error \((\d+)\) occurred/.exec(error.message);
  return number ? Number(number[1]) : STATUS_OF_WORDS.find(([words]) => words.test(error.message))?.[1];
}

function kind(error) {
  const told = status(error);
  if (told >= 500) return "server_error";
  if (told) return KINDS_OF_STATUS[told] ?? "http_error";
  if (error instanceof ModelFileNotFoundError) {
    return /invalid model ID/.test(error.message) ? "invalid_argument" : "local_entry_not_found";
  }
  if (error.syscall && error.path) return "filesystem";
  // fetch throws a TypeError whatever went wrong on the way; the cause says more.
  const because = error.cause;
  if (because === undefined) return /^terminated/.test(error.message) ? "connection" : "other";
  if (because.code === "ERR_INVALID_URL") return "invalid_argument";
  if (/redirect/.test(because.message)) return "redirect";
  if (/TIMEOUT|ETIMEDOUT/.test(because.code)) return "timeout";
  return "connection";
}

function failure(error) {
  return {
    type: "error",
    kind: kind(error),
    native: error.constructor.name,
    message: error.cause ? `${error.message}: ${error.cause.message}` : error.message,
    status: status(error),
    request_id: null,
  };
}

// --- Calls ---------------------------------------------------------------------------------------------------------

const BUILT_IN = env.remoteHost; // https://huggingface.co/
const PATH = env.remotePathTemplate;
const TEMPLATES = { model: PATH, dataset: `datasets/${PATH}`, space: `spaces/${PATH}` };

// The variables that the library reads.
const VARIABLES = ["HF_TOKEN", "HF_ACCESS_TOKEN"];

function unsupported(reason) {
  return { type: "unsupported", reason: `@huggingface/transformers ${env.version} ${reason}` };
}

async function answer({ operation, arguments: own, context }) {
  const known = OPERATIONS[operation];
  if (!known) return { type: "unimplemented", reason: `the shim does not know the operation ${operation}` };
  // An argument of the call goes before the context's. One that is null or false is one that was not given.
  const { endpoint, token, cache_dir, ...given } = { ...context, ...own };
  const lacking = Object.keys(own).find(
    (name) => ![...known.takes, "endpoint", "token"].includes(name) && own[name] !== null && own[name] !== false,
  );
  if (lacking) return unsupported(`has no parameter for ${lacking} of ${operation}`);
  if (endpoint === null) return unsupported("has its host built in: no variable names another one");
  if (token === true) return unsupported("stores no token that token=True could use");
  const unread = Object.keys(context.env).find(
    (name) => /^(HF|HUGGING_?FACE|TRANSFORMERS)_/.test(name) && context.env[name] !== null && !VARIABLES.includes(name),
  );
  if (unread) return unsupported(`does not read ${unread}`);
  const template = TEMPLATES[given.repo_type ?? "model"];
  if (!template) return unsupported(`has no repositories of the type ${given.repo_type}`);
  if (cache_dir === null) return unsupported("keeps its files in its own folder unless cache_dir is given");

  // A token comes from the environment alone: a caller sets the variable.
  const restore = setEnvironment({ ...context.env, ...(token === null ? {} : { HF_TOKEN: token || null }) });
  env.fetch = leading(endpoint, context.ca_file);
  env.remotePathTemplate = template;
  env.allowRemoteModels = !context.offline;
  env.cacheDir = cache_dir;
  try {
    const value = await known.call({ ...given, cache_dir });
    return { type: "result", value: known.value ? known.value(value) : value };
  } catch (error) {
    return failure(error);
  } finally {
    restore();
  }
}

// A fetch that asks the suite's Hub instead of the host that is built in, and trusts the authority of a file; null is
// for Node's own. Node reads NODE_EXTRA_CA_CERTS at its start only.
function leading(endpoint, caFile) {
  const led = (url) => String(url).replace(BUILT_IN, `${endpoint}/`);
  if (caFile === null) return (url, given) => fetch(led(url), given);
  const undici = require("undici");
  const dispatcher = new undici.Agent({ connect: { ca: readFileSync(caFile) } });
  return async (url, { headers, ...given }) => {
    const got = await undici.fetch(led(url), { ...given, headers: Object.fromEntries(headers), dispatcher });
    return new Response(got.body, { status: got.status, headers: Object.fromEntries(got.headers) }); // Node's own class
  };
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
    name: "transformers_js",
    version: env.version,
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
