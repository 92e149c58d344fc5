//! The nine attributes of a load balancer that are about logs: three for each kind. Pure.
//!
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>

use std::collections::BTreeMap;

use alblog::LogKind;
use serde::{Deserialize, Serialize};

/// Whether and where a load balancer writes one kind of log.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogSettings {
    pub enabled: bool,
    /// The bucket; empty if none was ever set: AWS refuses to take one away.
    pub bucket: String,
    /// What stands before `AWSLogs` in it, without slashes at its ends; may be empty.
    pub prefix: String,
}

/// What is written about one kind of log, in one request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Log to there. The bucket is never empty: [`Change::enable`].
    Enable {
        /// The bucket.
        bucket: String,
        /// What stands before `AWSLogs` in it; may be empty.
        prefix: String,
    },
    /// Stop. `enabled=false` goes alone: an empty bucket is refused, and the old one tells who switched it off.
    Disable,
}

impl Change {
    /// To log to there; `None` without a bucket.
    pub fn enable(bucket: &str, prefix: &str) -> Option<Self> {
        (!bucket.is_empty()).then(|| Self::Enable { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// What the settings are afterwards.
    pub fn applied_to(&self, before: &LogSettings) -> LogSettings {
        match self {
            Self::Enable { bucket, prefix } => {
                LogSettings { enabled: true, bucket: bucket.clone(), prefix: prefix.clone() }
            }
            Self::Disable => LogSettings { enabled: false, ..before.clone() },
        }
    }

    /// The attributes of the request, keys and values.
    pub fn attributes(&self, kind: LogKind) -> Vec<(String, String)> {
        let [enabled, bucket_key, prefix_key] = keys(kind);
        match self {
            Self::Enable { bucket, prefix } => {
                vec![(enabled, "true".to_owned()), (bucket_key, bucket.clone()), (prefix_key, prefix.clone())]
            }
            Self::Disable => vec![(enabled, "false".to_owned())],
        }
    }
}

impl LogSettings {
    /// What a load balancer's attributes say about a kind; `None` if its region does not know that kind. A key that is
    /// missing has AWS's default.
    pub fn of(attributes: &BTreeMap<String, String>, kind: LogKind) -> Option<Self> {
        let [enabled, bucket, prefix] = keys(kind).map(|key| attributes.get(&key));
        if enabled.is_none() && bucket.is_none() && prefix.is_none() {
            return None;
        }
        let text = |value: Option<&String>| value.cloned().unwrap_or_default();
        Some(Self { enabled: enabled.is_some_and(|value| value == "true"), bucket: text(bucket), prefix: text(prefix) })
    }
}

/// The keys of a kind: enabled, bucket, prefix.
pub fn keys(kind: LogKind) -> [String; 3] {
    // access_logs, connection_logs, health_check_logs
    let logs = format!("{kind}_logs").replace('-', "_");
    ["enabled", "bucket", "prefix"].map(|key| format!("{logs}.s3.{key}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nine_keys_and_no_other_can_be_written() {
        let enable = Change::enable("logs", "").unwrap();
        let written = LogKind::ALL.into_iter().flat_map(|kind| enable.attributes(kind)).map(|(key, _)| key);
        assert_eq!(written.collect::<BTreeSet<_>>().len(), 9);
        let sent =
            [("access_logs.s3.enabled", "true"), ("access_logs.s3.bucket", "logs"), ("access_logs.s3.prefix", "")];
        assert_eq!(enable.attributes(LogKind::Access), sent.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!(Change::enable("", "eks"), None);
    }

    #[test]
    fn disabling_sends_one_key_alone() {
        let sent = Change::Disable.attributes(LogKind::HealthCheck);
        assert_eq!(sent, [("health_check_logs.s3.enabled".to_owned(), "false".to_owned())]);
    }

    #[test]
    fn a_kind_that_is_not_described_is_not_there() {
        let attributes = [("access_logs.s3.bucket".to_owned(), "b".to_owned())].into();
        let access = LogSettings { bucket: "b".to_owned(), ..LogSettings::default() };
        assert_eq!(LogSettings::of(&attributes, LogKind::Access), Some(access));
        assert_eq!(LogSettings::of(&attributes, LogKind::Connection), None);
    }
}
