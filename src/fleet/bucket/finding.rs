//! What a check found, and what follows from all of it.

use std::fmt;

use crate::base::aws::Refusal;

/// How good it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Good,
    /// Logs are written all the same.
    Notice,
    /// It cannot be seen.
    Unknown,
    /// Logs cannot be written.
    Problem,
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was checked: `policy`, `encryption`, …
    pub check: &'static str,
    /// How good it is.
    pub level: Level,
    pub text: String,
    /// What to type, or what to change.
    pub fix: Option<String>,
}

/// Whether a load balancer may be told to write there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All that logs depend on is as it should be.
    Ready,
    /// Something that logs depend on could not be seen: only trying tells.
    Unknown,
    /// Logs cannot be written.
    Blocked {
        /// Why.
        reason: String,
        /// What to type, or what to change.
        fix: String,
    },
}

/// Checks that say nothing about whether logs are written.
const INCIDENTAL: [&str; 4] = ["public access", "ownership", "lifecycle", "notification"];

/// What follows from the findings: the first problem blocks.
pub fn verdict(findings: &[Finding]) -> Verdict {
    let decisive = || findings.iter().filter(|finding| !INCIDENTAL.contains(&finding.check));
    if let Some(problem) = decisive().find(|finding| finding.level == Level::Problem) {
        return Verdict::Blocked { reason: problem.text.clone(), fix: problem.fix.clone().unwrap_or_default() };
    }
    if decisive().any(|finding| finding.level == Level::Unknown) { Verdict::Unknown } else { Verdict::Ready }
}

impl Finding {
    pub(super) fn good(check: &'static str, text: impl Into<String>) -> Self {
        Self { check, level: Level::Good, text: text.into(), fix: None }
    }

    pub(super) fn notice(check: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, level: Level::Notice, text: text.into(), fix: Some(fix.into()) }
    }

    pub(super) fn unknown(check: &'static str, text: impl fmt::Display, fix: impl Into<String>) -> Self {
        Self { check, level: Level::Unknown, text: format!("not known: {text}"), fix: Some(fix.into()) }
    }

    pub(super) fn problem(check: &'static str, text: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, level: Level::Problem, text: text.into(), fix: Some(fix.into()) }
    }

    /// What could not be seen, and what would let it be seen.
    pub(super) fn unseen(check: &'static str, refusal: &Refusal) -> Self {
        let fix = match refusal {
            Refusal::Denied { action, .. } => format!("allow {action}, or ask as the bucket's owner"),
            _ => "try again".to_owned(),
        };
        let text = match refusal {
            Refusal::Denied { action, .. } => format!("access denied: {action}"),
            other => other.to_string(),
        };
        Self::unknown(check, text, fix)
    }
}

impl Level {
    /// `good`, `notice`, `unknown` or `problem`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Notice => "notice",
            Self::Unknown => "unknown",
            Self::Problem => "problem",
        }
    }
}
