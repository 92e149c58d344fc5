use super::*;
use crate::base::config::{Foreign, ManualDisable, OnRemoval, Undeclared};
use crate::fleet::opt_out;
use crate::fleet::reconcile::history::Outcome;

/// What is decided about the access log of one load balancer.
fn decided(policy: &LogPolicy, seen: &Seen, intent: Intent, history: &History) -> Decision {
    let observed = look(vec![seen.clone()]);
    let intents = [(seen.load_balancer.arn.clone(), intent)].into();
    let mut noted = history.clone();
    noted.note(&observed);
    let decisions = plan(policy, &intents, &observed, &noted, NOW);
    decisions.into_iter().find(|decision| decision.log.kind == LogKind::Access).unwrap()
}

/// What is decided about a load balancer that Kubernetes did not make, by a history that began long ago.
fn alone(policy: &LogPolicy, seen: &Seen, history: &History) -> Decision {
    decided(policy, seen, Intent::NotKubernetes, history)
}

fn with(access: LogSettings) -> Seen {
    let mut seen = seen("shop");
    seen.logs.insert(LogKind::Access, access);
    seen
}

fn began(hours: i64) -> History {
    History::new(NOW - hours * HOUR)
}

/// A history in which the access log was written, in order, so many hours ago.
fn wrote(changes: &[(i64, LogSettings, Change)]) -> History {
    let mut history = began(100);
    let log = seen("shop").log(LogKind::Access);
    for (hours, before, change) in changes {
        history.begin(&log, before, change, NOW - hours * HOUR);
        history.end(&log, None, Outcome::Written, None);
    }
    history
}

fn to(prefix: &str) -> Change {
    Change::enable("logs", prefix).unwrap()
}

fn stopped() -> LogSettings {
    LogSettings { enabled: false, ..on("logs", "eks") }
}

fn declares(pairs: &[(&str, &str)]) -> Intent {
    let attributes = pairs.iter().map(|(key, value)| (format!("access_logs.s3.{key}"), (*value).to_owned())).collect();
    Intent::Declared(Declaration { stack: "ops/grafana".to_owned(), attributes, ..Declaration::default() })
}

#[test]
fn what_nobody_has_touched_is_switched_on() {
    let decision = alone(&policy(), &with(off()), &began(0));
    assert_eq!((decision.state, decision.write, decision.canary), (State::Pending, Some(to("eks")), true));
}

#[test]
fn what_is_as_it_should_be_is_left() {
    let state = |proof: Option<Proof>| {
        let mut seen = with(on("logs", "eks"));
        seen.proof.extend(proof.map(|proof| (LogKind::Access, proof)));
        alone(&policy(), &seen, &began(0)).state
    };
    let silent = |requests| Some(Proof { requests: Some(requests), ..Proof::default() });
    assert_eq!(state(None), State::Enabled);
    assert_eq!(state(Some(Proof { recent: Some(NOW - HOUR), ..Proof::default() })), State::Delivering);
    assert_eq!(state(Some(Proof::default())), State::Enabled);
    assert_eq!(state(silent(0)), State::Enabled);
    let text = "CloudWatch counts 7 requests in 65 min, and no object came";
    assert_eq!(state(silent(7)), State::Stale(text.to_owned()));
}

#[test]
fn what_was_switched_on_a_moment_ago_is_verified_by_the_test_object() {
    let mut seen = with(on("logs", "eks"));
    let mut history = began(1);
    let log = seen.log(LogKind::Access);
    history.begin(&log, &off(), &to("eks"), NOW - 60_000_000);
    history.end(&log, None, Outcome::Written, None);
    for (test_object, state) in [(false, State::Verifying), (true, State::Enabled)] {
        seen.proof.insert(LogKind::Access, Proof { test_object, ..Proof::default() });
        assert_eq!(alone(&policy(), &seen, &history).state, state);
    }
}

#[test]
fn whoever_opts_out_is_left_alone() {
    let mut tagged = with(off());
    tagged.load_balancer.tags.insert(opt_out::NAME.to_owned(), "disabled".to_owned());
    let by_tag = alone(&policy(), &tagged, &began(0));
    assert_eq!(by_tag.state, State::OptedOut("opted out by tag albstats.io/logs=disabled".to_owned()));

    let by = "annotation albstats.io/logs of ops/grafana";
    let opt_outs = [("access".to_owned(), by.to_owned())].into();
    let annotated = Intent::Declared(Declaration { opt_outs, ..Declaration::default() });
    let by_annotation = decided(&policy(), &with(off()), annotated, &began(0));
    assert_eq!(by_annotation.state, State::OptedOut(format!("opted out by {by}")));

    let names = vec![glob::Pattern::new("sh*").unwrap()];
    let excluding = LogPolicy { exclude: vec![Matcher { names, ..Matcher::default() }], ..policy() };
    let by_name = alone(&excluding, &with(off()), &began(0));
    assert_eq!(by_name.state, State::Excluded("excluded by name sh*".to_owned()));
    assert!([by_tag, by_annotation, by_name].iter().all(|decision| decision.write.is_none()));
}

