//! What everything else stands on: configuration, places, tables, how runs end, and who we are to AWS.

pub mod aws;
pub mod bug;
pub mod causes;
pub mod clock;
pub mod config;
pub mod counts;
pub mod heavy_hitters;
pub mod lock_file;
pub mod message;
pub mod metrics_text;
pub mod nearest;
pub mod outcome;
pub mod pattern;
pub mod place;
pub mod probes;
pub mod s3_address;
pub mod shell;
pub mod shown;
pub mod tables;
pub mod telemetry;
pub mod whole_file;
