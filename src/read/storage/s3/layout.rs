//! Where logs lie in a bucket: `[prefix/]AWSLogs/[<organisation>/]<account>/elasticloadbalancing/<region>/<yyyy>/<mm>/<dd>/`,
//! or anywhere else that somebody moved or copied them to.
//!
//! Pure text: at which level of AWS's layout a folder is, and which folders a window needs.

use std::collections::BTreeSet;
use std::ops::Range;

use alblog::key::{self, AWS_LOGS, SERVICE};
use alblog::time::{self, DAY};
use alblog::{LogKey, LogKind};

use crate::base::pattern::{beginning, is_pattern};

/// A window of more days is looked up folder by folder instead of being guessed.
const GUESSED_DAYS: i64 = 45;

/// Folders of other services below an account, and below an organisation's trail: nothing of a load balancer is there.
const OTHER_SERVICES: [&str; 22] = [
    "amazonmq",
    "apigateway",
    "cloudfront",
    "cloudtrail",
    "cloudtrail-aggregated",
    "cloudtrail-digest",
    "cloudtrail-insight",
    "clientvpn",
    "config",
    "eks",
    "globalaccelerator",
    "guardduty",
    "lambda",
    "network-firewall",
    "redshift",
    "route53resolver",
    "s3",
    "verifiedaccess",
    "vpc-lattice",
    "vpcdnsquerylogs",
    "vpcflowlogs",
    "waflogs",
];

/// A folder `…/AWSLogs/<account>/elasticloadbalancing/<region>/`, and how much of a date is asked for below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RegionFolder {
    /// Key prefix, ends in `/`.
    pub(super) prefix: String,
    pub(super) account: String,
    pub(super) region: String,
    /// The date of a folder below it, as far as it goes: `2026/11/`, or nothing.
    pub(super) within: String,
}

/// What a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Level {
    /// Not of AWS's layout: anything may lie below it.
    Anywhere,
    /// `…/AWSLogs/`, an organisation's, an account's or its load balancers' folder.
    Aws,
    /// A region's folder, or that of a year, month or day below it.
    Region(RegionFolder),
    /// Below a day's folder: objects, whatever follows in their keys.
    Objects,
    OtherService,
}

/// Says where in the layout a folder is; its name ends in `/` or is empty.
pub(super) fn level(prefix: &str) -> Level {
    let parts: Vec<&str> = prefix.split_terminator('/').collect();
    let Some(logs) = parts.iter().rposition(|part| *part == AWS_LOGS) else { return Level::Anywhere };
    let account = match parts.get(logs + 1) {
        Some(name) if is_organisation(name) => logs + 2,
        _ => logs + 1,
    };
    match parts.get(account..).unwrap_or_default() {
        [] => Level::Aws,
        [service, ..] if account == logs + 2 && is_other_service(service) => Level::OtherService,
        [account] | [account, SERVICE] if is_account(account) => Level::Aws,
        [account, SERVICE, region, ..] if !is_account(account) || !is_region(region) => Level::Anywhere,
        [owner, SERVICE, region, date @ ..] => match date {
            [_, _, _, _, ..] if is_date(&date[..3]) => Level::Objects,
            _ if is_date(date) => Level::Region(RegionFolder {
                prefix: parts[..account + 3].iter().fold(String::new(), |path, part| path + part + "/"),
                account: (*owner).to_owned(),
                region: (*region).to_owned(),
                within: date.iter().fold(String::new(), |path, part| path + part + "/"),
            }),
            _ => Level::Anywhere,
        },
        [account, service, ..] if is_account(account) && is_other_service(service) => Level::OtherService,
        _ => Level::Anywhere,
    }
}

/// `o-a1b2c3d4e5`
fn is_organisation(name: &str) -> bool {
    name.strip_prefix("o-").is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && is_number(name)
}

