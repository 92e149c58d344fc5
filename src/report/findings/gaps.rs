//! How it is told that nodes delivered nothing for a while. Pure.

use std::collections::{BTreeMap, BTreeSet};

use alblog::time::Iso;

use super::data::{FindingData, interval};
use super::words::Words;
use super::{Confidence, Finding};
use crate::output::human;
use crate::report::gaps::{Gap, Told, told};
use crate::report::next::objects;

impl Words<'_> {
    /// What was not delivered, as a finding of its own.
    pub(super) fn not_delivered(&self, gaps: &[Gap], flags: &[String]) -> Option<Finding> {
        let (first, Told { which, others }) = told(gaps)?;
        let time = format!("{}–{}", self.clock(first.time.start), self.clock(first.time.end));
        let mut sentence = format!(
            "{}: {which} delivered no access log {time}, and did before and after: rows of that time are missing, so fewer requests then are no drop",
            self.name(&first.elb)
        );
        if let Some(others) = others {
            sentence += "; ";
            sentence += &others;
        }
        let elbs: BTreeSet<&str> = gaps.iter().map(|gap| gap.elb.as_str()).collect();
        let evidence = (elbs.len() > 1)
            .then(|| format!("load balancers with gaps: {}", human::count(elbs.len() as u64)))
            .into_iter()
            .collect();
        Some(Finding {
            confidence: Confidence::Likely,
            who: format!("{}: {which}", self.name(&first.elb)),
            sentence,
            evidence,
            time: first.time.clone(),
            shows: Vec::new(),
            next: objects(flags),
            data: FindingData {
                kind: "not_delivered",
                who: BTreeMap::from([("elb", first.elb.clone()), ("node", first.node.clone())]),
                what: "no access log delivered".to_owned(),
                observed: 0.0,
                usual: 1.0,
                excess: 0.0,
                requests: 0,
                same_day_before: None,
                from: Iso(first.time.start).to_string(),
                until: Iso(first.time.end).to_string(),
                intervals: gaps.iter().map(|gap| interval(&gap.time)).collect(),
                harm: 0.0,
                score: 0.0,
            },
        })
    }
}
