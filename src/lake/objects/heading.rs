//! What people are told of a listing beside its counts.

use std::ops::Range;

/// What people are told beside the counts.
#[derive(Debug, Clone)]
pub struct Heading {
    /// `prod = s3://acme-alb-logs`
    pub source: String,
    /// The time of the bars, if it is known.
    pub span: Option<Range<i64>>,
    /// How long after the window objects are read, too; microseconds.
    pub margin: i64,
    /// The next thing to type, a word each.
    pub next: Vec<String>,
}
