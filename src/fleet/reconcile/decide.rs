//! One log of one load balancer: where it stands, and what may be written. Pure; every rule of what is left alone is here.

use alblog::LogKind;
use alblog::key::MARGIN;
use alblog::time::{Iso, MINUTE};

use super::history::{LogHistory, Outcome, REVERSIONS, SETTLED};
use super::observed::{Preflight, Seen};
use super::scope::{Desired, desired, excluded, opted_out, selected};
use super::situation::Situation;
use super::state::{Block, BlockedBy, Decision, LogId, State};
use crate::base::config::{Foreign, ManualDisable, OnRemoval, Undeclared};
use crate::base::s3_address::address;
use crate::fleet::aws::elbv2::{Change, LogSettings, keys};
use crate::fleet::kubernetes::Intent;
use crate::fleet::kubernetes::intent::Declaration;

/// How long after a write the test object may be waited for.
const SETTLING: i64 = 5 * MINUTE;

/// Decides about one log.
pub(super) fn decide(situation: &Situation, seen: &Seen, kind: LogKind) -> Decision {
    let log = seen.log(kind);
    let history = situation.history.of(&log);
    let Some(current) = seen.logs.get(&kind) else {
        let reason = format!("{} does not have {kind} logs", seen.load_balancer.region());
        let fix = format!("leave {kind} out of kinds for this region");
        return Decision::leave(log, State::Blocked(Block { by: BlockedBy::Region, reason, fix }));
    };
    if let Some(state) = left_out(situation, seen, kind) {
        return removed(situation, log, &history, current, state);
    }
    let desired = match desired(situation.policy, &seen.load_balancer) {
        Ok(desired) => desired,
        Err(reason) => {
            let fix = "change bucket or prefix in [reconcile], or exclude the load balancer".to_owned();
            return Decision::leave(log, State::Blocked(Block { by: BlockedBy::Config, reason, fix }));
        }
    };
    if let Some(state) = declared(situation, &log, current) {
        return Decision::leave(log, state);
    }
    if current.enabled && current.bucket == desired.bucket && current.prefix == desired.prefix {
        return Decision::leave(log, arriving(situation, seen, kind, &history));
    }
    if let Some(state) = untouchable(situation, seen, kind, current, &history) {
        return Decision::leave(log, state);
    }
    let Some(change) = Change::enable(&desired.bucket, &desired.prefix) else {
        // `desired` has a bucket, or is an error.
        return Decision::leave(log, State::Pending);
    };
    if let Some(why) = unread(situation, &log.arn) {
        return Decision { held: Some(change), ..Decision::leave(log, State::Unread(why)) };
    }
    let bar = barred(situation, &log, &history, current).or_else(|| refused_before(situation, &history));
    if let Some(bar) = bar {
        return Decision::leave(log, bar);
    }
    match preflight(situation, seen, &desired) {
        Some(state) => Decision::leave(log, state),
        None if history.attempts.last().is_some_and(|last| last.outcome.is_none()) => {
            Decision::write(log, State::Applying, change)
        }
        None => Decision::write(log, State::Pending, change),
    }
}

/// What the policy is not about: what was switched on here may be switched off again, if nobody has touched it and nobody
/// declares it by now.
fn removed(
    situation: &Situation,
    log: LogId,
    history: &LogHistory,
    current: &LogSettings,
    left_out: State,
) -> Decision {
    let ours = current.enabled && history.is_ours(current);
    if situation.policy.on_removal != OnRemoval::Disable || !ours {
        return Decision::leave(log, left_out);
    }
    if let Some(state) = declared(situation, &log, current) {
        return Decision::leave(log, state);
    }
    if let Some(why) = unread(situation, &log.arn) {
        return Decision { held: Some(Change::Disable), ..Decision::leave(log, State::Unread(why)) };
    }
    match barred(situation, &log, history, current) {
        None => Decision::write(log, State::Pending, Change::Disable),
        Some(bar) => Decision::leave(log, bar),
    }
}

/// Why the policy is not about this log at all, or somebody asked to be left alone.
fn left_out(situation: &Situation, seen: &Seen, kind: LogKind) -> Option<State> {
    let (policy, load_balancer) = (situation.policy, &seen.load_balancer);
    let selects = policy.select.get(&seen.account).is_some_and(|selector| selected(selector, load_balancer));
    if !selects {
        return Some(State::Excluded("no selector selects it any more".to_owned()));
    }
    if !policy.kinds.contains(&kind) {
        return Some(State::Excluded(format!("{kind} is not among the policy's kinds")));
    }
    if let Some(by) = excluded(policy, load_balancer) {
        return Some(State::Excluded(by));
    }
    let annotated = match situation.intents.get(&load_balancer.arn) {
        Some(Intent::Declared(declaration)) => declaration.opt_outs.get(&kind.to_string()),
        _ => None,
    };
    opted_out(load_balancer).or_else(|| annotated.map(|by| format!("opted out by {by}"))).map(State::OptedOut)
}

