//! What is encoded is read back with another library's reader and compared with what the decoder gives.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use alblog::time::{DAY, Date, HOUR, Iso};
use alblog::{Decoder, LogKind};
use albsynth::{Synth, SynthSpec};
use anyhow::{Result, bail};
use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::Schema;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::LogicalType;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use tokio::runtime::{Builder, Runtime};

use super::content::{ContentOptions, OpenFile, SlotContent, encode_objects};
use super::day_file::RowOrder;
use super::encode::{Encoder, FileSink, stored_positions};
use super::*;
use crate::base::place::Place;
use crate::base::tables::Table;
use crate::read::scan::{Openings, Progress};
use crate::read::storage::{FetchBudget, KeyFilter, Listing, LogObject};

const MEMORY: usize = 24 << 20;

type Files = BTreeMap<(&'static str, String), Vec<u8>>;

/// Files in memory; more than one sink of the same name is a mistake.
#[derive(Default, Clone)]
struct Folder(Arc<Mutex<Files>>);

struct InFolder(Folder, (&'static str, String));

impl FileSink for InFolder {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        let mut files = self.0.0.lock().expect("no panic elsewhere");
        files.get_mut(&self.1).expect("opened").extend(bytes);
        Ok(())
    }
}

impl Folder {
    fn open(&self, table: Table, day: &str) -> (String, InFolder) {
        let name = (table.name(), day.to_owned());
        let before = self.0.lock().expect("no panic elsewhere").insert(name.clone(), Vec::new());
        assert_eq!(before, None, "{name:?} is opened twice");
        (format!("{}/day={day}/x.parquet", table.name()), InFolder(self.clone(), name))
    }

    fn files(&self) -> Files {
        self.0.lock().expect("no panic elsewhere").clone()
    }
}

/// [`encode_objects`] with what it needs around it.
fn encode_into<S: FileSink>(
    kind: LogKind,
    redaction: &Redaction,
    memory: usize,
    objects: &[LogObject],
    open: &mut OpenFile<S>,
) -> Result<SlotContent<S>> {
    let runtime = runtime();
    let options = ContentOptions {
        kind,
        slot_day: "2026-11-20",
        redaction,
        order: RowOrder::OfObjects,
        memory,
        progress: &Progress::default(),
        openings: &Openings::default(),
        stop: &AtomicBool::new(false),
        runtime: runtime.handle(),
        budget: &FetchBudget::small(),
        observer: None,
    };
    encode_objects(&options, &objects.iter().collect::<Vec<_>>(), open)
}

fn encode(
    kind: LogKind,
    redaction: &Redaction,
    memory: usize,
    objects: &[LogObject],
) -> Result<(SlotContent<InFolder>, Files)> {
    let folder = Folder::default();
    let content = encode_into(kind, redaction, memory, objects, &mut |table, day| Ok(folder.open(table, day)))?;
    for file in &content.files {
        let stored = &folder.files()[&(file.table.name(), file.day.clone())];
        assert_eq!(file.rows, read(file.table, stored).num_rows() as u64);
    }
    Ok((content, folder.files()))
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

fn list(from: &[String]) -> Result<Listing> {
    let places: Vec<Place> = from.iter().map(Place::new).collect();
    runtime().block_on(crate::read::storage::list(&places, &KeyFilter::default()))
}

fn read(table: Table, file: &[u8]) -> RecordBatch {
    let options = ArrowReaderOptions::new().with_schema(stored_schema(table));
    let bytes = Bytes::copy_from_slice(file);
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).expect("a Parquet file");
    let batches: Vec<_> = reader.build().expect("readable").map(|batch| batch.expect("readable")).collect();
    concat_batches(&stored_schema(table), &batches).expect("one schema")
}

fn metadata(file: &[u8]) -> ParquetMetaData {
    let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Required);
    reader.try_parse(&Bytes::copy_from_slice(file)).expect("a Parquet file");
    reader.finish().expect("complete")
}

/// Rows of these texts by day, straight from the decoder, with the columns that files hold.
fn expected(kind: LogKind, table: Table, objects: &[LogObject]) -> BTreeMap<String, RecordBatch> {
    let mut decoder = Decoder::builder(kind).build();
    let mut batches = Vec::new();
    for object in objects {
        decoder.start_object(object.context());
        let text = fs::read(object.location.to_string()).expect("written before");
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            rest = &rest[decoder.decode(rest)..];
            batches.extend(decoder.flush());
        }
        decoder.finish();
        batches.extend(decoder.flush());
    }
    let rows = concat_batches(&decoder.schema(), &batches).expect("one schema");
    let days = rows.column_by_name("day").expect("a column").as_string_view().clone();
    let mut by_day = BTreeMap::new();
    for day in days.iter().flatten() {
        by_day.entry(day.to_owned()).or_insert_with(|| {
            let of_day: BooleanArray = days.iter().map(|other| Some(other == Some(day))).collect();
            let rows = filter_record_batch(&rows, &of_day).expect("as long");
            rows.project(&stored_positions(table)).expect("its columns")
        });
    }
    by_day
}

