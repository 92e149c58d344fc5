//! What the program prints: one file per format, and the only folder that writes standard output.

mod format;
pub mod human;

pub use format::{Format, UnknownFormat};
