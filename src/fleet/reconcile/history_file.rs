//! The file that keeps the [`History`]: replaced whole or not at all, of one version, and used by one run at a time.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::history::{History, LogHistory, Refused};
use super::moment;
use super::state::LogId;
use crate::base::lock_file;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::base::whole_file::{self, folder};
use crate::fleet::bucket::Delivery;

/// The version that is written, and the only one that is read.
const VERSION: u32 = 1;

/// The file, held by this run.
#[derive(Debug)]
pub struct HistoryFile {
    path: PathBuf,
    /// Released with the run, whatever ends it.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    #[serde(with = "moment")]
    began: i64,
    logs: Vec<Entry>,
    refused: Vec<RefusedEntry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    load_balancer: String,
    kind: String,
    #[serde(flatten)]
    history: LogHistory,
}

#[derive(Serialize, Deserialize)]
struct RefusedEntry {
    #[serde(flatten)]
    delivery: Delivery,
    #[serde(flatten)]
    refused: Refused,
}

/// Reads a history; a new one if there is none.
///
/// # Errors
/// When it cannot be read or understood: nothing is decided by half a history.
pub fn read(path: &Path, now: i64) -> Result<History> {
    match fs::read_to_string(&plain(path)?) {
        Ok(text) => {
            let read = parse(&text).with_context(|| format!("cannot read {}", Shown(path.display())));
            Ok(read?.until(now))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(History::new(now)),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", Shown(path.display()))),
    }
}

impl HistoryFile {
    /// Takes hold of the file, so that no two runs write at the same time. Makes its folder.
    ///
    /// # Errors
    /// When another run holds it, or the folder cannot be written to.
    pub fn hold(path: &Path) -> Result<Self> {
        let path = &plain(path)?;
        let folder = folder(path);
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", Shown(folder.display())))?;
        let lock_path = path.with_extension("lock");
        let lock = lock_file::open(&lock_path).map_err(|error| {
            Message::of(&error).after(format_args!("cannot write {}: ", lock_path.display())).hint("--state FILE")
        })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!(
                    Message::new(format_args!(
                        "another albstats reconcile is at work ({})",
                        Shown(lock_path.display())
                    ))
                    .hint("let it finish, or stop it")
                )
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("cannot lock {}", Shown(lock_path.display())))
            }
        }
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// When it cannot be written; the old one is still there.
    pub fn save(&self, history: &History) -> Result<()> {
        let written = whole_file::replace(&self.path, print(history).as_bytes());
        written.with_context(|| format!("cannot write {}", Shown(self.path.display())))
    }
}

/// The file that is meant: where a link points to, so that it stays one, and whoever comes by another name holds the same file.
///
/// # Errors
/// When it is no plain file: a pipe would be waited for, and nothing else could be replaced; or a link to nothing.
fn plain(path: &Path) -> Result<PathBuf> {
    let refused = |what: &str| {
        Message::new(format_args!("cannot keep the history in {}: {what}", Shown(path.display()))).hint("--state FILE")
    };
    let path = if path.is_symlink() {
        fs::canonicalize(path).map_err(|error| refused(&format!("it is a link, and {error}")))?
    } else {
        path.to_owned()
    };
    match fs::metadata(&path) {
        Ok(there) if !there.is_file() => bail!(refused("it is no plain file")),
        // What is not there is made; what cannot be looked at is told by whoever reads it.
        Ok(_) | Err(_) => Ok(path),
    }
}

