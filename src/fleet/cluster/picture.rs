//! What is known of a cluster, kind by kind, and until when it is known. Pure: whoever reads the cluster says what came.

use std::collections::BTreeMap;

use alblog::time::SECOND;

use super::compact::{Key, Objects};
use super::failure::Failure;
use super::kinds::Kind;
use crate::base::clock::time_of_day_in_seconds;
use crate::base::message::Message;

/// A picture older than this may lack what was declared since: then nothing is written by it; microseconds. A watch that is well is
/// confirmed twice a minute.
pub(super) const TOO_OLD: i64 = 120 * SECOND;
/// A picture of a later time than now is of before the clock was set back.
const AHEAD: i64 = 5 * SECOND;

/// What is known of one kind.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// As JSON.
    objects: Objects,
    /// The moment up to which nothing is missing; `None` if it was never read. Microseconds since the epoch.
    seen: Option<i64>,
    /// How the last attempt ended.
    last: Last,
}

/// How the last attempt to read a kind ended.
#[derive(Debug, Default, PartialEq, Eq)]
enum Last {
    /// There was none yet.
    #[default]
    Pending,
    Read,
    /// The cluster does not have the kind.
    Absent,
    /// Why it failed, and since when all of them do.
    Failed {
        failure: Failure,
        since: i64,
    },
}

/// All kinds that are read of a cluster.
#[derive(Debug)]
pub struct Picture {
    kinds: &'static [Kind],
    /// One for each kind, in their order.
    known: Vec<Known>,
}

/// How many kinds stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub read: usize,
    /// The cluster does not have them.
    pub absent: usize,
    /// They may not be read.
    pub denied: usize,
    /// The API server does not answer, or not so that it can be understood.
    pub failing: usize,
}

impl Counts {
    /// Each with a word for it.
    pub fn named(&self) -> [(&'static str, usize); 4] {
        [("read", self.read), ("absent", self.absent), ("denied", self.denied), ("failing", self.failing)]
    }
}

impl Picture {
    pub(super) fn new(kinds: &'static [Kind]) -> Self {
        Self { kinds, known: kinds.iter().map(|_| Known::default()).collect() }
    }

    /// Takes in a whole list of a kind; whether anything is new.
    pub(super) fn replace(&mut self, kind: usize, objects: Objects, now: i64) -> bool {
        let known = &mut self.known[kind];
        // A kind that is there at last says something even if nothing of it is there yet.
        let changed = known.objects != objects || known.seen.is_none();
        *known = Known { objects, seen: Some(now), last: Last::Read };
        changed
    }

    /// Takes in an object as it is now; whether it is new.
    pub(super) fn apply(&mut self, kind: usize, key: Key, object: Box<str>, now: i64) -> bool {
        self.confirm(kind, now);
        let objects = &mut self.known[kind].objects;
        if objects.get(&key) == Some(&object) {
            return false;
        }
        objects.insert(key, object);
        true
    }

    /// Forgets an object; whether it was known.
    pub(super) fn remove(&mut self, kind: usize, key: &Key, now: i64) -> bool {
        self.confirm(kind, now);
        self.known[kind].objects.remove(key).is_some()
    }

    /// Nothing of a kind is missing up to now.
    pub(super) fn confirm(&mut self, kind: usize, now: i64) {
        self.known[kind].seen = Some(now);
        self.known[kind].last = Last::Read;
    }

    /// The cluster does not have a kind; whether that is new.
    pub(super) fn absent(&mut self, kind: usize, now: i64) -> bool {
        let known = &mut self.known[kind];
        let changed = !known.objects.is_empty() || known.last != Last::Absent;
        *known = Known { objects: Objects::new(), seen: Some(now), last: Last::Absent };
        changed
    }

    /// A kind could not be read. What was known of it stays: it was true once, and more may be now.
    pub(super) fn failed(&mut self, kind: usize, failure: Failure, now: i64) {
        let last = &mut self.known[kind].last;
        let since = if let Last::Failed { since, .. } = last { *since } else { now };
        *last = Last::Failed { failure, since };
    }

    /// Since when every attempt to read a kind has failed; microseconds since the epoch.
    pub(super) fn failing_since(&self, kind: usize) -> Option<i64> {
        match self.known[kind].last {
            Last::Failed { since, .. } => Some(since),
            _ => None,
        }
    }

    /// Whether objects of a kind are known.
    pub(super) fn has_objects(&self, kind: usize) -> bool {
        !self.known[kind].objects.is_empty()
    }

