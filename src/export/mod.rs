//! Exports: log objects to Parquet files that every engine reads.

mod content;
mod encode;
mod redact;
#[cfg(test)]
mod tests;

pub use content::{ContentOptions, EncodedFile, OpenFile, SlotContent, encode_objects};
pub use encode::{Encoded, Encoder, FileSink, stored_columns, stored_schema};
pub use redact::{Redacted, Redaction, UnknownRedaction};
