//! Names of log objects: what kind of log an object holds, whose, and for which five minutes.
//!
//! Responsible for reading and printing names, and the folders they lie in; listing objects and choosing among them is
//! done elsewhere. A key is `[prefix/]AWSLogs/<account>/elasticloadbalancing/<region>/<yyyy>/<mm>/<dd>/<name>`.
//! Layout: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-file-format>.

use std::fmt;

use crate::LogKind;
use crate::time::{Date, HOUR, IntervalEnd, MINUTE, parse_interval_end};

/// What the name of an object says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObjectName {
    /// A log of an Application Load Balancer.
    Log(LogKey),
    /// Known not to be one.
    Skipped(SkipReason),
    /// The name says nothing; the content must.
    Unknown,
}

/// Why an object is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SkipReason {
    /// The object AWS puts when logging is switched on (`ELBAccessLogTestFile`, …).
    TestObject,
    /// A Network Load Balancer's log.
    Nlb,
    /// A Classic Load Balancer's log.
    Classic,
    /// Not a load balancer log at all.
    Foreign,
    /// Its content is known to be something else, which this names: `a PNG image`, `CloudTrail records`.
    Holds(&'static str),
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TestObject => "test object",
            Self::Nlb => "nlb",
            Self::Classic => "classic",
            Self::Foreign => "foreign",
            Self::Holds(what) => what,
        })
    }
}

impl SkipReason {
    /// What such objects are called beside their number: `test object` of one, `test objects` of three, `PNG images`.
    #[must_use]
    pub fn counted(&self, number: u64) -> String {
        let name = self.to_string();
        let bare = name.strip_prefix("a ").unwrap_or(&name);
        // The other names are those of kinds, `nlb` or `CloudTrail records`, and the same of any number.
        let is_countable = bare.len() < name.len() || bare.ends_with("test object");
        let is_plural = number != 1 && is_countable && !bare.ends_with('s');
        format!("{bare}{}", if is_plural { "s" } else { "" })
    }
}

/// The name of an Application Load Balancer log object, taken apart.
///
/// `[conn_log_|health_check_log_]<account>_elasticloadbalancing_<region>_app.<name>.<id>_<end>_<node ip>_<random>.log.gz`
///
/// What follows the random part may be anything, since people compress logs anew; it is not kept.
///
/// ```
/// use alblog::{LogKey, LogKind};
///
/// let name = "conn_log_123456789012_elasticloadbalancing_eu-west-1_app.my-lb.1f2e3d4c5b6a7988\
///             _20261120T1405Z_203.0.113.7_2ab3c4d5.log.gz";
/// let key = LogKey::parse(name).expect("a connection log");
/// assert_eq!(key.kind, LogKind::Connection);
/// assert_eq!(key.elb(), "app/my-lb/1f2e3d4c5b6a7988");
/// assert_eq!(key.to_string(), name);
/// assert_eq!(key.folder(), "AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2026/11/20");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LogKey {
    /// Which of the three logs.
    pub kind: LogKind,
    /// Account number, twelve digits.
    pub account: String,
    /// Region, e.g. `eu-west-1`.
    pub region: String,
    /// Name of the load balancer.
    pub elb_name: String,
    /// Id of the load balancer, usually sixteen hexadecimal digits.
    pub elb_id: String,
    /// End of the interval the object covers, microseconds since the epoch. AWS writes an object every 5 minutes.
    pub interval_end: i64,
    /// Address of the load balancer node that wrote the object.
    pub node_ip: String,
    /// AWS's random part.
    pub random: String,
    /// Whether the name ends in `.gz`.
    pub gzip: bool,
}

