//! This moment, and moments as people read and type them; UTC, microseconds since the epoch.
//!
//! Machines read `alblog::time::Iso`; here is what stands on screens, to the minute or the second. What is less is cut off.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use alblog::time::{DAY, Date, HOUR, Iso, MINUTE, SECOND};
use jiff::Timestamp;

pub fn now() -> i64 {
    timestamp().as_microsecond()
}

/// This moment, to be calculated with.
pub fn timestamp() -> Timestamp {
    Timestamp::now()
}

/// A time of the system, such as that of a file; none of one before the epoch.
pub fn of_system(time: SystemTime) -> Option<i64> {
    i64::try_from(time.duration_since(UNIX_EPOCH).ok()?.as_micros()).ok()
}

/// Now, by two clocks: the calendar, which may be set, and one that only goes on. Microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Since the epoch.
    pub wall: i64,
    /// Since the clocks were started; may stand still while the machine sleeps.
    pub steady: i64,
}

/// Two clocks.
#[derive(Debug, Clone, Copy)]
pub struct Clocks(Instant);

impl Clocks {
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// This moment.
    pub fn moment(self) -> Moment {
        Moment { wall: now(), steady: i64::try_from(self.0.elapsed().as_micros()).unwrap_or(i64::MAX) }
    }
}

/// `14:05`
pub fn time_of_day(time: i64) -> String {
    let of_day = time.rem_euclid(DAY);
    format!("{:02}:{:02}", of_day / HOUR, of_day / MINUTE % 60)
}

/// `14:05:09`
pub fn time_of_day_in_seconds(time: i64) -> String {
    format!("{}:{:02}", time_of_day(time), time.rem_euclid(DAY) / SECOND % 60)
}

/// `2026-11-20 14:05`
pub fn to_the_minute(time: i64) -> String {
    format!("{} {}", Date::of(time), time_of_day(time))
}

/// `2026-11-20 14:05:09`
pub fn to_the_second(time: i64) -> String {
    format!("{} {}", Date::of(time), time_of_day_in_seconds(time))
}

/// As a flag takes it, one word: `2026-11-20T14:05:09Z`.
pub fn typed(time: i64) -> String {
    let text = Iso(time).to_string();
    format!("{}Z", text.split('.').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_cut_not_rounded() {
        let time = alblog::time::parse(b"2026-11-20T14:05:09.999999Z").unwrap();
        assert_eq!(time_of_day(time), "14:05");
        assert_eq!(time_of_day_in_seconds(time), "14:05:09");
        assert_eq!(to_the_minute(time), "2026-11-20 14:05");
        assert_eq!(to_the_second(time), "2026-11-20 14:05:09");
        assert_eq!(typed(time), "2026-11-20T14:05:09Z");
        assert_eq!((to_the_second(-1), typed(-1)), ("1969-12-31 23:59:59".into(), "1969-12-31T23:59:59Z".into()));
    }

    #[test]
    fn times_of_the_system_are_counted_from_the_epoch() {
        let second = std::time::Duration::from_secs(1);
        assert_eq!((of_system(UNIX_EPOCH + second), of_system(UNIX_EPOCH - second)), (Some(SECOND), None));
    }

    #[test]
    fn now_is_in_microseconds() {
        let year = Date::of(now()).year;
        assert!((2026..3000).contains(&year), "{year}");
    }
}
