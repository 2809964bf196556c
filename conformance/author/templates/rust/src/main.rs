//! The shim of @NAME@: reads calls from standard input, a JSON object a line, and answers each on standard output.
//! What the library prints must go to standard error: `eprintln!`, or a logger that writes there.

mod client; // your library here
mod json; // serde_json does the same and more

use client::{Failure, Hub};
use json::Value;
use std::io::{BufRead, Write};

type Call = fn(&Hub, &Value) -> Result<Value, Failure>;

/// One operation is one public call of the library, with the arguments that it takes.
const OPERATIONS: [(&str, &[&str], Call); 2] = [
    (
        "hf_hub_download",
        &["repo_id", "filename", "repo_type", "revision", "token", "cache_dir"],
        hf_hub_download,
    ),
    ("dataset_info", &["repo_id", "revision", "token"], dataset_info),
];

fn hf_hub_download(hub: &Hub, given: &Value) -> Result<Value, Failure> {
    let path = hub.download(
        given["repo_type"].text().unwrap_or("model"),
        given["repo_id"].text().unwrap_or(""),
        given["filename"].text().unwrap_or(""),
        given["revision"].text().unwrap_or("main"),
    )?;
    let path = std::path::absolute(path).map_err(|error| Failure::new("filesystem", error.to_string()))?;
    Ok(Value::object([("path", path.to_string_lossy().into())]))
}

fn dataset_info(hub: &Hub, given: &Value) -> Result<Value, Failure> {
    let info = hub.dataset_info(given["repo_id"].text().unwrap_or(""), given["revision"].text())?;
    let siblings = info["siblings"].items().iter().map(|one| {
        Value::object([
            ("rfilename", one["rfilename"].clone()),
            ("size", Value::Null),
            ("blob_id", Value::Null),
            ("lfs", Value::Null),
        ])
    });
    // null for what the library does not know, as indexing gives it
    Ok(Value::object([
        ("id", info["id"].clone()),
        ("author", info["author"].clone()),
        ("sha", info["sha"].clone()),
        ("created_at", timestamp(&info["createdAt"])),
        ("last_modified", timestamp(&info["lastModified"])),
        ("private", info["private"].clone()),
        ("gated", info["gated"].clone()),
        ("disabled", info["disabled"].clone()),
        ("downloads", info["downloads"].clone()),
        ("downloads_all_time", Value::Null),
        ("likes", info["likes"].clone()),
        ("used_storage", info["usedStorage"].clone()),
        ("tags", info["tags"].clone()),
        ("siblings", Value::List(siblings.collect())),
        ("card_data", info["cardData"].clone()),
        ("description", info["description"].clone()),
        ("citation", info["citation"].clone()),
        ("paperswithcode_id", info["paperswithcode_id"].clone()),
    ]))
}

/// JSON has no times.
fn timestamp(text: &Value) -> Value {
    match text {
        Value::Null => Value::Null,
        text => Value::object([("$timestamp", text.clone())]),
    }
}

fn main() {
    let mut answers = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let message = json::parse(&line.expect("standard input is UTF-8")).expect("a line is JSON");
        let made = match message["type"].text() {
            Some("bye") => break,
            Some("hello") => welcome(),
            _ => answer(&message),
        };
        let made = made.with("id", message["id"].clone());
        writeln!(answers, "{made}").and_then(|()| answers.flush()).expect("the suite listens");
    }
}

fn welcome() -> Value {
    let names = OPERATIONS.iter().map(|(name, _, _)| (*name).into());
    let port = Value::object([
        ("name", "@NAME@".into()),
        ("version", client::VERSION.into()),
        ("language", "rust".into()),
        ("operations", Value::List(names.collect())),
    ]);
    Value::object([("type", "welcome".into()), ("protocol", Value::Number("1".into())), ("port", port)])
}

fn answer(message: &Value) -> Value {
    let operation = message["operation"].text().unwrap_or("");
    let given = &message["arguments"];
    let Some((_, takes, call)) = OPERATIONS.iter().find(|(name, _, _)| *name == operation) else {
        let reason = format!("the shim does not know {operation}");
        return Value::object([("type", "unimplemented".into()), ("reason", reason.into())]);
    };
    if let Some(lacking) = given.keys().find(|name| !takes.contains(name)) {
        let reason = format!("{operation} has no parameter {lacking}");
        return Value::object([("type", "unsupported".into()), ("reason", reason.into())]);
    }
    match call(&hub_for(given, &message["context"]), given) {
        Ok(value) => Value::object([("type", "result".into()), ("value", value)]),
        Err(failure) => Value::object([
            ("type", "error".into()),
            ("kind", failure.kind.into()), // one of those in `hub-conformance docs protocol`
            ("native", format!("client::Failure::{}", failure.kind).into()),
            ("message", failure.message.into()),
            ("status", failure.status.map_or(Value::Null, |status| Value::Number(status.to_string()))),
        ]),
    }
}

/// The context's endpoint, cache and token, overridden by those of the arguments.
fn hub_for(given: &Value, context: &Value) -> Hub {
    let token = match &given["token"] {
        Value::Bool(false) => None,
        Value::Text(token) => Some(token.as_str()),
        _ => context["token"].text(),
    };
    Hub {
        endpoint: context["endpoint"].text().unwrap_or("https://huggingface.co").into(),
        cache_dir: given["cache_dir"].text().or(context["cache_dir"].text()).unwrap_or("hub").into(),
        token: token.map(String::from),
        offline: matches!(context["offline"], Value::Bool(true)),
    }
}
