//! What the columns of an answer are called: as they were written. What has no name is called by its own text, in Athena's SQL
//! `_col0`, as Trino does.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::sql::sqlparser::ast::{Expr, Query, SelectItem, SetExpr, Statement};

use super::lengths::{is_length, written};

/// The name of one column, or of as many as a wildcard has.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Header {
    Written(String),
    Numbered,
    /// Those of the tables.
    All,
}

/// The names of an answer's columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::ask::query) struct Headers(Vec<Header>);

impl Headers {
    /// Of the outermost list of a query, what has no name by its number; none of other statements.
    pub(super) fn as_in_trino(statement: &Statement) -> Self {
        match statement {
            Statement::Query(query) => Self(of_query(query, &|_| Header::Numbered)),
            _ => Self::default(),
        }
    }

    /// The same, what has no name by its text.
    pub(super) fn as_typed(statement: &Statement) -> Self {
        match statement {
            Statement::Query(query) => Self(of_query(query, &|expr| Header::Written(expr.to_string()))),
            _ => Self::default(),
        }
    }

    /// The schema of an answer, its columns called by these names; in Athena's SQL lengths of time are text.
    pub(in crate::ask::query) fn renamed(&self, schema: &SchemaRef, is_athenas: bool) -> SchemaRef {
        if self.0.is_empty() {
            return Arc::clone(schema);
        }
        let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        let fields = schema.fields().iter().zip(self.names(&columns)).map(|(field, name)| {
            let is_text = is_athenas && is_length(field.data_type());
            let kind = if is_text { DataType::Utf8 } else { field.data_type().clone() };
            field.as_ref().clone().with_name(name).with_data_type(kind)
        });
        Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
    }

    /// Rows of the answer with such a schema.
    pub(in crate::ask::query) fn rows(batch: RecordBatch, schema: &SchemaRef) -> RecordBatch {
        if batch.schema_ref() == schema {
            return batch;
        }
        let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
            if column.data_type() == field.data_type() { Arc::clone(column) } else { written(column) }
        });
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect(), &options).unwrap_or(batch)
    }

    /// The names for an answer with these columns in the engine.
    fn names(&self, columns: &[String]) -> Vec<String> {
        let wildcards = self.0.iter().filter(|header| **header == Header::All).count();
        let explicit = self.0.len() - wildcards;
        // With several wildcards nobody knows which has how many.
        let each = match wildcards {
            0 if self.0.len() == columns.len() => 0,
            1 if explicit <= columns.len() => columns.len() - explicit,
            _ => return columns.to_vec(),
        };
        let mut names: Vec<String> = Vec::with_capacity(columns.len());
        for header in &self.0 {
            match header {
                Header::Written(name) => names.push(name.clone()),
                Header::Numbered => names.push(format!("_col{}", names.len())),
                Header::All => names.extend_from_slice(&columns[names.len()..names.len() + each]),
            }
        }
        names
    }
}

fn of_query(query: &Query, unnamed: &impl Fn(&Expr) -> Header) -> Vec<Header> {
    let mut body = query.body.as_ref();
    loop {
        match body {
            SetExpr::Select(select) => return select.projection.iter().map(|item| of_item(item, unnamed)).collect(),
            SetExpr::Query(inner) => body = inner.body.as_ref(),
            SetExpr::SetOperation { left, .. } => body = left,
            _ => return Vec::new(),
        }
    }
}

fn of_item(item: &SelectItem, unnamed: &impl Fn(&Expr) -> Header) -> Header {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Header::Written(alias.value.clone()),
        SelectItem::UnnamedExpr(Expr::Identifier(name)) => Header::Written(name.value.clone()),
        SelectItem::UnnamedExpr(Expr::CompoundIdentifier(parts)) => {
            parts.last().map_or(Header::Numbered, |name| Header::Written(name.value.clone()))
        }
        SelectItem::UnnamedExpr(Expr::Nested(inner)) => {
            of_item(&SelectItem::UnnamedExpr(inner.as_ref().clone()), unnamed)
        }
        SelectItem::UnnamedExpr(expr) => unnamed(expr),
        SelectItem::ExprWithAliases { .. } => Header::Numbered,
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => Header::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::query::dialect::parse::parse;

    fn names(sql: &str, columns: &[&str]) -> Vec<String> {
        let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
        Headers::as_in_trino(&parse(sql).unwrap()[0]).names(&columns)
    }

    #[test]
    fn columns_are_called_as_they_were_written() {
        assert_eq!(
            names("SELECT count(*) AS requestCount, elb, max(x) FROM t", &["a", "b", "c"]),
            ["requestCount", "elb", "_col2"]
        );
        assert_eq!(names("SELECT elb, *, count(*) FROM t", &["x", "a", "b", "y"]), ["elb", "a", "b", "_col3"]);
        assert_eq!(names("SELECT t.Elb FROM t UNION SELECT 1", &["x"]), ["Elb"]);
        assert_eq!(names("SELECT *, * FROM t", &["a", "b"]), ["a", "b"]);
        assert_eq!(names("SELECT a FROM t", &["a", "b"]), ["a", "b"]);
    }
}
