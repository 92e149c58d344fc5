//! Whether objects that are not there are missing: what CloudWatch counts and what ELBv2 says, beside what was listed.
//!
//! Pure: what was asked goes in ([`Observed`]), a [`Verdict`] comes out. A load balancer writes an object of access logs
//! every five minutes in which it had requests, within minutes, as best it can.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>

mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use alblog::LogKind;
use alblog::key::{INTERVAL, region_folder};
use alblog::time::{HOUR, MINUTE};

use crate::fleet::aws::cloudwatch::Requests;
use crate::fleet::aws::elbv2::{LogSettings, Tags};
use crate::fleet::opt_out;

/// How long an object of access logs may take; most take less than ten minutes.
const DELAY: i64 = 15 * MINUTE;
/// A gap that objects follow is only told if it is as long as this.
const GAP: i64 = HOUR;

/// What can be said of a load balancer's access logs, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It has requests and writes no objects.
    Silent,
    /// It does not log.
    Off,
    /// It logs, but not to where objects were looked for.
    Elsewhere,
    /// Not enough could be asked.
    Unknown,
    /// There is no such load balancer any more.
    Gone,
    /// It has no objects for hours in which it had no requests.
    Idle,
    /// It has all objects that it could have.
    Fresh,
}

impl State {
    /// As it is shown; what needs attention is loud.
    pub fn name(self) -> &'static str {
        match self {
            Self::Silent => "SILENT",
            Self::Off => "OFF",
            Self::Elsewhere => "elsewhere",
            Self::Unknown => "unknown",
            Self::Gone => "gone",
            Self::Idle => "idle",
            Self::Fresh => "fresh",
        }
    }
}

/// A state, and why, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub state: State,
    /// `CloudWatch counts 418,220 requests since 05:20; the bucket holds no object`
    pub reason: String,
}

/// What is known about a load balancer.
#[derive(Debug, Clone)]
pub struct Observed {
    /// What ELBv2 says of it.
    pub settings: Settings,
    /// Requests by period; or why they are not known.
    pub requests: Result<Requests, String>,
}

#[derive(Debug, Clone)]
pub enum Settings {
    /// How it logs.
    Known {
        /// Its tags.
        tags: Tags,
        /// By kind; kinds that its region does not know are left out.
        logs: BTreeMap<LogKind, LogSettings>,
        /// Kinds that CloudWatch delivers.
        vended: BTreeSet<LogKind>,
    },
    /// There is no such load balancer.
    Gone,
    /// Why it is not known.
    Unknown(String),
}

/// What was asked about.
#[derive(Debug, Clone)]
pub struct Asked {
    pub span: Range<i64>,
    pub now: i64,
    /// Length of a period that requests are counted in.
    pub period: i64,
    /// Where objects were looked for: buckets and prefixes. None if they were not looked for in S3.
    pub places: Vec<(String, String)>,
}

/// What is to be said of a load balancer; `ends` are the ends of the intervals of its objects of access logs.
pub fn verify(observed: &Observed, ends: &BTreeSet<i64>, owner: (&str, &str), asked: &Asked) -> Verdict {
    let verdict = |state, reason: String| Verdict { state, reason };
    let gaps = gaps(ends, asked);
    if gaps.is_empty() {
        return verdict(State::Fresh, String::new());
    }
    match &observed.settings {
        Settings::Gone => return verdict(State::Gone, "deleted: there is no such load balancer any more".to_owned()),
        Settings::Unknown(why) => return verdict(State::Unknown, why.clone()),
        Settings::Known { tags, logs, vended } => {
            let access = logs.get(&LogKind::Access).cloned().unwrap_or_default();
            if access.enabled && !is_looked_at(&access, owner, asked) {
                return verdict(State::Elsewhere, words::elsewhere(&access));
            }
            if !access.enabled && vended.contains(&LogKind::Access) {
                return verdict(State::Elsewhere, "CloudWatch delivers its access logs (vended logs)".to_owned());
            }
            if !access.enabled {
                return verdict(State::Off, words::off(logs, &access, opt_out::by_tag(tags)));
            }
        }
    }
    let requests = match &observed.requests {
        Ok(requests) => requests,
        Err(why) => return verdict(State::Unknown, why.clone()),
    };
    let mut lost =
        gaps.iter().map(|gap| (requests_in(requests, gap, asked.period), gap)).filter(|(count, _)| *count > 0);
    match lost.next_back() {
        // Before its first object of the window it may not have been told to log yet; since then it has them all.
        Some((count, gap)) if gap.start == asked.span.start && ends.range(gap.end..).next().is_some() => {
            verdict(State::Fresh, words::began(count, gap, asked))
        }
        Some((count, gap)) => verdict(State::Silent, words::silent(count, gap, asked)),
        None if gaps.iter().any(|gap| gap.end - gap.start >= HOUR) || ends.is_empty() => {
            verdict(State::Idle, "CloudWatch counts 0 requests in the empty hours: nothing is missing".to_owned())
        }
        None => verdict(State::Fresh, String::new()),
    }
}

/// Whether somebody has to be asked about a load balancer with objects whose intervals end then.
pub fn has_gaps(ends: &BTreeSet<i64>, asked: &Asked) -> bool {
    !gaps(ends, asked).is_empty()
}

/// Whether the objects that these settings make lie where objects were looked for.
fn is_looked_at(settings: &LogSettings, (account, region): (&str, &str), asked: &Asked) -> bool {
    let folder = region_folder(&settings.prefix, account, region);
    let covers = |(bucket, prefix): &(String, String)| {
        *bucket == settings.bucket && (folder.starts_with(prefix.as_str()) || prefix.starts_with(&folder))
    };
    asked.places.is_empty() || asked.places.iter().any(covers)
}

/// Times of the window without an object: long ones between objects, and the time since the newest, as long as it is
/// over for certain. In order.
fn gaps(ends: &BTreeSet<i64>, asked: &Asked) -> Vec<Range<i64>> {
    let Range { start, end } = asked.span.clone();
    let settled = end.min(asked.now - DELAY);
    let mut gaps = Vec::new();
    let mut covered = start;
    for &interval_end in ends.range(start + 1..) {
        let interval_start = interval_end - INTERVAL;
        let until = interval_start.min(settled);
        if until - covered >= GAP {
            gaps.push(covered..until);
        }
        covered = covered.max(interval_end);
    }
    if settled > covered {
        gaps.push(covered..settled);
    }
    gaps
}

/// Requests of the periods that lie in a gap as a whole: of others it is not known on which side they were.
fn requests_in(requests: &Requests, gap: &Range<i64>, period: i64) -> u64 {
    requests
        .range(gap.start..gap.end.max(gap.start))
        .filter(|(time, _)| *time + period <= gap.end)
        .map(|(_, count)| count)
        .sum()
}
