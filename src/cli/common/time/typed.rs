//! What was typed, taken apart, and the moment that it names.

use std::str::FromStr;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use crate::base::config::TimeSpan;
use crate::base::shown::Shown;

const EXPECTED: &str = "expected a time such as 2h (ago), 02:55, today, yesterday 22:00, 2026-11-20, 2026-11-20T14:05, \
                        2026-11-20T14:05+01:00 or 2026-11-20 14:05 Europe/Berlin";

/// A point in time as it was typed; which moment it is depends on now and, unless it says so itself, on a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct PointInTime(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Now,
    Ago(TimeSpan),
    Civil { day: Day, time: Option<Time>, zone: Zone },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    On(Date),
    Today,
    Yesterday,
    /// Today, or yesterday where today's would be in the future.
    Last,
}

/// The zone of what was typed; none is that of `--tz`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Zone {
    offset: Option<Offset>,
    named: Option<TimeZone>,
}

/// A moment, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    pub(super) time: Timestamp,
    pub(super) notice: Option<String>,
}

impl FromStr for PointInTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("now") {
            return Ok(Self(Form::Now));
        }
        // `02:55:09` is a length of time elsewhere, and a time here.
        if let Some(ago) = text.trim_end_matches(" ago").parse().ok().filter(|_| !text.contains(':')) {
            return Ok(Self(Form::Ago(ago)));
        }
        let (text, named) = without_name(text);
        let (text, offset) = without_offset(text).ok_or(EXPECTED)?;
        let (day, time) = day_and_time(text).ok_or(EXPECTED)?;
        if offset.is_some() && time.is_none() {
            return Err(EXPECTED.to_owned());
        }
        let known = |name| TimeZone::get(name).map_err(|_| format!("there is no time zone {}", Shown(name)));
        let zone = Zone { offset, named: named.map(known).transpose()? };
        if let (Day::On(date), Some(_), Some(named)) = (day, offset, &zone.named) {
            zone.moment(date, time, named).map_err(|error| error.to_string())?;
        }
        Ok(Self(Form::Civil { day, time, zone }))
    }
}

impl PointInTime {
    /// The moment, seen from `now`; bare times are in `zone`.
    pub(super) fn at(&self, now: Timestamp, zone: &TimeZone) -> Result<Moment> {
        let moment = self.anywhere(now, zone)?;
        if moment.time < Timestamp::UNIX_EPOCH {
            bail!("a time before 1970, when there were no logs");
        }
        Ok(moment)
    }

    fn anywhere(&self, now: Timestamp, zone: &TimeZone) -> Result<Moment> {
        match &self.0 {
            Form::Now => Ok(Moment::plain(now)),
            Form::Ago(ago) => Ok(Moment::plain(now.checked_sub(ago.get()).context("that long ago there was no time")?)),
            Form::Civil { day, time, zone: own } => {
                let zone = &own.or(zone);
                let today = zone.to_datetime(now).date();
                match day {
                    Day::On(date) => own.moment(*date, *time, zone),
                    Day::Today => own.moment(today, *time, zone),
                    Day::Yesterday => own.moment(today.yesterday()?, *time, zone),
                    Day::Last => {
                        let moment = own.moment(today, *time, zone)?;
                        if moment.time <= now { Ok(moment) } else { own.moment(today.yesterday()?, *time, zone) }
                    }
                }
            }
        }
    }

    /// The same as the end of a window: the first such clock time after its beginning where the last one is before.
    pub(super) fn after(&self, begin: Timestamp, now: Timestamp, zone: &TimeZone) -> Result<Moment> {
        let moment = self.at(now, zone)?;
        match &self.0 {
            Form::Civil { day: Day::Last, time, zone: own } if moment.time <= begin => {
                let zone = &own.or(zone);
                let first = zone.to_datetime(begin).date();
                let moment = own.moment(first, *time, zone)?;
                if moment.time > begin { Ok(moment) } else { own.moment(first.tomorrow()?, *time, zone) }
            }
            _ => Ok(moment),
        }
    }
}

impl PointInTime {
    /// The same within a window: the first such clock time from its beginning on, where no day was typed.
    pub(super) fn within(&self, begin: Timestamp, now: Timestamp, zone: &TimeZone) -> Result<Moment> {
        let Form::Civil { day: Day::Last, time, zone: own } = &self.0 else { return self.at(now, zone) };
        let zone = &own.or(zone);
        let first = zone.to_datetime(begin).date();
        let moment = own.moment(first, *time, zone)?;
        if moment.time >= begin { Ok(moment) } else { own.moment(first.tomorrow()?, *time, zone) }
    }
}

impl Moment {
    fn plain(time: Timestamp) -> Self {
        Self { time, notice: None }
    }
}

impl Zone {
    fn or(&self, zone: &TimeZone) -> TimeZone {
        match (&self.named, self.offset) {
            (Some(named), _) => named.clone(),
            (None, Some(offset)) => offset.to_time_zone(),
            (None, None) => zone.clone(),
        }
    }

