//! What stands of every rule, what has happened, and what is yet to be told: kept in a file, so that a restart neither tells
//! anything twice nor forgets what is firing.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::judge::{Change, Standing};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::whole_file;

/// So much of the past is kept.
const HISTORY: usize = 1000;

/// Everything that is known of alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// By rule.
    pub standings: BTreeMap<String, Standing>,
    /// What happened, the newest last.
    pub history: VecDeque<Happened>,
    /// What is yet to be told to receivers of single messages.
    pub letters: Vec<Letter>,
    /// Number of the next letter.
    next: u64,
}

/// Something that happened to an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happened {
    /// By the clock; microseconds since the epoch.
    pub at: i64,
    pub rule: String,
    pub source: String,
    pub severity: String,
    pub change: Change,
    /// What shows it: words of a command line.
    pub command: Vec<String>,
}

/// A message to a receiver that has not taken it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The same at every attempt, and no other letter's.
    pub id: String,
    pub receiver: String,
    pub happened: Happened,
    pub attempts: u32,
    /// Not before this, by the clock; microseconds since the epoch.
    pub next: i64,
}

impl Book {
    /// Notes what happened, and a letter for each of these receivers.
    pub fn note(&mut self, happened: &Happened, receivers: &[String]) {
        self.history.push_back(happened.clone());
        while self.history.len() > HISTORY {
            self.history.pop_front();
        }
        for receiver in receivers {
            let id = format!("{}-{}", happened.at, self.next);
            self.next += 1;
            let (receiver, happened) = (receiver.clone(), happened.clone());
            self.letters.push(Letter { id, receiver, happened, attempts: 0, next: 0 });
        }
    }

    /// Forgets what is about rules and receivers that there are no more.
    pub fn keep(&mut self, rules: &[&str], receivers: &[&str]) {
        self.standings.retain(|rule, _| rules.contains(&rule.as_str()));
        self.letters.retain(|letter| receivers.contains(&letter.receiver.as_str()));
    }
}

/// Where a book is kept, if anywhere.
#[derive(Debug)]
pub struct Shelf(Option<PathBuf>);

impl Shelf {
    pub fn new(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// What was kept; an empty book if nothing was.
    ///
    /// # Errors
    /// When there is a file that cannot be read.
    pub fn open(&self) -> Result<Book> {
        let Some(path) = &self.0 else { return Ok(Book::default()) };
        let (content, path) = (fs::read(path), Shown(path.display()));
        match content {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| {
                Message::new(format_args!("{path} is no record of alerts: {error}"))
                    .hint("another `state`, or remove it: what is firing is told again then")
                    .into()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Book::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {path}")),
        }
    }

    /// Keeps it: whole, or as it was before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, book: &Book) -> Result<()> {
        let Some(path) = &self.0 else { return Ok(()) };
        let text = serde_json::to_vec(book)?;
        let written = fs::create_dir_all(whole_file::folder(path)).and_then(|()| whole_file::replace(path, &text));
        written.with_context(|| format!("cannot write {}", Shown(path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn happened(at: i64) -> Happened {
        Happened {
            at,
            rule: "elb-5xx".to_owned(),
            source: "prod".to_owned(),
            severity: "page".to_owned(),
            change: Change::Firing {
                row: "shop/api".to_owned(),
                since: 1,
                at: 1,
                found: "elb_5xx_rate is 3 %".to_owned(),
            },
            command: vec!["albstats".to_owned()],
        }
    }

    #[test]
    fn what_is_kept_is_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(Some(folder.path().join("state/alerts.json")));
        let mut book = shelf.open().unwrap();
        assert_eq!(book, Book::default());
        book.note(&happened(1), &["a".to_owned(), "b".to_owned()]);
        for change in [
            Change::Resolved { row: "shop/api".to_owned(), since: 1, at: 2 },
            Change::CannotTell { since: 3, why: "late".to_owned() },
            Change::CanTell { since: 3, at: 4 },
        ] {
            book.note(&Happened { change, ..happened(5) }, &[]);
        }
        book.standings.insert("elb-5xx".to_owned(), Standing::default());
        shelf.keep(&book).unwrap();
        assert_eq!(shelf.open().unwrap(), book);
        assert_ne!(book.letters[0].id, book.letters[1].id);
        book.keep(&[], &["b"]);
        assert_eq!((book.standings.len(), book.letters.len(), book.history.len()), (0, 1, 4));
    }

    #[test]
    fn the_past_is_bounded_and_damage_is_said() {
        let mut book = Book::default();
        (0..1500).for_each(|at| book.note(&happened(at), &[]));
        assert_eq!((book.history.len(), book.history[0].at), (HISTORY, 500));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts.json");
        fs::write(&path, "{").unwrap();
        assert!(Shelf::new(Some(path)).open().unwrap_err().to_string().contains("no record of alerts"));
        assert!(Shelf::new(Some("/proc/alerts.json".into())).keep(&book).is_err());
    }
}