/// Objects of a generated log around midnight, as plain text.
fn generated(folder: &Path, kind: LogKind) -> Vec<LogObject> {
    let start = 20_777 * DAY - HOUR / 2;
    let spec = SynthSpec { start, duration: HOUR, requests_per_second: 1.5, ..SynthSpec::default() };
    for object in Synth::new(spec).expect("a valid specification").objects().filter(|object| object.key.kind == kind) {
        let name = format!("{}-{}", object.key.interval_end, object.key.node_ip);
        fs::write(folder.join(format!("{}-{name}.log", object.key.elb_id)), &object.text).expect("room");
    }
    found(folder)
}

fn found(folder: &Path) -> Vec<LogObject> {
    list(&[format!("{}/*.log", folder.display())]).expect("a folder").objects
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

const KINDS: [(LogKind, Table); 3] = [
    (LogKind::Access, Table::Requests),
    (LogKind::Connection, Table::Connections),
    (LogKind::HealthCheck, Table::HealthChecks),
];

#[test]
fn every_row_comes_back_under_its_own_day() {
    for (kind, table) in KINDS {
        let folder = folder();
        let objects = generated(folder.path(), kind);
        let expected = expected(kind, table, &objects);
        assert!(expected.len() >= 2, "{kind}");
        for redaction in [Redaction::default(), Redacted::ALL.into_iter().collect()] {
            let (content, files) = encode(kind, &redaction, MEMORY, &objects).expect("encoded");
            assert_eq!(content.objects.len(), objects.len());
            for (day, rows) in &expected {
                let rows = redaction.apply(table, rows.clone()).expect("the same schema");
                assert_eq!(read(table, &files[&(table.name(), day.clone())]), rows, "{kind} {day}");
            }
            let rejected: u64 = content.objects.iter().map(|scan| scan.stats.rejected).sum();
            let files_expected = expected.len() + usize::from(rejected > 0);
            assert_eq!((files.len(), content.files.len()), (files_expected, files_expected));
        }
    }
}

/// Health checks, each line `days` further than the one before, and starting again.
fn health_checks(lines: i64, days: i64) -> String {
    let line = |number: i64| {
        let time = Iso((20_000 + number % days) * DAY + number);
        format!("http {time} 0.1 10.0.0.{}:80 web PASS 200 - app/a/1 10.0.0.9\n", number % 256)
    };
    (0..lines).map(line).collect()
}

#[test]
fn rows_of_many_days_are_found_by_reading_again() {
    let folder = folder();
    for name in ["a", "b"] {
        fs::write(folder.path().join(format!("{name}.log")), health_checks(5_000, 50)).expect("room");
    }
    let objects = found(folder.path());
    let expected = expected(LogKind::HealthCheck, Table::HealthChecks, &objects);
    let (content, files) = encode(LogKind::HealthCheck, &Redaction::default(), MEMORY, &objects).expect("encoded");
    assert_eq!((expected.len(), files.len()), (50, 50));
    for (day, rows) in &expected {
        assert_eq!(&read(Table::HealthChecks, &files[&("health_checks", day.clone())]), rows, "{day}");
    }
    assert_eq!(content.objects.iter().map(|scan| scan.stats.rows).collect::<Vec<_>>(), [5_000, 5_000]);
}

#[test]
fn an_object_that_changes_between_readings_fails_the_slot() {
    let folder = folder();
    let path = folder.path().join("a.log");
    for (name, after) in
        [("longer", health_checks(60, 6)), ("shorter", health_checks(40, 6)), ("other", health_checks(50, 7))]
    {
        fs::write(&path, health_checks(50, 6)).expect("room");
        let (objects, opened) = (found(folder.path()), RefCell::new(0));
        let result = encode_into(LogKind::HealthCheck, &Redaction::default(), MEMORY, &objects, &mut |_, _| {
            *opened.borrow_mut() += 1;
            if *opened.borrow() == 4 {
                // The first reading has the whole object at hand by now.
                fs::write(&path, &after).expect("room");
            }
            Ok((String::new(), Vec::new()))
        });
        let error = result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("changed while"), "{name}: {error}");
    }
}

