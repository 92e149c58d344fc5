//! Which load balancers are to log, where to, and what is left alone. Plain data.
//!
//! `policy_table` reads it from `[reconcile]`; what it means for a load balancer is decided in `reconcile`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use alblog::LogKind;
use glob::Pattern;

use super::timespan::TimeSpan;
use super::value::Value;
use crate::base::aws::{Budget, Identity};

/// What is to be true of logs. [`LogPolicy::default`] selects nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPolicy {
    /// Load balancers that are to log, by what their accounts are called here.
    pub select: BTreeMap<String, Selector>,
    /// Those that are left alone all the same.
    pub exclude: Vec<Matcher>,
    /// The bucket; may hold [`PLACEHOLDERS`].
    pub bucket: String,
    /// The account that owns the bucket, if it is to be checked: a bucket that was deleted can be made again by anybody.
    pub bucket_owner: Option<String>,
    /// What stands before `AWSLogs`; may be empty, may hold [`PLACEHOLDERS`].
    pub prefix: String,
    /// Kinds of log that are to be written.
    pub kinds: BTreeSet<LogKind>,
    /// What to do with a cluster's load balancers whose declarations were not read.
    pub kubernetes: Undeclared,
    /// What to do with logs that go elsewhere.
    pub foreign: Foreign,
    /// What to do with logs that were switched off by hand.
    pub manual_disable: ManualDisable,
    /// What to do with logs that were switched on here, and are not selected any more.
    pub on_removal: OnRemoval,
    /// Requests a second, per account and region.
    pub budget: Budget,
    /// From one look to the next of `reconcile watch`.
    pub interval: TimeSpan,
}

/// Load balancers of one account, as one identity. All conditions must hold; without any it selects nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selector {
    /// Regions; none for the identity's own.
    pub regions: Vec<String>,
    pub profile: Option<String>,
    /// The role to assume.
    pub role_arn: Option<String>,
    /// What a load balancer must be like.
    pub matcher: Matcher,
}

/// Conditions on a load balancer: each list that is not empty must hold something that fits, and every tag must.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matcher {
    pub names: Vec<Pattern>,
    /// The cluster that made it; `*` for any cluster.
    pub clusters: Vec<Pattern>,
    pub tags: BTreeMap<String, Pattern>,
}

/// What bucket and prefix may hold in braces.
pub const PLACEHOLDERS: [&str; 4] = ["account", "region", "cluster", "name"];

/// A cluster's load balancers, when it was not read what the cluster declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undeclared {
    /// They are shown and not written.
    #[default]
    Required,
    /// Nothing is declared, says whoever wrote the policy.
    AssumeUndeclared,
}

/// Logs that go to another bucket or prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Foreign {
    /// They are left alone.
    #[default]
    Leave,
    /// They are to go where the policy says.
    Adopt,
}

/// Logs that were switched on here and are off now, with bucket and prefix as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ManualDisable {
    #[default]
    Leave,
    /// They are switched on again.
    Repair,
}

/// Logs that were switched on here and are not selected any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRemoval {
    #[default]
    Retain,
    /// They are switched off, if nobody changed them since.
    Disable,
}

/// The words of a setting that is one of few.
macro_rules! words {
    ($name:ty, $expected:literal, $($word:literal => $value:expr),+) => {
        impl Value for $name {
            const EXPECTED: &str = $expected;

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some($value),)+
                    _ => None,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $(if *self == $value { return f.write_str($word); })+
                Ok(())
            }
        }
    };
}

words!(Undeclared, "required or assume-undeclared",
    "required" => Self::Required, "assume-undeclared" => Self::AssumeUndeclared);
words!(Foreign, "leave or adopt", "leave" => Self::Leave, "adopt" => Self::Adopt);
words!(ManualDisable, "leave or repair", "leave" => Self::Leave, "repair" => Self::Repair);
words!(OnRemoval, "retain or disable", "retain" => Self::Retain, "disable" => Self::Disable);

impl Default for LogPolicy {
    fn default() -> Self {
        Self {
            select: BTreeMap::new(),
            exclude: Vec::new(),
            bucket: String::new(),
            bucket_owner: None,
            prefix: String::new(),
            kinds: LogKind::ALL.into(),
            kubernetes: Undeclared::default(),
            foreign: Foreign::default(),
            manual_disable: ManualDisable::default(),
            on_removal: OnRemoval::default(),
            budget: Budget::default(),
            interval: TimeSpan::minutes(10),
        }
    }
}

impl Matcher {
    /// Whether it has no condition at all.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.clusters.is_empty() && self.tags.is_empty()
    }
}

impl Selector {
    /// As whom, and where, AWS is asked: one identity for each region.
    pub fn identities(&self) -> Vec<Identity> {
        let identity = |region| Identity { profile: self.profile.clone(), role_arn: self.role_arn.clone(), region };
        if self.regions.is_empty() {
            return vec![identity(None)];
        }
        self.regions.iter().map(|region| identity(Some(region.clone()))).collect()
    }
}
