//! A table of exports as DataFusion sees it: with the schema of the same table over logs, whatever files and folders hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use alblog::LogKey;
use async_trait::async_trait;
use datafusion::arrow::datatypes::{Field, Fields, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::{DFSchema, Result, ScalarValue, Statistics, project_schema};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType, col, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::union::UnionExec;

use super::conditions::conditions;
use super::files::{self, File, is_of_folders};
use super::run::ExportRun;
use super::sealed::Sealed;
use crate::ask::query::pruning::may_hold;
use crate::ask::query::reading::needs_content;
use crate::base::tables::{PARTITIONS, READ_FROM, Table};
use crate::lake::export::{Flaw, OpenExport, stored_schema};
use crate::lake::layers::Kept;

/// Columns of a table that are the same for all that is kept.
fn of_layers(table: Table) -> &'static [&'static str] {
    if table == Table::LogObjects { &[READ_FROM] } else { &[] }
}

#[derive(Debug)]
pub(in crate::ask::query) struct ExportTable {
    table: Table,
    schema: SchemaRef,
    run: Arc<ExportRun>,
    /// Columns of the files, and those that folders hold.
    layout: TableSchema,
    /// Where each column of the schema is in the layout.
    positions: Vec<usize>,
}

impl ExportTable {
    pub(in crate::ask::query) fn new(table: Table, run: Arc<ExportRun>) -> Result<Self> {
        let schema = table.schema();
        let of_folders = PARTITIONS.iter().chain(of_layers(table));
        let of_folders = of_folders.map(|name| Ok(Arc::new(schema.field_with_name(name)?.clone())));
        let of_folders = of_folders.collect::<Result<Vec<Arc<Field>>>>()?;
        let layout =
            TableSchema::builder(stored_schema(table)).with_table_partition_cols(Fields::from(of_folders)).build();
        let position = |field: &Arc<Field>| layout.table_schema().index_of(field.name());
        let positions = schema.fields().iter().map(position).collect::<Result<_, _>>()?;
        Ok(Self { table, schema, run, layout, positions })
    }

    /// These columns (positions in the schema), and behind them those that a condition needs beside.
    fn with_columns(&self, asked: &[usize], condition: &Expr) -> Result<Vec<usize>> {
        let mut read = asked.to_vec();
        // In the order of the schema: a set has none.
        let mut needed = condition
            .column_refs()
            .into_iter()
            .map(|column| self.schema.index_of(&column.name))
            .collect::<Result<Vec<_>, _>>()?;
        needed.sort_unstable();
        read.extend(needed.into_iter().filter(|position| !asked.contains(position)));
        Ok(read)
    }

    /// What is to be said of those objects that would be read if there were no export.
    fn touched(&self, flaws: Vec<Flaw>, filters: &[Expr], state: &dyn Session) -> Result<Vec<Flaw>> {
        let keys: Vec<Option<LogKey>> = flaws.iter().map(|flaw| LogKey::parse(&flaw.log_object)).collect();
        let keys: Vec<Option<&LogKey>> = keys.iter().map(Option::as_ref).collect();
        let asked = self.run.rows.keys();
        let may_hold = may_hold(&keys, &self.run.rows.window, self.table, filters, state)?;
        let is_asked = |key: Option<&LogKey>| {
            key.is_none_or(|key| asked.admits(key) && self.table.kind().is_none_or(|kind| key.kind == kind))
        };
        let touched = flaws.into_iter().zip(keys).zip(may_hold);
        Ok(touched.filter_map(|((flaw, key), may_hold)| (may_hold && is_asked(key)).then_some(flaw)).collect())
    }