#[test]
fn rejected_lines_lie_under_the_day_of_the_slot() {
    let folder = folder();
    fs::write(folder.path().join("a.log"), "what?\n".to_owned() + &health_checks(1, 1) + "who?\n").expect("room");
    let objects = found(folder.path());
    let kind = LogKind::HealthCheck;
    for (redaction, expected) in [("", [Some("what?"), Some("who?")]), ("client-ip", [None, None])] {
        let (_, files) = encode(kind, &redaction.parse().expect("a name"), MEMORY, &objects).expect("encoded");
        let rows = read(Table::RejectedLines, &files[&("rejected_lines", "2026-11-20".to_owned())]);
        let lines = rows.column_by_name("line").expect("a column").as_string_view();
        assert_eq!(lines.iter().collect::<Vec<_>>(), expected);
        let kinds = rows.column_by_name("kind").expect("a column").as_string_view();
        assert_eq!(kinds.value(1), "health-check");
    }
}

#[test]
fn an_object_cut_short_keeps_the_rows_before() {
    use std::io::Write;
    let folder = folder();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(health_checks(20_000, 1).as_bytes()).expect("memory");
    let gzip = gzip.finish().expect("memory");
    fs::write(folder.path().join("a.log"), &gzip[..gzip.len() / 2]).expect("room");
    let objects = found(folder.path());
    let (content, files) = encode(LogKind::HealthCheck, &Redaction::default(), MEMORY, &objects).expect("encoded");
    assert!(content.objects[0].error.as_ref().is_some_and(|error| error.to_string().contains("cut short")));
    let [file] = &files.values().collect::<Vec<_>>()[..] else { panic!("one day") };
    let rows = read(Table::HealthChecks, file).num_rows();
    assert!((5_000..15_000).contains(&rows), "{rows}");
    assert_eq!(rows as u64, content.objects[0].stats.rows);
}

#[test]
fn no_rows_make_no_files() {
    let folder = folder();
    fs::write(folder.path().join("a.log"), "\n\n").expect("room");
    let (content, files) =
        encode(LogKind::Access, &Redaction::default(), MEMORY, &found(folder.path())).expect("encoded");
    assert_eq!((content.files.len(), files.len(), content.objects.len()), (0, 0, 1));
}

struct Full;

impl FileSink for Full {
    fn write(&mut self, _: Vec<u8>) -> Result<()> {
        bail!("no space left")
    }
}

#[test]
fn the_error_of_a_sink_is_what_is_said() {
    let folder = folder();
    fs::write(folder.path().join("a.log"), health_checks(10, 1)).expect("room");
    let (kind, redaction) = (LogKind::HealthCheck, Redaction::default());
    let result = encode_into(kind, &redaction, MEMORY, &found(folder.path()), &mut |_, _| Ok((String::new(), Full)));
    assert_eq!(result.err().map(|error| error.to_string()).as_deref(), Some("no space left"));
    let result =
        encode_into::<Full>(kind, &redaction, MEMORY, &found(folder.path()), &mut |_, _| bail!("no such folder"));
    assert!(result.err().is_some_and(|error| format!("{error:#}").ends_with("a.log: no such folder")));
}

