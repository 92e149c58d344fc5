//! What is asked, and what comes of it.

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Result;
use serde::Serialize;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::queries::Stop;
use crate::ask::query::{QueryResult, Source};
use crate::ask::sql::Scalar;
use crate::base::message::Message;
use crate::output::document::Document;

/// What answers: reports and statements over the sources that are served.
///
/// Each question is asked on a thread of its own, which may wait as it likes: for the disk, for a bucket, or in a runtime. It
/// is to end soon after `stop` says so.
pub trait Answers: Send + Sync {
    /// The sources that are served, the one first that is meant when nothing is said.
    fn sources(&self) -> Vec<Served>;

    /// Where questions are answered: not where connections are.
    fn runtime(&self) -> Handle;

    /// What a source holds now, and what it will; none if there is no such source.
    fn position(&self, source: &str) -> Option<watch::Receiver<Position>>;

    /// A report of a source, from words as they are typed behind `albstats report`: its name first, and no place to read.
    ///
    /// # Errors
    /// When the words do not say what can be made, or it cannot be made.
    fn report(&self, source: &str, words: &[String], stop: &Stop) -> Result<Made>;

    /// Which load balancers of a source have requests and write no logs, at a time that these words choose, `--since` and
    /// `--until`.
    ///
    /// # Errors
    /// When its logs cannot be listed.
    fn not_logged(&self, source: &str, words: &[String]) -> Result<NotLogged>;

    /// Words that a command on a command line needs to read by the same configuration: `--config FILE`.
    fn again(&self) -> Vec<String>;

    /// What the sources that are taken in count, as Prometheus reads it: a source's name, and a text.
    fn metrics(&self) -> Vec<(String, String)>;

    /// Begins a statement; its rows come as they are asked for.
    ///
    /// # Errors
    /// When the statement cannot be understood, or there is nothing to read.
    fn query(&self, source: &str, statement: &Statement, stop: &Stop) -> Result<Answered>;
}

/// A source that is served.
#[derive(Debug, Clone, Serialize)]
pub struct Served {
    /// What it is called here.
    pub name: String,
    /// Where its logs lie, as it was typed or configured.
    pub from: String,
    /// How its logs are taken in, if they are: otherwise they are read where they lie.
    pub live: Option<Live>,
    /// What is wrong with it; it is answered about from what there is.
    pub problem: Option<Message>,
    /// Whether questions about it can be answered, from whatever there is of it.
    #[serde(skip)]
    pub can_answer: bool,
}

impl Served {
    /// Why not all of it is there that there could be, if something is missing.
    pub fn missing(&self) -> Option<String> {
        let unlisted = || self.live.as_ref().is_some_and(|live| !live.listed_everything);
        let why = match &self.problem {
            Some(problem) => problem.shown_text(),
            None if unlisted() => "not everything was listed yet".to_owned(),
            None => return None,
        };
        Some(format!("{}: {why}", self.name))
    }
}

/// How far logs are taken in.
#[derive(Debug, Clone, Serialize)]
pub struct Live {
    /// Objects, and their rows, that were taken in since the server began.
    pub objects: u64,
    pub rows: u64,
    pub rejected_lines: u64,
    pub damaged_objects: u64,
    /// Objects that are yet to be read.
    pub waiting_objects: u64,
    /// How long ago the interval of the oldest of them ended, seconds.
    pub lag_seconds: Option<i64>,
    /// Bytes in the live store.
    pub store_bytes: u64,
    /// When its places were last listed, UTC.
    pub last_listing: Option<String>,
    /// Whether everything that is kept was listed once.
    pub listed_everything: bool,
}

/// What a source holds at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// Changes with what there is to read.
    pub mark: u64,
    /// Up to when all its logs are complete, as far as is known; microseconds since the epoch.
    pub complete_until: Option<i64>,
}

/// A statement and what it is asked about.
#[derive(Debug, Clone, Default)]
pub struct Statement {
    pub sql: String,
    /// Values of `:name`.
    pub values: BTreeMap<String, Scalar>,
    /// Flags that say which logs, as words: `--since 2h`.
    pub words: Vec<String>,
}

/// A report that was made.
#[derive(Debug, Clone)]
pub struct Made {
    pub document: Document,
    /// The statements that were asked, with their values, as they can be run.
    pub sql: Vec<String>,
    /// The words of the same report on a command line, `albstats` first.
    pub command: Vec<String>,
    /// What was read for it.
    pub read: Read,
    /// The time it is about; microseconds since the epoch.
    pub span: Range<i64>,
    /// Up to when all logs of the source were complete when it was begun, whatever it is about, as far as that was known.
    pub complete_until: Option<i64>,
    /// Up to when what it is about is there, and at most to its end, as far as names of objects tell.
    pub delivered_until: Option<i64>,
}

/// Load balancers that have requests and write no logs.
#[derive(Debug, Clone, Default)]
pub struct NotLogged {
    /// `app/NAME/ID`, and what was found.
    pub silent: Vec<(String, String)>,
    /// Why it is not known of others.
    pub unknown: Option<String>,
    /// What shows it: words of a command line.
    pub command: Vec<String>,
}

/// A statement under way.
pub struct Answered {
    pub rows: QueryResult,
    /// What it reads, which counts what was read so far.
    pub source: Source,
    /// What is to be said besides.
    pub warnings: Vec<String>,
}

/// What was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Read {
    /// Objects of logs that were opened, and files of exports and live stores.
    pub objects: u64,
    /// Rows that came out of them.
    pub rows: u64,
    /// Their bytes, as stored.
    pub bytes: u64,
    /// Objects and files that could not be read, or not to their end, and live stores that have let go of rows that were asked about.
    pub incomplete: u64,
}

impl Read {
    /// What a source has read so far.
    pub fn of(source: &Source) -> Self {
        let mut read = Self { incomplete: source.let_go.len() as u64, ..Self::default() };
        for run in source.stored() {
            let report = run.report();
            read.incomplete += run.unread().len() as u64;
            read.objects += report.files;
            read.rows += report.rows;
            read.bytes += report.bytes;
        }
        if let Some(run) = &source.raw {
            let report = run.report();
            read.objects += report.read.len() as u64;
            read.rows += report.stats.rows;
            read.bytes += report.bytes;
            read.incomplete += report.incomplete.len() as u64;
        }
        read
    }
}
