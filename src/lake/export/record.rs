//! A slot's commit record: a Parquet file of table `log_objects` with a row for each source, and the slot's other files
//! in its footer. It is put last: a slot is done when its record says so.

use anyhow::{Context, Result, bail};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::{Deserialize, Serialize};

use super::encode::{Encoder, stored_positions};
use super::flaws::Flaw;
use super::seal;
use super::settings::{LAYOUT, writer};
use super::slot::Slot;
use super::target::Target;
use crate::base::message::Message;
use crate::base::tables::Table;
use crate::read::scan::{ObjectScan, describe_object};
use crate::read::storage::{LogObject, Standing};

/// Where in the footer's metadata the rest of the record is.
const METADATA: &str = "albstats.slot";

/// What mends a record that cannot be read: nobody knows any more what its slot was made from.
pub const REMOVE_RECORD: &str =
    "remove that file, and the next albstats export writes its hour again, from what is there of its logs";

/// What a slot was made from, and what was made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    pub sources: Vec<Source>,
    /// Its files in the other tables.
    pub outputs: Vec<Output>,
    /// Objects that were listed and are not in it.
    pub left_out: Vec<LeftOut>,
}

/// An object that could not be got when its slot was written, for a reason that may pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Path or URL.
    pub log_object: String,
    pub reason: String,
}

/// A source object, when the slot was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Path or URL.
    pub log_object: String,
    /// Size in bytes as stored.
    pub size: u64,
    /// Last modification, microseconds since the epoch.
    pub modified: Option<i64>,
    /// S3's mark of its content.
    pub etag: Option<String>,
    /// Lines that are rows.
    pub rows: u64,
    /// Lines that are not.
    pub rejected_lines: u64,
    /// Why it could not be read to its end; a corrupt object stays so.
    pub error: Option<String>,
}

/// A file of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Path below the export.
    pub path: String,
    pub rows: u64,
    /// Size in bytes.
    pub size: u64,
    /// S3's mark of its content.
    pub etag: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Footer {
    layout: u32,
    writer: String,
    outputs: Vec<Output>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut>,
}

impl Source {
    /// An object that was listed and not read yet.
    pub fn listed(object: &LogObject) -> Self {
        Self {
            log_object: object.location.to_string(),
            size: object.size,
            modified: object.modified,
            etag: object.etag.clone(),
            ..Self::default()
        }
    }

    /// An object that was read.
    pub(super) fn read(object: &LogObject, scan: &ObjectScan) -> Self {
        Self {
            rows: scan.stats.rows,
            rejected_lines: scan.stats.rejected,
            error: scan.error.as_ref().map(ToString::to_string),
            ..Self::listed(object)
        }
    }

    /// What is known of what it holds.
    pub(crate) fn standing(&self) -> Standing {
        Standing::of(&self.log_object, self.size, self.error.is_none())
    }

    /// Whether that one has the same content, as far as can be told without reading it.
    pub fn is(&self, other: &Self) -> bool {
        let same_mark = match (&self.etag, &other.etag) {
            (Some(etag), Some(other)) => etag == other,
            _ => self.modified == other.modified,
        };
        self.size == other.size && same_mark
    }
}

impl Record {
    /// The record as a file with this path, with a row for each of the objects that its sources are.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub(super) fn to_parquet(&self, path: &str, objects: &[&LogObject], scans: &[ObjectScan]) -> Result<Vec<u8>> {
        let described = objects.iter().zip(scans).map(|(object, scan)| described(object, scan));
        let (outputs, left_out) = (self.outputs.clone(), self.left_out.clone());
        let footer = Footer { layout: LAYOUT, writer: writer(), outputs, left_out };
        file_with(path, &footer, &described.collect::<Result<Vec<_>>>()?)
    }

    /// Reads the record with this path below its export.
    ///
    /// # Errors
    /// When the file is not one, damaged, of another path, or of a newer layout.
    pub(super) fn from_parquet(path: &str, file: Vec<u8>) -> Result<Self> {
        let file = Bytes::from(file);
        seal::check(&file, path)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)?;
        let metadata = reader.metadata().file_metadata().key_value_metadata().into_iter().flatten();
        let footer = metadata.filter(|entry| entry.key == METADATA).find_map(|entry| entry.value.as_ref());
        let Footer { layout, writer, outputs, left_out } =
            serde_json::from_str(footer.context("it is not a record of albstats")?)?;
        if layout > LAYOUT {
            bail!(
                Message::new(format_args!("it was written by {writer} with layout {layout}")).hint("update albstats")
            );
        }
        let mut sources = Vec::new();
        for batch in reader.build()? {
            sources.extend(read_sources(&batch?)?);
        }
        Ok(Self { sources, outputs, left_out })
    }
}

