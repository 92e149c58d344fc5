//! The report itself: conclusions in order, how many failed and when, the two tables, what is not known, what to type.

use super::bars::{Bars, as_number};
use super::data::data;
use super::facts::{Facts, Shape};
use super::group::Group;
use super::health::Health;
use super::judge::phrases::{clock, group_title, percent};
use super::judge::{Evidence, Label, Verdict, judge};
use super::rows::{Context, HealthRow, WhyRow};
use super::rules::Family;
use super::tables::{causes, plural, targets, what};
use super::{chart, commands};
use crate::base::counts::tally;
use crate::output::document::{Finding, Note, Tone};
use crate::output::human;
use crate::read::storage::elb_name;
use crate::report::draft::Draft;
use crate::report::findings::Looked;
use crate::report::next;

/// Conclusions that are shown in full; of the rest bursts in a line, all others counted.
const SHOWN: usize = 5;
const SHORTLY: usize = 10;
/// Groups, and rules, that are named in a line.
const NAMED: usize = 4;

/// A conclusion and what it was drawn from.
struct Conclusion<'g> {
    facts: Facts<'g>,
    verdict: Verdict,
}

/// The report over the rows of both queries.
pub(super) fn draft(rows: &[WhyRow], health: &[HealthRow], context: &Context, looked: Option<&Looked>) -> Draft {
    let bars = Bars::new(rows, context);
    let groups = Group::all(rows, &bars);
    let health = Health::new(health);
    let evidence = Evidence { health: &health, context, looked };
    let judged = ranked_conclusions(&groups, bars, &evidence);
    let status = what(&groups);
    let mut draft = Draft::titled(title(&groups, context));
    draft.findings = conclusions(&judged, &groups, context);
    draft.data = Some(data(judged.iter().map(|judged| (&judged.facts, &judged.verdict)), context));
    let failures: u64 = groups.iter().map(Group::failures).sum();
    if failures > 0 {
        draft.findings.push(numbers(&groups, &judged, context));
        draft.charts.push(chart::of(&groups, bars, context, status));
    }
    draft.table = causes(&groups, context);
    let first = judged.iter().find(|judged| judged.verdict.label != Label::Unclear).or(judged.first());
    if let Some(first) = first {
        if first.facts.shape != Shape::Few {
            draft.more_tables.extend(targets(&first.facts, &first.verdict, &evidence));
        }
        draft.next = commands::next(&first.facts, &first.verdict, context);
    }
    if failures > 0 && judged.iter().all(|judged| judged.verdict.label == Label::Unclear || is_usual(judged, context)) {
        draft.next.push(next::report(["overview"], &context.flags, "what stands out besides failures"));
    }
    let unknown = unknown(&judged);
    if !unknown.is_empty() {
        draft.notes.push(Note { label: "not known".to_owned(), parts: unknown });
    }
    draft
}

/// Every conclusion, the surest about the most failures first.
fn ranked_conclusions<'g>(groups: &'g [Group], bars: Bars, evidence: &Evidence<'_>) -> Vec<Conclusion<'g>> {
    let mut judged: Vec<Conclusion<'g>> = Vec::new();
    // What many groups have together says nothing of any of them.
    let single = groups.iter().filter(|group| !group.is_others());
    for facts in single.flat_map(|group| Facts::all(group, bars)) {
        for verdict in judge(&facts, evidence) {
            judged.push(Conclusion { facts: facts.clone(), verdict });
        }
    }
    let mut judged = without_repeats(judged);
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
fn without_repeats<'g>(mut judged: Vec<Conclusion<'g>>) -> Vec<Conclusion<'g>> {
    judged.sort_by_key(|judged| std::cmp::Reverse(judged.verdict.failures));
    let mut joined: Vec<Conclusion<'g>> = Vec::new();
    for more in judged {
        let is_same = |one: &&mut Conclusion<'g>| {
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
        match joined.iter_mut().find(is_same) {
            Some(one) => {
                let rules = more.facts.rules().join(", ");
                one.verdict.besides.push(format!("the same with {} × {rules}", human::count(more.verdict.failures)));
                one.verdict.joined += more.verdict.failures;
            }
            None => joined.push(more),
        }
    }
    joined
}

