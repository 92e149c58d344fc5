//! What everything else stands on: configuration, places, tables, how runs end, and who we are to AWS.

pub mod aws;
pub mod bug;
pub mod config;
pub mod nearest;
pub mod outcome;
pub mod place;
pub mod tables;
pub mod telemetry;
