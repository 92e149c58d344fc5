//! Statements in which rare values are one: a part of the statement, a common table expression, gets another in front of
//! the rest in which every value that is not listed is replaced.
//!
//! What is rare is asked first, by a statement of its own over the same part. Values are told by their hashes, so that
//! long ones make no long statement.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};

use super::name;
use super::tokens::{Kind, Token, read};

/// What stands for all values that are not told apart.
pub const OTHERS: &str = "(all others)";

/// The function that gives a row's number, 0 or more.
pub const ROW_HASH: &str = "_row_hash";

/// Where a statement has columns of very many values, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folding {
    /// The common table expression.
    part: String,
    pub keys: Vec<FoldKey>,
}

/// Columns whose values together are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldKey {
    /// The first says what the others are about. One that begins with `-` has no value among the others, as is right for
    /// what is no text; nor has one that begins with `~`, whose values tell no rows apart.
    columns: Vec<String>,
    /// Of which rows frequent values are wanted beside those that are frequent at all.
    wanted: Option<String>,
}

/// The name of a column, without its mark.
fn plain(column: &str) -> &str {
    column.trim_start_matches(['-', '~'])
}

impl FoldKey {
    /// The column that says what they are.
    pub fn first(&self) -> &str {
        self.columns.first().map_or("", |column| plain(column))
    }

    /// The columns that tell rows apart.
    fn names(&self) -> impl Iterator<Item = String> {
        self.columns.iter().filter(|column| !column.starts_with('~')).map(|column| name(plain(column)))
    }

    fn hash(&self) -> String {
        format!("{ROW_HASH}({})", self.names().collect::<Vec<_>>().join(", "))
    }

    fn is_there(&self) -> String {
        self.names().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" OR ")
    }
}

impl Folding {
    /// `prepared: name, elb -port if is_failed`: the part, its keys, and for each what is wanted most.
    ///
    /// # Errors
    /// When it is written otherwise.
    pub fn parse(text: &str) -> Result<Self> {
        const EXPECTED: &str = "expected `part: column … [if condition], …`";
        let (part, keys) = text.split_once(':').context(EXPECTED)?;
        let key = |text: &str| {
            let (columns, wanted) = text.split_once(" if ").map_or((text, None), |(columns, it)| (columns, Some(it)));
            let columns: Vec<String> = columns.split_whitespace().map(ToOwned::to_owned).collect();
            if columns.first().is_none_or(|first| first.starts_with('~')) {
                bail!("{EXPECTED}: {text}");
            }
            Ok(FoldKey { columns, wanted: wanted.map(|it| it.trim().to_owned()) })
        };
        Ok(Self { part: part.trim().to_owned(), keys: keys.split(',').map(key).collect::<Result<_>>()? })
    }

