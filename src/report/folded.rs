//! Reports of more values than fit in memory: the most frequent are counted one by one, all others together.
//!
//! Whoever sends requests chooses their hosts, paths, names of programs and, with enough machines, addresses: a report
//! over them is to be answered whatever they choose. A statement that ends for want of memory is asked again over two
//! passes: one finds the frequent values of the columns that its file names (`fold:`), the other is the statement itself
//! in which all others are one. Sums over everything stay what they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Error, Result};
use arrow::array::RecordBatch;

use super::answer::Answer;
use super::engine::Ask;
use super::query_file::QueryFile;
use crate::ask::query::{Fault, Observer, QueryError};
use crate::ask::sql::{FoldKey, Folding, OTHERS, Scalar};
use crate::base::heavy_hitters::HeavyHitters;
use crate::output::document::Unit;
use crate::output::human;

/// Memory for each value that is told apart: its row and its bars, with percentiles, in every operator that has them.
const MEMORY_OF_ONE: usize = 32 << 10;
/// However little memory there is, so many are tried first. All that make a thousandth of the rows are among the half of them.
const FEWEST: usize = 2000;

/// Values that are one in an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded {
    /// The column that calls them [`OTHERS`].
    column: String,
    /// How many different ones there are in all, nearly.
    different: u64,
    /// How many of them are told apart.
    told_apart: u64,
    /// Rows of logs with the others, and what the report calls these rows.
    others: Option<(u64, String)>,
    /// Memory that was not enough, bytes.
    memory: usize,
}

impl Folded {
    /// `host: about 1,000,000 different ones are more than fit in 64 MiB of memory; …`
    pub fn notice(&self, file: &QueryFile, by: Option<&str>) -> String {
        let what = if self.column == "name" { file.words_by(by) } else { self.column.replace('_', " ") };
        let others = match &self.others {
            Some((rows, what)) => format!(" ({} {what})", human::count(*rows)),
            None => String::new(),
        };
        format!(
            "{what}: about {} different ones are more than fit in {} MiB of memory; the {} most frequent are counted one \
             by one, all others{others} together",
            human::count(self.different),
            self.memory >> 20,
            human::count(self.told_apart),
        )
    }

    /// Whether it is about this column.
    pub fn is_of(&self, column: &str) -> bool {
        self.column == column
    }

    /// How many values are together, nearly.
    pub fn together(&self) -> u64 {
        self.different.saturating_sub(self.told_apart)
    }
}

/// Asks a file's statement; where it needs more memory than there is, with rare values as one. `observer` sees the rows that
/// the last attempt reads.
///
/// # Errors
/// When the engine fails, or needs too much all the same.
pub(super) async fn ask(
    engine: &dyn Ask,
    file: &QueryFile,
    sql: &str,
    values: &BTreeMap<String, Scalar>,
    observer: Option<&Arc<dyn Observer>>,
) -> Result<(Answer, Vec<Folded>)> {
    let error = match ask_once(engine, sql, values, observer).await {
        Ok(batches) => return Ok((Answer::new(&batches)?, Vec::new())),
        Err(error) => error,
    };
    match (&file.folding, engine.memory()) {
        (Some(folding), Some(memory)) if is_exhausted(&error) && engine.reads_again() => {
            let frequent = engine.frequent(&folding.numbers(sql)?, values).await?;
            let mut most = (memory / MEMORY_OF_ONE).max(FEWEST);
            loop {
                let kept: Vec<Vec<u64>> = frequent.chunks(2).map(|columns| kept(columns, most)).collect();
                match ask_once(engine, &folding.folded(sql, &kept)?, values, observer).await {
                    Err(error) if is_exhausted(&error) && most > 1 => most /= 4,
                    answer => return together(folding, file, &Answer::new(&answer?)?, &frequent, &kept, memory),
                }
            }
        }
        _ => Err(error),
    }
}

/// Asks; who observes the rows forgets those of an attempt before.
async fn ask_once(
    engine: &dyn Ask,
    sql: &str,
    values: &BTreeMap<String, Scalar>,
    observer: Option<&Arc<dyn Observer>>,
) -> Result<Vec<RecordBatch>> {
    match observer {
        Some(observer) => {
            observer.begin();
            engine.ask_observed(sql, values, observer).await
        }
        None => engine.ask(sql, values).await,
    }
}

/// Whether less would be answered.
pub(super) fn is_exhausted(error: &Error) -> bool {
    error.downcast_ref::<QueryError>().is_some_and(|error| error.fault() == Fault::Bounds)
}

/// Of all rows and of those that are wanted, the most frequent: half of the places for either, and what is left over by
/// one for the other.
fn kept(columns: &[HeavyHitters], most: usize) -> Vec<u64> {
    let wanted = columns.get(1).map(|wanted| wanted.most(most / 2)).unwrap_or_default();
    let mut kept = columns.first().map(|all| all.most(most - wanted.len())).unwrap_or_default();
    kept.extend(wanted);
    kept.sort_unstable();
    kept.dedup();
    kept
}

/// The answer with the others last, and what is to be said of them.
fn together(
    folding: &Folding,
    file: &QueryFile,
    answer: &Answer,
    frequent: &[HeavyHitters],
    kept: &[Vec<u64>],
    memory: usize,
) -> Result<(Answer, Vec<Folded>)> {
    let firsts: Vec<&str> = folding.keys.iter().map(FoldKey::first).collect();
    let answer = answer.with_last(&firsts, OTHERS)?;
    let counted = file.columns.iter().find(|column| column.unit == Unit::Count).map(|column| column.name.as_str());
    let folded = folding.keys.iter().zip(frequent.chunks(2)).zip(kept).filter_map(|((key, columns), kept)| {
        let (different, told_apart) = (columns.first()?.distinct(), kept.len() as u64);
        let others = answer.part("row").filter(|row| row.text(key.first()) == Some(OTHERS));
        let rows: u64 = others.map(|row| counted.map_or(0, |name| row.count(name))).sum();
        (different > told_apart).then(|| Folded {
            column: key.first().to_owned(),
            different,
            told_apart,
            others: counted.filter(|_| rows > 0).map(|name| (rows, name.replace('_', " "))),
            memory,
        })
    });
    let folded = folded.collect();
    Ok((answer, folded))
}
