//! One look at AWS: load balancers with their tags and attributes, what CloudWatch delivers, and what the buckets say.
//!
//! Only reads. What cannot be asked is a problem of its account or bucket, and the others go on. What is decided from it is
//! `plan`'s business.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use futures::future::join_all;

use super::accounts::{Account, Problem, place};
use super::history::History;
use super::look::Look;
use super::observed::{Preflight, Seen};
use super::proof;
use super::scope::{desired, selected};
use crate::base::aws::{Arn, Identity, Refusal};
use crate::base::config::LogPolicy;
use crate::base::message::Message;
use crate::base::s3_address::address;
use crate::fleet::aws::bucket;
use crate::fleet::aws::elbv2::{LoadBalancer, LoadBalancerType, LogSettings};
use crate::fleet::aws::vended::{self, Vended};
use crate::fleet::bucket::{Delivery, Level, Verdict, check, verdict};

/// Looks at all accounts at the same time.
pub async fn observe(policy: &LogPolicy, accounts: &[Account], history: &History, now: i64) -> Look {
    let mut look = Look::default();
    let known: BTreeSet<&str> = history.logs.keys().map(|log| log.arn.as_str()).collect();
    let all = join_all(accounts.iter().map(|account| load_balancers(policy, account, &known))).await;
    let mut remembered = Vec::new();
    for (account, found) in accounts.iter().zip(all) {
        match found {
            Ok(mut found) => {
                remembered.extend(found.remembered.drain(..).map(|seen| (account, seen)));
                look.add(account, found, &known);
            }
            Err(refusal) => look.problems.push(problem(account, &refusal)),
        }
    }
    // What no selector selects is somebody's only then: of several selectors any will do.
    for (account, seen) in remembered {
        look.take(account, seen);
    }
    look.observed
        .load_balancers
        .sort_by(|a, b| (&a.account, &a.load_balancer.name).cmp(&(&b.account, &b.load_balancer.name)));
    look_at_buckets(policy, &mut look).await;
    proof::gather(policy, &mut look, now).await;
    look
}

/// What one account has.
struct Found {
    /// What its selector selects.
    selected: Vec<Seen>,
    /// What it does not, and was written once.
    remembered: Vec<Seen>,
    /// ARNs of everything there is, whether it is selected or not.
    all: BTreeSet<String>,
    /// Names of those whose attributes could not be asked for, and why the first could not.
    left_out: Option<(Vec<String>, Refusal)>,
    /// `None` if it may not be asked, and why.
    vended: Result<(), Refusal>,
}

async fn load_balancers(policy: &LogPolicy, account: &Account, known: &BTreeSet<&str>) -> Result<Found, Refusal> {
    let elbv2 = &account.elbv2;
    let mut found = elbv2.load_balancers().await?;
    let all = found.iter().map(|one| one.arn.clone()).collect();
    found.retain(|one| one.kind == LoadBalancerType::Application);
    let arns: Vec<String> = found.iter().map(|one| one.arn.clone()).collect();
    let mut tags = elbv2.tags(&arns).await?;
    let selector = policy.select.get(&account.name);
    let is_selected = |one: &LoadBalancer| selector.is_some_and(|selector| selected(selector, one));
    let mut wanted: Vec<LoadBalancer> = Vec::new();
    for mut one in found {
        // What is not described with its tags is gone meanwhile; an opt-out must not be overlooked.
        let Some(tags) = tags.remove(&one.arn) else { continue };
        one.tags = tags;
        if known.contains(one.arn.as_str()) || is_selected(&one) {
            wanted.push(one);
        }
    }
    let (vended, denied) = if wanted.is_empty() { (Vended::new(), Ok(())) } else { vended(&account.identity).await };
    let (mut selected, mut remembered) = (Vec::new(), Vec::new());
    let (mut left_out, mut why, mut in_a_row) = (Vec::new(), None, 0);
    for load_balancer in wanted {
        if in_a_row == FAILURES {
            // It is not one of them that fails: the others would only take longer to fail as well.
            left_out.push(load_balancer.name);
            continue;
        }
        let attributes = match elbv2.attributes(&load_balancer.arn).await {
            Ok(attributes) => attributes,
            Err(refusal) => {
                in_a_row += 1;
                why.get_or_insert(refusal);
                left_out.push(load_balancer.name);
                continue;
            }
        };
        in_a_row = 0;
        let Some(attributes) = attributes else { continue };
        let settings = |kind: LogKind| LogSettings::of(&attributes, kind).map(|settings| (kind, settings));
        let seen = if is_selected(&load_balancer) { &mut selected } else { &mut remembered };
        seen.push(Seen {
            account: account.name.clone(),
            logs: LogKind::ALL.into_iter().filter_map(settings).collect(),
            vended: vended.get(&load_balancer.arn).cloned().unwrap_or_default(),
            proof: BTreeMap::new(),
            load_balancer,
        });
    }
    match why {
        // Nothing is known of any of them.
        Some(refusal) if selected.is_empty() && remembered.is_empty() => Err(refusal),
        why => {
            let left_out = why.map(|refusal| (left_out, refusal));
            Ok(Found { selected, remembered, all, left_out, vended: denied })
        }
    }
}

