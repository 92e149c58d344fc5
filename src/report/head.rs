//! The head of every report: which time, how complete, of what.

use std::ops::Range;

use alblog::time::{DAY, Date, MINUTE, SECOND};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::engine::Percentiles;
use super::gaps;
use super::session::Session;
use crate::base::clock;
use crate::output::document::Head;
use crate::output::human;
use crate::read::storage::elb_name;

/// Load balancers named when they are quiet; the rest is counted.
const NAMED: usize = 3;

/// The head of a session's report, once it was answered: objects that could not be read are known by then.
pub(super) fn head(session: &Session) -> Head {
    let question = session.question;
    let mut first = vec![moments(&session.span, question.zone.as_ref())];
    let mut warnings = Vec::new();
    let delivery = &session.delivery;
    let unread = session.unread() as u64;
    if unread > 0 {
        let objects = human::plural(unread, "object");
        first.push(format!("logs not complete: {objects} not read"));
        warnings.push(format!("the logs are not complete: {objects} could not be read, or not to the end"));
    }
    let let_go = session.let_go_before();
    if let Some(before) = let_go {
        let before = moment(before);
        first.push(format!("logs not complete: let go before {before}"));
        warnings.push(format!("the logs are not complete: the live store has let go of rows from before {before} UTC"));
    }
    match delivery.complete_to {
        None => first.push("how far the logs are complete is not known: names of objects do not tell".to_owned()),
        Some(to) => {
            let nodes = match delivery.nodes {
                (_, 0) => String::new(),
                (written, all) => format!(" ({written} of {all} nodes)"),
            };
            let next = delivery.next.map(|next| format!(", next ~{}", clock::time_of_day(next))).unwrap_or_default();
            let to_when =
                if Date::of(to - 1) == Date::of(session.span.end - 1) { clock::time_of_day(to) } else { moment(to) };
            if unread == 0 && let_go.is_none() {
                let gaps = if session.gaps.is_empty() { "" } else { " but for gaps" };
                first.push(format!("logs complete up to {to_when}{gaps}{nodes}{next}"));
            }
            let missing = session.span.end - to;
            if missing > 0 {
                warnings.push(format!(
                    "{} of the window not delivered: the logs are complete up to {} UTC only",
                    length(missing),
                    moment(to)
                ));
            }
        }
    }
    warnings.extend(gaps::warning(&session.gaps));
    if question.file.sql.contains("approx_percentile") {
        first.push(
            match session.percentiles() {
                Percentiles::Exact => "exact percentiles",
                Percentiles::Rounded => "percentiles within 0.1 % (too many distinct values to count them all)",
                Percentiles::Approximate => "approximate percentiles (Athena's)",
            }
            .to_owned(),
        );
    }
    warnings.extend(session.folded().iter().map(|folded| folded.notice(&question.file, question.by())));
    let mut second = Vec::new();
    if delivery.load_balancers > 0 {
        let of = if question.source.is_empty() { String::new() } else { format!("{}: ", question.source) };
        second.push(format!("{of}{}", human::plural(delivery.load_balancers as u64, "load balancer")));
    }
    for (elb, since) in delivery.quiet.iter().take(NAMED) {
        second.push(format!("{} wrote nothing after {}", elb_name(elb), clock::time_of_day(*since)));
    }
    if delivery.quiet.len() > NAMED {
        second.push(format!("{} more are quiet", delivery.quiet.len() - NAMED));
    }
    let lines = [first, second].into_iter().filter(|line| !line.is_empty()).collect();
    Head { lines, warnings }
}

/// `2026-11-22 13:00–14:00 UTC (14:00–15:00 CET)`
fn moments(span: &Range<i64>, zone: Option<&TimeZone>) -> String {
    let same_day = Date::of(span.start) == Date::of((span.end - 1).max(span.start));
    let end =
        if same_day { time_of_day(span.end - i64::from(span.end.rem_euclid(DAY) == 0)) } else { moment(span.end) };
    // Midnight ends the day.
    let end = if same_day && span.end.rem_euclid(DAY) == 0 && span.end > span.start { "24:00".to_owned() } else { end };
    let utc = format!("{}–{end} UTC", moment(span.start));
    let Some(zone) = zone else { return utc };
    let local = |time: i64| Timestamp::from_microsecond(time).ok().map(|time| time.to_zoned(zone.clone()));
    let (Some(from), Some(to)) = (local(span.start), local(span.end)) else { return utc };
    let format = if from.date() == to.date() && same_day { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    let name = to.strftime("%Z").to_string();
    format!("{utc} ({}–{} {name})", from.strftime(format), to.strftime(format))
}

/// `2026-11-22 13:00`
pub(super) fn moment(time: i64) -> String {
    format!("{} {}", Date::of(time), time_of_day(time))
}

/// `13:00`, with seconds if there are any.
fn time_of_day(time: i64) -> String {
    if time.rem_euclid(MINUTE) < SECOND { clock::time_of_day(time) } else { clock::time_of_day_in_seconds(time) }
}

/// `5 min`, `2 h 5 min`
pub(super) fn length(micros: i64) -> String {
    let minutes = micros.max(0) / MINUTE + i64::from(micros % MINUTE > 0);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use alblog::time::HOUR;

    use super::*;

    /// 2026-11-22T13:00Z.
    const AT: i64 = 1_795_352_400_000_000;

    #[test]
    fn both_clocks() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(moments(&(AT..AT + HOUR), None), "2026-11-22 13:00–14:00 UTC");
        assert_eq!(moments(&(AT..AT + HOUR), Some(&zone)), "2026-11-22 13:00–14:00 UTC (14:00–15:00 CET)");
        assert_eq!(moments(&(AT..AT + 11 * HOUR), None), "2026-11-22 13:00–24:00 UTC");
        assert_eq!(moments(&(AT..AT + 12 * HOUR + MINUTE), None), "2026-11-22 13:00–2026-11-23 01:01 UTC");
        assert_eq!(
            moments(&(AT..AT + 10 * HOUR + 30 * MINUTE), Some(&zone)),
            "2026-11-22 13:00–23:30 UTC (2026-11-22 14:00–2026-11-23 00:30 CET)"
        );
        assert_eq!(moments(&(AT..AT), None), "2026-11-22 13:00–13:00 UTC");
    }

    #[test]
    fn lengths() {
        assert_eq!(length(5 * MINUTE), "5 min");
        assert_eq!(length(5 * MINUTE + 1), "6 min");
        assert_eq!(length(HOUR), "1 h");
        assert_eq!(length(2 * HOUR + 5 * MINUTE), "2 h 5 min");
    }
}