    /// The statement that asks for the number of every row of the part, for each key twice: of all rows that have one of
    /// its values, and of those that are wanted.
    ///
    /// # Errors
    /// When the statement has no such part.
    pub fn numbers(&self, sql: &str) -> Result<String> {
        let (_, end) = self.place(sql)?;
        let mut columns = String::new();
        for (index, key) in self.keys.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let (hash, is_there) = (key.hash(), key.is_there());
            let wanted = key.wanted.as_deref().unwrap_or("FALSE");
            let _ = write!(
                columns,
                "{comma}CASE WHEN {is_there} THEN {hash} END AS a{index}, CASE WHEN ({wanted}) AND ({is_there}) THEN {hash} END AS w{index}"
            );
        }
        Ok(format!("{} SELECT {columns} FROM {}", &sql[..end], name(&self.part)))
    }

    /// The statement in which all values of a key are [`OTHERS`] but those of the rows with these numbers, a list for each
    /// key. What is NULL stays so.
    ///
    /// # Errors
    /// When the statement has no such part.
    pub fn folded(&self, sql: &str, kept: &[Vec<u64>]) -> Result<String> {
        let (start, end) = self.place(sql)?;
        let (part, whole) = (name(&self.part), name(&format!("{}_unfolded", self.part)));
        let (mut replaced, mut flags) = (Vec::new(), Vec::new());
        for (index, (key, kept)) in self.keys.iter().zip(kept).enumerate() {
            let flag = format!("is_kept_{index}");
            // No row has a number below 0.
            let mut numbers = "0 - 1".to_owned();
            for number in kept {
                // Writing to a String cannot fail.
                let _ = write!(numbers, ", {number}");
            }
            flags.push(format!("{} IN ({numbers}) AS {flag}", key.hash()));
            for column in &key.columns {
                let name = name(plain(column));
                let other = if column.starts_with(['-', '~']) { "NULL".to_owned() } else { format!("'{OTHERS}'") };
                replaced
                    .push(format!("CASE WHEN {flag} THEN {name} WHEN {name} IS NOT NULL THEN {other} END AS {name}"));
            }
        }
        Ok(format!(
            "{}{whole}{}, {part} AS (SELECT * REPLACE ({}) FROM (SELECT *, {} FROM {whole}) AS flagged){}",
            &sql[..start],
            &sql[start + self.part.len()..end],
            replaced.join(", "),
            flags.join(", "),
            &sql[end..]
        ))
    }

    /// Where the part begins, with its name, and ends, with its parenthesis.
    fn place(&self, sql: &str) -> Result<(usize, usize)> {
        let tokens = read(sql)?;
        let is_part = |window: &[Token]| {
            window[0].is_word(&self.part) && window[1].is_word("as") && window[2].kind == Kind::Symbol("(")
        };
        let at = tokens.windows(3).position(is_part).with_context(|| format!("no part `{} AS (…)`", self.part))?;
        let mut depth = 0;
        for token in &tokens[at + 2..] {
            match token.kind {
                Kind::Symbol("(") => depth += 1,
                Kind::Symbol(")") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Ok((tokens[at].start, token.start + 1));
            }
        }
        bail!("part {} does not end", self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str =
        "WITH a AS (SELECT (1) AS x), b AS (SELECT x, x AS y FROM a) SELECT x, count(*) FROM b GROUP BY x";

    #[test]
    fn the_part_is_asked_for_numbers_of_its_rows() {
        let folding = Folding::parse("b: x -y if y > 1").unwrap();
        assert_eq!(
            folding.numbers(SQL).unwrap(),
            "WITH a AS (SELECT (1) AS x), b AS (SELECT x, x AS y FROM a) SELECT CASE WHEN \"x\" IS NOT NULL OR \"y\" IS NOT \
             NULL THEN _row_hash(\"x\", \"y\") END AS a0, CASE WHEN (y > 1) AND (\"x\" IS NOT NULL OR \"y\" IS NOT NULL) THEN \
             _row_hash(\"x\", \"y\") END AS w0 FROM \"b\""
        );
    }

    #[test]
    fn what_is_not_kept_becomes_one() {
        let folding = Folding::parse("b: x -y").unwrap();
        assert_eq!(
            folding.folded(SQL, &[vec![7, 9]]).unwrap(),
            "WITH a AS (SELECT (1) AS x), \"b_unfolded\" AS (SELECT x, x AS y FROM a), \"b\" AS (SELECT * REPLACE (CASE WHEN \
             is_kept_0 THEN \"x\" WHEN \"x\" IS NOT NULL THEN '(all others)' END AS \"x\", CASE WHEN is_kept_0 THEN \"y\" WHEN \
             \"y\" IS NOT NULL THEN NULL END AS \"y\") FROM (SELECT *, _row_hash(\"x\", \"y\") IN (0 - 1, 7, 9) AS is_kept_0 FROM \
             \"b_unfolded\") AS flagged) SELECT x, count(*) FROM b GROUP BY x"
        );
        let cleared = Folding::parse("b: x ~y").unwrap().folded(SQL, &[vec![7]]).unwrap();
        assert!(
            cleared.contains("WHEN \"y\" IS NOT NULL THEN NULL END") && cleared.contains("_row_hash(\"x\") IN"),
            "{cleared}"
        );
        assert!(Folding::parse("c: x").unwrap().folded(SQL, &[vec![]]).is_err());
        for wrong in ["b", "b:", "b: ~x", "b: x,"] {
            assert!(Folding::parse(wrong).is_err(), "{wrong}");
        }
    }
}
