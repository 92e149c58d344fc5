//! Where logs lie in a bucket: `[prefix/]AWSLogs/<account>/elasticloadbalancing/<region>/<yyyy>/<mm>/<dd>/<object>`.
//!
//! Pure text: which level a prefix points at, and which folders of days a window needs.

use alblog::LogKind;
use alblog::key::{self, AWS_LOGS, SERVICE};
use alblog::time::DAY;

/// A window of more days is looked up folder by folder instead of being guessed.
const GUESSED_DAYS: i64 = 45;

/// A folder `…/AWSLogs/<account>/elasticloadbalancing/<region>/`, and how much of a date is asked for below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RegionFolder {
    /// Key prefix, ends in `/`.
    pub(super) prefix: String,
    pub(super) account: String,
    pub(super) region: String,
    /// What the user named below it: `2026/11/`, or nothing.
    pub(super) within: String,
}

/// What a prefix points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Level {
    /// Above `AWSLogs/`, or somewhere else.
    Above,
    /// `…/AWSLogs/`: accounts are next.
    Logs,
    /// `…/elasticloadbalancing/` of this account: regions are next.
    Service { prefix: String, account: String },
    /// A region's folder, or one below it.
    Region(RegionFolder),
    /// Below a day's folder: one object, or several that share the start of a name.
    Objects,
    /// Below an account, but not its load balancers' logs.
    Foreign,
}

/// Says where in the layout a prefix that ends in `/`, or is empty, points.
pub(super) fn level(prefix: &str) -> Level {
    let parts: Vec<&str> = prefix.split_terminator('/').collect();
    let Some(logs) = parts.iter().position(|part| *part == AWS_LOGS) else { return Level::Above };
    let up_to = |count: usize| parts[..logs + count].iter().fold(String::new(), |path, part| path + part + "/");
    match parts[logs + 1..] {
        [] => Level::Logs,
        [account] => Level::Service { prefix: format!("{}{SERVICE}/", up_to(2)), account: account.to_owned() },
        [account, SERVICE] => Level::Service { prefix: up_to(3), account: account.to_owned() },
        [account, SERVICE, region, ref date @ ..] if date.len() <= 3 => Level::Region(RegionFolder {
            prefix: up_to(4),
            account: account.to_owned(),
            region: region.to_owned(),
            within: date.iter().fold(String::new(), |path, part| path + part + "/"),
        }),
        [_, SERVICE, ..] => Level::Objects,
        _ => Level::Foreign,
    }
}

/// The folder of an account's load balancer logs, from a folder below `AWSLogs/`; none for what is not an account.
pub(super) fn service_folder(account_folder: &str) -> Option<(String, String)> {
    let account = account_folder.trim_end_matches('/').rsplit('/').next()?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| (format!("{account_folder}{SERVICE}/"), account.to_owned()))
}

/// Which days' folders are needed for intervals that end in `(after, up_to]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Days {
    /// These: `2026/11/20/`.
    Known(Vec<String>),
    /// Those that exist between two days (inclusive).
    Between(String, String),
}

/// The folders of an interval's end: its day, or, for one that ends at midnight, the day before.
pub(super) fn days(after: i64, up_to: i64) -> Days {
    let folder = |time: i64| key::day_folder(time) + "/";
    let (first, last) = (after.div_euclid(DAY), up_to.div_euclid(DAY));
    if last.saturating_sub(first) < GUESSED_DAYS {
        Days::Known((first..=last).map(|day| folder(day * DAY)).collect())
    } else {
        Days::Between(
            if after == i64::MIN { String::new() } else { folder(after) },
            if up_to == i64::MAX { "9".to_owned() } else { folder(up_to) },
        )
    }
}

/// Starts of the names of a load balancer's objects. `elb` is a name, or `app/<name>/<id>`.
pub(super) fn name_prefixes<'a>(folder: &'a RegionFolder, elb: &'a str) -> impl Iterator<Item = String> + 'a {
    LogKind::ALL.into_iter().map(move |kind| key::name_start(kind, &folder.account, &folder.region, elb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_is_recognised() {
        assert_eq!(level(""), Level::Above);
        assert_eq!(level("eks/prod/"), Level::Above);
        assert_eq!(level("eks/AWSLogs/"), Level::Logs);
        let service = Level::Service {
            prefix: "eks/AWSLogs/123456789012/elasticloadbalancing/".into(),
            account: "123456789012".into(),
        };
        assert_eq!(level("eks/AWSLogs/123456789012/"), service);
        assert_eq!(level("eks/AWSLogs/123456789012/elasticloadbalancing/"), service);
        let Level::Region(folder) = level("AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/") else {
            panic!("a region")
        };
        assert_eq!(folder.prefix, "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/");
        assert_eq!(folder.within, "2026/11/");
        assert_eq!(level("AWSLogs/123456789012/CloudTrail/"), Level::Foreign);
        assert_eq!(service_folder("AWSLogs/o-a1b2c3/"), None);
    }

    #[test]
    fn a_window_needs_the_folders_of_its_days() {
        let at = |text: &str| alblog::time::parse(text.as_bytes()).expect("a time");
        let (after, up_to) = (at("2026-11-20T23:30:00Z"), at("2026-11-21T01:35:00Z"));
        assert_eq!(days(after, up_to), Days::Known(vec!["2026/11/20/".into(), "2026/11/21/".into()]));
        let hour = days(at("2026-11-20T13:00:00Z"), at("2026-11-20T15:05:00Z"));
        assert_eq!(hour, Days::Known(vec!["2026/11/20/".into()]));
        assert_eq!(days(at("2026-01-01T00:00:00Z"), i64::MAX), Days::Between("2026/01/01/".into(), "9".into()));
    }
}