    /// Reads columns (positions in the schema) of the files of one export.
    fn scan_files(
        &self,
        export: &OpenExport,
        url: ObjectStoreUrl,
        files: Vec<File>,
        projection: &[usize],
        limit: Option<usize>,
        state: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        // What is unknown of a file has to be said for it to be left out while the query runs.
        let unknown = Arc::new(Statistics::new_unknown(self.layout.file_schema()));
        let partitioned = |file: File| {
            let layer = of_layers(self.table).iter().map(|_| self.run.layer.name().to_owned());
            let values = file.values.into_iter().chain(layer).map(|value| ScalarValue::Utf8View(Some(value))).collect();
            PartitionedFile::new_from_meta(file.meta)
                .with_partition_values(values)
                .with_statistics(Arc::clone(&unknown))
        };
        let group: FileGroup = files.into_iter().map(partitioned).collect::<Vec<_>>().into();
        let options =
            TableParquetOptions { global: state.config_options().execution.parquet.clone(), ..Default::default() };
        let footers = state.runtime_env().cache_manager.get_file_metadata_cache();
        let source = ParquetSource::new(self.layout.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(Sealed::new(CachedParquetFileReaderFactory::new(
                Arc::clone(&export.store),
                footers,
            ))));
        let positions = projection.iter().map(|&position| self.positions[position]).collect();
        let scan = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(group.split_files(self.run.threads.max(1)))
            .with_projection_indices(Some(positions))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(scan))
    }
}

/// Leaves out rows of objects that are read elsewhere.
fn without(kept: &Kept, part: usize) -> Expr {
    let names = kept.without(part).iter().map(|name| lit(ScalarValue::Utf8View(Some(name.clone()))));
    col("log_object").in_list(names.collect(), true)
}

#[async_trait]
impl TableProvider for ExportTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // All others stay above the scan, from where the optimizer moves them into it.
        let support = |filter: &&Expr| {
            if is_of_folders(filter) {
                TableProviderFilterPushDown::Exact
            } else {
                TableProviderFilterPushDown::Inexact
            }
        };
        Ok(filters.iter().map(support).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let asked: Vec<usize> = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let conditions = conditions(&self.run.rows, self.table);
        let pruning: Vec<Expr> = filters.iter().chain(&conditions).cloned().collect();
        // Conditions on folders alone are met by what is read.
        let on_rows: Vec<Expr> = conditions.into_iter().filter(|condition| !is_of_folders(condition)).collect();
        let mut plans = Vec::new();
        for (number, kept) in self.run.exports.iter().enumerate() {
            let found = files::find(kept, self.table, &self.run.rows, &pruning, state).await?;
            if needs_content(self.table, &asked) {
                self.run.note_flaws(number, self.touched(found.flaws, &pruning, state)?)?;
            }
            let planned = found.wanted.iter().map(|file| file.meta.location.to_string());
            self.run.note(number, planned, found.pruned, found.pruned_folders);
            self.run.note_strange(&kept.export.name, &found.strange);
            let mut parts: BTreeMap<Option<usize>, Vec<File>> = BTreeMap::new();
            for file in found.wanted {
                // What does without nothing is read together.
                let part = file.part.filter(|part| !kept.without(*part).is_empty());
                parts.entry(part).or_default().push(file);
            }
            for (part, files) in parts {
                let condition = conjunction(on_rows.iter().cloned().chain(part.map(|part| without(kept, part))));
                let Some(condition) = condition else {
                    plans.push(self.scan_files(
                        &kept.export,
                        self.run.store_url(number)?,
                        files,
                        &asked,
                        limit,
                        state,
                    )?);
                    continue;
                };
                let read = self.with_columns(&asked, &condition)?;
                let plan = self.scan_files(&kept.export, self.run.store_url(number)?, files, &read, None, state)?;
                let condition = state.create_physical_expr(condition, &DFSchema::try_from(plan.schema())?)?;
                let projection = (read.len() > asked.len()).then(|| (0..asked.len()).collect());
                plans.push(Arc::new(FilterExecBuilder::new(condition, plan).apply_projection(projection)?.build()?));
            }
        }
        Ok(match plans.len() {
            0 => Arc::new(EmptyExec::new(project_schema(&self.schema, Some(&asked))?)),
            1 => plans.remove(0),
            _ => UnionExec::try_new(plans)?,
        })
    }
}