/// After so many load balancers in a row whose attributes cannot be asked for, no more are asked for.
const FAILURES: usize = 5;
/// So many of what is left out are named.
const NAMED: usize = 3;

/// `prod, eu-west-1: 5 load balancers were left out, since they could not be looked at: a, b, c and 2 more: throttled`
fn left_out(account: &Account, names: &[String], refusal: &Refusal) -> Problem {
    let first = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let (count, they) = if let [_] = names {
        ("1 load balancer was".to_owned(), "it")
    } else {
        (format!("{} load balancers were", names.len()), "they")
    };
    let words = format!("{count} left out, since {they} could not be looked at: {first}{more}: ");
    Problem { place: place(&account.name, &account.identity), reason: with_hint(refusal).after(words) }
}

async fn vended(identity: &Identity) -> (Vended, Result<(), Refusal>) {
    match vended::vended(identity).await {
        Ok(Ok(vended)) => (vended, Ok(())),
        Ok(Err(refusal)) => (Vended::new(), Err(refusal)),
        Err(error) => (Vended::new(), Err(Refusal::Unreachable(Message::from(error).text().to_owned()))),
    }
}

impl Look {
    /// Of two accounts that have the same load balancer, the first one decides.
    fn take(&mut self, account: &Account, seen: Seen) {
        let arn = seen.load_balancer.arn.clone();
        if self.askable.contains_key(&arn) {
            return;
        }
        self.askable.insert(arn, account.clone());
        self.observed.load_balancers.push(seen);
    }

    fn add(&mut self, account: &Account, found: Found, known: &BTreeSet<&str>) {
        if let Err(refusal) = found.vended {
            let place = place(&account.name, &account.identity);
            let note = format_args!("CloudWatch vended logs of {place} were not looked at: ");
            self.notes.insert(refusal.message().after(note));
        }
        if let Some((names, refusal)) = &found.left_out {
            self.problems.push(left_out(account, names, refusal));
        }
        for seen in found.selected {
            self.take(account, seen);
        }
        // Gone is what a whole list of its account and region does not have.
        let mut places = found.all.iter().filter_map(|arn| Arn::parse(arn)).map(|arn| (arn.account, arn.region));
        let Some(here) = places.next() else { return };
        let gone = known.iter().filter(|arn| {
            Arn::parse(arn).is_some_and(|arn| (arn.account, arn.region) == here) && !found.all.contains(**arn)
        });
        self.observed.gone.extend(gone.map(|arn| (*arn).to_owned()));
    }
}

/// Looks once at each bucket, and judges it for all who are to write there.
async fn look_at_buckets(policy: &LogPolicy, look: &mut Look) {
    let mut wanted: BTreeMap<Delivery, Identity> = BTreeMap::new();
    for seen in &look.observed.load_balancers {
        let Ok(desired) = desired(policy, &seen.load_balancer) else { continue };
        let Some(account) = look.askable.get(&seen.load_balancer.arn) else { continue };
        wanted.entry(seen.delivery(&desired.bucket, &desired.prefix)).or_insert_with(|| account.identity.clone());
    }
    let owner = policy.bucket_owner.as_deref();
    let mut facts: BTreeMap<(String, Identity), anyhow::Result<bucket::Facts>> = BTreeMap::new();
    for (delivery, identity) in wanted {
        let key = (delivery.bucket.clone(), identity.clone());
        if !facts.contains_key(&key) {
            facts.insert(key.clone(), bucket::look(&identity, &delivery.bucket, owner).await);
        }
        let preflight = match &facts[&key] {
            Ok(facts) => {
                look.observed.fingerprints.insert(delivery.clone(), facts.fingerprint());
                preflight(facts, &delivery)
            }
            Err(error) => {
                let place = address(&delivery.bucket, "");
                look.notes.insert(Message::of(error.as_ref()).after(format_args!("{place} was not looked at: ")));
                Preflight::Unknown
            }
        };
        look.observed.preflights.insert(delivery, preflight);
    }
}

fn preflight(facts: &bucket::Facts, delivery: &Delivery) -> Preflight {
    let findings = check(facts, delivery);
    match verdict(&findings) {
        Verdict::Ready => Preflight::Ready,
        Verdict::Unknown => Preflight::Unknown,
        Verdict::Blocked { reason, fix } => {
            let region = findings.iter().any(|finding| finding.check == "region" && finding.level == Level::Problem);
            Preflight::Blocked { reason, fix, region }
        }
    }
}

fn problem(account: &Account, refusal: &Refusal) -> Problem {
    Problem { place: place(&account.name, &account.identity), reason: with_hint(refusal) }
}

fn with_hint(refusal: &Refusal) -> Message {
    let hint = matches!(refusal, Refusal::Denied { .. }).then_some("albstats iam policy reconcile-plan");
    refusal.message().hint_if(hint)
}