impl LogKey {
    /// Takes the last part of a path or key apart; `None` if it does not name a log of an Application Load Balancer. What
    /// browsers and desktops add to the name of a second copy (` (1)`, ` - Copy`, `.1`, `Copy of `, ...) is not part of it.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let name = file_name(path);
        if is_shadow(name) {
            return None;
        }
        // Logs that were compressed anew keep the rest of their name: `.log.zst`, `.log.gz.bz2`, `.gz`.
        let stem = without_mark(stem_and_ending(name)?.0);
        let gzip = without_mark(name).strip_suffix(".gz").is_some();
        let (before, stem) = from_account(stem)?;
        let prefixed = |kind: &LogKind| !kind.name_prefix().is_empty() && before.ends_with(kind.name_prefix());
        let kind = LogKind::ALL.into_iter().find(prefixed).unwrap_or(LogKind::Access);
        let parts: [&str; 7] = collect_array(stem.split('_'))?;
        let [account, service, region, balancer, end, node_ip, random] = parts;
        let [app, elb_name, elb_id] = collect_array(balancer.split('.'))?;
        let complete = [account, region, elb_name, elb_id, node_ip, random].iter().all(|part| !part.is_empty());
        if service != SERVICE || app != "app" || !complete {
            return None;
        }
        Some(Self {
            kind,
            account: account.to_owned(),
            region: region.to_owned(),
            elb_name: elb_name.to_owned(),
            elb_id: elb_id.to_owned(),
            interval_end: parse_interval_end(end)?,
            node_ip: node_ip.to_owned(),
            random: random.to_owned(),
            gzip,
        })
    }

    /// The load balancer as log lines and `CloudWatch` name it: `app/<name>/<id>`.
    #[must_use]
    pub fn elb(&self) -> String {
        format!("app/{}/{}", self.elb_name, self.elb_id)
    }

    /// The folder AWS puts the object into, below the bucket's prefix. Its date is that of the interval's end.
    #[must_use]
    pub fn folder(&self) -> String {
        region_folder("", &self.account, &self.region) + &day_folder(self.interval_end)
    }
}

/// Prints the object's name without its folder.
impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.kind.name_prefix();
        let Self { account, region, elb_name, elb_id, node_ip, random, .. } = self;
        let end = IntervalEnd(self.interval_end);
        let suffix = if self.gzip { ".log.gz" } else { ".log" };
        write!(f, "{prefix}{account}_{SERVICE}_{region}_app.{elb_name}.{elb_id}_{end}_{node_ip}_{random}{suffix}")
    }
}

/// The folder in which AWS's layout begins.
pub const AWS_LOGS: &str = "AWSLogs";

/// The folder of the load balancers' logs below that of an account; also a part of every name.
pub const SERVICE: &str = "elasticloadbalancing";

/// The folder of an account's logs and test objects: `prefix/AWSLogs/<account>/`. The prefix has no slashes at its ends
/// and may be empty.
#[must_use]
pub fn account_folder(prefix: &str, account: &str) -> String {
    let slash = if prefix.is_empty() { "" } else { "/" };
    format!("{prefix}{slash}{AWS_LOGS}/{account}/")
}

/// The folder of a region's days: `prefix/AWSLogs/<account>/elasticloadbalancing/<region>/`.
#[must_use]
pub fn region_folder(prefix: &str, account: &str, region: &str) -> String {
    format!("{}{SERVICE}/{region}/", account_folder(prefix, account))
}

/// The folder of the objects whose interval ends at this time, below that of their region: `2026/11/20`.
#[must_use]
pub fn day_folder(interval_end: i64) -> String {
    let Date { year, month, day } = Date::of(interval_end);
    format!("{year:04}/{month:02}/{day:02}")
}

/// What the names of a load balancer's objects of one kind begin with. `elb` is `app/<name>/<id>`, or a name alone,
/// after which a dot follows: `shop` is not `shop-admin`.
///
/// ```
/// use alblog::{LogKind, key};
///
/// let start = key::name_start(LogKind::Connection, "123456789012", "eu-west-1", "app/my-lb/1f2e3d4c5b6a7988");
/// assert_eq!(start, "conn_log_123456789012_elasticloadbalancing_eu-west-1_app.my-lb.1f2e3d4c5b6a7988_");
/// let start = key::name_start(LogKind::Access, "123456789012", "eu-west-1", "my-lb");
/// assert_eq!(start, "123456789012_elasticloadbalancing_eu-west-1_app.my-lb.");
/// ```
#[must_use]
pub fn name_start(kind: LogKind, account: &str, region: &str, elb: &str) -> String {
    let end = if elb.contains('/') { '_' } else { '.' };
    let elb = elb.strip_prefix("app/").unwrap_or(elb).replace('/', ".");
    format!("{}{account}_{SERVICE}_{region}_app.{elb}{end}", kind.name_prefix())
}