fn is_region(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.contains('-') && name.bytes().all(allowed)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_other_service(name: &str) -> bool {
    OTHER_SERVICES.iter().any(|service| name.eq_ignore_ascii_case(service))
}

/// Whether these are a year, a month and a day, as far as they go.
fn is_date(parts: &[&str]) -> bool {
    parts.len() <= 3 && parts.iter().zip([4, 2, 2]).all(|(part, length)| part.len() == length && is_number(part))
}

/// The date in the names of folders such as Athena's partitions, as far as it goes: `2026/11/20` of
/// `year=2026/month=11/day=20/hour=10/` and of `dt=2026-11-20/`.
pub(super) fn hive_date(folder: &str) -> Option<String> {
    let mut date: Option<String> = None;
    for (name, value) in folder.split('/').filter_map(|part| part.split_once('=')) {
        let name = name.to_ascii_lowercase();
        let known = date.as_ref().map_or(0, String::len);
        let whole: Vec<&str> = value.split('-').collect();
        if ["day", "dt", "date"].contains(&name.as_str()) && whole.len() == 3 && is_date(&whole) {
            date = Some(whole.join("/"));
        } else if name == "year" && value.len() == 4 && is_number(value) {
            date = Some(value.to_owned());
        } else if [("month", 4), ("day", 7)].contains(&(name.as_str(), known)) {
            let number: u8 = value.parse().ok()?;
            date = date.map(|date| format!("{date}/{number:02}"));
        }
    }
    date
}

/// Whether an object was written on other days than its folder's date says, which then is that of its delivery, or of a copy.
pub(super) fn is_misdated(folder: &str, key: &str) -> bool {
    let (Some(date), Some(log)) = (hive_date(folder), LogKey::parse(key)) else { return false };
    !DayRange::roughly(&(log.interval_end - 1..log.interval_end)).admits(&date)
}

/// Days as folders are named, `2026/11/20`; both inclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DayRange {
    first: String,
    last: String,
}

impl DayRange {
    /// The days on which intervals that end in `(start, end]` end.
    pub(super) fn of(ends: &Range<i64>) -> Self {
        Self {
            first: if ends.start == i64::MIN { String::new() } else { key::day_folder(ends.start) },
            last: if ends.end == i64::MAX { "9".to_owned() } else { key::day_folder(ends.end) },
        }
    }

    /// The same with a day before and after: who moved the logs may have gone by another time zone, or by their delivery.
    pub(super) fn roughly(ends: &Range<i64>) -> Self {
        let start = if ends.start == i64::MIN { i64::MIN } else { ends.start.saturating_sub(DAY) };
        let end = if ends.end == i64::MAX { i64::MAX } else { ends.end.saturating_add(DAY) };
        Self::of(&(start..end))
    }

    /// Whether a day of this date, which may be a year or a month alone, is one of them.
    pub(super) fn admits(&self, date: &str) -> bool {
        let date = date.trim_end_matches('/');
        let up_to = |day: &str| day.get(..date.len()).unwrap_or(day).to_owned();
        date >= up_to(&self.first).as_str() && date <= up_to(&self.last).as_str()
    }
}

/// The days' folders that are needed for intervals that end in `(start, end]`, `2026/11/20/`; none if there are so many that
/// it is better to look which ones exist.
pub(super) fn days(ends: &Range<i64>) -> Option<Vec<String>> {
    let (first, last) = (ends.start.div_euclid(DAY), ends.end.div_euclid(DAY));
    let few = last.saturating_sub(first) < GUESSED_DAYS;
    few.then(|| (first..=last).map(|day| key::day_folder(day * DAY) + "/").collect())
}

/// Starts of the names of objects of these kinds of log.
pub(super) fn kind_prefixes(folder: &RegionFolder, kinds: &[LogKind]) -> Vec<String> {
    kinds.iter().map(|kind| format!("{}{}_", kind.name_prefix(), folder.account)).collect()
}

/// When the intervals of objects in a day's folder `2026/11/20/` end: after the start, and not after the end. Midnight may be
/// either day's. None if it is no day's.
pub(super) fn ends(day: &str) -> Option<Range<i64>> {
    let day = day.trim_end_matches('/').replace('/', "-");
    let start = time::parse(format!("{day}T00:00:00Z").as_bytes())?;
    Some(start - 1..start + DAY)
}

/// Starts of the names of objects of load balancers, none of them the start of another. Each of `elbs` is a name, or
/// `app/<name>/<id>`; of a pattern counts what stands before its first `*`.
pub(super) fn name_prefixes(folder: &RegionFolder, kinds: &[LogKind], elbs: &[String]) -> Vec<String> {
    let start = |kind, elb: &str| {
        if !is_pattern(elb) {
            return key::name_start(kind, &folder.account, &folder.region, elb);
        }
        let begin = beginning(elb);
        let begin = if elb.contains('/') { begin.strip_prefix("app/").unwrap_or_default() } else { begin };
        let mut start = key::name_start(kind, &folder.account, &folder.region, begin);
        // What ends the name or the id.
        start.pop();
        start
    };
    let all = kinds.iter().flat_map(|kind| elbs.iter().map(move |elb| start(*kind, elb)));
    let all: BTreeSet<String> = all.collect();
    let is_covered = |name: &&String| !all.iter().any(|other| other != *name && name.starts_with(other.as_str()));
    all.iter().filter(is_covered).cloned().collect()
}

