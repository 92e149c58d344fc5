//! What an ingestion counts and where it stands: for probes and Prometheus.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alblog::time::{HOUR, MINUTE, SECOND};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::queue::QueueCounts;
use super::traffic::TrafficMetrics;
use crate::base::clock::now;
use crate::base::message::Message;
use crate::base::probes::{Probed, Readiness};
use crate::lake::live::{Content, Taken};

type Seconds = Gauge<f64, AtomicU64>;
/// One of the queue's counts.
type Of = fn(&QueueCounts) -> &AtomicU64;

/// Counts that grow, and where things stand.
pub struct Counts {
    registry: Registry,
    traffic: Arc<TrafficMetrics>,
    /// Requests since then are counted as traffic: what lay there before would look like a burst of them.
    pub(super) began: i64,
    objects: Counter,
    rows: Counter,
    rejected: Counter,
    damaged: Counter,
    bytes: Counter,
    batches: Gauge,
    store_bytes: Gauge,
    waiting: Gauge,
    lag: Seconds,
    newest: Seconds,
    last_listing: Seconds,
    troubles: Gauge,
    of_queue: [(Counter, Of); 6],
    pub(super) queue: Arc<QueueCounts>,
    standing: Mutex<Standing>,
    /// A listing older than this is late; microseconds.
    late: i64,
}

/// What probes go by. Times in microseconds since the epoch.
#[derive(Debug, Default)]
struct Standing {
    newest: Option<i64>,
    oldest_waiting: Option<i64>,
    alive: i64,
    last_listing: Option<i64>,
    /// When everything that is kept was listed last.
    swept: Option<i64>,
    /// Whether nothing waited any more, once, after that was listed first.
    caught_up: bool,
    in_the_way: Option<String>,
    /// Whether the last listing saw all, or something.
    is_whole: bool,
    sees: bool,
    /// When something was taken in last.
    taken: Option<i64>,
    /// Objects whose intervals end by then are not in the store, or not any more.
    floor: i64,
}

/// Where an ingestion stands, as people are told. Times in microseconds since the epoch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stands {
    /// What was taken in since it began.
    pub objects: u64,
    pub rows: u64,
    pub rejected_lines: u64,
    pub damaged_objects: u64,
    /// Objects that are yet to be read, and the end of the interval of the oldest.
    pub waiting: u64,
    pub oldest_waiting: Option<i64>,
    /// Bytes in the store.
    pub store_bytes: u64,
    pub last_listing: Option<i64>,
    /// Whether everything that is kept was listed once.
    pub listed_everything: bool,
    /// Whether the last listing saw some of the objects, and could not look everywhere.
    pub sees_some: bool,
    /// What keeps logs from being taken in.
    pub in_the_way: Option<String>,
}

impl fmt::Debug for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counts").finish_non_exhaustive()
    }
}

