//! AWS Application Load Balancer logs: bytes in, Arrow record batches out.
//!
//! Responsible for what a log line and an object key *mean*: the columns of each kind of log, splitting a line into
//! fields, turning fields into typed columns, and reading an object's name. Not responsible for where bytes come
//! from or go to: no I/O, no async, no decompression, no SQL, no AWS.
//!
//! Start at [`Decoder`] for reading lines, [`LogKey`] for object names, [`LogKind::columns`] for what comes out.
//!

pub mod columns;
pub mod key;
mod kind;
#[cfg(feature = "synth")]
pub mod synth;
pub mod time;

pub use columns::{Column, ValueType};
pub use key::{LogKey, ObjectName, SkipReason};
pub use kind::LogKind;
