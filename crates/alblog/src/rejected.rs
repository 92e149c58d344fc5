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
    /// Its first field cannot be a type of connection: it holds a brace, a quote, a backslash or the like.
    NoType,
    /// The field at this position (from 1), which AWS writes in quotes, has none: fields are missing or too many.
    NotQuoted(usize),
    /// The field at this position (from 1), which AWS writes bare, is quoted: fields are missing or too many.
    Quoted(usize),
    /// Another line begins within it: the line end between them is lost.
    SeveralLines,
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
            Self::NoType => return f.write_str("its first field is no type of connection, such as https"),
            Self::NotQuoted(position) => return write!(f, "field {position} is not in quotes, as it is in every line"),
            Self::Quoted(position) => return write!(f, "field {position} is in quotes, as it is in no line"),
            Self::SeveralLines => return f.write_str("several lines without line ends between them"),
        };
        match looks_like {
            Some(kind) => write!(f, " (looks like a line of the {kind} log)"),
            None => Ok(()),
        }
    }
}
