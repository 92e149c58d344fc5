//! One question to one engine: this program's own (`query`) or Athena, SQL as text for either, and what is asked
//! about (`selection`).

pub mod athena;
pub mod query;
pub mod selection;
pub mod sql;