#[test]
fn a_selector_without_conditions_selects_nothing() {
    let select = [("prod".to_owned(), Selector::default())].into();
    let decision = alone(&LogPolicy { select, ..policy() }, &with(off()), &began(0));
    assert!(matches!(decision.state, State::Excluded(_)) && decision.write.is_none());
}

#[test]
fn what_kubernetes_declares_is_its_controllers() {
    for (declared, words) in [
        (vec![("enabled", "false")], "declared off by ops/grafana"),
        (vec![("enabled", "true"), ("bucket", "b")], "not there yet: its controller writes it to s3://b"),
        (vec![("enabled", "true")], "in part"),
        (vec![("prefix", "x")], "in part"),
        (vec![("enabled", "TRUE"), ("bucket", "b")], "in part"),
    ] {
        let decision = decided(&policy(), &with(off()), declares(&declared), &began(0));
        assert!(matches!(&decision.state, State::Declared(text) if text.contains(words)), "{:?}", decision.state);
        assert_eq!((decision.write, decision.held), (None, None));
    }
    let conflict = "conflicting load balancer attributes access_logs.s3.bucket: a | b";
    let broken = Intent::Declared(Declaration { broken: Some(conflict.to_owned()), ..Declaration::default() });
    let decision = decided(&policy(), &with(off()), broken, &began(0));
    assert!(matches!(&decision.state, State::Declared(text) if text.ends_with(conflict)));
    // What it does not declare is ours.
    let attributes = [("connection_logs.s3.enabled".to_owned(), "true".to_owned())].into();
    let other = Intent::Declared(Declaration { attributes, ..Declaration::default() });
    assert_eq!(decided(&policy(), &with(off()), other, &began(0)).state, State::Pending);
    // What may come to be declared is not, whatever the controller sends as things are.
    let named = [("access_logs.s3.prefix".to_owned(), "IngressClassParams p".to_owned())].into();
    let may_be = Declaration { stack: "group \"g\"".to_owned(), named, ..Declaration::default() };
    let decision = decided(&policy(), &with(off()), Intent::Declared(may_be), &began(0));
    let words = "IngressClassParams p names access_logs.s3.prefix: group \"g\" may come to declare it";
    assert_eq!((decision.state, decision.write), (State::Declared(words.to_owned()), None));
}

#[test]
fn a_cluster_that_was_not_read_is_shown_and_not_written() {
    let unread = || Intent::Unread("Kubernetes was not read".to_owned());
    let decision = decided(&policy(), &with(off()), unread(), &began(0));
    assert_eq!((decision.write, decision.held), (None, Some(to("eks"))));
    let assuming = LogPolicy { kubernetes: Undeclared::AssumeUndeclared, ..policy() };
    assert_eq!(decided(&assuming, &with(off()), unread(), &began(0)).write, Some(to("eks")));
    // Nothing to do is nothing to do, read or not.
    assert_eq!(decided(&policy(), &with(on("logs", "eks")), unread(), &began(0)).state, State::Enabled);
}

#[test]
fn logs_that_go_elsewhere_are_adopted_only_on_request_and_with_a_history() {
    let elsewhere = with(on("team", ""));
    let left = alone(&policy(), &elsewhere, &began(2));
    assert_eq!((left.state, left.write), (State::Foreign("goes to s3://team".to_owned()), None));
    let adopting = LogPolicy { foreign: Foreign::Adopt, ..policy() };
    assert_eq!(alone(&adopting, &elsewhere, &began(2)).write, Some(to("eks")));
    assert_eq!(alone(&adopting, &elsewhere, &began(0)).write, None);
}