/// How long the interval of an object is: AWS writes one every five minutes for each node.
pub const INTERVAL: i64 = 5 * MINUTE;

/// How long after a row's own time the interval of its object may end, unless somebody says otherwise. A row belongs to the
/// interval that its time is in; delivery is best effort, and an hour is what is granted to what comes late.
pub const MARGIN: i64 = HOUR + INTERVAL;

/// Why a load balancer does not take a prefix of keys.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixFault {
    /// It has [`AWS_LOGS`] in it, at this byte: load balancers add it.
    AwsLogs(usize),
    /// It has a slash at an end.
    SlashAtEnd,
    /// It has a character that is no letter, digit, `.`, `-`, `_` or `/`.
    Character,
    /// It is longer than [`LONGEST_PREFIX`].
    TooLong,
}

/// So many bytes leave room for what follows in the 1024 that S3 takes as a key: at most 260 for the longest name of a load balancer,
/// an address of version 6, and the longest word of a kind of log.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
pub const LONGEST_PREFIX: usize = 1024 - 260;

impl PrefixFault {
    /// What is wrong with a prefix; `None` if it is one.
    #[must_use]
    pub fn of(prefix: &str) -> Option<Self> {
        let allowed = |char: char| char.is_ascii_alphanumeric() || "._-/".contains(char);
        if let Some(at) = prefix.find(AWS_LOGS) {
            return Some(Self::AwsLogs(at));
        }
        if prefix.starts_with('/') || prefix.ends_with('/') {
            return Some(Self::SlashAtEnd);
        }
        if !prefix.chars().all(allowed) {
            return Some(Self::Character);
        }
        (prefix.len() > LONGEST_PREFIX).then_some(Self::TooLong)
    }
}

impl ObjectName {
    /// Says what a path or key names, from its last part alone.
    #[must_use]
    pub fn parse(path: &str) -> Self {
        if let Some(key) = LogKey::parse(path) {
            return Self::Log(key);
        }
        let name = file_name(path);
        if LogKind::ALL.map(LogKind::test_object).contains(&name) {
            return Self::Skipped(SkipReason::TestObject);
        }
        if is_of_other_service(name) || is_shadow(name) {
            return Self::Skipped(SkipReason::Foreign);
        }
        match other_load_balancer(name) {
            Some(reason) => Self::Skipped(reason),
            None => Self::Unknown,
        }
    }
}

/// Recognises the names of Network (`net.…`, no node ip) and Classic (no gzip) load balancer logs. Names of Classic Load Balancers have
/// no dots, so that `app.…` with something odd behind it is none of theirs.
fn other_load_balancer(name: &str) -> Option<SkipReason> {
    let stem = name.strip_suffix(".gz").unwrap_or(name).strip_suffix(".log")?;
    let mut parts = stem.split('_');
    let (account, service, _region, balancer) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if service != SERVICE || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    parse_interval_end(parts.next()?)?;
    if balancer.starts_with("net.") {
        return Some(SkipReason::Nlb);
    }
    (!balancer.contains('.')).then_some(SkipReason::Classic)
}

/// Whether it is what macOS puts beside a file on other file systems: `._NAME`, which holds no part of it.
fn is_shadow(name: &str) -> bool {
    name.starts_with("._")
}

/// Recognises the names of S3's access logs, `2026-11-20-10-05-59-0123456789ABCDEF`, and of CloudFront's,
/// `E2K4EXAMPLE.2026-11-20-10.a1b2c3d4.gz`, of which there are thousands a day in some buckets.
fn is_of_other_service(name: &str) -> bool {
    let is_time = |text: &str, parts: &[usize]| {
        let numbers = text.split('-').map(|part| part.bytes().all(|byte| byte.is_ascii_digit()).then_some(part.len()));
        numbers.eq(parts.iter().map(|length| Some(*length)))
    };
    let is_hex = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let of_s3 = name.rsplit_once('-').is_some_and(|(time, id)| is_time(time, &[4, 2, 2, 2, 2, 2]) && is_hex(id, 16));
    let parts: Vec<&str> = name.split('.').collect();
    of_s3 || matches!(parts[..], [_, hour, id, "gz"] if is_time(hour, &[4, 2, 2, 2]) && is_hex(id, 8))
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(path)
}

