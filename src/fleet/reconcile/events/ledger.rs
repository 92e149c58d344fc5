//! What was told of each load balancer, and what is to be told next. Pure: what was seen, what became of what was written, and what time
//! it is are given.
//!
//! What is new is told at once, and what lasts again at growing intervals: the first time a new Event, after that its series. In no
//! minute are more than [`A_MINUTE`] written; the rest waits, what is new first.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use alblog::time::{DAY, HOUR, MINUTE, SECOND};
use twox_hash::XxHash64;

use super::condition::Topic;
use crate::base::clock::Moment;
use crate::base::message::Message;
use crate::fleet::cluster::{Event, Regarding, Series, Told, Write};
use crate::fleet::kubernetes::Owner;

/// So many are written in any minute.
pub(super) const A_MINUTE: usize = 20;
/// How long after it was told for the first, the second and any later time something is told again. API servers forget an Event an
/// hour after it was told last, so that what lasts is always there to be seen.
const AGAIN: [i64; 3] = [5 * MINUTE, 15 * MINUTE, 45 * MINUTE];
/// What was switched on longer ago is no news any more, and nobody has an Event of it.
const NEWS: i64 = HOUR;
/// What was not seen for so long is not remembered.
const REMEMBERED: i64 = DAY;
/// The wait after a refusal, twice as long after each further one, for six times.
const REFUSED: i64 = 15 * SECOND;

/// An Event: the number of its cluster, namespace and name.
pub(super) type Key = (usize, String, String);

/// Everything that was told.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// By ARN.
    load_balancers: BTreeMap<String, Known>,
    /// When the last ones were written.
    written: VecDeque<i64>,
    /// Clusters, and namespaces of them, in which nothing can be written for now.
    closed: BTreeMap<(usize, Option<String>), Closed>,
}

/// What was told of one load balancer.
#[derive(Debug, Default)]
struct Known {
    entries: BTreeMap<Key, Entry>,
    /// When it was seen last; steady.
    touched: i64,
}

/// One Event. Moments are steady, unless something else is said.
#[derive(Debug)]
struct Entry {
    event: Event,
    is_problem: bool,
    /// How often it was told.
    count: i32,
    /// Whether the API server has it, as far as is known.
    is_there: bool,
    /// When it was told last, or seen for the first time.
    last: i64,
    /// When it was seen to be so last; microseconds since the epoch.
    seen: i64,
    /// Whether it is so.
    holds: bool,
    /// Since when it is to be written, if it is.
    due: Option<i64>,
}

#[derive(Debug)]
struct Closed {
    until: i64,
    times: u32,
}

/// What a look has to tell of one load balancer, and to whom.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    pub(super) owners: &'a [Owner],
    pub(super) topics: Vec<Topic>,
}

impl Ledger {
    /// Forgets what was told, since another may have told more meanwhile; not how much was written in the last minute.
    pub(super) fn forget(&mut self) {
        *self = Self { written: std::mem::take(&mut self.written), ..Self::default() };
    }

    /// Takes in what was seen of load balancers, by ARN; those that are not among them, or whose owners are not known, stand as
    /// before. How much was never told and is not so any more.
    pub(super) fn observe(&mut self, seen: &BTreeMap<String, Subject>, now: Moment) -> usize {
        let mut overtaken = 0;
        for (arn, subject) in seen.iter().filter(|(_, subject)| !subject.owners.is_empty()) {
            overtaken += self.load_balancers.entry(arn.clone()).or_default().observe(arn, subject, now);
        }
        self.load_balancers.retain(|_, known| now.steady - known.touched < REMEMBERED);
        overtaken
    }

    /// What is to be written now, if anything is and may be. It counts as written in this minute, whatever becomes of it.
    pub(super) fn take(&mut self, now: i64) -> Option<(Key, Event, Write)> {
        while self.written.front().is_some_and(|at| now - at >= MINUTE) {
            self.written.pop_front();
        }
        if self.written.len() >= A_MINUTE {
            return None;
        }
        let entries = self.load_balancers.values().flat_map(|known| &known.entries);
        let open = entries.filter(|(key, _)| !self.is_closed(key, now));
        let (key, entry) =
            open.filter(|(_, entry)| entry.due.is_some()).min_by_key(|(_, it)| (it.count > 0, it.due))?;
        let write = (key.clone(), entry.event.clone(), entry.write());
        self.written.push_back(now);
        Some(write)
    }

    /// Takes in what became of what was taken. A message, if something has come to stand in the way.
    pub(super) fn answered(&mut self, key: &Key, told: Told, now: i64) -> Option<Message> {
        let (cluster, namespace) = (key.0, key.1.clone());
        let entry = self.load_balancers.values_mut().find_map(|known| known.entries.get_mut(key))?;
        match told {
            Told::Written => entry.told(entry.count.saturating_add(1), now),
            Told::Known(count) => entry.told(count.max(1), now),
            Told::Forgotten => entry.is_there = false,
            Told::Refused(message) => {
                entry.due = None;
                return Some(message);
            }
            Told::Denied(message) => return self.close((cluster, Some(namespace)), now).then_some(message),
            Told::Failed(message) => return self.close((cluster, None), now).then_some(message),
        }
        self.closed.remove(&(cluster, None));
        self.closed.remove(&(cluster, Some(namespace)));
        None
    }