/// What the controller does about this log, or may do: it owns every key that is declared, and puts it back. A key that is
/// named by anything which may have a say is left alone, whether it is sent or not.
fn declared(situation: &Situation, log: &LogId, current: &LogSettings) -> Option<State> {
    let Some(Intent::Declared(declaration)) = situation.intents.get(&log.arn) else { return None };
    let stack = &declaration.stack;
    if let Some(why) = &declaration.broken {
        return Some(State::Declared(format!("{stack} cannot be built by its controller: {why}")));
    }
    let keys = keys(log.kind);
    let [enabled, bucket, prefix] = keys.each_ref().map(|key| declaration.attributes.get(key).map(String::as_str));
    let text = match (enabled, bucket, prefix) {
        (None, None, None) => {
            let (key, by) = keys.iter().find_map(|key| Some((key, declaration.named.get(key)?)))?;
            format!("{by} names {key}: {stack} may come to declare it")
        }
        (Some("true"), Some(bucket), prefix) if !bucket.is_empty() => {
            let there = prefix.unwrap_or(&current.prefix);
            let place = address(bucket, there);
            let done = current.enabled && current.bucket == bucket && current.prefix == there;
            if done {
                format!("declared by {stack}: goes to {place}")
            } else {
                format!("declared by {stack}, not there yet: its controller writes it to {place}")
            }
        }
        (Some("false"), ..) => format!("declared off by {stack}"),
        _ => format!("declared by {stack} in part: enabled, bucket and prefix belong together"),
    };
    Some(State::Declared(text))
}

/// A log that is as it should be: what is known of its objects.
fn arriving(situation: &Situation, seen: &Seen, kind: LogKind, history: &LogHistory) -> State {
    let Some(proof) = seen.proof.get(&kind) else { return State::Enabled };
    let written = history.last_written().map(|attempt| attempt.at);
    let written_since = |age: i64| written.is_some_and(|at| at > situation.now - age);
    match proof.requests {
        _ if proof.recent.is_some() => State::Delivering,
        Some(requests @ 1..) if !written_since(MARGIN) => State::Stale(format!(
            "CloudWatch counts {requests} requests in {} min, and no object came",
            MARGIN / MINUTE
        )),
        _ if written_since(SETTLING) && !proof.test_object => State::Verifying,
        _ => State::Enabled,
    }
}

/// What somebody else has set or switched off, and the policy does not take over.
fn untouchable(
    situation: &Situation,
    seen: &Seen,
    kind: LogKind,
    current: &LogSettings,
    history: &LogHistory,
) -> Option<State> {
    let policy = situation.policy;
    if history.is_ours(current) {
        return None;
    }
    if current.enabled {
        let place = address(&current.bucket, &current.prefix);
        return match policy.foreign {
            Foreign::Leave => Some(State::Foreign(format!("goes to {place}"))),
            Foreign::Adopt if situation.history.began > situation.now - SETTLED => {
                Some(State::Foreign(format!("goes to {place}; taken over once the history is an hour old")))
            }
            Foreign::Adopt => None,
        };
    }
    if !current.bucket.is_empty() {
        let repaired = policy.manual_disable == ManualDisable::Repair && history.enabled_here(current);
        return (!repaired).then_some(State::ManuallyDisabled);
    }
    seen.vended.contains(&kind).then_some(State::VendedOnly)
}

/// Why a cluster's load balancer is shown and not written.
fn unread(situation: &Situation, arn: &str) -> Option<String> {
    match situation.intents.get(arn) {
        Some(Intent::Unread(why) | Intent::Declared(Declaration { doubt: Some(why), .. }))
            if situation.policy.kubernetes == Undeclared::Required =>
        {
            Some(why.clone())
        }
        // Nobody has looked: that nothing is declared must be said, not left out.
        None => Some("what Kubernetes declares was not read".to_owned()),
        _ => None,
    }
}

/// What holds for every write, to switch on or off.
fn barred(situation: &Situation, log: &LogId, history: &LogHistory, current: &LogSettings) -> Option<State> {
    let reversions = history.reversions(current);
    if reversions >= REVERSIONS {
        return Some(State::Contended(format!("what was written here was undone {reversions} times")));
    }
    if let Some(next) = history.next_write(situation.now).filter(|next| *next > situation.now) {
        return Some(State::Throttled(format!("written three times in a day; again from {}", Iso(next))));
    }
    situation.not_allowed(log).map(State::Blocked)
}

/// What the last attempt was refused with, as long as it is too early to try again.
fn refused_before(situation: &Situation, history: &LogHistory) -> Option<State> {
    let (outcome, until) = history.refused()?;
    if until <= situation.now {
        return None;
    }
    let again = format!("tried again from {}, or at once by reconcile plan --retry", Iso(until));
    Some(match outcome {
        Outcome::Throttled(text) | Outcome::Failed(text) => State::Throttled(format!("{text}; {again}")),
        Outcome::Config(text) => State::Blocked(Block {
            by: BlockedBy::Config,
            reason: text.clone(),
            fix: format!("change [reconcile]; {again}"),
        }),
        // A bucket is judged for all that write to it, a right for all of a load balancer.
        Outcome::Iam(_) | Outcome::Bucket(_) | Outcome::Region(_) | Outcome::Written | Outcome::Gone => return None,
    })
}

/// What the bucket says, or what it said to others before.
fn preflight(situation: &Situation, seen: &Seen, desired: &Desired) -> Option<State> {
    let delivery = seen.delivery(&desired.bucket, &desired.prefix);
    match situation.preflights.get(&delivery) {
        None => Some(State::Preflight),
        Some(Preflight::Blocked { reason, fix, region }) => {
            let by = if *region { BlockedBy::Region } else { BlockedBy::Bucket };
            Some(State::Blocked(Block { by, reason: reason.clone(), fix: fix.clone() }))
        }
        Some(Preflight::Ready | Preflight::Unknown) => situation.breaker(&delivery).map(State::Blocked),
    }
}