/// A name in two: what stands before the account's number, and the rest from there on. Before it stands the kind, and before that
/// what desktops and people put there: `Copy of `, `Kopie von `, `old-`. `None` if there is no such number.
fn from_account(name: &str) -> Option<(&str, &str)> {
    let service = name.match_indices(SERVICE).map(|(at, _)| at).find(|&at| name[..at].ends_with('_'))?;
    let account = without_number(&name[..service - 1])?.len();
    (!name[..account].ends_with(char::is_alphanumeric)).then(|| name.split_at(account))
}

/// The name without the mark of a second copy: `x (1)`, `x(1)`, `x-1`, `x.1`, `x copy`, `x copy 2`, `x - Copy (2)`.
fn without_mark(name: &str) -> &str {
    let in_brackets = || without_number(name.strip_suffix(')')?)?.strip_suffix('(').map(str::trim_end);
    let counted = || without_number(name)?.strip_suffix(['-', '.', ' ']);
    let name = in_brackets().or_else(counted).unwrap_or(name);
    [" - Copy", " copy"].into_iter().find_map(|word| name.strip_suffix(word)).unwrap_or(name)
}

/// The text before the digits it ends in; `None` if there are none.
fn without_number(text: &str) -> Option<&str> {
    let left = text.trim_end_matches(|char: char| char.is_ascii_digit());
    (left.len() < text.len()).then_some(left)
}

/// A name in two at the first dot behind its last `_`, behind which the random part stands; `None` without a `_`.
fn stem_and_ending(name: &str) -> Option<(&str, &str)> {
    let random_part = name.rfind('_')?;
    let dot = name[random_part..].find('.').map(|dot| random_part + dot);
    Some(dot.map_or((name, ""), |dot| (&name[..dot], &name[dot + 1..])))
}

/// Endings of names of logs, and of what compresses them.
const ENDINGS: [&str; 12] = ["log", "txt", "gz", "gzip", "zst", "zstd", "bz2", "xz", "lzma", "lz4", "z", "zip"];

/// Whether a name that [`LogKey::parse`] takes apart ends as logs do that were compressed anew or copied: `.log`, `.log.zst`,
/// ` (1).log.gz`, `.log.gz.1`. What ends otherwise may be a part of a log or something about it: `.log.gz.aa`, `.log.gz.md5`.
#[must_use]
pub fn has_usual_ending(path: &str) -> bool {
    let ending = stem_and_ending(file_name(path)).map_or("", |(_, ending)| ending);
    ending.split('.').all(|part| {
        let part = without_mark(part);
        part.bytes().all(|byte| byte.is_ascii_digit()) || ENDINGS.iter().any(|usual| part.eq_ignore_ascii_case(usual))
    })
}

/// What a name says that a log is compressed with, the last of several: `gz`, `zst`, ...; `None` if it says that it is not, or nothing.
#[must_use]
pub fn compression(path: &str) -> Option<&'static str> {
    let ending = file_name(path).rsplit('.').map(without_mark).find(|part| !is_number(part))?;
    let usual = ENDINGS.into_iter().find(|usual| ending.eq_ignore_ascii_case(usual))?;
    (!matches!(usual, "log" | "txt")).then_some(usual)
}

/// What tools put behind the name of a file that they have not written to its end, or that an editor keeps beside it.
const UNFINISHED: [&str; 9] =
    ["part", "partial", "filepart", "crdownload", "opdownload", "download", "tmp", "temp", "swp"];