/// A row of a record: an object that was read.
///
/// # Errors
/// When its kind is not known.
pub fn described(object: &LogObject, scan: &ObjectScan) -> Result<RecordBatch> {
    let kind = object.kind.context("an object of a slot has a kind")?;
    Ok(describe_object(object, kind, Some(scan))?.project(&stored_positions(Table::LogObjects))?)
}

/// A record as a file with this path below its export, with these rows.
///
/// # Errors
/// When it cannot be encoded.
pub fn record_file(path: &str, outputs: &[Output], described: &[RecordBatch]) -> Result<Vec<u8>> {
    let footer = Footer { layout: LAYOUT, writer: writer(), outputs: outputs.to_vec(), left_out: Vec::new() };
    file_with(path, &footer, described)
}

fn file_with(path: &str, footer: &Footer, described: &[RecordBatch]) -> Result<Vec<u8>> {
    let footer = serde_json::to_string(footer)?;
    let mut encoder = Encoder::new(Table::LogObjects, path, Vec::new())?;
    for rows in described {
        encoder.write(rows)?;
    }
    Ok(encoder.finish(&[(METADATA, &footer)])?.sink)
}

/// The files that a slot's record names, by their paths below the export.
///
/// # Errors
/// As [`Record::from_parquet`].
pub fn files_of_record(path: &str, file: Vec<u8>) -> Result<Vec<String>> {
    Ok(Record::from_parquet(path, file)?.outputs.into_iter().map(|output| output.path).collect())
}

/// What is to be said of the objects of a slot's record.
///
/// # Errors
/// As [`Record::from_parquet`].
pub fn flaws_of_record(path: &str, file: Vec<u8>) -> Result<Vec<Flaw>> {
    Ok(Record::from_parquet(path, file)?.flaws())
}

/// The objects that a slot's record names.
///
/// # Errors
/// As [`Record::from_parquet`].
pub fn sources_of_record(path: &str, file: Vec<u8>) -> Result<Vec<Source>> {
    Ok(Record::from_parquet(path, file)?.sources)
}

/// The objects that the records of slots name, of those that have one.
///
/// # Errors
/// When one that is there cannot be read.
pub fn sources_of_slots(target: &dyn Target, slots: &[Slot]) -> Result<Vec<Source>> {
    let paths: Vec<String> = slots.iter().map(Slot::record_path).collect();
    let mut sources = Vec::new();
    for (path, record) in paths.iter().zip(target.read(&paths)?) {
        if let Some(record) = record {
            sources.extend(sources_of_record(path, record).with_context(|| path.clone())?);
        }
    }
    Ok(sources)
}

fn read_sources(rows: &RecordBatch) -> Result<Vec<Source>> {
    let column = |name: &str| rows.column_by_name(name).with_context(|| format!("it has no column {name}"));
    let texts = |name: &str| Ok::<_, anyhow::Error>(cast(column(name)?, &DataType::Utf8View)?);
    let numbers = |name: &str| Ok::<_, anyhow::Error>(cast(column(name)?, &DataType::Int64)?);
    let (log_object, etag, error) = (texts("log_object")?, texts("etag")?, texts("error")?);
    let (size, count, rejected) = (numbers("size")?, numbers("rows")?, numbers("rejected_lines")?);
    let modified = column("modified")?.as_primitive_opt::<TimestampMicrosecondType>().context("modified is no time")?;
    let text = |array: &ArrayRef, at: usize| array.is_valid(at).then(|| array.as_string_view().value(at).to_owned());
    let number = |array: &ArrayRef, at: usize| u64::try_from(array.as_primitive::<Int64Type>().value(at)).unwrap_or(0);
    let source = |at: usize| Source {
        log_object: text(&log_object, at).unwrap_or_default(),
        size: number(&size, at),
        modified: modified.is_valid(at).then(|| modified.value(at)),
        etag: text(&etag, at),
        rows: number(&count, at),
        rejected_lines: number(&rejected, at),
        error: text(&error, at),
    };
    Ok((0..rows.num_rows()).map(source).collect())
}
