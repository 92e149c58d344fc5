//! The reasons of verdicts, in words.

use std::collections::BTreeMap;
use std::ops::Range;

use alblog::LogKind;
use alblog::time::{DAY, Date};

use super::Asked;
use crate::fleet::aws::elbv2::LogSettings;
use crate::lake::objects::document::time_of_day;
use crate::output::human;

/// `CloudWatch counts 418,220 requests since 05:20; the bucket holds no object`
pub(super) fn silent(count: u64, gap: &Range<i64>, asked: &Asked) -> String {
    let requests = human::plural(count, "request");
    let is_last = gap.end >= asked.span.end.min(asked.now - super::DELAY);
    let when = match (gap.start == asked.span.start, is_last) {
        (true, true) => "in the whole window".to_owned(),
        (false, true) => format!("since {}", moment(gap.start, asked)),
        (_, false) => format!("from {} to {}", moment(gap.start, asked), moment(gap.end, asked)),
    };
    let place = if asked.places.is_empty() { "there is" } else { "the bucket holds" };
    format!("CloudWatch counts {requests} {when}; {place} no object")
}

/// `since 05:20; before, CloudWatch counts 418,220 requests and there is no object: switched on then?`
pub(super) fn began(count: u64, gap: &Range<i64>, asked: &Asked) -> String {
    let (requests, since) = (human::plural(count, "request"), moment(gap.end, asked));
    format!("since {since}; before, CloudWatch counts {requests} and there is no object: switched on then?")
}

/// `logging is switched off: never enabled`
pub(super) fn off(logs: &BTreeMap<LogKind, LogSettings>, access: &LogSettings, opted_out: bool) -> String {
    let why = match (opted_out, access.bucket.is_empty()) {
        (true, _) => "opted out by tag albstats.io/logs=disabled".to_owned(),
        (false, false) => format!("by hand, the bucket {} is still set", access.bucket),
        (false, true) => "never enabled".to_owned(),
    };
    let others: Vec<String> =
        logs.iter().filter(|(_, settings)| settings.enabled).map(|(kind, _)| format!("{kind} logs")).collect();
    let others = if others.is_empty() { String::new() } else { format!("; only {} are on", others.join(" and ")) };
    format!("access logs are switched off on the load balancer ({why}){others}")
}

/// `its logs go to s3://team-legacy-logs`
pub(super) fn elsewhere(settings: &LogSettings) -> String {
    let LogSettings { bucket, prefix, .. } = settings;
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!("its access logs go to s3://{bucket}{slash}{prefix}")
}

/// `05:20`, with the date if the window is longer than a day.
fn moment(time: i64, asked: &Asked) -> String {
    let text = time_of_day(time);
    if asked.span.end - asked.span.start > DAY { format!("{} {text}", Date::of(time)) } else { text }
}
