//! Known lines in random containers: the same rows as the bare lines, or an object that is named; never fewer.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::ops::ControlFlow;

use alblog::LogKind;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use proptest::prelude::*;
use serde_json::json;

use super::{Content, Failure, Input, ObjectScan, Openings, ScanOptions, Scanner, Sink, recognise};
use crate::read::storage::{Location, LogObject};

const CORPUS: &str = include_str!("../../../crates/alblog/tests/corpus/alb_access.log");

struct Batches(Vec<RecordBatch>);

impl Sink for Batches {
    fn rows(&mut self, batch: RecordBatch) -> ControlFlow<()> {
        self.0.push(batch);
        ControlFlow::Continue(())
    }
}

fn scan(stored: &[u8], memory: usize) -> (Option<RecordBatch>, ObjectScan) {
    let object_column = LogKind::Access.columns().iter().position(|column| column.name == "log_object").unwrap();
    let projection = (0..LogKind::Access.columns().len()).filter(|column| *column != object_column).collect();
    let window = i64::MIN..i64::MAX;
    let options =
        ScanOptions { kind: LogKind::Access, projection, window, condition: None, keep_rejected: false, memory };
    let object = LogObject::stream(Location::Stdin);
    let mut batches = Batches(Vec::new());
    let input = Input::fetched(Cursor::new(stored.to_vec()));
    let scan = Scanner::new(&options).scan(&object, input, &mut batches);
    let rows = batches.0.first().map(|first| concat_batches(&first.schema(), &batches.0).unwrap());
    (rows, scan)
}

/// What a file without a name that tells holds.
fn look_into(stored: &[u8]) -> Result<Content, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.file");
    fs::write(&path, stored).unwrap();
    recognise(&Location::Path(path), &Openings::default())
}

fn compress(compression: &str, text: &[u8]) -> Vec<u8> {
    match compression {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => zstd::encode_all(text, 3).unwrap(),
        "bzip2" => read_all(bzip2::read::BzEncoder::new(text, bzip2::Compression::fast())),
        "xz" => read_all(liblzma::read::XzEncoder::new(text, 1)),
        // The same in two members.
        members => {
            let members = members.strip_prefix("two ").unwrap();
            let (first, second) = text.split_at(text.len() / 3);
            [compress(members, first), compress(members, second)].concat()
        }
    }
}

fn read_all(mut reader: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    all
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect()
}

/// Shapes that are read.
const READ: [&str; 14] = [
    "bare",
    "windows",
    "bom",
    "boms",
    "utf-16le",
    "utf-16be",
    "export",
    "tail",
    "json lines",
    "json glued",
    "json pretty",
    "json array",
    "subscription",
    "events",
];
/// Shapes that need not be.
const OTHER: [&str; 12] = [
    "glued",
    "tabs",
    "csv",
    "syslog",
    "two fields",
    "json then lines",
    "lines then json",
    "half json",
    "in json in json",
    "mixed keys",
    "tar",
    "some without",
];

