//! Lines that could not become rows: which, why, and a bounded piece of their text.

use std::fmt;

use crate::LogKind;
use crate::lines::MAX_LINE;

/// A line that could not become a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedLine {
    /// Number of the line in its object, from 1.
    pub line_number: u64,
    /// Why.
    pub reason: RejectReason,
    /// At most 4 KiB of the line; bytes that are not UTF-8 as `\xHH`. It holds what clients sent: not for logs.
    pub text: String,
}

/// Why a line is not a row of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    /// Fewer fields than any era of the kind had.
    TooFewFields {
        /// Fields the line has.
        found: usize,
        /// The kind it was read as.
        kind: LogKind,
        /// The kind it seems to be.
        looks_like: Option<LogKind>,
    },
    /// The field that should hold the row's time does not.
    UnreadableTime {
        /// The kind it seems to be.
        looks_like: Option<LogKind>,
    },
    /// Longer than 64 KiB.
    TooLong,
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let looks_like = match self {
            Self::TooFewFields { found, kind, looks_like } => {
                let plural = if *found == 1 { "" } else { "s" };
                write!(f, "{found} field{plural}, the shortest {kind} line has {}", kind.min_fields())?;
                looks_like
            }
            Self::UnreadableTime { looks_like } => {
                f.write_str("unreadable time")?;
                looks_like
            }
            Self::TooLong => return write!(f, "longer than {} KiB", MAX_LINE >> 10),
        };
        match looks_like {
            Some(kind) => write!(f, " (looks like a line of the {kind} log)"),
            None => Ok(()),
        }
    }
}
