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

impl Intent {
    /// What is declared in two places: of what both say, anything.
    pub(super) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotKubernetes, other) | (other, Self::NotKubernetes) => other,
            (Self::Declared(first), Self::Declared(second)) => Self::Declared(first.with(second)),
            (Self::Declared(known), Self::Unread(why)) | (Self::Unread(why), Self::Declared(known)) => {
                Self::Declared(Declaration { doubt: Some(known.doubt.clone().unwrap_or(why)), ..known })
            }
            (Self::Unread(first), Self::Unread(_)) => Self::Unread(first),
        }
    }
}

impl Declaration {
    /// What is declared by either of two; broken is what neither can build.
    fn with(mut self, other: Self) -> Self {
        if self.stack != other.stack {
            self.stack = format!("{} and {}", self.stack, other.stack);
        }
        self.attributes.extend(other.attributes);
        self.named.extend(other.named);
        self.opt_outs.extend(other.opt_outs);
        self.broken = self.broken.zip(other.broken).map(|(first, _)| first);
        self.doubt = self.doubt.or(other.doubt);
        self
    }

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
