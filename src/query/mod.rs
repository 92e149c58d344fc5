//! query

pub mod functions;
