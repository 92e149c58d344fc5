//! Statements that ask nothing: those that define tables, which Athena needs before it answers and nobody needs here, and those that
//! write. Each is refused with what to do instead.

use datafusion::common::{DataFusionError, Result};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::TableNames;
use crate::base::message::Message;

/// How statements begin that define a table.
const DEFINITIONS: [&str; 8] = [
    "create external table",
    "create table",
    "create or replace view",
    "create view",
    "msck repair table",
    "alter table",
    "show partitions",
    "drop table",
];

const READ: &str = "is not allowed: queries only read";
const WRITES_ROWS: &str = "albstats query -o rows.parquet 'SELECT …' writes rows to a file";
const BINDS: &str = "write :name in a statement and give --set name=value";
const QUALIFIED: &str = "SHOW TABLES lists the tables; any database may stand before their names";

/// How others begin, what is said of them, and what to do.
const OTHERS: [(&str, &str, &str); 20] = [
    ("analyze", READ, ""),
    ("call", READ, ""),
    ("comment", READ, ""),
    ("deallocate", READ, BINDS),
    ("delete", READ, ""),
    ("execute", READ, BINDS),
    ("grant", READ, ""),
    ("insert", READ, WRITES_ROWS),
    ("merge", READ, ""),
    ("optimize", READ, ""),
    ("prepare", READ, BINDS),
    ("revoke", READ, ""),
    (
        "show create",
        "is not here",
        "albstats athena ddl prints CREATE EXTERNAL TABLE; albstats schema alb_access_logs its columns",
    ),
    ("show catalogs", "is not here", QUALIFIED),
    ("show databases", "is not here", QUALIFIED),
    ("show schemas", "is not here", QUALIFIED),
    ("unload", READ, WRITES_ROWS),
    ("update", READ, ""),
    ("use", "is not needed", QUALIFIED),
    ("vacuum", READ, ""),
];

/// Refuses what is no query.
///
/// # Errors
/// With what to do instead. What else is none is left to the engine, which refuses it.
pub(super) fn refuse(sql: &str, names: &TableNames) -> Result<()> {
    let words = first_words(sql);
    let text = words.join(" ");
    let begins =
        |beginning: &&str| text.strip_prefix(*beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let (message, hint) = if let Some(beginning) = DEFINITIONS.iter().copied().find(|beginning| begins(beginning)) {
        let rest = &words[beginning.split(' ').count()..];
        if !rest.iter().any(|word| names.table(word).is_some()) {
            return Ok(());
        }
        let asks = rest.iter().any(|word| word == "select" || word == "with" && rest.contains(&"as".to_owned()));
        if beginning == "create table" && asks {
            (format!("CREATE TABLE … AS {READ}"), WRITES_ROWS)
        } else {
            let message =
                format!("{} is not needed: the table is there, with every day of the logs", beginning.to_uppercase());
            (message, "ask it at once: SELECT * FROM alb_access_logs LIMIT 10")
        }
    } else if let Some((beginning, said, hint)) = OTHERS.iter().find(|(beginning, ..)| begins(beginning)) {
        (format!("{} {said}", beginning.to_uppercase()), *hint)
    } else {
        return Ok(());
    };
    let message = Message::new(message);
    let message = if hint.is_empty() { message } else { message.hint(hint) };
    Err(DataFusionError::External(Box::new(message)))
}

/// The words that a statement begins with, in small letters.
fn first_words(sql: &str) -> Vec<String> {
    let tokens = Tokenizer::new(&GenericDialect {}, sql).tokenize().unwrap_or_default();
    let words = tokens.into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    });
    words.take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(sql: &str) -> Option<String> {
        refuse(sql, &TableNames::default()).err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_no_query_is_refused_with_what_to_do() {
        for (sql, words) in [
            ("SHOW CREATE TABLE alb_logs", "SHOW CREATE is not here"),
            ("-- mine\nshow create table alb_logs", "SHOW CREATE is not here"),
            ("MSCK REPAIR TABLE alb_logs", "MSCK REPAIR TABLE is not needed"),
            ("CREATE TABLE t WITH (format = 'PARQUET') AS SELECT * FROM alb_logs", "CREATE TABLE … AS is not allowed"),
            ("CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`alb_logs` (time string)", "is not needed"),
            ("UNLOAD (SELECT 1) TO 's3://bucket/rows'", "UNLOAD is not allowed"),
            ("USE logs", "USE is not needed"),
        ] {
            assert!(said(sql).is_some_and(|said| said.contains(words)), "{sql}: {:?}", said(sql));
        }
        for sql in ["SELECT 1", "SHOW TABLES", "DESCRIBE alb_logs", "WITH a AS (SELECT 1) SELECT * FROM a", "used"] {
            assert_eq!(said(sql), None, "{sql}");
        }
    }
}
