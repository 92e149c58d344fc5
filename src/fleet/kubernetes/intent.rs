//! What is declared about one load balancer. Plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What Kubernetes says about a load balancer's logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Intent {
    /// Nothing: no cluster made it.
    NotKubernetes,
    /// A cluster made it, and what the cluster declares is not known: why.
    Unread(String),
    Declared(Declaration),
}

/// What the objects that make a load balancer declare.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    /// `ops/grafana`, `group "search"`, `gateway edge/public`, `service a/b`
    pub stack: String,
    /// The attributes that the controller sends, by key: only those that are declared.
    pub attributes: BTreeMap<String, String>,
    /// Every attribute that anything names which may have a say, and what names it. Whether it is sent rests on flags of the
    /// controller, too, which nothing in the cluster shows.
    #[serde(default)]
    pub named: BTreeMap<String, String>,
    /// Why the controller cannot build the load balancer, if it cannot: then it sends nothing.
    pub broken: Option<String>,
    /// Kinds of log that are to be left alone, as `alblog::LogKind` prints them, and by what.
    pub opt_outs: BTreeMap<String, String>,
    /// Why more may be declared than was read, if it may.
    #[serde(default)]
    pub doubt: Option<String>,
}

impl Declaration {
    /// With what the controller sends, or why it sends nothing.
    pub(super) fn of(
        stack: String,
        sent: Result<BTreeMap<String, String>, String>,
        opt_outs: BTreeMap<String, String>,
    ) -> Self {
        match sent {
            Ok(attributes) => Self { stack, attributes, opt_outs, ..Self::default() },
            Err(broken) => Self { stack, broken: Some(broken), opt_outs, ..Self::default() },
        }
    }
}

/// Why nothing can be said of what a stack declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Undeclared {
    /// Its objects are not among what was read.
    NotRead,
    /// They are, and its controller does not take them.
    NotTaken(String),
}
