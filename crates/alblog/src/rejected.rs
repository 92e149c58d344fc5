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
    /// The quoted field at this position (from 1) goes on behind its closing quote: a quote in it is not escaped as AWS does.
    BrokenQuotes(usize),
    /// The quoted field at this position (from 1) never ends.
    OpenQuote(usize),
    /// The field at this position (from 1) is another one's, by its shape: fields are missing or too many.
    OutOfPlace {
        /// Which field.
        position: usize,
        /// The kind it seems to be.
        looks_like: Option<LogKind>,
    },
    /// The last line of an object, which ends in the middle of it.
    CutShort {
        /// Fields the line has.
        found: usize,
        /// Fields that lines of the object have.
        usual: usize,
    },
    /// Another line begins within it: the line end between them is lost.
    SeveralLines,
}

impl RejectReason {
    /// The kind of log that the line seems to be of, if that is another one.
    #[must_use]
    pub fn looks_like(self) -> Option<LogKind> {
        match self {
            Self::TooFewFields { looks_like, kind, .. } => looks_like.filter(|other| *other != kind),
            Self::UnreadableTime { looks_like } | Self::OutOfPlace { looks_like, .. } => looks_like,
            _ => None,
        }
    }
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
            Self::OutOfPlace { position, looks_like } => {
                write!(f, "field {position} is not what it should be: fields are missing, or too many")?;
                looks_like
            }
            Self::TooLong => return write!(f, "longer than {} KiB", MAX_LINE >> 10),
            Self::NoType => return f.write_str("its first field is no type of connection, such as https"),
            Self::NotQuoted(position) => return write!(f, "field {position} is not in quotes, as it is in every line"),
            Self::Quoted(position) => return write!(f, "field {position} is in quotes, as it is in no line"),
            Self::BrokenQuotes(position) => return write!(f, "a quote within field {position} is not escaped"),
            Self::OpenQuote(position) => return write!(f, "the quotes of field {position} are not closed"),
            Self::CutShort { found, usual } => {
                return write!(f, "the object ends in the middle of the line: {found} fields, others have {usual}");
            }
            Self::SeveralLines => return f.write_str("several lines without line ends between them"),
        };
        match looks_like {
            Some(kind) => write!(f, " (looks like a line of the {kind} log)"),
            None => Ok(()),
        }
    }
}
