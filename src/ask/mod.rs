//! One question to one engine: this program's own (`query`) or Athena, and SQL as text for either.

pub mod athena;
pub mod query;
pub mod sql;
