//! The report itself: conclusions in order, how many failed and when, the two tables, what is not known, what to type.

use super::bars::{Bars, as_number};
use super::besides::{self, besides};
use super::chart::{self, length};
use super::commands;
use super::data::data;
use super::facts::{Facts, Shape};
use super::group::Group;
use super::health::Health;
use super::judge::phrases::{clock, group_title, percent};
use super::judge::{Evidence, Label, Verdict};
use super::ranking::{Conclusion, all_of, is_of_service, ranked, title_of};
use super::rows::{Context, HealthRow, WhyRow};
use super::rules::Family;
use super::tables::{causes, plural, targets, what};
use crate::base::counts::tally;
use crate::output::document::{Finding, Note, Tone};
use crate::output::human;
use crate::read::storage::elb_name;
use crate::report::draft::Draft;
use crate::report::findings::{Finding as Standing, Looked};
use crate::report::next;

/// Conclusions that are shown in full; of the rest bursts in a line, all others counted.
const SHOWN: usize = 5;
const SHORTLY: usize = 10;
/// What stands out besides, shown.
const BESIDES: usize = 3;
/// Groups, and rules, that are named in a line.
const NAMED: usize = 4;

/// What is told, and how.
struct Told<'j, 'g> {
    /// What stands out, and no conclusion is about.
    besides: Vec<&'j Standing>,
    /// In full, or shortly.
    conclusions: Vec<&'j Conclusion<'g>>,
    /// In a line: what there always is.
    usual: Vec<&'j Conclusion<'g>>,
    /// In a line: what cannot be told.
    few: Vec<&'j Conclusion<'g>>,
}

impl<'j, 'g> Told<'j, 'g> {
    fn of(judged: &'j [Conclusion<'g>], standing: &'j [Standing], context: &Context) -> Self {
        let total = judged.iter().map(all_of).sum();
        let mut besides = besides(standing, judged);
        besides.truncate(BESIDES);
        let (few, rest): (Vec<_>, Vec<_>) = judged.iter().partition(|judged| is_minor(judged, total));
        // Beside what stands out, what fails every day is nothing to dwell on.
        let has_lead = !besides.is_empty() || rest.iter().any(|judged| leads(judged));
        let is_usual = |judged: &&Conclusion<'_>| is_usual(judged, context) || (has_lead && judged.facts.is_everyday());
        let (usual, conclusions) = rest.into_iter().partition(is_usual);
        Self { besides, conclusions, usual, few }
    }

    /// Whether what stands out is told before the conclusions: none of them is about more than a day's failures.
    fn begins_besides(&self) -> bool {
        !self.besides.is_empty() && !self.conclusions.iter().any(|judged| leads(judged))
    }
}

/// The report over the rows of both queries, and what stands out in the requests.
pub(super) fn draft(
    rows: &[WhyRow],
    health: &[HealthRow],
    context: &Context,
    looked: Option<&Looked>,
    standing: &[Standing],
) -> Draft {
    let bars = Bars::new(rows, context);
    let groups = Group::all(rows, &bars);
    let health = Health::new(health);
    let evidence = Evidence { health: &health, context, looked };
    let judged = ranked(&groups, bars, &evidence);
    let told = Told::of(&judged, standing, context);
    let status = what(&groups);
    let mut draft = Draft::titled(title(&groups, context));
    draft.findings = conclusions(&told, &groups, context);
    draft.data = Some(data(judged.iter().map(|judged| (&judged.facts, &judged.verdict)), &told.besides, context));
    let failures: u64 = groups.iter().map(Group::failures).sum();
    if failures > 0 {
        draft.findings.push(numbers(&groups, &judged, context));
        draft.charts.push(chart::of(&groups, bars, context, status));
    }
    draft.table = causes(&groups, context);
    let first = judged.iter().find(|judged| judged.verdict.label != Label::Unclear).or(judged.first());
    let commands_besides = told.besides.iter().map(|one| one.next.clone());
    if told.begins_besides() {
        draft.next.extend(commands_besides);
    } else if let Some(first) = first {
        if first.facts.shape != Shape::Few {
            draft.more_tables.extend(targets(&first.facts, &first.verdict, &evidence));
        }
        draft.next = commands::next(&first.facts, &first.verdict, context);
        draft.next.extend(commands_besides);
    }
    if failures > 0 && judged.iter().all(|judged| judged.verdict.label == Label::Unclear || is_usual(judged, context)) {
        draft.next.push(next::report(["overview"], &context.flags, "what stands out besides failures"));
    }
    let unknown = unknown(&told.conclusions, &judged);
    if !unknown.is_empty() {
        draft.notes.push(Note { label: "not known".to_owned(), parts: unknown });
    }
    draft
}

