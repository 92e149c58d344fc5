//! Words that can be completed: what the tables are called, what functions there are, and values that answers showed.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::ask::query::TableShape;
use crate::base::shown::harmless;

/// A column with more values than this is not one of few.
const FEW: usize = 100;
/// Rows of one answer that are looked at.
const ROWS: usize = 10_000;
/// Nobody wants to type a longer value by completing it.
const LONGEST: usize = 200;

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    pub(super) tables: Vec<TableShape>,
    pub(super) functions: BTreeSet<String>,
    pub(super) load_balancers: BTreeSet<String>,
    /// Names of statements that were kept.
    pub(super) queries: Vec<String>,
    pub(super) values: BTreeMap<String, Values>,
}

/// Values of one column.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) is_text: bool,
    seen: BTreeSet<String>,
    too_many: bool,
}

impl Vocabulary {
    /// Columns of a table.
    pub(super) fn columns(&self, table: &str) -> impl Iterator<Item = &str> {
        let tables = self.tables.iter().filter(move |shape| shape.name.eq_ignore_ascii_case(table));
        tables.flat_map(|shape| shape.columns.iter().map(|(name, _)| name.as_str()))
    }

    /// The values of a column that were seen, if they are few.
    pub(super) fn values(&self, column: &str) -> Option<(bool, &BTreeSet<String>)> {
        let values = self.values.get(&column.to_ascii_lowercase()).filter(|values| !values.too_many)?;
        Some((values.is_text, &values.seen))
    }

    /// Notes the values of an answer's columns that are columns of a table.
    pub(super) fn see(&mut self, batch: &RecordBatch) {
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8);
            let is_known = || self.tables.iter().any(|it| it.columns.iter().any(|(name, _)| name == field.name()));
            if !(is_text || field.data_type().is_integer()) || !is_known() {
                continue;
            }
            let values = self.values.entry(field.name().clone()).or_default();
            values.is_text = is_text;
            values.add(column);
        }
    }
}

impl Values {
    fn add(&mut self, column: &dyn Array) {
        let Ok(formatter) = ArrayFormatter::try_new(column, &FormatOptions::new()) else { return };
        for row in 0..column.len().min(ROWS) {
            if self.too_many {
                return;
            }
            if column.is_null(row) {
                continue;
            }
            let value = formatter.value(row).to_string();
            if value.is_empty() || value.len() > LONGEST || harmless(&value) != value {
                // What cannot be shown as it is cannot be chosen from a list.
                continue;
            }
            self.seen.insert(value);
            if self.seen.len() > FEW {
                self.too_many = true;
                self.seen.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int32Array, StringArray};

    use super::*;

    fn shape() -> TableShape {
        let columns = ["elb_status_code", "request_verb", "request_url"];
        TableShape { name: "requests".to_owned(), columns: columns.map(|name| (name.to_owned(), "string")).to_vec() }
    }

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter(columns).unwrap()
    }

    #[test]
    fn few_values_of_known_columns_are_remembered() {
        let mut vocabulary = Vocabulary { tables: vec![shape()], ..Vocabulary::default() };
        let codes: ArrayRef = Arc::new(Int32Array::from(vec![Some(200), Some(502), None, Some(200)]));
        let verbs: ArrayRef = Arc::new(StringArray::from(vec!["GET", "\x1b[2J", "", "GET"]));
        vocabulary.see(&batch(vec![
            ("elb_status_code", codes),
            ("request_verb", Arc::clone(&verbs)),
            ("other", verbs),
        ]));
        let seen = |name: &str| vocabulary.values(name).map(|(_, seen)| seen.iter().cloned().collect::<Vec<_>>());
        assert_eq!(seen("ELB_status_code"), Some(vec!["200".to_owned(), "502".to_owned()]));
        assert_eq!(seen("request_verb"), Some(vec!["GET".to_owned()]));
        assert_eq!(seen("other"), None);
    }

    #[test]
    fn a_column_of_many_values_is_not_remembered() {
        let mut vocabulary = Vocabulary { tables: vec![shape()], ..Vocabulary::default() };
        for start in [0, 60] {
            let urls = (start..start + 60).map(|it| Some(it.to_string())).collect::<StringArray>();
            vocabulary.see(&batch(vec![("request_url", Arc::new(urls))]));
            assert_eq!(vocabulary.values("request_url").is_some(), start == 0);
        }
    }
}