#[test]
fn what_was_switched_off_by_hand_stays_off() {
    let repairing = LogPolicy { manual_disable: ManualDisable::Repair, ..policy() };
    let ours = wrote(&[(30, off(), to("eks"))]);
    let decide = |policy: &LogPolicy, history: &History| {
        let decision = alone(policy, &with(stopped()), history);
        (decision.state, decision.write)
    };
    assert_eq!(decide(&policy(), &ours), (State::ManuallyDisabled, None));
    assert_eq!(decide(&repairing, &ours), (State::Pending, Some(to("eks"))));
    // Nobody knows that these were switched on here.
    assert_eq!(decide(&repairing, &began(100)), (State::ManuallyDisabled, None));
    assert_eq!(decide(&repairing, &wrote(&[(30, off(), to("other"))])).0, State::ManuallyDisabled);
}

#[test]
fn who_undoes_it_twice_has_won() {
    let repairing = LogPolicy { manual_disable: ManualDisable::Repair, foreign: Foreign::Adopt, ..policy() };
    let mut history = wrote(&[(90, off(), to("eks"))]);
    history.note(&look(vec![with(stopped())]));
    let log = seen("shop").log(LogKind::Access);
    history.begin(&log, &stopped(), &to("eks"), NOW - 60 * HOUR);
    history.end(&log, None, Outcome::Written, None);
    for undone in [stopped(), on("team", "")] {
        let decision = alone(&repairing, &with(undone), &history);
        assert_eq!(decision.write, None);
        assert_eq!(decision.state, State::Contended("what was written here was undone 2 times".to_owned()));
    }
}

#[test]
fn a_new_prefix_in_the_policy_moves_what_is_ours() {
    let ours = wrote(&[(30, off(), to("old"))]);
    assert_eq!(alone(&policy(), &with(on("logs", "old")), &ours).write, Some(to("eks")));
}

#[test]
fn three_writes_in_a_day_are_enough() {
    let thrice = |first: i64| {
        let history = wrote(&[(first, off(), to("a")), (10, on("logs", "a"), to("b")), (1, on("logs", "b"), to("c"))]);
        alone(&policy(), &with(on("logs", "c")), &history)
    };
    assert!(matches!(thrice(20).state, State::Throttled(text) if text.starts_with("written three times")));
    assert_eq!(thrice(25).write, Some(to("eks")));
}

#[test]
fn what_is_not_selected_any_more_is_switched_off_only_if_nobody_touched_it() {
    let removing = LogPolicy { on_removal: OnRemoval::Disable, select: BTreeMap::new(), ..policy() };
    let ours = wrote(&[(30, off(), to("eks"))]);
    let write = |policy: &LogPolicy, access: LogSettings| alone(policy, &with(access), &ours).write;
    assert_eq!(write(&removing, on("logs", "eks")), Some(Change::Disable));
    assert_eq!(write(&removing, on("logs", "other")), None);
    assert_eq!(write(&removing, stopped()), None);
    assert_eq!(write(&LogPolicy { on_removal: OnRemoval::Retain, ..removing }, on("logs", "eks")), None);
}

#[test]
fn cloudwatch_delivers_or_we_do() {
    let mut vended = with(off());
    vended.vended.insert(LogKind::Access);
    assert_eq!(alone(&policy(), &vended, &began(0)).state, State::VendedOnly);
}

fn block(decision: Decision) -> Block {
    let State::Blocked(block) = decision.state else { panic!("not blocked: {:?}", decision.state) };
    block
}

#[test]
fn a_region_without_the_kind_or_a_template_without_its_value_blocks() {
    let mut without = seen("shop");
    without.logs.remove(&LogKind::Access);
    let missing = block(alone(&policy(), &without, &began(0)));
    assert_eq!((missing.by, missing.reason.as_str()), (BlockedBy::Region, "eu-west-1 does not have access logs"));
    let clustered = LogPolicy { prefix: "eks/{cluster}".to_owned(), ..policy() };
    let unfilled = block(alone(&clustered, &with(off()), &began(0)));
    assert_eq!(unfilled.by, BlockedBy::Config);
    assert_eq!(unfilled.reason, "the policy's eks/{cluster} needs a cluster, and it has none");
}

