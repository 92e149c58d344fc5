//! Statements that define tables, which Athena needs before it answers and nobody needs here.

use datafusion::common::{DataFusionError, Result};

use super::TableNames;
use crate::base::message::Message;

/// How such statements begin.
const BEGINNINGS: [&str; 8] = [
    "create external table",
    "create table",
    "create or replace view",
    "create view",
    "msck repair table",
    "alter table",
    "show partitions",
    "drop table",
];

/// Refuses to define a documented table.
pub(super) fn refuse(sql: &str, names: &TableNames) -> Result<()> {
    let words: Vec<String> = sql.split_whitespace().take(12).map(str::to_lowercase).collect();
    let text = words.join(" ");
    let Some(beginning) = BEGINNINGS.iter().find(|beginning| text.starts_with(**beginning)) else { return Ok(()) };
    let is_name = |char: char| !(char.is_ascii_alphanumeric() || char == '_');
    let is_documented = text[beginning.len()..].split(is_name).any(|word| names.table(word).is_some());
    if !is_documented {
        return Ok(());
    }
    let message = format!("{} is not needed: the table is there, with every day of the logs", beginning.to_uppercase());
    let message = Message::new(message).hint("ask it at once: SELECT * FROM alb_access_logs LIMIT 10");
    Err(DataFusionError::External(Box::new(message)))
}
