//! The accounts and regions of the policy, each with its own client and its own pace.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::aws::Identity;
use crate::base::config::LogPolicy;
use crate::base::message::Message;
use crate::fleet::aws::elbv2::Elbv2;

/// One account in one region.
#[derive(Debug, Clone)]
pub struct Account {
    /// What the policy calls it: the selector's name.
    pub name: String,
    /// As whom, and where, it is asked.
    pub identity: Identity,
    pub elbv2: Arc<Elbv2>,
}

/// What could not be asked: where, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// `prod, eu-west-1`
    pub place: String,
    /// Why, and what to do.
    pub reason: Message,
}

/// Opens every account that the policy selects from; one that cannot be opened does not stop another.
pub async fn open(policy: &LogPolicy) -> (Vec<Account>, Vec<Problem>) {
    let (mut accounts, mut problems) = (Vec::new(), Vec::new());
    for (name, selector) in &policy.select {
        if selector.matcher.is_empty() {
            let reason = Message::new("it selects nothing").hint("names = [\"*\"], clusters = [\"*\"] or tags");
            problems.push(Problem { place: format!("reconcile.select.{name}"), reason });
            continue;
        }
        for identity in selector.identities() {
            match Elbv2::open(&identity, policy.budget).await {
                Ok(elbv2) => accounts.push(Account { name: name.clone(), identity, elbv2: Arc::new(elbv2) }),
                Err(error) => problems.push(Problem { place: place(name, &identity), reason: error.into() }),
            }
        }
    }
    (accounts, problems)
}

/// `prod, eu-west-1`
pub(super) fn place(name: &str, identity: &Identity) -> String {
    identity.region.as_ref().map_or_else(|| name.to_owned(), |region| format!("{name}, {region}"))
}

/// Who can ask about a load balancer, by ARN.
pub type Askable = BTreeMap<String, Account>;
