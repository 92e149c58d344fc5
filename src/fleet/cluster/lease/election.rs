//! Who leads, by a Lease that replicas share. Pure: what the Lease says and what time it is are given.
//!
//! No clock is compared with another's. A leader counts from the moment before it began to renew; whoever waits counts from the
//! moment at which it first saw the renewal, which is later, and for longer. So the one has stopped before another begins, however
//! clocks are set and processes paused. A leader goes by two clocks of its own, and stops by whichever says so first: one stands still
//! while a machine sleeps, the other is set by people.

use alblog::time::SECOND;

use crate::base::clock::Moment;

/// A Lease that is not renewed for so long is anybody's, microseconds.
pub(super) const DURATION: i64 = 30 * SECOND;
/// A leader that could not renew for so long stops: a write that it has sent by then has so much time less to arrive.
const LEADS: i64 = 15 * SECOND;

/// What the Lease says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// Empty if it was given up.
    pub(super) holder: String,
    /// When it was renewed, by the holder's clock: only whether it changes matters.
    pub(super) renewed: String,
    /// How long it is to be waited for, microseconds.
    pub(super) duration: i64,
    /// How often it went from one to another.
    pub(super) transitions: i32,
}

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// There is no Lease: make it.
    Create(Record),
    /// Write this in the place of what was read, unless that has changed since.
    Write(Record),
    Wait,
}

/// One replica's part.
#[derive(Debug)]
pub(super) struct Election {
    /// Its name, which no other ever has or had.
    name: String,
    /// What was seen last, and since when it is so.
    seen: Option<(Record, Moment)>,
    /// Up to when it leads.
    until: Option<Moment>,
}

impl Election {
    pub(super) fn new(name: String) -> Self {
        Self { name, seen: None, until: None }
    }

    /// What to do about what the Lease says; `renewed` is this moment as the Lease takes it.
    pub(super) fn step(&mut self, record: Option<&Record>, renewed: String, now: Moment) -> Step {
        let holder = self.name.clone();
        let mine = |transitions: i32| Record { holder, renewed, duration: DURATION, transitions };
        let Some(record) = record else {
            self.until = None;
            return Step::Create(mine(0));
        };
        if record.holder == self.name {
            return Step::Write(mine(record.transitions));
        }
        self.until = None;
        let since = match &self.seen {
            Some((seen, since)) if seen == record => *since,
            _ => {
                self.seen = Some((record.clone(), now));
                now
            }
        };
        // Time that only people's clocks know of does not count: it may be made up.
        let waited = now.steady - since.steady;
        if record.holder.is_empty() || waited > record.duration.max(DURATION) {
            Step::Write(mine(record.transitions.saturating_add(1)))
        } else {
            Step::Wait
        }
    }

    /// What was to be written is written; `began` is a moment before it was sent.
    pub(super) fn written(&mut self, began: Moment) {
        self.until = Some(Moment { steady: began.steady + LEADS, wall: began.wall + LEADS });
    }

    /// It is given up: nobody leads until somebody takes it.
    pub(super) fn give_up(&mut self) {
        self.until = None;
    }

    pub(super) fn leads(&self, now: Moment) -> bool {
        self.until.is_some_and(|until| now.steady < until.steady && now.wall < until.wall)
    }
}

#[cfg(test)]
mod tests;
