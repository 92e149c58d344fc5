//! Conclusions in their order: the surest about the most failures first, each drawn once.

use super::bars::Bars;
use super::facts::{Facts, Shape};
use super::group::Group;
use super::judge::phrases::{clock, group_title};
use super::judge::{Evidence, Label, Verdict, judge};
use super::rows::Context;
use super::rules::Family;
use crate::output::human;

/// A conclusion and what it was drawn from.
pub(super) struct Conclusion<'g> {
    pub(super) facts: Facts<'g>,
    pub(super) verdict: Verdict,
}

/// Every conclusion, the surest about the most failures first.
pub(super) fn ranked<'g>(groups: &'g [Group], bars: Bars, evidence: &Evidence<'_>) -> Vec<Conclusion<'g>> {
    let mut judged: Vec<Conclusion<'g>> = Vec::new();
    // What many groups have together says nothing of any of them.
    let single = groups.iter().filter(|group| !group.is_others());
    for facts in single.flat_map(|group| Facts::all(group, bars)) {
        for verdict in judge(&facts, evidence) {
            judged.push(Conclusion { facts: facts.clone(), verdict });
        }
    }
    let mut judged = without_repeats(judged, evidence.context);
    let of_service: u64 = judged.iter().filter(|judged| is_of_service(judged)).map(all_of).sum();
    let all: u64 = judged.iter().map(all_of).sum();
    // What clients do comes after what services do, and a handful besides an incident after that, however sure. Bursts come
    // before what is always there, also those that cannot be told.
    let order = |judged: &Conclusion<'_>| {
        let is_minor = is_of_service(judged) && all_of(judged) * 20 < of_service;
        // A burst that has half of everything comes first, whosever it is.
        let leads = judged.facts.is_burst() && all_of(judged) * 2 >= all;
        (
            !leads,
            judged.facts.shape == Shape::Few,
            !is_of_service(judged),
            is_minor,
            !judged.facts.is_burst(),
            judged.verdict.label,
            std::cmp::Reverse(all_of(judged)),
            judged.facts.first,
        )
    };
    judged.sort_by_key(order);
    judged
}

/// One incident shows in several families: a sick target resets connections, answers with errors and does not answer.
/// The same conclusion about the same targets at the same time is drawn once.
fn without_repeats<'g>(mut judged: Vec<Conclusion<'g>>, context: &Context) -> Vec<Conclusion<'g>> {
    judged.sort_by_key(|judged| std::cmp::Reverse(judged.verdict.failures));
    let mut joined: Vec<Conclusion<'g>> = Vec::new();
    for more in judged {
        let is_same = |one: &Conclusion<'g>| {
            let pattern = one.verdict.pattern;
            let at_once = one.facts.first <= more.facts.last && more.facts.first <= one.facts.last;
            let same_targets = one.verdict.targets.first() == more.verdict.targets.first();
            let same_group = std::ptr::eq(one.facts.group, more.facts.group);
            let joins = match pattern.id {
                "sick-target" | "target-gone" => same_group && same_targets,
                "rolling-restart" | "slow-dependency" | "all-refuse" | "unreachable" => same_group,
                // Who it is may be so in several target groups.
                _ => one.verdict.who.is_some() && one.verdict.who == more.verdict.who,
            };
            joins && pattern == more.verdict.pattern && at_once
        };
        let again = joined.iter().position(|one| is_again(one, &more));
        let Some(at) = again.or_else(|| joined.iter().position(is_same)) else {
            joined.push(more);
            continue;
        };
        let one = &mut joined[at];
        let what = format!("{} × {}", human::count(more.verdict.failures), more.facts.rules().join(", "));
        one.verdict.besides.push(if again.is_some() {
            let times = [more.facts.first, more.facts.last].map(|time| clock(time, context)).join(" to ");
            format!("again {what}, {times}")
        } else if std::ptr::eq(one.facts.group, more.facts.group) {
            format!("the same with {what}")
        } else {
            format!("the same with {what} of {}", title_of(&more.facts, context))
        });
        one.verdict.joined += more.verdict.failures;
    }
    joined
}

/// Whether it is the same as in another burst of the same group, at another time.
fn is_again(one: &Conclusion<'_>, more: &Conclusion<'_>) -> bool {
    let (first, second) = (&one.verdict, &more.verdict);
    std::ptr::eq(one.facts.group, more.facts.group)
        && one.facts.is_burst()
        && more.facts.is_burst()
        && one.facts.family == more.facts.family
        && second.label != Label::Unclear
        && (first.pattern, first.label, &first.who, &first.targets)
            == (second.pattern, second.label, &second.who, &second.targets)
        && (one.facts.last < more.facts.first || more.facts.last < one.facts.first)
}

/// Whether services or the load balancer fail, and not what clients ask for.
pub(super) fn is_of_service(judged: &Conclusion<'_>) -> bool {
    let clients = ["auth-login", "561-idp-error", "501-encoding", "505-version", "fixed-response"];
    match judged.facts.family {
        Family::Connection
        | Family::Waiting
        | Family::NoTarget
        | Family::Answered
        | Family::Lambda
        | Family::Stream => true,
        _ => judged.facts.main_cause().status >= 500 && !clients.contains(&judged.facts.main_cause().rule.id),
    }
}

/// All failures that a conclusion is about.
pub(super) fn all_of(judged: &Conclusion<'_>) -> u64 {
    judged.verdict.failures + judged.verdict.joined
}

/// What a conclusion's group is called.
pub(super) fn title_of(facts: &Facts<'_>, context: &Context) -> String {
    group_title(&facts.group.elb, facts.group.target_group.as_deref(), context)
}