fn shape(name: &str, lines: &[&str]) -> Vec<u8> {
    let all = |each: &dyn Fn(&str) -> String| lines.iter().map(|line| each(line)).collect::<String>();
    let record = |line: &str| json!({"timestamp": 1, "host": {"name": "a"}, "message": line});
    let events: Vec<_> = lines.iter().map(|line| json!({"id": "1", "timestamp": 1, "message": line})).collect();
    let bare = all(&|line| format!("{line}\n"));
    let half = lines.len() / 2;
    let lines_of = |lines: &[&str]| lines.join("\n") + "\n";
    let records_of = |lines: &[&str]| lines.iter().map(|line| record(line).to_string()).collect::<String>();
    let text = match name {
        "bare" => bare,
        "windows" => all(&|line| format!("{line}\r\n")),
        "bom" => format!("\u{feff}{bare}"),
        "boms" => all(&|line| format!("\u{feff}{line}\n")),
        "utf-16le" => return utf16(&bare, u16::to_le_bytes),
        "utf-16be" => return utf16(&bare, u16::to_be_bytes),
        "export" => all(&|line| format!("2026-11-20T10:00:00.000Z {line}\n")),
        "tail" => all(&|line| format!("2026-11-20T10:00:00+00:00 app-shop-stream {line}\n")),
        "json lines" => all(&|line| format!("{}\n", record(line))),
        "json glued" => records_of(lines),
        "json pretty" => all(&|line| serde_json::to_string_pretty(&record(line)).unwrap()),
        "json array" => serde_json::Value::from(lines.iter().map(|line| record(line)).collect::<Vec<_>>()).to_string(),
        "subscription" => {
            let control = json!({"messageType": "CONTROL_MESSAGE", "logEvents": [
                {"id": "", "timestamp": 1, "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]});
            let data = |events: &[serde_json::Value]| {
                json!({"messageType": "DATA_MESSAGE", "logGroup": "/alb", "logEvents": events}).to_string()
            };
            format!("{control}{}", events.chunks(3).map(data).collect::<String>())
        }
        "events" => json!({"events": events, "searchedLogStreams": []}).to_string(),
        "glued" => all(&str::to_owned),
        "tabs" => all(&|line| format!("{}\n", line.replace(' ', "\t"))),
        "csv" => format!("@timestamp,@message\n{}", all(&|line| format!("x,\"{}\"\n", line.replace('"', "\"\"")))),
        "syslog" => all(&|line| format!("Nov 20 10:00:00 host alb: {line}\n")),
        "two fields" => all(&|line| json!({"message": line, "log": line}).to_string()),
        "json then lines" => format!("{}\n{}", records_of(&lines[..half]), lines_of(&lines[half..])),
        "lines then json" => format!("{}{}", lines_of(&lines[..half]), records_of(&lines[half..])),
        "half json" => {
            let all = records_of(lines);
            all[..all.len() - 5].to_owned()
        }
        "in json in json" => all(&|line| json!({"message": record(line).to_string()}).to_string()),
        "mixed keys" => all(&|line| match line.len() % 2 {
            0 => json!({"message": line}).to_string(),
            _ => json!({"@message": line}).to_string(),
        }),
        "tar" => {
            let mut header = vec![0; 512];
            header[..5].copy_from_slice(b"a.log");
            header[257..262].copy_from_slice(b"ustar");
            return [header, bare.into_bytes()].concat();
        }
        "some without" => {
            format!("{}{}", records_of(lines), json!({"time": "2026-11-20T10:00:00Z", "elb_status_code": 200}))
        }
        other => panic!("no shape {other}"),
    };
    text.into_bytes()
}

/// Lines in a container; what it is made of, from the inside.
fn contain(name: &str, compressions: &[&str], lines: &[&str]) -> Vec<u8> {
    compressions.iter().fold(shape(name, lines), |content, compression| compress(compression, &content))
}

#[track_caller]
fn check(name: &str, compressions: &[&str], lines: &[&str], memory: usize) {
    let what = format!("{name} in {compressions:?}, {} lines", lines.len());
    let stored = contain(name, compressions, lines);
    let expected = scan(&shape("bare", lines), 64 << 20).0;
    let (rows, scan) = scan(&stored, memory);
    let found = look_into(&stored);
    if READ.contains(&name) {
        assert_eq!(scan.error, None, "{what}");
        assert_eq!(found, Ok(Content::Log(LogKind::Access)), "{what}");
    }
    if scan.error.is_none() {
        assert_eq!(scan.stats.rows, lines.len() as u64, "{what}");
        assert!(name == "some without" || rows == expected, "{what}");
    }
    if let Ok(Content::Other(other)) = found {
        assert_eq!(other.skipped, None, "{what}");
    }
}

#[test]
fn every_container_is_read_or_named() {
    let lines: Vec<&str> = CORPUS.lines().skip(20).take(12).collect();
    for name in READ.iter().chain(&OTHER) {
        for compressions in [&[][..], &["gzip"], &["zstd"], &["bzip2"], &["xz"], &["gzip", "gzip"], &["gzip"; 4]] {
            check(name, compressions, &lines, 64 << 20);
        }
    }
}

#[test]
fn too_deep_is_refused() {
    let stored = contain("bare", &["gzip"; 6], &CORPUS.lines().take(3).collect::<Vec<_>>());
    assert_eq!(scan(&stored, 64 << 20).1.error, Some(Failure::Refused("compressed more than 4 times over".into())));
}

#[test]
fn a_cut_is_told_in_every_compression() {
    let lines: Vec<&str> = CORPUS.lines().collect();
    for compression in ["gzip", "zstd", "bzip2", "xz"] {
        let stored = contain("bare", &[compression], &lines);
        let (_, scan) = scan(&stored[..stored.len() - 9], 64 << 20);
        let expected = format!("cut short: its {compression} stream ends in the middle");
        assert_eq!(scan.error, Some(Failure::Damaged(expected.into())));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_same_rows_or_a_name(
        name in prop::sample::select([READ.as_slice(), &OTHER].concat()),
        compressions in prop::collection::vec(
            prop::sample::select(vec!["gzip", "zstd", "bzip2", "xz", "two gzip", "two zstd", "two bzip2", "two xz"]), 0..3),
        lines in prop::collection::vec(prop::sample::select(CORPUS.lines().collect::<Vec<_>>()), 2..300),
        memory in prop::sample::select(vec![1 << 10, 64 << 20]),
    ) {
        check(name, &compressions, &lines, memory);
    }
}

/// What is made of a file of which one half is from before somebody wrote it anew is of neither.
#[test]
fn a_file_that_is_written_while_it_is_read_is_named() {
    struct Writing<'a>(&'a std::path::Path, Option<&'a [u8]>);
    impl Sink for Writing<'_> {
        fn rows(&mut self, _: RecordBatch) -> ControlFlow<()> {
            if let Some(content) = self.1 {
                fs::write(self.0, content).unwrap();
            }
            ControlFlow::Continue(())
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.log");
    let options = ScanOptions {
        kind: LogKind::Access,
        projection: vec![0],
        window: i64::MIN..i64::MAX,
        condition: None,
        keep_rejected: false,
        memory: 1 << 20,
    };
    for (content, is_named) in [(None, false), (Some(&b"shorter"[..]), true)] {
        fs::write(&path, CORPUS).unwrap();
        let object = LogObject::stream(Location::Path(path.clone()));
        let input = Openings::default().open(&object.location);
        let scan = Scanner::new(&options).scan(&object, input, &mut Writing(&path, content));
        let told = scan.error.map(|error| error.message().to_string()).unwrap_or_default();
        assert_eq!(told.contains("changed while it was read"), is_named, "{told}");
    }
}