impl Counts {
    /// Nothing yet. `poll` is the time between two listings.
    pub fn new(poll: Duration) -> Self {
        let mut all = Registry::default();
        let traffic = Arc::<TrafficMetrics>::default();
        all.sub_registry_with_prefix("albstats").register_collector(Box::new(Arc::clone(&traffic)));
        let registry = all.sub_registry_with_prefix("albstats_ingest");
        let mut counter = |name: &str, help: &str| {
            let counter = Counter::default();
            registry.register(name, help, Counter::clone(&counter));
            counter
        };
        let objects = counter("objects", "Objects that were taken in");
        let rows = counter("rows", "Their lines that are rows");
        let rejected = counter("rejected_lines", "Their lines that are none");
        let damaged = counter("damaged_objects", "Objects of them that could not be read to their ends");
        let bytes = counter("bytes", "Their bytes as stored");
        let of_queue: [(Counter, Of); 6] = [
            (counter("messages_received", "Messages of the queue that were received"), |of| &of.received),
            (counter("messages_deleted", "Messages that were deleted, their objects being in the store"), |of| {
                &of.deleted
            }),
            (counter("messages_unreadable", "Messages of no shape that is known"), |of| &of.unreadable),
            (counter("queue_objects", "Objects that messages told of"), |of| &of.objects),
            (counter("queue_foreign", "Events of other kinds, and objects that are no logs of these places"), |of| {
                &of.foreign
            }),
            (counter("queue_gone", "Objects that were gone when they were looked up"), |of| &of.gone),
        ];
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, Gauge::<i64>::clone(&gauge));
            gauge
        };
        let batches = gauge("store_batches", "Batches in the live store");
        let store_bytes = gauge("store_bytes", "Bytes of their files");
        let waiting = gauge("waiting_objects", "Objects that are yet to be read");
        let troubles = gauge("troubles", "Things that are wrong at the moment");
        let mut seconds = |name: &str, help: &str| {
            let gauge = Seconds::default();
            registry.register_with_unit(name, help, Unit::Seconds, Seconds::clone(&gauge));
            gauge
        };
        let lag = seconds("lag", "How long ago the interval of the oldest object ended that is yet to be read");
        let newest =
            seconds("newest_interval_end_timestamp", "End of the newest hour of which something is in the store");
        let last_listing = seconds("last_listing_timestamp", "When everything could last be listed");
        let late = i64::try_from(poll.as_micros()).unwrap_or(HOUR).saturating_mul(3) + 5 * MINUTE;
        let standing = Mutex::new(Standing { alive: now(), ..Standing::default() });
        let queue = Arc::new(QueueCounts::default());
        Self {
            registry: all,
            traffic,
            began: now(),
            objects,
            rows,
            rejected,
            damaged,
            bytes,
            batches,
            store_bytes,
            waiting,
            lag,
            newest,
            last_listing,
            troubles,
            of_queue,
            queue,
            standing,
            late,
        }
    }

    fn standing<T>(&self, of: impl FnOnce(&mut Standing) -> T) -> T {
        of(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Objects are in the store. The requests of those that took the place of others were counted before.
    pub(super) fn committed(&self, taken: Taken, replaces: bool) {
        if !replaces {
            self.traffic.add(taken.traffic);
        }
        self.standing(|standing| standing.taken = Some(now()));
        self.objects.inc_by(taken.objects);
        self.rows.inc_by(taken.rows);
        self.rejected.inc_by(taken.rejected_lines);
        self.damaged.inc_by(taken.damaged);
        self.bytes.inc_by(taken.raw);
    }

    /// What the store holds now.
    pub(super) fn holds(&self, content: &Content) {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.batches.set(whole(content.batches.len() as u64));
        self.store_bytes.set(whole(content.batches.values().map(|batch| batch.size()).sum()));
        let newest = content.batches.values().map(|batch| batch.slot.end()).max();
        self.standing(|standing| {
            standing.newest = standing.newest.max(newest);
            standing.floor = content.floor;
        });
        self.newest.set(as_seconds(self.newest().unwrap_or(0)));
    }

    /// The end of the newest hour of which something was in the store; microseconds since the epoch.
    pub(super) fn newest(&self) -> Option<i64> {
        self.standing(|standing| standing.newest)
    }

    /// Where it stands.
    pub fn stands(&self) -> Stands {
        let whole = |gauge: &Gauge| gauge.get().unsigned_abs();
        self.standing(|standing| Stands {
            objects: self.objects.get(),
            rows: self.rows.get(),
            rejected_lines: self.rejected.get(),
            damaged_objects: self.damaged.get(),
            waiting: whole(&self.waiting),
            oldest_waiting: standing.oldest_waiting,
            store_bytes: whole(&self.store_bytes),
            last_listing: standing.last_listing,
            listed_everything: standing.swept.is_some(),
            sees_some: standing.sees && !standing.is_whole,
            in_the_way: standing.in_the_way.clone(),
        })
    }

    /// From when on the store has all that there is, but for what is on its way into it: rows of objects whose intervals ended
    /// lately may be missing, as those are that are not delivered yet. None while it has not, or nobody can tell. `keep` is how
    /// far back everything is listed; all in microseconds.
    pub fn whole_since(&self, keep: i64) -> Option<i64> {
        let now = now();
        self.standing(|standing| {
            let is_listed = standing.last_listing.is_some_and(|last| now - last <= self.late);
            let is_level = standing.oldest_waiting.is_none_or(|oldest| now - oldest <= ON_ITS_WAY);
            // Listing may have begun a while before it was over.
            let is_whole = is_listed && is_level && standing.caught_up && standing.in_the_way.is_none();
            let swept = standing.swept.filter(|_| is_whole)?;
            Some(standing.floor.max(swept - keep + HOUR))
        })
    }

    /// What is yet to be read, and the end of the oldest object's interval.
    pub(super) fn waits(&self, objects: u64, oldest: Option<i64>) {
        self.waiting.set(i64::try_from(objects).unwrap_or(i64::MAX));
        self.standing(|standing| {
            (standing.oldest_waiting, standing.alive) = (oldest, now());
            standing.caught_up |= standing.swept.is_some() && oldest.is_none();
        });
    }

    /// A listing is over; it saw all that it was to look at, or at least something.
    pub(super) fn listed(&self, when: i64, is_whole: bool, sees: bool, everything: bool) {
        self.standing(|standing| (standing.is_whole, standing.sees) = (is_whole, sees));
        if is_whole {
            self.last_listing.set(as_seconds(when));
            self.standing(|standing| {
                standing.last_listing = Some(when);
                standing.swept = if everything { Some(when) } else { standing.swept };
            });
        }
    }

    /// So much is wrong, and this keeps logs from being taken in.
    pub(super) fn troubled(&self, count: usize, in_the_way: Option<&Message>) {
        self.troubles.set(i64::try_from(count).unwrap_or(i64::MAX));
        self.standing(|standing| standing.in_the_way = in_the_way.map(|message| message.text().to_owned()));
    }
}

fn as_seconds(time: i64) -> f64 {
    Duration::from_micros(time.unsigned_abs()).as_secs_f64()
}

/// An object that waits is on its way, as one is that was not delivered, if its interval ended no longer ago.
const ON_ITS_WAY: i64 = 15 * MINUTE;

/// The loop has gone round by then, unless it hangs.
const ALIVE: i64 = 2 * MINUTE;

impl Probed for Counts {
    /// A loop that goes round.
    fn healthy(&self) -> Result<(), String> {
        self.standing(|standing| match now() - standing.alive {
            silent if silent > ALIVE => Err("it does not go on".to_owned()),
            _ => Ok(()),
        })
    }

    /// A store into which something goes. What does not is said.
    fn ready(&self) -> Readiness {
        let now = now();
        self.standing(|standing| {
            let is_late = standing.last_listing.is_some_and(|last| now - last > self.late);
            let (is_ready, why) = match &standing.in_the_way {
                // Of several accounts one may be denied: what comes of the others shows, or that they can be listed.
                Some(why) => {
                    let takes = standing.taken.is_some_and(|taken| now - taken <= ON_ITS_WAY);
                    (takes || (standing.sees && !standing.is_whole), Some(why.as_str()))
                }
                None if is_late => (false, Some("the last listing is too long ago")),
                None if standing.swept.is_none() => (false, Some("not everything was listed yet")),
                None => (true, None),
            };
            Readiness { is_ready, missing: why.map(str::to_owned).into_iter().collect() }
        })
    }

    fn metrics(&self) -> String {
        let oldest = self.standing(|standing| standing.oldest_waiting);
        self.lag.set(oldest.map_or(0., |end| as_seconds((now() - end).max(0) / SECOND * SECOND)));
        for (counter, of) in &self.of_queue {
            let counted = of(&self.queue).load(Relaxed);
            counter.inc_by(counted.saturating_sub(counter.get()));
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_a_store_into_which_something_goes() {
        let counts = Counts::new(Duration::from_secs(30));
        let ready = || {
            let Readiness { is_ready, missing } = counts.ready();
            (is_ready, missing.concat())
        };
        let denied = Message::new("access denied");
        assert_eq!(counts.healthy(), Ok(()));
        assert_eq!(ready(), (false, "not everything was listed yet".to_owned()));
        counts.listed(now(), false, false, true);
        counts.troubled(1, Some(&denied));
        assert_eq!(ready(), (false, "access denied".to_owned()), "nothing can be listed");
        counts.listed(now(), false, true, true);
        assert_eq!(ready(), (true, "access denied".to_owned()), "one of several can");
        counts.listed(now(), true, true, true);
        assert_eq!(ready(), (false, "access denied".to_owned()), "all are listed, and none can be read");
        counts.committed(Taken::default(), false);
        assert_eq!(ready(), (true, "access denied".to_owned()), "some can be read");
        counts.troubled(0, None);
        assert_eq!(ready(), (true, String::new()));
        counts.listed(now() - HOUR, true, true, false);
        assert_eq!(ready(), (false, "the last listing is too long ago".to_owned()));
    }

    #[test]
    fn a_store_is_whole_when_everything_was_listed_and_nothing_old_waits() {
        let counts = Counts::new(Duration::from_secs(30));
        let keep = 10 * HOUR;
        assert_eq!(counts.whole_since(keep), None);
        let swept = now();
        counts.listed(swept, true, true, true);
        counts.waits(1, Some(now() - MINUTE));
        assert_eq!(counts.whole_since(keep), None, "what was there at the beginning is not taken in yet");
        counts.waits(0, None);
        assert_eq!(counts.whole_since(keep), Some(swept - 9 * HOUR));
        counts.waits(1, Some(now() - HOUR));
        assert_eq!(counts.whole_since(keep), None);
        counts.waits(1, Some(now() - MINUTE));
        assert_eq!(counts.whole_since(keep), Some(swept - 9 * HOUR));
        counts.troubled(1, Some(&Message::new("access denied")));
        assert_eq!(counts.whole_since(keep), None);
    }

    #[test]
    fn what_is_counted_is_told_to_prometheus() {
        let counts = Counts::new(Duration::from_secs(30));
        counts.queue.received.fetch_add(3, Relaxed);
        counts.waits(7, Some(now() - 90 * SECOND));
        let _ = counts.metrics();
        let text = counts.metrics();
        for line in [
            "albstats_ingest_messages_received_total 3",
            "albstats_ingest_waiting_objects 7",
            "albstats_ingest_lag_seconds 90.0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
