//! Configuration. For now the values that people write in files, variables and flags.

mod size;
mod timespan;
mod value;

pub use size::ByteSize;
pub use timespan::TimeSpan;
pub use value::Unreadable;
