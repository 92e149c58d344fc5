//! Does what was decided: one request after another, each written down before it is sent and after it is answered.
//!
//! Canaries go first; where one log is refused by a bucket, no other is sent to it. Right before a request, and before it is tried again, the
//! log and the tags are looked at once more: what somebody changed meanwhile is left alone. Which requests are sent is decided in `plan`, never here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::time::sleep;

use super::accounts::Account;
use super::history::{History, Outcome};
use super::history_file::HistoryFile;
use super::look::Look;
use super::refusals::outcome;
use super::state::{Decision, LogId};
use crate::base::aws::Refusal;
use crate::base::clock::now;
use crate::base::shown::in_a_line;
use crate::fleet::aws::elbv2::{Change, LogSettings};
use crate::fleet::bucket::Delivery;
use crate::fleet::opt_out;

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

/// Sends what was decided, in order; tells each result as it comes. `stops.1` lets what comes after the request under way wait for
/// another look: of that, only the number is given back.
///
/// # Errors
/// When the history cannot be kept: then nothing more is sent.
pub async fn apply(
    decisions: &[&Decision],
    look: &Look,
    history: &mut History,
    file: &HistoryFile,
    (stop, pause): (&Stop, &Stop),
    objection: &Objection<'_>,
    tell: &mut (dyn FnMut(&LogId, &Done) + Send),
) -> Result<usize> {
    let mut ordered: Vec<&Decision> = decisions.iter().copied().filter(|decision| decision.write.is_some()).collect();
    // Who was denied before comes last: it must not stand in the way of those who never were.
    let denied = |decision: &Decision| matches!(history.of(&decision.log).refused(), Some((Outcome::Iam(_), _)));
    ordered.sort_by_key(|decision| (!decision.canary, denied(decision)));
    let mut closed = Closed::default();
    let (all, mut tried) = (ordered.len(), 0);
    for decision in ordered {
        let Some(change) = &decision.write else { continue };
        // Each look is followed by one request at least.
        if pause.is_set() && tried > 0 && !stop.is_set() {
            return Ok(all - tried);
        }
        tried += 1;
        let delivery = delivery(look, decision);
        let interrupted = stop.is_set().then(|| "interrupted".to_owned());
        let log = &decision.log;
        let done = match interrupted.or_else(|| closed.why(decision, delivery.as_ref(), look)) {
            Some(why) => Done::Skipped(why),
            None => match (look.askable.get(&log.arn), look.observed.settings(log)) {
                (Some(account), Some(before)) => {
                    let request = Request { log, change, account, before };
                    let fingerprint =
                        delivery.as_ref().and_then(|delivery| look.observed.fingerprints.get(delivery)).cloned();
                    send(request, delivery.as_ref(), fingerprint, (stop, objection), history, file).await?
                }
                _ => Done::Skipped("its account and region cannot be queried".to_owned()),
            },
        };
        closed.note(decision, delivery, look, &done);
        tell(&decision.log, &done);
    }
    Ok(0)
}

/// Tries of a request that is throttled, each at half the pace of the one before, or not answered.
const ATTEMPTS: u32 = 6;
/// How old what was looked at may be when a request is sent. It is older where the process was stopped meanwhile, or this machine slept.
const FRESH: Duration = Duration::from_secs(10);
/// So often it is looked again.
const LOOKS: u32 = 3;
/// How often it is looked whether to stop, while a pace is waited for.
const TICK: Duration = Duration::from_millis(100);

/// One request, and what it rests on.
struct Request<'a> {
    log: &'a LogId,
    change: &'a Change,
    account: &'a Account,
    /// As it was when this was decided.
    before: &'a LogSettings,
}

/// What a look right before a request tells.
enum Found {
    /// It is as it was when this was decided.
    AsBefore,
    /// It is as it is to be: a request that was not answered has arrived.
    AsWanted,
    /// It is not to be sent: why.
    InTheWay(String),
}