/// The path that a file is to have once it is whole, if its name is one that tools give files until then: `x.log.gz.part`,
/// `x.log.gz~`, `.x.log.swp`, and `x.log.gz.6eF8c2aB` of `aws s3`.
#[must_use]
pub fn finished(path: &str) -> Option<String> {
    let (folder, name) = path.split_at(path.len() - file_name(path).len());
    let is_random = |ending: &str| {
        ending.len() == 8
            && ending.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !ending.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_of_tool = |ending: &str| UNFINISHED.iter().any(|usual| ending.eq_ignore_ascii_case(usual));
    let (whole, is_swap) = match name.strip_suffix('~') {
        Some(whole) => (whole, false),
        None => name
            .rsplit_once('.')
            .filter(|(_, ending)| is_of_tool(ending) || is_random(ending))
            .map(|(whole, ending)| (whole, ending.eq_ignore_ascii_case("swp")))?,
    };
    let whole = if is_swap { whole.strip_prefix('.').unwrap_or(whole) } else { whole };
    (!whole.is_empty() && has_usual_ending(whole)).then(|| [folder, whole].concat())
}

/// Whether a name that [`LogKey::parse`] takes apart says more than AWS's own: that it is a second copy, or a part, or another log that
/// somebody gave a number. Only the content tells which.
#[must_use]
pub fn is_marked(path: &str) -> bool {
    let Some((stem, ending)) = stem_and_ending(file_name(path)) else { return false };
    let is_mark = |part: &str| without_mark(part) != part || is_number(part);
    let before = from_account(stem).map_or("", |(before, _)| before);
    let is_kind = before.is_empty() || LogKind::ALL.iter().any(|kind| kind.name_prefix() == before);
    !is_kind || is_mark(stem) || ending.split('.').any(is_mark)
}

/// What tells the parts of one log apart, as `split` calls them: `.log.00`, `.log.aa`; `None` for what is no part by its name.
#[must_use]
pub fn part(path: &str) -> Option<&str> {
    let (_, ending) = stem_and_ending(file_name(path))?;
    let last = ending.rsplit('.').next()?;
    let is_letters = last.len() == 2 && last.bytes().all(|byte| byte.is_ascii_lowercase()) && !ENDINGS.contains(&last);
    (is_letters || last.len() > 1 && is_number(last)).then_some(last)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What tells a log from all others, wherever it lies and however it is compressed: what AWS named it, and which part of it it is.
#[must_use]
pub fn identity(path: &str) -> Option<String> {
    let key = LogKey { gzip: true, ..LogKey::parse(path)? };
    Some(part(path).map_or_else(|| key.to_string(), |part| format!("{key}.{part}")))
}

/// Exactly `N` items, or `None`.
fn collect_array<'a, const N: usize>(mut items: impl Iterator<Item = &'a str>) -> Option<[&'a str; N]> {
    let mut array = [""; N];
    for slot in &mut array {
        *slot = items.next()?;
    }
    items.next().is_none().then_some(array)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ACCESS: &str =
        "123456789012_elasticloadbalancing_us-east-2_app.my-lb.abc123_20140215T2340Z_172.160.001.192_20sg8hgm.log.gz";

    /// The longest key that a load balancer writes still is one that S3 takes.
    #[test]
    fn a_prefix_leaves_room_for_the_longest_key() {
        let (account, region) = ("1".repeat(12), "ap-southeast-7");
        let names = LogKind::ALL
            .map(|kind| name_start(kind, &account, region, &format!("app/{}/{}", "n".repeat(32), "0".repeat(16))));
        let longest = names.iter().map(String::len).max().unwrap();
        let after = "20261120T1405Z_2001:0db8:0000:0000:0000:0000:0000:0001_20sg8hgm.log.gz".len();
        let prefix = "p".repeat(LONGEST_PREFIX);
        assert!(region_folder(&prefix, &account, region).len() + "2026/11/20/".len() + longest + after <= 1024);
        assert_eq!(PrefixFault::of(&prefix), None);
        assert_eq!(PrefixFault::of(&format!("{prefix}p")), Some(PrefixFault::TooLong));
    }

    #[test]
    fn what_is_skipped_is_counted_in_words() {
        let words = |reason: SkipReason| [1, 3].map(|number| reason.counted(number)).join(" | ");
        assert_eq!(words(SkipReason::TestObject), "test object | test objects");
        assert_eq!(words(SkipReason::Nlb), "nlb | nlb");
        assert_eq!(words(SkipReason::Holds("a PNG image")), "PNG image | PNG images");
        assert_eq!(words(SkipReason::Holds("a folder's settings")), "folder's settings | folder's settings");
        assert_eq!(words(SkipReason::Holds("CloudTrail records")), "CloudTrail records | CloudTrail records");
    }

    #[test]
    fn an_access_key_in_a_bucket() {
        let path =
            format!("s3://bucket/some/prefix/AWSLogs/123456789012/elasticloadbalancing/us-east-2/2014/02/15/{ACCESS}");
        let key = LogKey::parse(&path).expect("parses");
        assert_eq!((key.kind, key.gzip), (LogKind::Access, true));
        assert_eq!((key.account.as_str(), key.region.as_str()), ("123456789012", "us-east-2"));
        assert_eq!(key.elb(), "app/my-lb/abc123");
        assert_eq!(key.interval_end, crate::time::parse(b"2014-02-15T23:40:00Z").expect("a time"));
        assert_eq!((key.node_ip.as_str(), key.random.as_str()), ("172.160.001.192", "20sg8hgm"));
        assert!(path.ends_with(&format!("{}/{key}", key.folder())));
    }

    #[test]
    fn kinds_and_other_things_by_name() {
        let skipped = |name: &str| match ObjectName::parse(name) {
            ObjectName::Skipped(reason) => Some(reason),
            _ => None,
        };
        let kind = |name: String| LogKey::parse(&name).map(|key| key.kind);
        assert_eq!(kind(format!("conn_log_{ACCESS}")), Some(LogKind::Connection));
        assert_eq!(kind(format!("health_check_log_{ACCESS}")), Some(LogKind::HealthCheck));
        for ending in ["", ".log", ".log.zst", ".log.bz2", ".log.xz", ".log.gz.gz", ".gz", ".log.zip", ".txt"] {
            assert_eq!(kind(ACCESS.replace(".log.gz", ending)), Some(LogKind::Access), "{ending}");
        }
        assert_eq!(skipped("AWSLogs/1/ELBAccessLogTestFile"), Some(SkipReason::TestObject));
        assert_eq!(skipped("ELBConnectionLogTestFile"), Some(SkipReason::TestObject));
        assert_eq!(skipped("ELBHealthCheckLogTestFile"), Some(SkipReason::TestObject));
        let nlb = "123456789012_elasticloadbalancing_us-east-2_net.my-nlb.abc_20181220T0300Z_12345678.log.gz";
        assert_eq!(skipped(nlb), Some(SkipReason::Nlb));
        let classic = "123456789012_elasticloadbalancing_us-west-2_my-lb_20180220T2340Z_172.160.1.192_20sg8hgm.log";
        assert_eq!(skipped(classic), Some(SkipReason::Classic));
        for foreign in ["2026-11-20-10-05-59-0123456789ABCDEF", "s3/E2K4EXAMPLE.2026-11-20-10.a1b2c3d4.gz"] {
            assert_eq!(skipped(foreign), Some(SkipReason::Foreign), "{foreign}");
        }
        for unknown in ["2026-11-20-10-05-59-copy", "shop.2026-11-20-10.gz", "2026-11-20.log.gz"] {
            assert_eq!(ObjectName::parse(unknown), ObjectName::Unknown, "{unknown}");
        }
        for unknown in ["", "/", "access.log", "app.log.gz", "a_b_c_d_e_f_g.log.gz", "__.log.gz", ".log", "_______.gz"]
        {
            assert_eq!(ObjectName::parse(unknown), ObjectName::Unknown, "{unknown}");
        }
    }

    #[test]
    fn a_second_copy_has_the_name_of_the_first() {
        let (stem, key) = (ACCESS.trim_end_matches(".log.gz"), LogKey::parse(ACCESS));
        for mark in [" (1)", "(12)", "-1", " copy", " copy 2", " - Copy", " - Copy (2)"] {
            for name in [format!("{stem}{mark}.log.gz"), format!("{stem}.log{mark}.gz"), format!("{ACCESS}{mark}")] {
                assert_eq!(LogKey::parse(&name), key, "{name}");
            }
        }
        assert_eq!(LogKey::parse(&format!("{ACCESS}.1")), key);
        for mark in ["Copy of ", "Kopie von ", "old-", "old_", "copy.", "conn_log-"] {
            assert_eq!(LogKey::parse(&format!("2026/{mark}{ACCESS}")), key, "{mark}");
            let connections = LogKey::parse(&format!("{mark}conn_log_{ACCESS}")).expect("a name");
            assert_eq!(
                (connections.kind, Some(connections.random)),
                (LogKind::Connection, key.clone().map(|key| key.random))
            );
        }
        assert_eq!(LogKey::parse(&format!("copyof{ACCESS}")), None);
        for other in [format!("{stem}1.log.gz"), format!("{stem}_1.log.gz"), format!("{stem} x.log.gz"), "1".to_owned()]
        {
            assert_ne!(LogKey::parse(&other), key, "{other}");
        }
    }

    #[test]
    fn what_is_not_whole_is_told_by_its_ending() {
        let whole = format!("a.b/{ACCESS}");
        for ending in [".part", ".partial", ".filepart", ".crdownload", ".download", ".tmp", "~", ".6eF8c2aB"] {
            assert_eq!(finished(&format!("{whole}{ending}")).as_deref(), Some(&*whole), "{ending}");
        }
        assert_eq!(finished(&format!("a.b/.{ACCESS}.swp")), Some(whole.clone()));
        for ending in ["", ".1", ".00", ".aa", ".12345678", ".md5", ".old"] {
            assert_eq!(finished(&format!("{whole}{ending}")), None, "{ending}");
        }
    }

    #[test]
    fn parts_of_a_log_are_other_logs_than_it() {
        for (ending, expected) in [("", None), (".1", None), (" (1)", None), (".00", Some("00")), (".aa", Some("aa"))] {
            let name = format!("{ACCESS}{ending}");
            assert_eq!(part(&name), expected, "{ending}");
            assert_eq!(is_marked(&name), !matches!(ending, "" | ".aa"), "{ending}");
            assert_eq!(identity(&name) == identity(ACCESS), expected.is_none(), "{ending}");
        }
        assert!(is_marked(&format!("Copy of {ACCESS}")) && !is_marked(&format!("conn_log_{ACCESS}")));
        assert_eq!(identity(&format!("{ACCESS}.part")), identity(ACCESS.trim_end_matches(".gz")));
    }

    #[test]
    fn folders_and_names_of_a_load_balancer() {
        assert_eq!(account_folder("", "1"), "AWSLogs/1/");
        assert_eq!(account_folder("eks/prod", "1"), "eks/prod/AWSLogs/1/");
        assert_eq!(region_folder("eks", "1", "eu-west-1"), "eks/AWSLogs/1/elasticloadbalancing/eu-west-1/");
        assert_eq!(day_folder(0), "1970/01/01");
        let key = LogKey::parse(ACCESS).expect("parses");
        for elb in [key.elb(), key.elb_name.clone()] {
            assert!(key.to_string().starts_with(&name_start(key.kind, &key.account, &key.region, &elb)), "{elb}");
        }
    }

    #[test]
    fn a_row_may_come_65_minutes_late() {
        assert_eq!(MARGIN / MINUTE, 65);
    }

    #[test]
    fn prefixes_that_load_balancers_do_not_take() {
        for prefix in ["", "eks", "eks/prod-1_a.b"] {
            assert_eq!(PrefixFault::of(prefix), None, "{prefix}");
        }
        assert_eq!(PrefixFault::of("eks/AWSLogs/"), Some(PrefixFault::AwsLogs(4)));
        assert_eq!(PrefixFault::of("/eks"), Some(PrefixFault::SlashAtEnd));
        assert_eq!(PrefixFault::of("eks/"), Some(PrefixFault::SlashAtEnd));
        assert_eq!(PrefixFault::of("eks prod"), Some(PrefixFault::Character));
    }

    proptest! {
        #[test]
        fn a_printed_key_reads_back(
            kind in prop::sample::select(LogKind::ALL.as_slice()),
            account in "[0-9]{12}",
            region in "[a-z]{2}-[a-z]{4,9}-[0-9]",
            elb_name in "[a-zA-Z0-9-]{1,32}",
            elb_id in "[0-9a-f]{16}",
            minutes in 23_000_000i64..100_000_000,
            node_ip in "[0-9]{1,3}(\\.[0-9]{1,3}){3}",
            random in "[0-9a-z]{8}",
            gzip in any::<bool>(),
        ) {
            let interval_end = minutes * crate::time::MINUTE;
            let key = LogKey { kind, account, region, elb_name, elb_id, interval_end, node_ip, random, gzip };
            prop_assert_eq!(LogKey::parse(&format!("{}/{key}", key.folder())), Some(key));
        }

        #[test]
        fn any_text_is_some_name(text in "\\PC*") {
            let _ = ObjectName::parse(&text);
        }
    }
}
