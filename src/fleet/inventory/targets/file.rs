//! The file of targets, beside that of the inventory: Parquet, for there may be millions; replaced as a whole or not at all.
//!
//! A row is what looks told of one target; when they were made stands in the file's metadata.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, TimestampMicrosecondArray, UInt16Array};
use arrow::datatypes::{Field, Schema, TimestampMicrosecondType, UInt16Type};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::{ColumnChunkMetaData, KeyValue, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::statistics::Statistics;
use serde::{Deserialize, Serialize};

use super::history::{Seen, Target, TargetHistory, Texts};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::fleet::inventory::Moment;
use crate::fleet::inventory::file::replace;

/// The version that is written, and the only one that is read.
const VERSION: u64 = 1;
/// Rows of a group: what was over before the time of a question is left out by the group.
const GROUP: usize = 1 << 16;
/// Where the metadata stands.
const KEY: &str = "albstats.targets";
const COLUMNS: [&str; 12] =
    ["cluster", "ip", "port", "namespace", "pod", "workload", "node", "zone", "version", "from", "last_seen", "ends"];

#[derive(Serialize, Deserialize)]
struct Metadata {
    version: u64,
    /// Seconds since the epoch.
    #[serde(default)]
    looks: BTreeMap<Arc<str>, Vec<i64>>,
}

/// The file of targets beside an inventory: `inventory.targets.parquet`.
pub fn beside(inventory: &Path) -> PathBuf {
    inventory.with_extension("targets.parquet")
}

impl TargetHistory {
    /// Reads it; empty if there is no such file.
    ///
    /// # Errors
    /// When it cannot be read, is of a newer version, or something else.
    pub fn read(path: &Path) -> Result<Self> {
        Self::read_since(path, None)
    }

    /// The same without what a look before a moment did not find any more: of times from then on it tells as much.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_since(path: &Path, since: Option<Moment>) -> Result<Self> {
        let file = Shown(path.display());
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {file}")),
        };
        Self::parse(content.into(), since).with_context(|| format!("cannot read the targets in {file}"))
    }

    fn parse(content: Bytes, since: Option<Moment>) -> Result<Self> {
        let wrong = |error: anyhow::Error| {
            anyhow!(
                Message::new(format_args!("{error:#}")).hint("move it away, and albstats inventory makes a new one")
            )
        };
        let reader = ParquetRecordBatchReaderBuilder::try_new(content).map_err(|error| wrong(error.into()))?;
        let pairs = reader.metadata().file_metadata().key_value_metadata();
        let text = pairs.into_iter().flatten().find(|pair| pair.key == KEY).and_then(|pair| pair.value.as_ref());
        let text = text.ok_or_else(|| wrong(anyhow!("no file of targets")))?;
        let Metadata { version, looks } = serde_json::from_str(text).map_err(|error| wrong(error.into()))?;
        if version != VERSION {
            bail!(
                Message::new(format_args!("it has version {version}, and this program reads version {VERSION}"))
                    .hint("another albstats wrote it")
            );
        }
        let moments = |seconds: Vec<i64>| seconds.into_iter().map(from_seconds).collect::<BTreeSet<_>>();
        let looks = looks.into_iter().map(|(cluster, seconds)| (cluster, moments(seconds))).collect();
        let mut history = Self { looks, ..Self::default() };
        let mut texts = Texts::default();
        let over = since.map(|since| Over::by(since, &history.looks)).unwrap_or_default();
        let groups = reader.metadata().row_groups().iter().enumerate();
        let groups = groups.filter(|(_, group)| !over.has_all(group)).map(|(number, _)| number).collect();
        for batch in reader.with_row_groups(groups).build().map_err(|error| wrong(error.into()))? {
            history.take(&batch.map_err(|error| wrong(error.into()))?, &over, &mut texts).map_err(wrong)?;
        }
        Ok(history)
    }

    /// Takes rows over, but for those that are over.
    fn take(&mut self, batch: &RecordBatch, over: &Over, texts: &mut Texts) -> Result<()> {
        let column = |name: &str| batch.column_by_name(name).with_context(|| format!("it has no column {name}"));
        let wrong = |name: &str| format!("column {name} is of another type");
        let of_text = |name: &'static str| column(name)?.as_string_opt::<i32>().with_context(|| wrong(name));
        let of_time = |name: &'static str| {
            column(name)?.as_primitive_opt::<TimestampMicrosecondType>().with_context(|| wrong(name))
        };
        let ports = column("port")?.as_primitive_opt::<UInt16Type>().with_context(|| wrong("port"))?;
        let (clusters, ips, namespaces) = (of_text("cluster")?, of_text("ip")?, of_text("namespace")?);
        let (pods, workloads, nodes) = (of_text("pod")?, of_text("workload")?, of_text("node")?);
        let (zones, versions) = (of_text("zone")?, of_text("version")?);
        let (from, last_seen, ends) = (of_time("from")?, of_time("last_seen")?, of_time("ends")?);
        let required: [&dyn Array; 6] = [ports, clusters, ips, namespaces, from, last_seen];
        if required.iter().any(|column| column.null_count() > 0) {
            bail!("a value is missing");
        }
        for row in 0..batch.num_rows() {
            if over.has(clusters.value(row), last_seen.value(row)) {
                continue;
            }
            let mut optional = |column: &StringArray| column.is_valid(row).then(|| texts.shared(column.value(row)));
            let target = Target {
                workload: optional(workloads),
                node: optional(nodes),
                zone: optional(zones),
                version: optional(versions),
                pod: pods.is_valid(row).then(|| Arc::from(pods.value(row))),
                cluster: texts.shared(clusters.value(row)),
                namespace: texts.shared(namespaces.value(row)),
                ip: ips.value(row).parse().with_context(|| format!("not an address: {}", ips.value(row)))?,
                port: ports.value(row),
                from: Moment::new(from.value(row)),
            };
            let ends = ends.is_valid(row).then(|| Moment::new(ends.value(row)));
            let last = Moment::new(last_seen.value(row)).max(target.from);
            self.add(target, Seen { last, ends });
        }
        Ok(())
    }

    /// Puts it in place of the file, with the folders that are missing.
    ///
    /// # Errors
    /// When it cannot be written; the file is as it was.
    pub fn write(&self, path: &Path) -> Result<()> {
        replace(path, self.content())
    }

    fn content(&self) -> Result<Vec<u8>> {
        let seconds = |looks: &BTreeSet<Moment>| looks.iter().map(|at| to_seconds(*at)).collect();
        let looks = self.looks.iter().map(|(cluster, looks)| (Arc::clone(cluster), seconds(looks))).collect();
        let metadata = serde_json::to_string(&Metadata { version: VERSION, looks })?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP))
            .set_key_value_metadata(Some(vec![KeyValue::new(KEY.to_owned(), metadata)]));
        let batch = self.kept()?;
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties.build()))?;
        writer.write(&batch)?;
        Ok(writer.into_inner()?)
    }

    /// The rows that are kept, what was seen last at the end.
    fn kept(&self) -> Result<RecordBatch> {
        let mut rows: Vec<(&Target, &Seen)> = self.seen.iter().collect();
        rows.sort_by_key(|(_, seen)| seen.last);
        let shared = |of: fn(&Target) -> Option<&Arc<str>>| -> ArrayRef {
            Arc::new(rows.iter().map(|(target, _)| of(target).map(AsRef::as_ref)).collect::<StringArray>())
        };
        let time = |times: TimestampMicrosecondArray| -> ArrayRef { Arc::new(times.with_timezone("UTC")) };
        let columns: [ArrayRef; COLUMNS.len()] = [
            shared(|target| Some(&target.cluster)),
            Arc::new(rows.iter().map(|(target, _)| Some(target.ip.to_string())).collect::<StringArray>()),
            Arc::new(rows.iter().map(|(target, _)| Some(target.port)).collect::<UInt16Array>()),
            shared(|target| Some(&target.namespace)),
            shared(|target| target.pod.as_ref()),
            shared(|target| target.workload.as_ref()),
            shared(|target| target.node.as_ref()),
            shared(|target| target.zone.as_ref()),
            shared(|target| target.version.as_ref()),
            time(rows.iter().map(|(target, _)| Some(target.from.micros())).collect()),
            time(rows.iter().map(|(_, seen)| Some(seen.last.micros())).collect()),
            time(rows.iter().map(|(_, seen)| seen.ends.map(Moment::micros)).collect()),
        ];
        let field = |(name, column): (&&str, &ArrayRef)| {
            let is_optional = ["pod", "workload", "node", "zone", "version", "ends"].contains(name);
            Field::new(*name, column.data_type().clone(), is_optional)
        };
        let fields: Vec<Field> = COLUMNS.iter().zip(&columns).map(field).collect();
        Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.to_vec())?)
    }
}