/// Requests with long ids and URLs that do not repeat.
fn incompressible(rows: u64) -> RecordBatch {
    let mut decoder = Decoder::builder(LogKind::Access).projection(&stored_positions(Table::Requests)).build();
    let mut batches = Vec::new();
    for row in 0..rows {
        let numbers = (row * 64..row * 64 + 64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let noise = numbers.fold(String::new(), |noise, n| noise + &format!("{n:016x}"));
        let line = format!(
            "https 2026-11-20T10:00:00.5Z app/a/1 10.0.0.1:443 10.0.0.1:80 0.1 0.1 0.1 200 200 1 2 \
             \"GET http://h/{noise} HTTP/1.1\" \"{noise}\" - - arn \"{noise}\"\n"
        );
        decoder.decode(line.as_bytes());
        if row % 100 == 99 || row + 1 == rows {
            batches.push(decoder.flush().expect("rows"));
        }
    }
    concat_batches(&batches[0].schema(), &batches).expect("one schema")
}

#[test]
fn memory_of_an_encoder_is_what_it_says_and_given_back() {
    let mut encoder = Encoder::new(Table::Requests, "requests/x.parquet", Vec::new()).expect("a file");
    let rows = incompressible(1_000);
    let (mut largest, mut row_groups) = (0, 1);
    for _ in 0..20 {
        encoder.write(&rows).expect("memory");
        if encoder.memory() > 12 << 20 {
            largest = largest.max(encoder.memory());
            encoder.end_row_group().expect("memory");
            row_groups += 1;
            assert!(encoder.memory() < 3 << 20, "{}", encoder.memory());
        }
    }
    // A batch of 1.1 MB of text cannot add more than itself, and pages' and dictionaries' room to grow.
    assert!((12 << 20..18 << 20).contains(&largest), "{largest}");
    let done = encoder.finish(&[("albstats.test", "yes")]).expect("memory");
    let metadata = metadata(&done.sink);
    assert!((2..=row_groups).contains(&metadata.num_row_groups()));
    assert_eq!(read(Table::Requests, &done.sink).num_rows(), 20_000);
    let pairs = metadata.file_metadata().key_value_metadata().expect("one");
    assert!(pairs.iter().any(|pair| pair.key == "albstats.test" && pair.value.as_deref() == Some("yes")));
    assert!(pairs.iter().all(|pair| pair.key != "ARROW:schema"));
}

#[test]
fn a_slot_keeps_to_its_memory_by_ending_row_groups() {
    let folder = folder();
    fs::write(folder.path().join("a.log"), health_checks(200_000, 4)).expect("room");
    let objects = found(folder.path());
    let (_, files) = encode(LogKind::HealthCheck, &Redaction::default(), 13 << 20, &objects).expect("encoded");
    let row_groups: Vec<_> = files.values().map(|file| metadata(file).num_row_groups()).collect();
    assert_eq!(row_groups.len(), 4);
    assert!(row_groups.iter().all(|count| (2..100).contains(count)), "{row_groups:?}");
}

#[test]
fn files_have_what_other_engines_need() {
    let mut encoder = Encoder::new(Table::Requests, "requests/x.parquet", Vec::new()).expect("a file");
    encoder.write(&incompressible(10)).expect("memory");
    let file = encoder.finish(&[]).expect("memory").sink;
    let metadata = metadata(&file);
    let row_group = metadata.row_group(0);
    for (number, column) in Table::Requests.stored_columns().iter().enumerate() {
        let chunk = row_group.column(number);
        assert_eq!(chunk.column_path().string(), column.name);
        let logical = chunk.column_descr().logical_type_ref();
        match column.value {
            alblog::ValueType::Text => assert_eq!(logical, Some(&LogicalType::String), "{}", column.name),
            alblog::ValueType::Timestamp => {
                assert!(matches!(logical, Some(LogicalType::Timestamp(kind)) if kind.is_adjusted_to_u_t_c));
            }
            _ => {}
        }
        let filtered = ["trace_id", "conn_trace_id"].contains(&column.name);
        assert_eq!(chunk.bloom_filter_offset().is_some(), filtered, "{}", column.name);
        assert!(chunk.offset_index_offset().is_some(), "{}", column.name);
        // Sized by the ten values that came, not by the most that might have.
        assert!(chunk.bloom_filter_length().unwrap_or(0) < 200, "{}", column.name);
    }
    let statistics = row_group.column(1).statistics().expect("of the time");
    assert!(statistics.min_bytes_opt().is_some());
    assert_eq!(Date::of(20_777 * DAY).to_string(), "2026-11-20");
}

/// The lists of names in `encode` would go unnoticed if a column were renamed.
#[test]
fn partition_columns_are_not_stored() {
    for table in Table::ALL {
        let schema: Schema = stored_schema(table).as_ref().clone();
        let others: &[&str] = if table == Table::LogObjects { &["read_from"] } else { &[] };
        let others = || ["account", "region", "day"].iter().chain(others);
        assert!(others().all(|name| schema.field_with_name(name).is_err()));
        assert_eq!(schema.fields().len() + others().count(), table.columns().len());
    }
}
