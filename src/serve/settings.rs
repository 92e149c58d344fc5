//! What a server is started with.

use std::net::SocketAddr;
use std::time::Duration;

use super::http::LogForm;

/// Bounds, and where to listen.
#[derive(Debug, Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Names by which browsers may call this server, beside those of this machine; without ports.
    pub hosts: Vec<String>,
    pub limits: Limits,
    /// How requests are logged, if they are.
    pub log: Option<LogForm>,
    /// What is under way may go on for so long when the server is to end.
    pub grace: Duration,
}

/// What questions may take, all of them together and each.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Questions that are answered at the same time.
    pub slots: usize,
    /// Questions that may wait for that.
    pub queue: usize,
    /// From the arrival of a question to the last byte of its answer.
    pub timeout: Duration,
    /// Rows of an answer to a statement.
    pub max_rows: u64,
    /// Bytes of an answer to a statement.
    pub max_bytes: u64,
    /// Bytes of memory for answers that are kept.
    pub cache: u64,
    /// Stack of a thread that answers, bytes: the engine plans by recursion.
    pub stack: usize,
}