/// Whether names that begin so, up to their first `_`, are those of an account's log objects.
pub(super) fn is_name_start(start: &str, account: &str) -> bool {
    start == format!("{account}_")
        || LogKind::ALL.iter().any(|kind| {
            let prefix = kind.name_prefix();
            !prefix.is_empty() && prefix.split_inclusive('_').next() == Some(start)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_recognised() {
        for (folder, expected) in [
            ("", Level::Anywhere),
            ("eks/prod/", Level::Anywhere),
            ("eks/AWSLogs/", Level::Aws),
            ("AWSLogs/o-a1b2c3/", Level::Aws),
            ("AWSLogs/o-a1b2c3/123456789012/", Level::Aws),
            ("eks/AWSLogs/123456789012/", Level::Aws),
            ("AWSLogs/123456789012/elasticloadbalancing/", Level::Aws),
            ("AWSLogs/123456789012/elasticloadbalancing//", Level::Anywhere),
            ("AWSLogs//", Level::Anywhere),
            ("AWSLogs/old/", Level::Anywhere),
            ("AWSLogs/eks/", Level::Anywhere),
            ("AWSLogs/123456789012/old/", Level::Anywhere),
            ("AWSLogs/123456789012/elasticloadbalancing/eu-west-1/old/", Level::Anywhere),
            ("AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20//", Level::Objects),
            ("AWSLogs/123456789012/CloudTrail/", Level::OtherService),
            ("AWSLogs/o-a1b2c3/CloudTrail/", Level::OtherService),
        ] {
            assert_eq!(level(folder), expected, "{folder}");
        }
        for (root, date) in
            [("AWSLogs/", "2026/11/"), ("logs//AWSLogs/o-a1b2c3/", "2026/11/20/"), ("AWSLogs/x/AWSLogs/", "")]
        {
            let prefix = format!("{root}123456789012/elasticloadbalancing/eu-west-1/");
            let (account, region, within) = ("123456789012".into(), "eu-west-1".into(), date.into());
            let folder = format!("{prefix}{date}");
            assert_eq!(level(&folder), Level::Region(RegionFolder { prefix, account, region, within }), "{folder}");
        }
    }

    #[test]
    fn a_window_needs_the_folders_of_its_days() {
        let at = |text: &str| alblog::time::parse(text.as_bytes()).expect("a time");
        let (after, up_to) = (at("2026-11-20T23:30:00Z"), at("2026-11-21T01:35:00Z"));
        assert_eq!(days(&(after..up_to)), Some(vec!["2026/11/20/".into(), "2026/11/21/".into()]));
        let hour = days(&(at("2026-11-20T13:00:00Z")..at("2026-11-20T15:05:00Z")));
        assert_eq!(hour, Some(vec!["2026/11/20/".into()]));
        assert_eq!(days(&(at("2026-01-01T00:00:00Z")..i64::MAX)), None);
        assert_eq!(days(&(i64::MIN..i64::MAX)), None);
        let range = DayRange::of(&(after..up_to));
        let admitted = ["", "2026/", "2026/11", "2026/11/20/", "2026/11/21", "2026/11/19", "2026/10/", "2027"];
        assert_eq!(admitted.map(|date| range.admits(date)), [true, true, true, true, true, false, false, false]);
        assert!(DayRange::roughly(&(after..up_to)).admits("2026/11/19"));
        assert!(DayRange::of(&(i64::MIN..i64::MAX)).admits("2026/11/19"));
    }

    #[test]
    fn partitions_by_date_are_recognised() {
        for (folder, date) in [
            ("AWSLogs-Partitioned/year=2026/", Some("2026")),
            ("x/year=2026/month=11/day=20/hour=10/", Some("2026/11/20")),
            ("x/year=2026/month=1/", Some("2026/01")),
            ("x/dt=2026-11-20/", Some("2026/11/20")),
            ("x/day=20/", None),
            ("x/2026/11/20/", None),
            ("x/year=old/month=11/", None),
        ] {
            assert_eq!(hive_date(folder).as_deref(), date, "{folder}");
        }
    }

    #[test]
    fn names_of_an_account_begin_alike() {
        for kind in LogKind::ALL {
            let start = key::name_start(kind, "123456789012", "eu-west-1", "shop");
            assert!(is_name_start(start.split_inclusive('_').next().expect("a start"), "123456789012"), "{start}");
        }
        assert!(!is_name_start("210987654321_", "123456789012"));
        assert!(!is_name_start("/123456789012_", "123456789012"));
    }
}