fn print(history: &History) -> String {
    let logs = history.logs.iter().map(|(log, history)| Entry {
        load_balancer: log.arn.clone(),
        kind: log.kind.to_string(),
        history: history.clone(),
    });
    let refused = history.refused.iter();
    let refused =
        refused.map(|(delivery, refused)| RefusedEntry { delivery: delivery.clone(), refused: refused.clone() });
    let document =
        Document { version: VERSION, began: history.began, logs: logs.collect(), refused: refused.collect() };
    // Strings, numbers and lists always have a JSON form.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn parse(text: &str) -> Result<History> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    const HINT: &str = "move it away: without it nothing is repaired, adopted or switched off that was written before";
    let strange = |error: serde_json::Error| Message::new(format_args!("not a history: {error}")).hint(HINT);
    let version = serde_json::from_str::<Version>(text).map_err(strange)?.version;
    if version != VERSION {
        bail!(
            Message::new(format_args!("it is of version {version}, this program knows version {VERSION}"))
                .hint("use the albstats that wrote it")
        );
    }
    let document: Document = serde_json::from_str(text).map_err(strange)?;
    let log = |entry: Entry| -> Result<(LogId, LogHistory)> {
        Ok((LogId { arn: entry.load_balancer, kind: entry.kind.parse()? }, entry.history))
    };
    Ok(History {
        began: document.began,
        logs: document.logs.into_iter().map(log).collect::<Result<BTreeMap<_, _>>>()?,
        refused: document.refused.into_iter().map(|entry| (entry.delivery, entry.refused)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use alblog::LogKind;

    use super::*;
    use crate::fleet::aws::elbv2::{Change, LogSettings};
    use crate::fleet::reconcile::history::Outcome;

    fn full() -> History {
        let mut history = History::new(1_763_000_000_000_000);
        let delivery = Delivery {
            bucket: "logs".to_owned(),
            prefix: "eks".to_owned(),
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let change = Change::enable("logs", "eks").unwrap();
        for (kind, outcome) in [
            (LogKind::Access, Some(Outcome::Written)),
            (LogKind::Connection, Some(Outcome::Bucket("Access Denied \"x\"".to_owned()))),
            (LogKind::HealthCheck, None),
        ] {
            let log = LogId { arn: "arn:aws:x".to_owned(), kind };
            history.begin(&log, &LogSettings::default(), &change, history.began + 1);
            if let Some(outcome) = outcome {
                history.end(&log, Some(&delivery), outcome, Some("f".to_owned()));
            }
        }
        history
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/state.json");
        assert_eq!(read(&path, 7).unwrap(), History::new(7));
        let file = HistoryFile::hold(&path).unwrap();
        file.save(&full()).unwrap();
        assert_eq!(read(&path, full().began + 2).unwrap(), full());
        let names: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "nothing is left beside it and its lock: {names:?}");
    }

    #[test]
    fn one_run_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let held = HistoryFile::hold(&path).unwrap();
        let refused = HistoryFile::hold(&path).unwrap_err().to_string();
        assert!(refused.starts_with("another albstats reconcile is at work"), "{refused}");
        drop(held);
        HistoryFile::hold(&path).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("deep/real.json"), folder.path().join("link.json"));
        HistoryFile::hold(&real).unwrap().save(&full()).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let held = HistoryFile::hold(&link).unwrap();
        assert!(HistoryFile::hold(&real).is_err(), "it is one file by whatever name");
        held.save(&History::new(5)).unwrap();
        assert!(link.is_symlink());
        assert_eq!((read(&real, 7).unwrap(), read(&link, 7).unwrap()), (History::new(5), History::new(5)));
        let nowhere = folder.path().join("nowhere.json");
        std::os::unix::fs::symlink(folder.path().join("gone.json"), &nowhere).unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for (path, says) in
            [(&nowhere, "it is a link, and"), (&pipe, "it is no plain file"), (&folder.path().to_owned(), "no plain")]
        {
            for error in [read(path, 7).unwrap_err(), HistoryFile::hold(path).unwrap_err()] {
                assert!(error.to_string().contains(says), "{error}");
            }
        }
    }

    /// Whoever set the clock forward, wrote, and set it back has times of tomorrow there.
    #[test]
    fn nothing_was_written_in_the_future() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        HistoryFile::hold(&path).unwrap().save(&full()).unwrap();
        let now = full().began - 1_000_000;
        let read = read(&path, now).unwrap();
        assert_eq!(read.began, now);
        assert!(read.logs.values().flat_map(|log| &log.attempts).all(|attempt| attempt.at == now));
        assert!(read.refused.values().all(|refused| refused.at == now));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        for (text, words) in [
            ("", "not a history"),
            ("{\"version\": 2}", "it is of version 2"),
            ("{\"version\": 1}", "not a history"),
            (&print(&full()).replace("access", "acess")[..], "unknown kind of log: acess"),
            (&print(&full()).replace('T', " "), "not a history"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let text = print(&full());
        for length in 0..text.trim_end().len() {
            assert!(parse(&text[..length]).is_err(), "{length}");
        }
    }
}
