//! What can be said of one kind of log of one load balancer. Plain data.

use alblog::LogKind;

use crate::fleet::aws::elbv2::Change;

/// One kind of log of one load balancer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId {
    /// ARN of the load balancer.
    pub arn: String,
    pub kind: LogKind,
}

/// Where a log stands. Text says why, in words for people; it names what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The policy leaves it out.
    Excluded(String),
    /// Somebody asked for it to be left alone.
    OptedOut(String),
    /// Kubernetes declares it: its controller writes it, nobody else should.
    Declared(String),
    Foreign(String),
    /// It was switched off by hand: the bucket is still set.
    ManuallyDisabled,
    /// CloudWatch delivers it; a second delivery would be paid for, too.
    VendedOnly,
    /// It is a cluster's, and what the cluster declares is not known.
    Unread(String),
    /// It is to be switched on, or off.
    Pending,
    /// It is to be switched on once the bucket was looked at.
    Preflight,
    /// A change was sent, and nobody knows what became of it.
    Applying,
    /// It was switched on a moment ago.
    Verifying,
    /// It is as it should be; no object was seen yet.
    Enabled,
    /// It is as it should be, and objects arrive.
    Delivering,
    /// It is as it should be, requests arrive and objects do not.
    Stale(String),
    /// It cannot be switched on as things are.
    Blocked(Block),
    /// It was tried too often or too fast.
    Throttled(String),
    /// Somebody undoes what is written here: it is left alone until `reconcile forget`.
    Contended(String),
    /// The load balancer is not there any more.
    Gone,
}

/// Why a log cannot be switched on: what is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is about.
    pub by: BlockedBy,
    pub reason: String,
    /// What to type or to set.
    pub fix: String,
}

/// What stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockedBy {
    /// The bucket does not take the logs.
    Bucket,
    /// We may not do it.
    Iam,
    /// It is in another region, or the region does not have it.
    Region,
    /// What the policy says cannot be.
    Config,
}

/// What is to be done about one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub log: LogId,
    pub state: State,
    /// What is to be written now.
    pub write: Option<Change>,
    /// What would be written, if it were known that nobody else declares it.
    pub held: Option<Change>,
    /// Whether it is written before the others that write to the same place, and they only if it succeeds.
    pub canary: bool,
}

impl Decision {
    pub(super) fn leave(log: LogId, state: State) -> Self {
        Self { log, state, write: None, held: None, canary: false }
    }

    pub(super) fn write(log: LogId, state: State, change: Change) -> Self {
        Self { write: Some(change), ..Self::leave(log, state) }
    }
}
