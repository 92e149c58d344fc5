//! SQL and reports over the logs of AWS Application Load Balancers.
//!
//! Floors, from the top: [`cli`]; [`report`] over [`ask`]; [`lake`] over [`fleet`] over [`read`]; [`output`] over [`base`].
//! Imports go down only. See `docs/architecture.md`.

pub mod ask;
pub mod base;
pub mod cli;
pub mod fleet;
pub mod lake;
pub mod output;
pub mod read;
pub mod report;
