//! AWS Application Load Balancer logs: bytes in, Arrow record batches out.
//!
//! Responsible for what a log line and an object key *mean*: the columns of each kind of log, splitting a line into
//! fields, turning fields into typed columns, and reading an object's name. Not responsible for where bytes come
//! from or go to: no I/O, no async, no decompression, no SQL, no AWS.
//!
//! Start at [`Decoder`] for reading lines, [`LogKey`] for object names, [`LogKind::columns`] for what comes out.
//! A line goes `lines` → `fields` → `values` → `builders` (`texts`); `decoder` ties them together.

mod builders;
pub mod columns;
mod condition;
mod decoder;
mod fields;
pub mod key;
mod kind;
mod lines;
pub mod partition;
mod rejected;
mod stats;
mod structure;
mod texts;
pub mod time;
mod values;

pub use builders::ObjectContext;
pub use columns::{Column, ValueType};
pub use condition::Condition;
pub use decoder::{DEFAULT_BATCH_SIZE, Decoder, DecoderBuilder};
pub use fields::Fields;
pub use key::{LogKey, ObjectName, SkipReason};
pub use kind::LogKind;
pub use lines::{MAX_LINE, MAX_REJECTED_TEXT};
pub use rejected::{RejectReason, RejectedLine};
pub use stats::Stats;
