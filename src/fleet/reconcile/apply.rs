//! Does what was decided: one request after another, each written down before it is sent and after it is answered.
//!
//! Canaries go first; where one log is refused by a bucket, no other is sent to it. Right before a request the log is looked at
//! once more: what somebody changed meanwhile is left alone. Which requests are sent is decided in `plan`, never here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;

use super::history::{History, Outcome};
use super::history_file::HistoryFile;
use super::look::Look;
use super::refusals::outcome;
use super::state::{Decision, LogId};
use crate::base::clock::now;
use crate::fleet::aws::elbv2::{Change, LogSettings};
use crate::fleet::bucket::Delivery;

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It was sent, and this came back.
    Sent(Outcome),
    /// It was not sent: why.
    Skipped(String),
}

/// Whether to go on; asked between two requests.
#[derive(Debug, Default)]
pub struct Stop(AtomicBool);

impl Stop {
    /// Lets the request that is under way end, and no other begin.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why nothing may be written to a load balancer any more, if that is so; by its ARN, asked right before each request, when it could
/// be sent at once.
pub type Objection<'a> = dyn Fn(&str) -> Option<String> + Sync + 'a;

/// Sends what was decided, in order; tells each result as it comes.
///
/// # Errors
/// When the history cannot be kept: then nothing more is sent.
pub async fn apply(
    decisions: &[&Decision],
    look: &Look,
    history: &mut History,
    file: &HistoryFile,
    stop: &Stop,
    objection: &Objection<'_>,
    tell: &mut (dyn FnMut(&LogId, &Done) + Send),
) -> Result<()> {
    let mut ordered: Vec<&Decision> = decisions.iter().copied().filter(|decision| decision.write.is_some()).collect();
    // Who was denied before comes last: it must not stand in the way of those who never were.
    let denied = |decision: &Decision| matches!(history.of(&decision.log).refused(), Some((Outcome::Iam(_), _)));
    ordered.sort_by_key(|decision| (!decision.canary, denied(decision)));
    let mut closed = Closed::default();
    for decision in ordered {
        let Some(change) = &decision.write else { continue };
        let delivery = delivery(look, decision);
        let closed_by = closed.why(decision, delivery.as_ref(), look);
        if let Some(account) = look.askable.get(&decision.log.arn).filter(|_| closed_by.is_none() && !stop.is_set()) {
            // What is asked from here on is not older than the request.
            account.elbv2.ready_to_write().await;
        }
        let interrupted = || stop.is_set().then(|| "interrupted".to_owned());
        let done = match interrupted().or(closed_by).or_else(|| objection(&decision.log.arn)) {
            Some(why) => Done::Skipped(why),
            None => send(decision, change, delivery.as_ref(), look, history, file).await?,
        };
        closed.note(decision, delivery, look, &done);
        tell(&decision.log, &done);
    }
    Ok(())
}

async fn send(
    decision: &Decision,
    change: &Change,
    delivery: Option<&Delivery>,
    look: &Look,
    history: &mut History,
    file: &HistoryFile,
) -> Result<Done> {
    let log = &decision.log;
    let (Some(account), Some(before)) = (look.askable.get(&log.arn), look.observed.settings(log)) else {
        return Ok(Done::Skipped("its account and region cannot be queried".to_owned()));
    };
    match account.elbv2.attributes(&log.arn).await {
        Ok(Some(attributes)) if LogSettings::of(&attributes, log.kind).as_ref() == Some(before) => {}
        Ok(Some(_)) => return Ok(Done::Skipped("it was changed in the meantime".to_owned())),
        Ok(None) => return Ok(Done::Skipped("the load balancer is gone".to_owned())),
        Err(refusal) => return Ok(Done::Skipped(refusal.to_string())),
    }
    history.begin(log, before, change, now());
    file.save(history)?;
    let outcome = match account.elbv2.write(&log.arn, log.kind, change).await {
        Ok(()) => Outcome::Written,
        Err(refusal) => outcome(&refusal),
    };
    let fingerprint = delivery.and_then(|delivery| look.observed.fingerprints.get(delivery)).cloned();
    history.end(log, delivery, outcome.clone(), fingerprint);
    file.save(history)?;
    Ok(Done::Sent(outcome))
}

/// Where a log would go.
fn delivery(look: &Look, decision: &Decision) -> Option<Delivery> {
    let Some(Change::Enable { bucket, prefix }) = &decision.write else { return None };
    let seen = look.observed.seen(&decision.log)?;
    Some(seen.delivery(bucket, prefix))
}

/// So many load balancers of an account are tried in a run when none may be written: rights can go by tags.
const DENIALS: usize = 10;

/// Where nothing more is sent in this run.
#[derive(Default)]
struct Closed {
    places: BTreeSet<Delivery>,
    /// Names and regions of accounts.
    accounts: BTreeSet<(String, String)>,
    /// ARNs, and why.
    load_balancers: BTreeMap<String, &'static str>,
    /// How many load balancers of an account were denied, since the last that was not.
    denials: BTreeMap<(String, String), usize>,
}

impl Closed {
    fn why(&self, decision: &Decision, delivery: Option<&Delivery>, look: &Look) -> Option<String> {
        let account = account(decision, look);
        if delivery.is_some_and(|delivery| self.places.contains(delivery)) {
            Some("another log was refused there just now".to_owned())
        } else if account.is_some_and(|account| self.accounts.contains(&account)) {
            Some("its account and region refused another request just now".to_owned())
        } else {
            self.load_balancers.get(&decision.log.arn).map(|why| (*why).to_owned())
        }
    }

    fn note(&mut self, decision: &Decision, delivery: Option<Delivery>, look: &Look, done: &Done) {
        match done {
            Done::Sent(Outcome::Bucket(_) | Outcome::Region(_)) => self.places.extend(delivery),
            Done::Sent(Outcome::Throttled(_) | Outcome::Failed(_)) => self.accounts.extend(account(decision, look)),
            Done::Sent(Outcome::Iam(_)) => {
                self.load_balancers.insert(decision.log.arn.clone(), "another of its logs was denied just now");
                let Some(account) = account(decision, look) else { return };
                let denials = self.denials.entry(account.clone()).or_default();
                *denials += 1;
                if *denials >= DENIALS {
                    self.accounts.insert(account);
                }
            }
            Done::Sent(Outcome::Gone) => {
                self.load_balancers.insert(decision.log.arn.clone(), "the load balancer is gone");
            }
            Done::Sent(Outcome::Written | Outcome::Config(_)) => {
                account(decision, look).map(|account| self.denials.remove(&account));
            }
            Done::Skipped(_) => {}
        }
    }
}

fn account(decision: &Decision, look: &Look) -> Option<(String, String)> {
    let account = look.askable.get(&decision.log.arn)?;
    Some((account.name.clone(), account.elbv2.region.clone()))
}