impl Request<'_> {
    /// Looks at the log and at the tags of its load balancer.
    async fn look(&self) -> Found {
        let settings = match self.account.elbv2.attributes(&self.log.arn).await {
            Ok(Some(attributes)) => LogSettings::of(&attributes, self.log.kind),
            Ok(None) => return Found::InTheWay("the load balancer is gone".to_owned()),
            Err(refusal) => return Found::InTheWay(refusal.to_string()),
        };
        if settings.as_ref() == Some(&self.change.applied_to(self.before)) {
            return Found::AsWanted;
        }
        if settings.as_ref() != Some(self.before) {
            return Found::InTheWay("it was changed in the meantime".to_owned());
        }
        if *self.change == Change::Disable {
            // The tag may be why.
            return Found::AsBefore;
        }
        match self.account.elbv2.tags(std::slice::from_ref(&self.log.arn)).await {
            Ok(tags) => match tags.get(&self.log.arn).and_then(opt_out::by_tag) {
                Some(value) => {
                    let value = in_a_line(value);
                    Found::InTheWay(format!("opted out by tag {}={value} in the meantime", opt_out::NAME))
                }
                None => Found::AsBefore,
            },
            Err(refusal) => Found::InTheWay(refusal.to_string()),
        }
    }

    /// Waits for its turn, asks whether anybody objects, and looks; again if that took so long that somebody may object by now.
    async fn ready(&self, stop: &Stop, objection: &Objection<'_>) -> Found {
        for _ in 0..LOOKS {
            tokio::select! {
                () = self.account.elbv2.ready_to_write() => {}
                () = stopped(stop) => return Found::InTheWay("interrupted".to_owned()),
            }
            if let Some(why) = objection(&self.log.arn) {
                return Found::InTheWay(why);
            }
            let asked = Instant::now();
            let found = self.look().await;
            if asked.elapsed() < FRESH || !matches!(found, Found::AsBefore) {
                return found;
            }
        }
        Found::InTheWay("it takes too long to look at it".to_owned())
    }
}

async fn stopped(stop: &Stop) {
    while !stop.is_set() {
        sleep(TICK).await;
    }
}

/// Sends a request, and again while it is throttled or not answered; each time after a look, since that may take minutes.
async fn send(
    request: Request<'_>,
    delivery: Option<&Delivery>,
    fingerprint: Option<String>,
    (stop, objection): (&Stop, &Objection<'_>),
    history: &mut History,
    file: &HistoryFile,
) -> Result<Done> {
    let log = request.log;
    let (mut refused, mut tried): (Option<Refusal>, u32) = (None, 0);
    let done = loop {
        let attempt = match request.ready(stop, objection).await {
            Found::AsBefore => {
                if refused.is_none() {
                    history.begin(log, request.before, request.change, now());
                    file.save(history)?;
                }
                request.account.elbv2.write(&log.arn, log.kind, request.change).await
            }
            Found::AsWanted if refused.is_some() => break Done::Sent(Outcome::Written),
            Found::AsWanted => break Done::Skipped("it was changed in the meantime".to_owned()),
            Found::InTheWay(why) => break Done::Skipped(why),
        };
        match attempt {
            Ok(()) => break Done::Sent(Outcome::Written),
            Err(refusal) => {
                tried += 1;
                let passes = matches!(refusal, Refusal::Throttled(_) | Refusal::Unreachable(_));
                if !passes || tried == ATTEMPTS {
                    break Done::Sent(outcome(&refusal));
                }
                refused = Some(refusal);
            }
        }
    };
    if let Some(ended) = ended(&done, refused.as_ref()) {
        history.end(log, delivery, ended, fingerprint);
        file.save(history)?;
    }
    Ok(done)
}

/// What is written down of the last attempt; nothing if there was none.
fn ended(done: &Done, refused: Option<&Refusal>) -> Option<Outcome> {
    match done {
        Done::Sent(outcome) => Some(outcome.clone()),
        Done::Skipped(_) => refused.map(outcome),
    }
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