    /// Whether anything is remembered of a load balancer.
    pub(super) fn knows(&self, arn: &str) -> bool {
        self.load_balancers.contains_key(arn)
    }

    /// How many wait to be written.
    pub(super) fn waiting(&self) -> usize {
        let entries = self.load_balancers.values().flat_map(|known| known.entries.values());
        entries.filter(|entry| entry.due.is_some()).count()
    }

    fn is_closed(&self, (cluster, namespace, _): &Key, now: i64) -> bool {
        let places = [(*cluster, None), (*cluster, Some(namespace.clone()))];
        places.iter().any(|place| self.closed.get(place).is_some_and(|closed| now < closed.until))
    }

    /// Lets a place alone for a while; whether it is the first of its cluster, and for the first time.
    fn close(&mut self, place: (usize, Option<String>), now: i64) -> bool {
        let is_first = !self.closed.keys().any(|(cluster, _)| *cluster == place.0);
        let closed = self.closed.entry(place).or_insert(Closed { until: 0, times: 0 });
        closed.until = now + (REFUSED << closed.times.min(6));
        closed.times += 1;
        is_first
    }
}

impl Known {
    fn observe(&mut self, arn: &str, subject: &Subject, now: Moment) -> usize {
        self.touched = now.steady;
        let had_problem = self.entries.values().any(|entry| entry.holds && entry.is_problem && entry.count > 0);
        let mut held: BTreeSet<Key> = BTreeSet::new();
        for topic in &subject.topics {
            let is_news =
                topic.reason.is_problem() || had_problem || topic.at.is_some_and(|at| (now.wall - at).abs() < NEWS);
            for owner in subject.owners {
                let event = event(arn, owner, topic, now.wall);
                let key = (owner.cluster, owner.namespace.clone(), event.name.clone());
                let entry = self.entries.entry(key.clone()).or_insert_with(|| Entry::new(event, topic, now));
                entry.observe(is_news, now);
                held.insert(key);
            }
        }
        let ended = self.entries.iter_mut().filter(|(key, _)| !held.contains(key));
        let overtaken = ended.filter_map(|(_, entry)| entry.ends().then_some(())).count();
        self.entries.retain(|key, entry| held.contains(key) || entry.may_come_back(now.steady));
        overtaken
    }
}

impl Entry {
    fn new(event: Event, topic: &Topic, now: Moment) -> Self {
        Self {
            event,
            is_problem: topic.reason.is_problem(),
            count: 0,
            is_there: false,
            last: now.steady,
            seen: now.wall,
            holds: false,
            due: None,
        }
    }

    /// It is so.
    fn observe(&mut self, is_news: bool, now: Moment) {
        let again = self.is_problem && self.count > 0 && now.steady - self.last >= interval(self.count);
        if self.due.is_none() && (again || !self.holds && is_news) {
            self.due = Some(now.steady);
        }
        self.holds = true;
        self.seen = now.wall;
    }

    /// It is not so any more; whether it was to be told and never was.
    fn ends(&mut self) -> bool {
        self.holds = false;
        self.due.take().is_some() && self.count == 0
    }

    /// Whether the API server may still have it when it is so again.
    fn may_come_back(&self, now: i64) -> bool {
        self.count > 0 && now - self.last < HOUR
    }

    fn told(&mut self, count: i32, now: i64) {
        self.count = count;
        self.is_there = true;
        self.last = now;
        self.due = None;
    }

    fn write(&self) -> Write {
        let series = || Series { count: self.count.saturating_add(1), seen: self.seen };
        match (self.is_there, self.count) {
            (true, _) => Write::Continue(series()),
            (false, 0) => Write::Create(None),
            (false, _) => Write::Create(Some(series())),
        }
    }
}

/// How long after it was told so often something is told again.
fn interval(count: i32) -> i64 {
    let told = usize::try_from(count).unwrap_or_default();
    AGAIN[told.saturating_sub(1).min(AGAIN.len() - 1)]
}

fn event(arn: &str, owner: &Owner, topic: &Topic, now: i64) -> Event {
    let (reason, action) = topic.reason.words();
    let what = [arn, &owner.uid, reason, &topic.identity].join("\n");
    let hash = XxHash64::oneshot(0, what.as_bytes());
    // Names of objects are as long as those of Events may be.
    let stem = &owner.name[..owner.name.floor_char_boundary(200)];
    Event {
        regarding: Regarding {
            api_version: owner.api_version.clone(),
            kind: owner.kind.clone(),
            namespace: owner.namespace.clone(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
        },
        name: format!("{}.{hash:016x}", stem.trim_end_matches(['.', '-'])),
        is_warning: topic.reason.is_problem(),
        reason,
        action,
        note: topic.note.clone(),
        began: now,
    }
}

#[cfg(test)]
mod tests;
