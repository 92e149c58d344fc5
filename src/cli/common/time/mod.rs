//! Points in time as people type them: `02:55`, `yesterday 22:00`, `2h`, `2026-11-01 01:30 America/New_York`.
//!
//! What is typed is read at once, since a mistake is to be named with its flag; it becomes a moment once `--tz` is known.

mod typed;

#[cfg(test)]
mod tests;

use alblog::time::SECOND;
use anyhow::{Result, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::messages::message;
use crate::base::clock;
use crate::base::message::Message;
use crate::base::shown::Shown;

pub(in crate::cli) use typed::PointInTime;

/// Reads a time as a flag takes it.
pub(in crate::cli) fn parse(text: &str) -> Result<PointInTime, String> {
    text.parse()
}

/// A time zone by its name in the zone database, or `local`.
pub(in crate::cli) fn zone(name: &str) -> Result<TimeZone> {
    if name == "local" {
        return Ok(TimeZone::system());
    }
    match TimeZone::get(name) {
        Ok(zone) => Ok(zone),
        Err(_) => {
            bail!(
                Message::new(format_args!("no time zone named {name}", name = Shown(name)))
                    .hint("Europe/Berlin, America/New_York, UTC or local")
            )
        }
    }
}

/// How times without a zone of their own are understood, for one run: all of them at the same moment.
pub(in crate::cli) struct Clock {
    zone: TimeZone,
    now: Timestamp,
    quiet: bool,
}

impl Clock {
    pub(in crate::cli) fn new(zone: Option<TimeZone>, quiet: bool) -> Self {
        Self { zone: zone.unwrap_or(TimeZone::UTC), now: clock::timestamp(), quiet }
    }

    /// The moment that was meant, microseconds since the epoch. Says which was taken where a clock change leaves a choice.
    pub(in crate::cli) fn moment(&self, typed: &PointInTime) -> Result<i64> {
        Ok(self.say(typed.at(self.now, &self.zone)?))
    }

    /// The moment within a window that begins then.
    pub(in crate::cli) fn moment_within(&self, typed: &PointInTime, begin: i64) -> Result<i64> {
        let begin = Timestamp::from_microsecond(begin)?;
        Ok(self.say(typed.within(begin, self.now, &self.zone)?))
    }

    /// The two ends of a window. A clock time alone that would end it before it begins is the first one after its beginning.
    pub(in crate::cli) fn window(
        &self,
        since: Option<&PointInTime>,
        until: Option<&PointInTime>,
    ) -> Result<(Option<i64>, Option<i64>)> {
        let since = since.map(|typed| typed.at(self.now, &self.zone)).transpose()?;
        let until = match (&since, until) {
            (Some(since), Some(until)) => Some(until.after(since.time, self.now, &self.zone)?),
            (_, until) => until.map(|typed| typed.at(self.now, &self.zone)).transpose()?,
        };
        Ok((since.map(|moment| self.say(moment)), until.map(|moment| self.say(moment))))
    }

    fn say(&self, moment: typed::Moment) -> i64 {
        if let (Some(notice), false) = (moment.notice, self.quiet) {
            message(format_args!("notice: {notice}"));
        }
        micros(moment.time)
    }
}

fn micros(time: Timestamp) -> i64 {
    time.as_second() * SECOND + i64::from(time.subsec_microsecond())
}
