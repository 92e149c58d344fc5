//! What is to be done with a slot: a pure function of what its sources are now and what its record says they were.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use alblog::LogKey;

use super::record::{Output, Record, Source};

use crate::base::message::Message;

/// What is to be done with a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nothing: it is as it should be, or its sources have expired.
    Keep,
    /// Nothing, although it is not as it should be; the user must be told.
    Hold(HoldReason),
    /// Its files are written anew.
    Write(Why),
}

/// Why a slot is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Why {
    /// Its time has come.
    New,
    /// It was never finished, although later ones were.
    Missing,
    /// Objects have come since.
    Late(usize),
    /// Objects are others than they were.
    Replaced(usize),
    /// Its files are not those that its record lists.
    Damaged,
    /// The user wants it (`--rewrite`).
    Asked,
}

/// Why a slot is left as it is, although something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HoldReason {
    /// Something came or changed while other sources are gone: writing it would lose their rows.
    WouldShrink {
        /// Objects that came or changed.
        new: usize,
        /// Objects that were exported and are gone.
        gone: usize,
    },
    /// Files are missing, and the sources to make them again are gone.
    Lost {
        /// Objects that were exported and are gone.
        gone: usize,
    },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::New => f.write_str("new"),
            Self::Missing => f.write_str("missing (was not exported)"),
            Self::Late(1) => f.write_str("1 late object"),
            Self::Late(count) => write!(f, "{count} late objects"),
            Self::Replaced(1) => f.write_str("1 replaced object"),
            Self::Replaced(count) => write!(f, "{count} replaced objects"),
            Self::Damaged => f.write_str("files missing or foreign"),
            Self::Asked => f.write_str("--rewrite"),
        }
    }
}

impl HoldReason {
    /// Why, and what goes on.
    pub(super) fn message(&self) -> Message {
        match self {
            Self::WouldShrink { new, gone } => Message::new(format_args!(
                "{new} objects came or changed, but {gone} that were exported are gone: kept as it is"
            ))
            .hint("--allow-shrink writes it without them"),
            Self::Lost { gone } => Message::new(format_args!(
                "its files are not all there, and {gone} of the objects to make them again are gone: kept as it is"
            ))
            .hint("--allow-shrink writes it from what is left"),
        }
    }
}

/// What the user allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// A slot may lose rows whose sources are gone, or have lost them.
    pub allow_shrink: bool,
    /// Slots are written again even if nothing changed, unless a source is gone.
    pub rewrite: bool,
}

/// Decides over a slot.
///
/// `sources` are the slot's objects as listed; `record` is its commit record, if it has one; `stored` are the slot's files
/// as they are, by path.
pub(super) fn decide(
    sources: &[Source],
    record: Option<&Record>,
    stored: &BTreeMap<String, Stored>,
    policy: Policy,
) -> Decision {
    let Some(record) = record else {
        // Files without a record are a run's that was killed: without sources, nobody can make a whole of them.
        return if sources.is_empty() { Decision::Keep } else { Decision::Write(Why::New) };
    };
    let known = known(&record.sources, sources);
    let still = known.iter().flatten().count();
    let (new, gone) = (sources.len() - still, record.sources.len() - still);
    let changed =
        known.iter().zip(sources).filter(|(known, source)| known.is_some_and(|known| !known.is(source))).count();
    let whole = is_whole(record, stored);
    let why = match (new, changed) {
        _ if !whole => Some(Why::Damaged),
        (0, 0) => (policy.rewrite && gone == 0).then_some(Why::Asked),
        (0, changed) => Some(Why::Replaced(changed)),
        (new, _) => Some(Why::Late(new)),
    };
    match why {
        None => Decision::Keep,
        Some(why) if gone == 0 || policy.allow_shrink && !sources.is_empty() => Decision::Write(why),
        Some(Why::Damaged) => Decision::Hold(HoldReason::Lost { gone }),
        Some(_) => Decision::Hold(HoldReason::WouldShrink { new: new + changed, gone }),
    }
}

/// Of each object, how a record has it, if it does: the one in its place; else one that is nowhere any more and has the same name by
/// AWS, compressed or not. A log that is compressed later, or moved, is the same object.
pub(super) fn known<'a>(recorded: &'a [Source], sources: &[Source]) -> Vec<Option<&'a Source>> {
    let mut by_place: BTreeMap<&str, &Source> =
        recorded.iter().map(|known| (known.log_object.as_str(), known)).collect();
    let mut found: Vec<Option<&Source>> =
        sources.iter().map(|source| by_place.remove(source.log_object.as_str())).collect();
    if by_place.is_empty() {
        return found;
    }
    let name = |source: &Source| LogKey::parse(&source.log_object).map(|key| LogKey { gzip: true, ..key });
    let mut by_name: HashMap<LogKey, &Source> =
        by_place.into_values().filter_map(|known| Some((name(known)?, known))).collect();
    for (found, source) in found.iter_mut().zip(sources).filter(|(found, _)| found.is_none()) {
        *found = name(source).and_then(|name| by_name.remove(&name));
    }
    found
}

/// Why what was read of an object must not stand for what a record has of it, if so: AWS never writes an object again, so that one
/// with fewer rows, or one that cannot be read any more, has lost something since.
pub(super) fn is_worse(recorded: &Source, now: &Source) -> Option<Message> {
    let was = format_args!("{} rows of it were exported", recorded.rows);
    if recorded.is(now) {
        return None;
    }
    match &now.error {
        Some(error) if recorded.error.is_none() => {
            Some(Message::new(format_args!("it was replaced, and {was} before that: {error}")))
        }
        _ if now.rows < recorded.rows => {
            Some(Message::new(format_args!("it was replaced, and has {} rows; {was} before that", now.rows)))
        }
        _ => None,
    }
}