    /// When the clocks of `zone` show this time. Without a time, it is when the day begins.
    fn moment(&self, date: Date, time: Option<Time>, zone: &TimeZone) -> Result<Moment> {
        let civil = date.to_datetime(time.unwrap_or_default());
        if let Some(offset) = self.offset {
            let moment = offset.to_timestamp(civil)?;
            if zone.to_offset(moment) != offset {
                bail!("clocks of {} are not at {offset} then", name(zone));
            }
            return Ok(Moment::plain(moment));
        }
        if time.is_none() {
            return Ok(Moment::plain(date.to_zoned(zone.clone())?.start_of_day()?.timestamp()));
        }
        let ambiguous = zone.to_ambiguous_timestamp(civil);
        let offset = ambiguous.offset();
        let moment = ambiguous.compatible()?;
        Ok(Moment { time: moment, notice: notice(civil, offset, moment, zone) })
    }
}

/// What is to be said where clocks show a time twice or never.
fn notice(civil: DateTime, offset: AmbiguousOffset, moment: Timestamp, zone: &TimeZone) -> Option<String> {
    let (time, date, zone_name) = (short(civil.time()), civil.date(), name(zone));
    let abbreviation = || zone.to_offset_info(moment).abbreviation().to_owned();
    match offset {
        AmbiguousOffset::Unambiguous { .. } => None,
        AmbiguousOffset::Fold { after, .. } => Some(format!(
            "{time} happens twice on {date} in {zone_name}: the first ({}, {} UTC) is taken, write \
             {date}T{time}{} for the other",
            abbreviation(),
            short(TimeZone::UTC.to_datetime(moment).time()),
            in_full(after),
        )),
        AmbiguousOffset::Gap { .. } => Some(format!(
            "{time} does not exist on {date} in {zone_name}, where clocks went forward: {} {} is taken",
            short(zone.to_datetime(moment).time()),
            abbreviation(),
        )),
    }
}

/// The zone's name in the database, or its offset.
fn name(zone: &TimeZone) -> String {
    zone.iana_name().map_or_else(|| "the local zone".to_owned(), ToOwned::to_owned)
}

/// `-05:00`, also where there are no minutes.
fn in_full(offset: Offset) -> String {
    let text = offset.to_string();
    if text.contains(':') { text } else { text + ":00" }
}

/// `01:30`, with seconds only if there are any.
fn short(time: Time) -> String {
    let text = time.to_string();
    text.strip_suffix(":00").filter(|text| text.contains(':')).map_or(text.clone(), ToOwned::to_owned)
}

/// The text before the name of its zone, and that: ` Europe/Berlin` or `[Europe/Berlin]`.
fn without_name(text: &str) -> (&str, Option<&str>) {
    match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((text, name)) if !name.is_empty() => (text.trim_end(), Some(name)),
        _ => match text.rsplit_once(' ') {
            Some((text, name)) if is_name(name) => (text.trim_end(), Some(name)),
            _ => (text, None),
        },
    }
}

/// The text before its offset, and that; nothing if what stands there is none.
fn without_offset(text: &str) -> Option<(&str, Option<Offset>)> {
    // A date has hyphens, too: an offset stands behind the colon of a time, or behind a T.
    let clock = text.find([':', 'T', 't']).unwrap_or(text.len());
    match text[clock..].find(['Z', 'z', '+', '-']) {
        Some(at) => {
            let (civil, offset) = text.split_at(clock + at);
            Some((civil.trim_end(), Some(offset_of(offset)?)))
        }
        None => Some((text, None)),
    }
}

/// Whether the last word of what was typed is meant as a zone, known or not.
fn is_name(word: &str) -> bool {
    let is_day = ["today", "yesterday"].iter().any(|day| word.eq_ignore_ascii_case(day));
    word.starts_with(|c: char| c.is_ascii_alphabetic()) && !word.eq_ignore_ascii_case("z") && !is_day
}

/// `Z`, `+01`, `+0100`, `+01:00`
fn offset_of(text: &str) -> Option<Offset> {
    if text.eq_ignore_ascii_case("z") {
        return Some(Offset::UTC);
    }
    let (sign, digits) = (if text.starts_with('-') { -1 } else { 1 }, text.get(1..)?);
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "00"),
    };
    let number = |text: &str| -> Option<i32> {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// A day, a time of day, or one behind the other.
fn day_and_time(text: &str) -> Option<(Day, Option<Time>)> {
    if let Some(day) = day_of(text) {
        return Some((day, None));
    }
    if let Some(time) = time_of_day(text) {
        return Some((Day::Last, Some(time)));
    }
    // The T of a date is no T of `today`, and a date has one at most.
    let (day, time) = match text.split_once(' ') {
        Some(parts) => parts,
        None => text.rsplit_once(['T', 't'])?,
    };
    Some((day_of(day)?, Some(time_of_day(time.trim_start()).or_else(|| time.parse().ok())?)))
}

fn day_of(text: &str) -> Option<Day> {
    if text.eq_ignore_ascii_case("today") {
        return Some(Day::Today);
    }
    if text.eq_ignore_ascii_case("yesterday") {
        return Some(Day::Yesterday);
    }
    // Nothing but a date: jiff reads the date of a whole time, too.
    let is_date = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|_| is_date).map(Day::On)
}

/// `02:55`, `2:55`, `02:55:09.5`
fn time_of_day(text: &str) -> Option<Time> {
    let (hours, _) = text.split_once(':')?;
    let is_clock = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let text = if hours.len() == 1 { format!("0{text}") } else { text.to_owned() };
    text.parse().ok().filter(|_| is_clock)
}
