//! What was written, when, and what came of it. Pure; `history_file` keeps it.
//!
//! It makes the reconciler more careful, and never bolder: without it, nothing is repaired, adopted or switched off.

use std::collections::BTreeMap;

use alblog::time::{DAY, MINUTE};
use serde::{Deserialize, Serialize};

use super::moment;
use super::observed::Observed;
use super::state::LogId;
use crate::fleet::aws::elbv2::{Change, LogSettings};
use crate::fleet::bucket::Delivery;

/// How many attempts of one log are kept.
const KEPT: usize = 12;
/// After so many reversions nothing is written any more.
pub(super) const REVERSIONS: usize = 2;
/// So many times a log is written in a day.
pub(super) const WRITES_A_DAY: usize = 3;
/// A refusal is tried again after this, and after twice as long each time it is refused again.
pub(super) const RETRY: i64 = 30 * MINUTE;
/// What goes elsewhere is adopted only by who has kept a history for this long: one that was lost must not restart an
/// argument that is not over.
pub(super) const SETTLED: i64 = 60 * MINUTE;

/// Everything that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// When it began; microseconds since the epoch.
    pub began: i64,
    pub logs: BTreeMap<LogId, LogHistory>,
    /// Places that refused logs, until one is accepted.
    pub refused: BTreeMap<Delivery, Refused>,
}

/// What is remembered of one log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHistory {
    /// The latest attempts, in order.
    pub attempts: Vec<Attempt>,
    /// How often somebody undid what was written here.
    pub reversions: usize,
}

/// One request that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When; microseconds since the epoch.
    #[serde(with = "moment")]
    pub at: i64,
    /// What was there before.
    pub before: LogSettings,
    /// What was asked for.
    pub change: Change,
    /// What came back; `None` if the program ended before it knew.
    pub outcome: Option<Outcome>,
    /// Whether somebody undid it later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reverted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "result", content = "message")]
pub enum Outcome {
    Written,
    /// The bucket does not take it.
    Bucket(String),
    /// The bucket is in another region.
    Region(String),
    /// What was asked for cannot be.
    Config(String),
    /// We may not write.
    Iam(String),
    /// Too many requests; nothing was changed.
    Throttled(String),
    /// The load balancer is not there any more.
    Gone,
    /// Nobody answered, or not in a way that is known here.
    Failed(String),
}

/// A place that refused logs: nothing goes there until it has changed, or some time has passed, and then one log first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// When it refused last; microseconds since the epoch.
    #[serde(with = "moment")]
    pub at: i64,
    /// How often in a row.
    pub times: u32,
    /// How the bucket looked then, if it could be looked at.
    pub fingerprint: Option<String>,
    pub message: String,
}

impl Attempt {
    /// What the settings are after it.
    pub fn result(&self) -> LogSettings {
        self.change.applied_to(&self.before)
    }

    /// Whether it changed something, as far as is known.
    fn may_have_written(&self) -> bool {
        matches!(self.outcome, None | Some(Outcome::Written | Outcome::Failed(_)))
    }
}

impl LogHistory {
    /// The last attempt that changed something.
    pub fn last_written(&self) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.outcome == Some(Outcome::Written))
    }

    /// Whether the settings are what was written here, and nobody has touched them since.
    pub fn is_ours(&self, current: &LogSettings) -> bool {
        self.last_written().is_some_and(|attempt| attempt.result() == *current)
    }

    /// Whether exactly these places were switched on here, so that who switched them off undid that.
    pub fn enabled_here(&self, current: &LogSettings) -> bool {
        let on = LogSettings { enabled: true, ..current.clone() };
        self.last_written().is_some_and(|attempt| attempt.result() == on)
    }

    /// How often somebody undid what was written, what is seen now included.
    pub fn reversions(&self, current: &LogSettings) -> usize {
        let undone_now = self.last_written().is_some_and(|last| !last.reverted && last.result() != *current);
        self.reversions + usize::from(undone_now)
    }

    /// When the next write is allowed, if not now.
    pub fn next_write(&self, now: i64) -> Option<i64> {
        let recent = self.attempts.iter().filter(|attempt| attempt.may_have_written() && attempt.at > now - DAY);
        let recent: Vec<i64> = recent.map(|attempt| attempt.at).collect();
        let blocking = recent.len().checked_sub(WRITES_A_DAY)?;
        Some(recent[blocking] + DAY)
    }

    /// The refusal that the last attempt ended with, and when it may be tried again.
    pub fn refused(&self) -> Option<(&Outcome, i64)> {
        let last = self.attempts.last()?;
        let outcome = last.outcome.as_ref().filter(|outcome| !matches!(outcome, Outcome::Written | Outcome::Gone))?;
        let same = |attempt: &&Attempt| {
            attempt
                .outcome
                .as_ref()
                .is_some_and(|other| std::mem::discriminant(other) == std::mem::discriminant(outcome))
        };
        let times = self.attempts.iter().rev().take_while(same).count();
        Some((outcome, last.at + wait(times)))
    }
}

