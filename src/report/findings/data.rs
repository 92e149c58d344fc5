//! Findings for programs: names that stay.

use std::collections::BTreeMap;

use serde::Serialize;

/// A finding as JSON has it. Times are RFC 3339, UTC; rates are parts of one, times seconds.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FindingData {
    /// `failures`, `slower`, `more_traffic`, …
    pub(super) kind: &'static str,
    /// Values of dimensions that name who: `target`, `target_group`, `elb`, `path`, `host`, `client`, …
    pub(super) who: BTreeMap<&'static str, String>,
    /// What it is, in words.
    pub(super) what: String,
    /// What was counted for each of what it is counted of: a share, seconds, requests a second.
    pub(super) observed: f64,
    pub(super) usual: f64,
    /// How many more than usual: failures, requests; of times the seconds waited longer, all together.
    pub(super) excess: f64,
    /// Requests (or connections) of it in this time.
    pub(super) requests: u64,
    pub(super) from: String,
    pub(super) until: String,
    /// What it cost, as seconds of waiting; findings are sorted by it.
    pub(super) harm: f64,
    /// How far it is from chance: the logarithm of a likelihood ratio.
    pub(super) score: f64,
}
