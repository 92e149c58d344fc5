//! Conclusions for programs: names that stay.

use alblog::time::Iso;
use serde_json::{Map, Value, json};

use super::facts::{Edges, Facts, Shape, Share};
use super::judge::Verdict;
use super::judge::phrases::group_title;
use super::rows::Context;
use crate::report::findings::{Finding, list};

/// What `why` has for programs beside the rows of its table of causes.
pub(super) fn data<'c>(
    conclusions: impl Iterator<Item = (&'c Facts<'c>, &'c Verdict)>,
    besides: &[&Finding],
    context: &Context,
) -> Map<String, Value> {
    let all: Vec<Value> = conclusions.map(|(facts, verdict)| conclusion(facts, verdict, context)).collect();
    let mut data = Map::new();
    data.insert("report".to_owned(), "why".into());
    data.insert("from".to_owned(), Iso(context.window.start).to_string().into());
    data.insert("until".to_owned(), Iso(context.window.end).to_string().into());
    data.insert("conclusions".to_owned(), all.into());
    data.insert("findings".to_owned(), list(besides.iter().copied()));
    data
}

fn conclusion(facts: &Facts<'_>, verdict: &Verdict, context: &Context) -> Value {
    let (shape, edges) = match facts.shape {
        Shape::Few => ("few", None),
        Shape::Steady => ("steady", None),
        Shape::Burst(edges) => ("burst", Some(edges)),
    };
    let is_named = |share: &&Share<'_>| verdict.targets.iter().any(|name| name == share.name);
    let pods: Vec<Value> = facts.targets.iter().filter(is_named).filter_map(|share| Some(share.pod?.data())).collect();
    json!({
        "confidence": verdict.label.text(),
        "pattern": verdict.pattern.id,
        "sentence": verdict.text,
        "evidence": verdict.besides,
        "not_known": verdict.missing,
        "elb": facts.group.elb,
        "target_group_arn": facts.group.target_group,
        "target_group": group_title(&facts.group.elb, facts.group.target_group.as_deref(), context),
        "targets": verdict.targets,
        "pods": pods,
        "who": verdict.who,
        "rules": facts.rules(),
        "failures": verdict.failures + verdict.joined,
        "shape": shape,
        "from": Iso(facts.first).to_string(),
        "until": Iso(facts.last).to_string(),
        "ongoing": edges.is_some_and(|Edges { ongoing, .. }| ongoing),
        "from_start": edges.is_some_and(|Edges { from_start, .. }| from_start),
    })
}
