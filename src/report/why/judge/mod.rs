//! Conclusions: from the facts of a burst to what it is likely to come from, what speaks against it, and what is not known.
//!
//! Pure functions. Every conclusion has a name in `patterns`, where its conditions are written down for people.

mod application;
mod concentration;
mod connection;
mod latency;
mod newcomers;
mod no_target;
mod patterns;
pub(super) mod phrases;
mod restart;
mod spread;
mod version;
mod waiting;

pub(super) use spread::checks_of;

#[cfg(test)]
pub use patterns::PATTERNS;
pub use patterns::Pattern;

use super::facts::{Facts, Shape};
use super::health::Health;
use super::rows::Context;
use super::rules::Family;
use crate::report::findings::Looked;

/// How sure a conclusion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    /// The evidence points here, and nothing in it elsewhere.
    Likely,
    /// The evidence fits, and would fit other things.
    Possible,
    /// It cannot be told.
    Unclear,
}

impl Label {
    /// As it is written in front.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::Unclear => "unclear",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) label: Label,
    pub(super) pattern: &'static Pattern,
    pub(super) text: String,
    /// What tells it from its neighbours, or speaks against it.
    pub(super) besides: Vec<String>,
    /// What is not known, and would decide.
    pub(super) missing: Vec<String>,
    /// The targets it is about; empty if it is about all or none.
    pub(super) targets: Vec<String>,
    /// How many failures it is about.
    pub(super) failures: u64,
    /// Failures of other families, or of other groups, that it is about too.
    pub(super) joined: u64,
    /// Who has them, if it is no target: a client, a route, a network.
    pub(super) who: Option<String>,
}

impl Verdict {
    fn new(label: Label, pattern: &'static Pattern, facts: &Facts<'_>, text: impl Into<String>) -> Self {
        Self {
            label,
            pattern,
            text: text.into(),
            besides: Vec::new(),
            missing: Vec::new(),
            targets: Vec::new(),
            failures: facts.failures,
            joined: 0,
            who: None,
        }
    }

    fn besides(mut self, text: impl Into<String>) -> Self {
        self.besides.push(text.into());
        self
    }

    fn missing(mut self, text: impl Into<String>) -> Self {
        self.missing.push(text.into());
        self
    }
}

/// What is needed to judge, besides the facts themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence<'e> {
    pub(super) health: &'e Health<'e>,
    pub(super) context: &'e Context,
    /// The requests, by who made them and where they went; none if the engine shows no rows.
    pub(super) looked: Option<&'e Looked>,
}

/// The conclusions about some failures; at least one.
pub(super) fn judge(facts: &Facts<'_>, evidence: &Evidence<'_>) -> Vec<Verdict> {
    if facts.shape == Shape::Few {
        return vec![too_few(facts)];
    }
    if let Some(verdict) = version::judge(facts).or_else(|| concentration::judge(facts, evidence)) {
        return vec![verdict];
    }
    let mut verdicts = match facts.family {
        Family::Connection => connection::judge(facts, evidence),
        Family::Waiting => waiting::judge(facts, evidence),
        Family::NoTarget => no_target::judge(facts, evidence),
        Family::Answered => application::answered(facts, evidence),
        Family::Lambda => application::lambda(facts, evidence),
        Family::Login | Family::Firewall | Family::Stream | Family::Request | Family::Setting | Family::Unknown => {
            vec![application::as_ruled(facts)]
        }
    };
    let first = verdicts.first_mut().filter(|verdict| verdict.pattern != patterns::ONE_CLIENT);
    if let (Some(verdict), Some(client)) = (first, one_client(facts)) {
        verdict.besides.push(format!("all from one client, {client}"));
    }
    if let (Some(verdict), Some(version)) = (verdicts.first_mut(), version::version(facts)) {
        verdict.besides.push(version.sentence());
    }
    verdicts
}

fn too_few(facts: &Facts<'_>) -> Verdict {
    let cause = facts.main_cause();
    let text = if facts.failures == 1 {
        format!("too few to tell: once {}", cause.rule.cause)
    } else {
        format!("too few to tell: {} times {}", facts.failures, cause.rule.cause)
    };
    Verdict::new(Label::Unclear, patterns::TOO_FEW, facts, text)
}

/// The client, if all failures of all causes that count have the same.
fn one_client<'f>(facts: &Facts<'f>) -> Option<&'f str> {
    let mut clients = facts.causes.iter().map(|(cause, _)| cause.client.as_deref());
    let first = clients.next()??;
    clients.all(|client| client == Some(first)).then_some(first)
}
