//! Columns of requests that tell whose the target's address was, for statements that name them.

use anyhow::Result;

use super::tokens::read;
use crate::base::tables::Table;

/// The function that tells whose an address was.
pub const HOLDER_OF: &str = "holder_of";

/// The columns, and what the function is asked for each.
const COLUMNS: [(&str, &str); 5] = [
    ("target_pod", "pod"),
    ("target_workload", "workload"),
    ("target_node", "node"),
    ("target_zone", "zone"),
    ("target_version", "version"),
];

/// Definitions of those columns of a table that a statement names. They are NULL where the engine has no such function.
///
/// # Errors
/// When a quote or comment is not closed.
pub fn holder_columns(sql: &str, table: Table, is_known: bool) -> Result<Vec<String>> {
    if table != Table::Requests {
        return Ok(Vec::new());
    }
    let tokens = read(sql)?;
    let named = COLUMNS.iter().filter(|(name, _)| tokens.iter().any(|token| token.is_word(name)));
    let defined = |(name, what): &(&str, &str)| {
        let holder = format!("{HOLDER_OF}('{what}', target_group_arn, target_ip, target_port, time)");
        let expression = if is_known { holder.as_str() } else { "CAST(NULL AS varchar)" };
        format!("{expression} AS {name}")
    };
    Ok(named.map(defined).collect())
}

/// Whether a statement names any of them.
///
/// # Errors
/// As [`holder_columns`].
pub fn names_holders(sql: &str) -> Result<bool> {
    Ok(!holder_columns(sql, Table::Requests, true)?.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_are_named_are_defined() {
        let columns = |sql: &str, is_known| holder_columns(sql, Table::Requests, is_known).unwrap();
        assert_eq!(
            columns("SELECT Target_Pod, count(*) FROM requests -- target_zone", true),
            ["holder_of('pod', target_group_arn, target_ip, target_port, time) AS target_pod"]
        );
        assert_eq!(
            columns("SELECT r.target_version FROM requests r", false),
            ["CAST(NULL AS varchar) AS target_version"]
        );
        assert!(columns("SELECT 'target_pod' FROM requests", true).is_empty());
        assert!(holder_columns("SELECT target_pod", Table::HealthChecks, true).unwrap().is_empty());
    }
}