/// What was over before a moment: by cluster, the last look before it. What was last seen before that look is told by it to be gone.
#[derive(Default)]
struct Over(BTreeMap<Arc<str>, i64>);

impl Over {
    fn by(since: Moment, looks: &BTreeMap<Arc<str>, BTreeSet<Moment>>) -> Self {
        let last = |looks: &BTreeSet<Moment>| looks.range(..=since).next_back().map_or(i64::MIN, |at| at.micros());
        Self(looks.iter().map(|(cluster, looks)| (Arc::clone(cluster), last(looks))).collect())
    }

    /// Whether what a cluster had, and was last seen at a time, in microseconds, was over.
    fn has(&self, cluster: &str, last_seen: i64) -> bool {
        self.0.get(cluster).is_some_and(|look| last_seen < *look)
    }

    /// Whether it has every row of a group, of whatever cluster.
    fn has_all(&self, group: &RowGroupMetaData) -> bool {
        let column = COLUMNS.iter().position(|name| *name == "last_seen").and_then(|at| group.columns().get(at));
        let latest = match column.and_then(ColumnChunkMetaData::statistics) {
            Some(Statistics::Int64(values)) => values.max_opt(),
            _ => None,
        };
        latest.zip(self.0.values().min()).is_some_and(|(latest, look)| latest < look)
    }
}

fn from_seconds(seconds: i64) -> Moment {
    Moment::new(seconds.saturating_mul(alblog::time::SECOND))
}

fn to_seconds(moment: Moment) -> i64 {
    moment.micros() / alblog::time::SECOND
}
