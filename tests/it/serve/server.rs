//! A server over some logs, and a client that sends whatever it is told to.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::ingest::bench::Running;
use crate::logs::{access_lines, gzip, object_name};
use crate::support::{Answer, Workspace};

/// Rows of the logs.
pub(super) const ROWS: usize = 200;

pub(super) struct Server {
    pub(super) folder: Workspace,
    pub(super) running: Option<Running>,
    pub(super) address: String,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    head: String,
    pub(super) body: Vec<u8>,
    /// Whether the answer came to its end.
    pub(super) whole: bool,
}

/// A folder with an object of access logs.
pub(super) fn logs() -> Workspace {
    let folder = Workspace::new();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), gzip(access_lines(ROWS)));
    folder
}

impl Server {
    pub(super) fn start(args: &[&str]) -> Self {
        Self::over(logs(), &[&["--from", "logs"], args].concat())
    }

    /// Over what lies in a folder.
    pub(super) fn over(folder: Workspace, args: &[&str]) -> Self {
        Self::with_environment(folder, args, &[])
    }

    /// With variables of the environment besides.
    pub(super) fn with_environment(folder: Workspace, args: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::with_command(folder, args, |command| {
            command.envs(environment.iter().copied());
        })
    }

    /// As somebody who changes the command before it runs.
    pub(super) fn with_command(folder: Workspace, args: &[&str], change: impl FnOnce(&mut Command)) -> Self {
        let mut command = folder.command([&["serve", "--listen", "0"], args].concat());
        change(&mut command);
        let running = Running::start(command);
        let address = running.listens_on();
        Self { folder, running: Some(running), address }
    }

    pub(super) fn get(&self, path: &str) -> Response {
        self.get_with(path, "")
    }

    /// With more fields, each with its line ending.
    pub(super) fn get_with(&self, path: &str, fields: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{fields}\r\n", self.address))
    }

    pub(super) fn json(&self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        response.json()
    }

    pub(super) fn post(&self, path: &str, fields: &str, body: &str) -> Response {
        let length = body.len();
        self.send(format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {length}\r\n{fields}\r\n{body}",
            self.address
        ))
    }

    pub(super) fn ask(&self, body: &Value) -> Response {
        self.post("/api/v1/query", "Content-Type: application/json\r\n", &body.to_string())
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    pub(super) fn send(&self, request: impl AsRef<[u8]>) -> Response {
        let mut stream = self.connect();
        // It may have heard enough before the end.
        let _ = stream.write_all(request.as_ref());
        read(&mut stream)
    }

    /// What it has said.
    pub(super) fn said(&self) -> String {
        self.running.as_ref().unwrap().said()
    }

    pub(super) fn terminate(self) -> Answer {
        self.terminate_keeping().1
    }

    /// Its folder is there afterwards.
    pub(super) fn terminate_keeping(mut self) -> (Workspace, Answer) {
        let ended = self.running.take().unwrap().terminate();
        (self.folder, ended)
    }
}

/// Sends bytes as they are, says that nothing more comes, and reads what comes back.
pub(super) fn raw(server: &Server, bytes: &[u8]) -> Response {
    let mut stream = server.connect();
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    read(&mut stream)
}

/// Reads an answer up to the end of the connection.
pub(super) fn read(stream: &mut TcpStream) -> Response {
    let (bytes, whole) = bytes(stream);
    Response::of(&bytes, whole)
}

/// What is still to come of an answer, as it comes.
pub(super) fn read_rest(stream: &mut TcpStream) -> Vec<u8> {
    bytes(stream).0
}

fn bytes(stream: &mut TcpStream) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let mut piece = [0; 8 << 10];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return (bytes, true),
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return (bytes, false),
        }
    }
}

impl Response {
    fn of(bytes: &[u8], whole: bool) -> Self {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Self {
                status: 0,
                head: String::from_utf8_lossy(bytes).into_owned(),
                body: Vec::new(),
                whole: false,
            };
        };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let mut response = Self { status, head, body: bytes[end + 4..].to_vec(), whole };
        if response.field("transfer-encoding").as_deref() == Some("chunked") {
            let (body, whole) = joined(&response.body);
            (response.body, response.whole) = (body, whole);
        }
        response
    }

    pub(super) fn field(&self, name: &str) -> Option<String> {
        let fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        values.next().map(str::to_owned)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Status and code of a refusal.
    #[track_caller]
    pub(super) fn refused(&self) -> (u16, String) {
        let json = self.json();
        assert!(json["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
        assert!(json.get("hint").is_some() && json.get("position").is_some(), "{json}");
        (self.status, json["code"].as_str().unwrap().to_owned())
    }
}

/// Chunks put together, and whether the last one came.
fn joined(mut chunks: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = chunks.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
        let length = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return (body, true);
        }
        let Some(chunk) = chunks.get(end + 2..end + 2 + length) else { return (body, false) };
        body.extend_from_slice(chunk);
        chunks = chunks.get(end + 2 + length + 2..).unwrap_or_default();
    }
}