#[test]
fn a_place_that_refused_is_tried_by_one_after_a_while() {
    let observed = look(vec![seen("a"), seen("b")]);
    let delivery = observed.load_balancers[0].delivery("logs", "eks");
    let log = observed.load_balancers[0].log(LogKind::Access);
    let mut history = began(0);
    history.begin(&log, &off(), &to("eks"), NOW);
    history.end(&log, Some(&delivery), Outcome::Bucket("Access Denied for bucket: logs".to_owned()), None);
    let at = |history: &History, minutes: i64| {
        plan(&policy(), &intents(&observed), &observed, history, NOW + minutes * 60_000_000)
    };
    let writes = |decisions: Vec<Decision>| -> Vec<bool> {
        decisions.iter().filter(|decision| decision.write.is_some()).map(|decision| decision.canary).collect()
    };
    for decision in at(&history, 29) {
        let block = block(decision);
        assert_eq!(block.by, BlockedBy::Bucket);
        assert_eq!(block.fix, "albstats bucket check s3://logs/eks --account 111111111111 --region eu-west-1");
    }
    assert_eq!(writes(at(&history, 31)), [true]);
    // Its settings were changed: one tries at once.
    let with = |history: &History, fingerprint: &str| {
        let mut history = history.clone();
        history.refused.values_mut().for_each(|refused| refused.fingerprint = Some("then".to_owned()));
        let fingerprints = [(delivery.clone(), fingerprint.to_owned())].into();
        history.note(&Observed { fingerprints, ..observed.clone() });
        history
    };
    assert_eq!(writes(at(&with(&history, "then"), 29)), [false; 0]);
    assert!(writes(at(&with(&history, "now"), 29)).contains(&true));
    // Mended, says a person: everybody may go, behind one.
    let retried = writes(at(&history.without_refusals(), 0));
    assert_eq!((retried.len(), retried.iter().filter(|canary| **canary).count()), (6, 1));
}

#[test]
fn a_right_that_is_missing_is_missing_for_all_of_a_load_balancer() {
    let observed = look(vec![seen("a"), seen("b")]);
    let mut history = began(0);
    let log = observed.load_balancers[0].log(LogKind::Access);
    history.begin(&log, &off(), &to("eks"), NOW);
    history.end(&log, None, Outcome::Iam("access denied".to_owned()), None);
    let at = |minutes: i64| -> Vec<BlockedBy> {
        let decisions = plan(&policy(), &intents(&observed), &observed, &history, NOW + minutes * 60_000_000);
        decisions.into_iter().filter(|decision| decision.write.is_none()).map(block).map(|block| block.by).collect()
    };
    // Rights can go by tags: another load balancer is another matter.
    assert_eq!(at(29), [BlockedBy::Iam; 3]);
    assert_eq!(at(31), []);
}

#[test]
fn a_bucket_that_was_not_looked_at_waits_and_a_bad_one_blocks() {
    let mut observed = look(vec![seen("a")]);
    let delivery = observed.load_balancers[0].delivery("logs", "eks");
    let mut decided = |preflight: Option<Preflight>| {
        observed.preflights = preflight.map(|preflight| (delivery.clone(), preflight)).into_iter().collect();
        plan(&policy(), &intents(&observed), &observed, &began(0), NOW).remove(0)
    };
    assert_eq!(decided(None).state, State::Preflight);
    let bad = Preflight::Blocked { reason: "no".to_owned(), fix: "this".to_owned(), region: true };
    let block = block(decided(Some(bad)));
    assert_eq!((block.by, block.reason.as_str(), block.fix.as_str()), (BlockedBy::Region, "no", "this"));
}

#[test]
fn a_load_balancer_that_is_gone_is_forgotten() {
    let mut history = wrote(&[(30, off(), to("eks"))]);
    let observed = Observed { gone: [seen("shop").load_balancer.arn].into(), ..Observed::default() };
    let decisions = plan(&policy(), &BTreeMap::new(), &observed, &history, NOW);
    assert_eq!(decisions.iter().map(|decision| &decision.state).collect::<Vec<_>>(), [&State::Gone]);
    history.note(&observed);
    assert!(history.logs.is_empty());
}

#[test]
fn a_request_without_an_end_is_looked_up() {
    let mut history = began(1);
    let log = seen("shop").log(LogKind::Access);
    history.begin(&log, &off(), &to("eks"), NOW - HOUR);
    // It was not written: again.
    let again = alone(&policy(), &with(off()), &history);
    assert_eq!((again.state, again.write), (State::Applying, Some(to("eks"))));
    // It was: nothing to do, and it is known to be ours. So it is when no answer came.
    for outcome in [None, Some(Outcome::Failed("connection reset".to_owned()))] {
        history.logs.values_mut().for_each(|log| log.attempts[0].outcome.clone_from(&outcome));
        history.note(&look(vec![with(on("logs", "eks"))]));
        assert_eq!(history.of(&log).last_written().map(|attempt| attempt.at), Some(NOW - HOUR));
    }
}
