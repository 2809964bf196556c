//! A toy client in the place of your library: plain HTTP/1.0, no TLS, nothing verified, nothing retried. Replace it.

use crate::json::{self, Value};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

pub const VERSION: &str = "0.0.0";

/// The library's error. `kind` is one of the kinds of the suite's protocol.
pub struct Failure {
    pub kind: &'static str,
    pub message: String,
    pub status: Option<u16>,
}

impl Failure {
    pub fn new(kind: &'static str, message: String) -> Self {
        Failure { kind, message, status: None }
    }
}

/// Where to ask, who asks, and where files go.
pub struct Hub {
    pub endpoint: String,
    pub cache_dir: PathBuf,
    pub token: Option<String>,
    pub offline: bool,
}

struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Hub {
    pub fn dataset_info(&self, repo_id: &str, revision: Option<&str>) -> Result<Value, Failure> {
        let below = revision.map_or(String::new(), |revision| format!("/revision/{}", quoted(revision)));
        let (_, body) = self.get(&format!("{}/api/datasets/{repo_id}{below}", self.endpoint))?;
        let text = String::from_utf8_lossy(&body);
        json::parse(&text).ok_or_else(|| Failure::new("invalid_response", "the Hub's answer is no JSON".into()))
    }

    pub fn download(&self, repo_type: &str, repo_id: &str, filename: &str, revision: &str) -> Result<PathBuf, Failure> {
        if filename.starts_with('/') || filename.split('/').any(|part| part == "..") {
            return Err(Failure::new("invalid_argument", format!("{filename} is no path in a repository")));
        }
        let kind = if repo_type == "model" { String::new() } else { format!("{repo_type}s/") };
        let name = filename.split('/').map(quoted).collect::<Vec<_>>().join("/");
        let (commit, body) =
            self.get(&format!("{}/{kind}{repo_id}/resolve/{}/{name}", self.endpoint, quoted(revision)))?;
        let commit = commit.ok_or_else(|| Failure::new("invalid_response", "the Hub named no commit".into()))?;
        let folder = format!("{repo_type}s--{}", repo_id.replace('/', "--"));
        let path = self.cache_dir.join(folder).join("snapshots").join(commit).join(filename);
        std::fs::create_dir_all(path.parent().expect("it has one"))
            .and_then(|()| std::fs::write(&path, body))
            .map_err(|error| Failure::new("filesystem", error.to_string()))?;
        Ok(path)
    }

    /// The commit that the first answer names, and the body of the last.
    fn get(&self, url: &str) -> Result<(Option<String>, Vec<u8>), Failure> {
        if self.offline {
            return Err(Failure::new("offline", "the client is offline".into()));
        }
        let mut url = url.to_string();
        let mut commit = None;
        for _ in 0..5 {
            let answer = self.ask(&url)?;
            commit = commit.or(answer.header("x-repo-commit").map(String::from));
            match (answer.status, answer.header("location")) {
                (300..=399, Some(location)) => url = joined(&url, location),
                (400.., _) => return Err(failure(&answer)),
                _ => return Ok((commit, answer.body)),
            }
        }
        Err(Failure::new("redirect", "too many redirects".into()))
    }

    fn ask(&self, url: &str) -> Result<Answer, Failure> {
        let broken = |error: std::io::Error| Failure::new("connection", error.to_string());
        let Some(rest) = url.strip_prefix("http://") else {
            return Err(Failure::new("other", format!("{url}: this toy speaks http only")));
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let mut connection = TcpStream::connect(host).map_err(broken)?;
        connection.set_read_timeout(Some(Duration::from_secs(10))).map_err(broken)?;
        let token = match &self.token {
            Some(token) if url.starts_with(&format!("{}/", self.endpoint)) => format!("Authorization: Bearer {token}\r\n"),
            _ => String::new(),
        };
        let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: @NAME@/{VERSION}\r\n{token}\r\n");
        connection.write_all(request.as_bytes()).map_err(broken)?;
        let mut received = Vec::new();
        connection.read_to_end(&mut received).map_err(broken)?;
        parsed(&received).ok_or_else(|| Failure::new("connection", "the answer is no HTTP".into()))
    }
}

fn parsed(received: &[u8]) -> Option<Answer> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_string()))
        .collect();
    Some(Answer { status, headers, body: received[end + 4..].to_vec() })
}

fn failure(answer: &Answer) -> Failure {
    let kind = match answer.header("x-error-code") {
        Some("RepoNotFound") => "repository_not_found",
        Some("GatedRepo") => "gated_repo",
        Some("RevisionNotFound") => "revision_not_found",
        Some("EntryNotFound") => "entry_not_found",
        _ => "http_error",
    };
    let said = answer.header("x-error-message").map(String::from);
    let message = said.unwrap_or_else(|| format!("the Hub answered {}", answer.status));
    Failure { kind, message, status: Some(answer.status) }
}

/// A Location as a URL: it is one, or a path on the same host.
fn joined(url: &str, location: &str) -> String {
    if !location.starts_with('/') {
        return location.to_string();
    }
    let end = url[7..].find('/').map_or(url.len(), |slash| slash + 7);
    format!("{}{location}", &url[..end])
}

fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}