    /// Whether there was an attempt to read each kind.
    pub(super) fn is_settled(&self) -> bool {
        self.known.iter().all(|known| known.last != Last::Pending)
    }

    /// Everything, as `kubectl get -o json` prints it.
    pub fn json(&self) -> String {
        let objects = self.known.iter().flat_map(|known| known.objects.values());
        let items = objects.map(AsRef::as_ref).collect::<Vec<&str>>().join(",\n");
        format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n{items}\n]}}")
    }

    /// The moment up to which nothing is missing of any kind that was read; `None` if none was.
    pub fn seen(&self) -> Option<i64> {
        self.known.iter().filter_map(|known| known.seen).min()
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for known in &self.known {
            match &known.last {
                Last::Read => counts.read += 1,
                Last::Absent => counts.absent += 1,
                Last::Failed { failure: Failure::Denied(_), .. } => counts.denied += 1,
                Last::Failed { .. } | Last::Pending => counts.failing += 1,
            }
        }
        counts
    }

    /// Why more may be declared than is known, if it may: a kind that was read once was not for [`TOO_OLD`], or cannot be read
    /// although it could be. Kinds that may not be read are none of that: what refers to them is in doubt by itself, as where a
    /// file does not have them.
    pub fn doubt(&self, now: i64) -> Option<String> {
        let doubts = self.kinds.iter().zip(&self.known).filter_map(|(kind, known)| {
            let why = match &known.last {
                Last::Failed { failure: Failure::Denied(_), .. } => "it may not be read any more".to_owned(),
                Last::Failed { failure, .. } => words(failure),
                Last::Pending | Last::Read | Last::Absent => "nothing came since".to_owned(),
            };
            match known.seen {
                None if known.is_denied() => None,
                None if known.last == Last::Pending => Some(format!("{} are not read yet", kind.name())),
                None => Some(format!("{} were not read: {why}", kind.name())),
                // A clock that was set back says nothing about how old it is.
                Some(seen) if now - seen > TOO_OLD || seen - now > AHEAD => {
                    Some(format!("{} were last seen at {} UTC: {why}", kind.name(), time_of_day_in_seconds(seen)))
                }
                Some(_) => None,
            }
        });
        let doubts: Vec<String> = doubts.collect();
        let (first, others) = doubts.split_first()?;
        let more = if others.is_empty() { String::new() } else { format!(" (and {} kinds more)", others.len()) };
        Some(format!("{first}{more}"))
    }

    /// Kinds of which nothing was ever read, since they may not be: whether there is any of them nobody knows.
    pub fn hidden(&self) -> impl Iterator<Item = &'static Kind> + use<'_> {
        let hidden =
            |(kind, known): (&'static Kind, &Known)| (known.seen.is_none() && known.is_denied()).then_some(kind);
        self.kinds.iter().zip(&self.known).filter_map(hidden)
    }

    /// What stands in the way of a whole picture: kinds that may not be read, each with what has to be allowed, and what cannot
    /// be asked.
    pub fn problems(&self) -> Vec<Message> {
        let mut told = Vec::new();
        let mut same: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (kind, known) in self.kinds.iter().zip(&self.known) {
            match &known.last {
                Last::Failed { failure: Failure::Denied(said), .. } => {
                    let text = format_args!("{} may not be read: {said}", kind.name());
                    told.push(Message::new(text).hint(format_args!("a ClusterRole with {}", kind.rule())));
                }
                Last::Failed { failure, .. } => same.entry(words(failure)).or_default().push(kind.name()),
                Last::Pending => same.entry("not yet".to_owned()).or_default().push(kind.name()),
                Last::Read | Last::Absent => {}
            }
        }
        told.extend(same.into_iter().map(|(why, kinds)| {
            if kinds.len() == self.kinds.len() {
                Message::new(format_args!("nothing could be read: {why}"))
            } else {
                Message::new(format_args!("{} could not be read: {why}", kinds.join(", ")))
            }
        }));
        told
    }
}

impl Known {
    fn is_denied(&self) -> bool {
        matches!(self.last, Last::Failed { failure: Failure::Denied(_), .. })
    }
}

fn words(failure: &Failure) -> String {
    match failure {
        Failure::NotServed => "the API server does not have it any more".to_owned(),
        Failure::Denied(said) | Failure::Other(said) => said.clone(),
        Failure::Expired => "the API server has forgotten what changed".to_owned(),
    }
}

#[cfg(test)]
mod tests;