/// Whether it is a burst that is told by name.
fn leads(judged: &Conclusion<'_>) -> bool {
    judged.facts.is_burst() && judged.verdict.label != Label::Unclear
}

/// Whether it is nothing to dwell on: too few, or a few that cannot be told beside many, and no burst.
fn is_minor(judged: &Conclusion<'_>, total: u64) -> bool {
    let is_small = all_of(judged) * 20 < total;
    let is_told = judged.facts.is_burst() && is_of_service(judged);
    judged.facts.shape == Shape::Few || (is_small && judged.verdict.label == Label::Unclear && !is_told)
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

fn conclusions(told: &Told<'_, '_>, groups: &[Group], context: &Context) -> Vec<Finding> {
    let besides = || told.besides.iter().flat_map(|one| besides::lines(one, Tone::Strong));
    let mut findings = Vec::new();
    if told.begins_besides() {
        findings.extend(besides());
        findings.extend(of_failures(told, groups, Tone::Plain, context));
    } else {
        findings.extend(of_failures(told, groups, Tone::Strong, context));
        findings.extend(besides());
    }
    findings
}

/// The conclusions, with the first in a tone.
fn of_failures(told: &Told<'_, '_>, groups: &[Group], first: Tone, context: &Context) -> Vec<Finding> {
    let Told { conclusions: told, usual, few, besides } = told;
    let total: u64 = groups.iter().map(Group::failures).sum();
    let several_groups = groups.iter().filter(|group| !group.causes.is_empty()).count() > 1;
    let is_one = told.len() == 1 && few.is_empty() && usual.is_empty();
    let mut findings = Vec::new();
    for (place, judged) in told.iter().take(SHOWN).enumerate() {
        let tone = match (place, judged.verdict.label) {
            (0, _) => first,
            (_, Label::Unclear) => Tone::Dim,
            _ => Tone::Plain,
        };
        findings.push(sentence(judged, several_groups, tone, context));
        let mut besides = judged.verdict.besides.clone();
        if !is_one {
            besides.push(when(&judged.facts, &judged.verdict, context));
        }
        besides.extend(estimated(&judged.facts, &judged.verdict));
        if !besides.is_empty() {
            findings.push(Finding { text: format!("({})", besides.join("; ")), tone: Tone::Dim, ..Finding::default() });
        }
    }
    // What bursts is told, if shortly; nothing is hidden behind a number of conclusions.
    let (bursts, rest): (Vec<&Conclusion<'_>>, Vec<&Conclusion<'_>>) =
        told.iter().skip(SHOWN).partition(|judged| judged.facts.is_burst() && is_of_service(judged));
    for judged in bursts.iter().take(SHORTLY) {
        let mut short = sentence(judged, several_groups, Tone::Plain, context);
        let aside = [when(&judged.facts, &judged.verdict, context)].into_iter();
        let aside: Vec<String> = aside.chain(estimated(&judged.facts, &judged.verdict)).collect();
        short.text = format!("{}; {}", short.text, aside.join("; "));
        findings.push(short);
    }
    findings.extend(more(&[bursts.get(SHORTLY..).unwrap_or_default(), &rest].concat(), context));
    findings.extend(too_few(few));
    findings.extend(as_usual(usual, told.is_empty() && few.is_empty() && besides.is_empty()));
    if total == 0 {
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

/// What clients do all the time, and what fails every day, by rule, in one line.
fn as_usual(usual: &[&Conclusion<'_>], is_all: bool) -> Option<Finding> {
    let (_, named) = by_rule(usual);
    let are_clients = usual.iter().all(|judged| !is_of_service(judged));
    let more = if are_clients { "; --status 4xx tells more" } else { "" };
    (!usual.is_empty()).then(|| Finding {
        label: "usual".to_owned(),
        text: format!("{named}: all through the window, no burst{more}"),
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
    format!("{} × {rules}, {times}{how}", human::count(verdict.failures))
}

/// That shares are estimated, where the bars that requests are counted by are much longer than the burst.
fn estimated(facts: &Facts<'_>, verdict: &Verdict) -> Option<String> {
    const MUCH: f64 = 0.9;
    let is_told = verdict.text.contains('%') && facts.covered() < MUCH;
    is_told.then(|| format!("shares estimated of counts per {}", length(facts.bars.time.step)))
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
fn unknown(told: &[&Conclusion<'_>], judged: &[Conclusion<'_>]) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for missing in told.iter().take(SHOWN).flat_map(|judged| &judged.verdict.missing) {
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