/// Whether services or the load balancer fail, and not what clients ask for.
fn is_of_service(judged: &Conclusion<'_>) -> bool {
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
fn all_of(judged: &Conclusion<'_>) -> u64 {
    judged.verdict.failures + judged.verdict.joined
}

/// Whether it is nothing to dwell on: too few, or a few that cannot be told beside many, and no burst.
fn is_besides(judged: &Conclusion<'_>, total: u64) -> bool {
    let is_minor = all_of(judged) * 20 < total;
    let is_told = judged.facts.is_burst() && is_of_service(judged);
    judged.facts.shape == Shape::Few || (is_minor && judged.verdict.label == Label::Unclear && !is_told)
}

/// Whether it is what clients always do, and nobody asked for it: one line says all of it.
fn is_usual(judged: &Conclusion<'_>, context: &Context) -> bool {
    !is_of_service(judged) && judged.facts.shape == Shape::Steady && context.statuses.is_none()
}

fn title(groups: &[Group], context: &Context) -> String {
    let failing: Vec<&Group> = groups.iter().filter(|group| !group.causes.is_empty()).collect();
    let asked = context.statuses.filter(|(from, to)| from == to).map(|(from, _)| from);
    let what = match asked.or(what(groups)) {
        Some(status) => format!("Why {status:03}"),
        None => "Why requests failed".to_owned(),
    };
    let only = match (failing.as_slice(), groups) {
        ([group], _) => Some(*group),
        ([], [group]) => Some(group),
        _ => None,
    };
    match only {
        Some(group) => {
            let name = group_title(&group.elb, group.target_group.as_deref(), context);
            match &group.target_group {
                Some(_) => format!("{what}: {name} on {}", elb_name(&group.elb)),
                None => format!("{what}: {name}"),
            }
        }
        None if failing.is_empty() => what,
        None => format!("{what}: {} target groups", failing.len()),
    }
}

fn conclusions(judged: &[Conclusion<'_>], groups: &[Group], context: &Context) -> Vec<Finding> {
    let total = groups.iter().map(Group::failures).sum();
    let (few, told): (Vec<&Conclusion<'_>>, Vec<&Conclusion<'_>>) =
        judged.iter().partition(|judged| is_besides(judged, total));
    let (usual, told): (Vec<&Conclusion<'_>>, Vec<&Conclusion<'_>>) =
        told.into_iter().partition(|judged| is_usual(judged, context));
    let several_groups = groups.iter().filter(|group| !group.causes.is_empty()).count() > 1;
    let is_one = told.len() == 1 && few.is_empty() && usual.is_empty();
    let mut findings = Vec::new();
    for (place, judged) in told.iter().take(SHOWN).enumerate() {
        let tone = match (place, judged.verdict.label) {
            (0, _) => Tone::Strong,
            (_, Label::Unclear) => Tone::Dim,
            _ => Tone::Plain,
        };
        findings.push(sentence(judged, several_groups, tone, context));
        let mut besides = judged.verdict.besides.clone();
        if !is_one {
            besides.push(when(&judged.facts, &judged.verdict, context));
        }
        if !besides.is_empty() {
            findings.push(Finding { text: format!("({})", besides.join("; ")), tone: Tone::Dim, ..Finding::default() });
        }
    }
    // What bursts is told, if shortly; nothing is hidden behind a number of conclusions.
    let (bursts, rest): (Vec<&Conclusion<'_>>, Vec<&Conclusion<'_>>) =
        told.iter().skip(SHOWN).partition(|judged| judged.facts.is_burst() && is_of_service(judged));
    for judged in bursts.iter().take(SHORTLY) {
        let mut short = sentence(judged, several_groups, Tone::Plain, context);
        short.text = format!("{}; {}", short.text, when(&judged.facts, &judged.verdict, context));
        findings.push(short);
    }
    findings.extend(more(&[bursts.get(SHORTLY..).unwrap_or_default(), &rest].concat(), context));
    findings.extend(too_few(&few));
    findings.extend(as_usual(&usual, told.is_empty() && few.is_empty()));
    if judged.is_empty() && total == 0 {
        findings.push(Finding { label: "none".to_owned(), text: nothing(groups, context), ..Finding::default() });
    }
    findings
}

/// What is concluded, and of which group.
fn sentence(judged: &Conclusion<'_>, several_groups: bool, tone: Tone, context: &Context) -> Finding {
    let Conclusion { facts, verdict } = judged;
    let whose = if several_groups { format!("{}: ", title_of(facts, context)) } else { String::new() };
    Finding { label: verdict.label.text().to_owned(), text: format!("{whose}{}", verdict.text), tone }
}

fn title_of(facts: &Facts<'_>, context: &Context) -> String {
    group_title(&facts.group.elb, facts.group.target_group.as_deref(), context)
}

/// Conclusions that are not shown: how many failures, of which groups and rules.
fn more(rest: &[&Conclusion<'_>], context: &Context) -> Option<Finding> {
    let failures: u64 = rest.iter().map(|judged| all_of(judged)).sum();
    let of_group = |judged: &&Conclusion<'_>| {
        let rules = judged.facts.rules();
        let rules = rules.first().copied().unwrap_or_default();
        format!("{} {} × {rules}", title_of(&judged.facts, context), human::count(all_of(judged)))
    };
    let named: Vec<String> = rest.iter().take(NAMED).map(of_group).collect();
    let others = rest.len() - named.len();
    let others = if others == 0 { String::new() } else { format!(" and {others} more") };
    (!rest.is_empty()).then(|| Finding {
        label: "more".to_owned(),
        text: format!(
            "{} about {}: {}{others}; ask about one --service or --status",
            human::plural(rest.len() as u64, "more conclusion"),
            human::plural(failures, "failure"),
            named.join(", ")
        ),
        tone: Tone::Dim,
    })
}

/// How many failures there are, and of which rules: `31 × 503-from-target, 8 × lambda-response, …`
fn by_rule(judged: &[&Conclusion<'_>]) -> (u64, String) {
    let causes = judged.iter().flat_map(|judged| &judged.facts.causes);
    let rules = tally(causes.map(|(cause, count)| (cause.rule.id, *count)));
    let named = rules.iter().take(NAMED).map(|(rule, count)| format!("{} × {rule}", human::count(*count)));
    let named = named.collect::<Vec<_>>().join(", ");
    let more = if rules.len() > NAMED { ", …" } else { "" };
    (rules.iter().map(|(_, count)| count).sum(), format!("{named}{more}"))
}

/// What clients do all the time, by rule, in one line.
fn as_usual(usual: &[&Conclusion<'_>], is_all: bool) -> Option<Finding> {
    let (_, named) = by_rule(usual);
    (!usual.is_empty()).then(|| Finding {
        label: "usual".to_owned(),
        text: format!("{named}: all through the window, no burst; --status 4xx tells more"),
        tone: if is_all { Tone::Strong } else { Tone::Dim },
    })
}

/// All that are too few, in one sentence.
fn too_few(few: &[&Conclusion<'_>]) -> Option<Finding> {
    let (total, named) = by_rule(few);
    (total > 0).then(|| Finding {
        label: Label::Unclear.text().to_owned(),
        text: format!(
            "{}: {named}",
            if few.iter().all(|judged| judged.facts.shape == Shape::Few) {
                "too few to tell"
            } else {
                "too few, or too mixed, to tell"
            },
        ),
        tone: Tone::Dim,
    })
}

fn nothing(groups: &[Group], context: &Context) -> String {
    let requests: u64 = groups.iter().flat_map(|group| &group.requests).sum();
    let what = match context.statuses {
        Some((from, to)) if from == to => format!(" with {from:03}"),
        Some((from, to)) => format!(" with {from:03} to {to:03}"),
        None => String::new(),
    };
    match requests {
        0 => "there is no request in this window".to_owned(),
        count => format!("of {} failed{what}", human::plural(count, "request")),
    }
}

/// When, and by which rules.
fn when(facts: &Facts<'_>, verdict: &Verdict, context: &Context) -> String {
    let rules = facts.rules();
    let rules = rules.iter().take(3).copied().collect::<Vec<_>>().join(", ");
    let times = format!("{} to {}", clock(facts.first, context), clock(facts.last, context));
    let how = match facts.shape {
        Shape::Burst(edges) if edges.ongoing => format!(", ongoing where {}", context.end()),
        Shape::Burst(_) => String::new(),
        Shape::Steady | Shape::Few => ", here and there".to_owned(),
    };
    let shares = shares_of(facts, context).filter(|_| verdict.text.contains('%')).unwrap_or_default();
    format!("{} × {rules}, {times}{how}{shares}", human::count(verdict.failures))
}

/// Of which time shares are, where that is much more than the burst: requests are counted by bars.
fn shares_of(facts: &Facts<'_>, context: &Context) -> Option<String> {
    const MUCH: i64 = 10;
    let range = facts.range();
    let (begin, end) = (facts.bars.time.begin(range.start), facts.bars.time.begin(range.end));
    let besides = facts.first.saturating_sub(begin).saturating_add(end.saturating_sub(facts.last));
    (facts.is_burst() && besides.saturating_mul(MUCH) > end.saturating_sub(begin))
        .then(|| format!("; shares of {}–{}", clock(begin, context), clock(end, context)))
}

/// `1,284 of 61,930 (2.07 %)   first 02:51:08   last 03:04:57   ongoing where the logs end`
fn numbers(groups: &[Group], judged: &[Conclusion<'_>], context: &Context) -> Finding {
    let failures: u64 = groups.iter().map(Group::failures).sum();
    let requests: u64 = groups.iter().flat_map(|group| &group.requests).sum();
    let times = || groups.iter().flat_map(|group| &group.causes);
    let (first, last) = (times().map(|cause| cause.first).min(), times().map(|cause| cause.last).max());
    let mut text = format!(
        "{} of {} ({})   first {}   last {}",
        human::count(failures),
        human::count(requests),
        percent(as_number(failures) / as_number(requests.max(1))),
        clock(first.unwrap_or(0), context),
        clock(last.unwrap_or(0), context),
    );
    let bursts = judged.iter().filter_map(|judged| match judged.facts.shape {
        Shape::Burst(edges) => Some(edges),
        Shape::Few | Shape::Steady => None,
    });
    if bursts.clone().any(|edges| edges.ongoing) {
        text.push_str("   ongoing where ");
        text.push_str(context.end());
    }
    if bursts.clone().any(|edges| edges.from_start) {
        text.push_str("   there already where ");
        text.push_str(context.begin());
    }
    if bursts.count() == 0 && judged.iter().any(|judged| judged.facts.shape == Shape::Steady) {
        text.push_str("   here and there, no burst");
    }
    Finding { label: plural(what(groups)), text, tone: Tone::Plain }
}

/// What would decide and is not there, each once.
fn unknown(judged: &[Conclusion<'_>]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for missing in judged.iter().take(SHOWN).flat_map(|judged| &judged.verdict.missing) {
        if !parts.contains(missing) {
            parts.push(missing.clone());
        }
    }
    let grpc = judged.iter().any(|judged| judged.facts.family == Family::Stream);
    if grpc {
        parts.push("errors that gRPC services answer with: they have status 200 in these logs".to_owned());
    }
    parts
}