/// A file of an export as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Size in bytes.
    pub size: u64,
    /// What tells it from any other content that was here: an `ETag`, or size and time of a local file.
    pub mark: String,
}

/// Whether a slot's files are those that its record names, and no others.
pub(super) fn is_whole(record: &Record, stored: &BTreeMap<String, Stored>) -> bool {
    record.outputs.len() == stored.len() && record.outputs.iter().all(|output| is_there(output, stored))
}

fn is_there(output: &Output, stored: &BTreeMap<String, Stored>) -> bool {
    let same =
        |stored: &Stored| stored.size == output.size && output.etag.as_ref().is_none_or(|etag| *etag == stored.mark);
    stored.get(&output.path).is_some_and(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, size: u64) -> Source {
        Source { log_object: name.to_owned(), size, ..Source::default() }
    }

    fn record(sources: &[Source]) -> Record {
        let output = Output { path: "a".to_owned(), rows: 1, size: 10, etag: Some("x".to_owned()) };
        Record { sources: sources.to_vec(), outputs: vec![output], left_out: Vec::new() }
    }

    fn stored() -> BTreeMap<String, Stored> {
        BTreeMap::from([("a".to_owned(), Stored { size: 10, mark: "x".to_owned() })])
    }

    fn decided(sources: &[Source], record: &Record) -> Decision {
        decide(sources, Some(record), &stored(), Policy::default())
    }

    #[test]
    fn what_is_current_is_kept_and_what_came_is_written() {
        let (one, two) = (source("1", 5), source("2", 5));
        let whole = record(&[one.clone(), two.clone()]);
        assert_eq!(decided(&[one.clone(), two.clone()], &whole), Decision::Keep);
        assert_eq!(decided(&[], &whole), Decision::Keep, "expired");
        assert_eq!(decided(std::slice::from_ref(&one), &whole), Decision::Keep, "half expired");
        let late = [one.clone(), two.clone(), source("3", 5)];
        assert_eq!(decided(&late, &whole), Decision::Write(Why::Late(1)));
        assert_eq!(decided(&[one.clone(), source("2", 6)], &whole), Decision::Write(Why::Replaced(1)));
        assert_eq!(decide(&[one], None, &BTreeMap::new(), Policy::default()), Decision::Write(Why::New));
    }

    #[test]
    fn expired_sources_never_shrink_an_export() {
        let whole = record(&[source("1", 5), source("2", 5)]);
        let late = [source("1", 5), source("3", 5)];
        assert_eq!(decided(&late, &whole), Decision::Hold(HoldReason::WouldShrink { new: 1, gone: 1 }));
        let allowed = Policy { allow_shrink: true, rewrite: false };
        assert_eq!(decide(&late, Some(&whole), &stored(), allowed), Decision::Write(Why::Late(1)));
        let rewrite = Policy { allow_shrink: false, rewrite: true };
        assert_eq!(decide(&late[..1], Some(&whole), &stored(), rewrite), Decision::Keep);
    }

    #[test]
    fn a_log_that_is_compressed_or_moved_is_the_same_object() {
        let name = |folder: &str, node: u8, end: &str| {
            format!("{folder}/1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.{node}_r.log{end}")
        };
        let whole = record(&[source(&name("logs", 1, ""), 5), source(&name("logs", 2, ""), 6)]);
        let moved = [source(&name("old", 1, ""), 5), source(&name("old", 2, ""), 6)];
        assert_eq!(decided(&moved, &whole), Decision::Keep, "it has the same content");
        let compressed = [source(&name("logs", 1, ".gz"), 2), source(&name("logs", 2, ""), 6)];
        assert_eq!(decided(&compressed, &whole), Decision::Write(Why::Replaced(1)));
        let late = [&compressed[..], &[source(&name("logs", 3, ""), 5)]].concat();
        assert_eq!(decided(&late, &whole), Decision::Write(Why::Late(1)));
        // A copy beside its original is another one, as far as this is asked at all.
        let copied = [source(&name("logs", 1, ""), 5), source(&name("logs", 2, ""), 6), source(&name("old", 1, ""), 5)];
        assert_eq!(decided(&copied, &whole), Decision::Write(Why::Late(1)));
    }

    #[test]
    fn what_lost_rows_since_is_worse() {
        let read =
            |size, rows, error: Option<&str>| Source { rows, error: error.map(str::to_owned), ..source("1", size) };
        let whole = read(9, 70, None);
        for (now, worse) in [
            (read(8, 69, None), true),
            (read(0, 0, None), true),
            (read(8, 70, Some("cut short")), true),
            (read(8, 70, None), false),
            (read(8, 71, None), false),
            (read(9, 0, Some("the same, read by another version")), false),
        ] {
            assert_eq!(is_worse(&whole, &now).is_some(), worse, "{now:?}");
        }
        let cut = read(9, 40, Some("cut short"));
        assert!(is_worse(&cut, &read(8, 41, Some("cut short"))).is_none());
        assert!(is_worse(&cut, &read(8, 39, Some("cut short"))).is_some());
    }

    #[test]
    fn files_that_are_not_the_records_are_made_again() {
        let sources = [source("1", 5)];
        let whole = record(&sources);
        let mut more = stored();
        more.insert("b".to_owned(), Stored { size: 1, mark: String::new() });
        let other = BTreeMap::from([("a".to_owned(), Stored { size: 10, mark: "y".to_owned() })]);
        for files in [BTreeMap::new(), more, other] {
            assert_eq!(decide(&sources, Some(&whole), &files, Policy::default()), Decision::Write(Why::Damaged));
            let gone = decide(&[], Some(&whole), &files, Policy::default());
            assert_eq!(gone, Decision::Hold(HoldReason::Lost { gone: 1 }));
        }
    }
}