/// How long to wait after so many refusals in a row: half an hour to eight hours.
pub(super) fn wait(times: usize) -> i64 {
    RETRY << times.saturating_sub(1).min(4)
}

impl History {
    pub fn new(now: i64) -> Self {
        Self { began: now, ..Self::default() }
    }

    /// What is remembered of a log; nothing if it was never written.
    pub fn of(&self, log: &LogId) -> LogHistory {
        self.logs.get(log).cloned().unwrap_or_default()
    }

    /// Takes note of what was seen: what somebody undid, and load balancers that are gone.
    pub fn note(&mut self, observed: &Observed) {
        self.logs.retain(|log, _| !observed.gone.contains(&log.arn));
        let seen =
            observed.load_balancers.iter().flat_map(|seen| seen.logs.iter().map(|(kind, now)| (seen.log(*kind), now)));
        for (log, current) in seen {
            let Some(history) = self.logs.get_mut(&log) else { continue };
            // Who was killed, or heard no answer, did not learn what became of the request; now it can be seen.
            let open = |attempt: &&mut Attempt| matches!(attempt.outcome, None | Some(Outcome::Failed(_)));
            if let Some(last) = history.attempts.last_mut().filter(open).filter(|last| last.result() == *current) {
                last.outcome = Some(Outcome::Written);
            }
            history.reversions = history.reversions(current);
            let last = history.attempts.iter_mut().rev().find(|attempt| attempt.outcome == Some(Outcome::Written));
            if let Some(last) = last.filter(|last| last.result() != *current) {
                last.reverted = true;
            }
        }
        // What was changed since it refused may take logs now.
        let changed = |delivery: &Delivery, refused: &Refused| {
            observed.fingerprints.get(delivery).zip(refused.fingerprint.as_ref()).is_some_and(|(now, then)| now != then)
        };
        self.refused.retain(|delivery, refused| !changed(delivery, refused));
    }

    /// Takes note of a request before it is sent.
    pub fn begin(&mut self, log: &LogId, before: &LogSettings, change: &Change, now: i64) {
        let history = self.logs.entry(log.clone()).or_default();
        history.attempts.push(Attempt {
            at: now,
            before: before.clone(),
            change: change.clone(),
            outcome: None,
            reverted: false,
        });
        // The last write is what tells whose the settings are; those of a day are counted.
        let last_written = history.attempts.iter().rposition(|attempt| attempt.outcome == Some(Outcome::Written));
        let surplus = history.attempts.len().saturating_sub(KEPT);
        let mut index = 0..;
        history.attempts.retain(|attempt| {
            let index = index.next().unwrap_or_default();
            index >= surplus || attempt.at > now - DAY || Some(index) == last_written
        });
    }

    /// Takes note of what came back.
    pub fn end(&mut self, log: &LogId, delivery: Option<&Delivery>, outcome: Outcome, fingerprint: Option<String>) {
        let Some(attempt) = self.logs.get_mut(log).and_then(|history| history.attempts.last_mut()) else { return };
        attempt.outcome = Some(outcome.clone());
        let at = attempt.at;
        let Some(delivery) = delivery else { return };
        match outcome {
            Outcome::Written => drop(self.refused.remove(delivery)),
            Outcome::Bucket(message) | Outcome::Region(message) => {
                let times = self.refused.get(delivery).map_or(0, |refused| refused.times) + 1;
                self.refused.insert(delivery.clone(), Refused { at, times, fingerprint, message });
            }
            _ => {}
        }
    }

    /// The same at a moment by a clock that may have been set back: what is of a time that has not come was written just now at the
    /// latest. Otherwise waiting would last until then, however far that is.
    #[must_use]
    pub fn until(mut self, now: i64) -> Self {
        let attempts = self.logs.values_mut().flat_map(|log| &mut log.attempts).map(|attempt| &mut attempt.at);
        let refused = self.refused.values_mut().map(|refused| &mut refused.at);
        for time in attempts.chain(refused).chain([&mut self.began]) {
            *time = (*time).min(now);
        }
        self
    }

    /// The same without refusals: for people who have mended what was refused.
    #[must_use]
    pub fn without_refusals(mut self) -> Self {
        self.refused.clear();
        for history in self.logs.values_mut() {
            let refused = |attempt: &Attempt| matches!(attempt.outcome, Some(Outcome::Written) | None);
            history.attempts.retain(refused);
        }
        self
    }
}
