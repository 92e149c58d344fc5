//! Encodes access logs as an export does, without its bookkeeping: what a slot's content costs.
//!
//! `cargo run --release --example encode_slot -- WORKERS FOLDER FILE...` makes one slot for each worker, of an equal
//! part of the files, and prints its files.

use std::env;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use alblog::LogKind;
use albstats::export::{ContentOptions, FileSink, Redaction, encode_objects};
use albstats::scan::Progress;
use albstats::storage::{LogObject, list};
use anyhow::{Context, Result};

/// Bytes that each worker may take.
const MEMORY: usize = 80 << 20;

struct FileOnDisk(Option<File>);

impl FileSink for FileOnDisk {
    fn write(&mut self, bytes: Vec<u8>) -> Result<()> {
        Ok(self.0.as_mut().context("the file has ended")?.write_all(&bytes)?)
    }

    fn end(&mut self) -> Result<()> {
        self.0 = None;
        Ok(())
    }
}

fn main() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let workers: usize = arguments.next().context("usage: encode_slot WORKERS FOLDER FILE...")?.parse()?;
    let folder = PathBuf::from(arguments.next().context("no folder")?);
    let objects = list(&arguments.collect::<Vec<_>>())?.objects;
    let begin = Instant::now();
    let progress = Progress::default();
    thread::scope(|scope| {
        let slots = objects.chunks(objects.len().div_ceil(workers).max(1)).enumerate();
        let slots: Vec<_> = slots
            .map(|(number, objects)| {
                let folder = folder.join(number.to_string());
                let progress = &progress;
                scope.spawn(move || encode(objects, &folder, progress))
            })
            .collect();
        // A panic goes on in this thread.
        slots.into_iter().try_for_each(|slot| slot.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    writeln!(io::stdout(), "{:.3} s", begin.elapsed().as_secs_f64())?;
    Ok(())
}

fn encode(objects: &[LogObject], folder: &Path, progress: &Progress) -> Result<()> {
    fs::create_dir_all(folder)?;
    let redaction = env::var("REDACT").unwrap_or_default().parse::<Redaction>()?;
    let options =
        ContentOptions { kind: LogKind::Access, slot_day: "slot", redaction: &redaction, memory: MEMORY, progress };
    let content = encode_objects(&options, objects, &mut |table, day| {
        let file = File::create(folder.join(format!("{}-{day}.parquet", table.name())))?;
        Ok(Box::new(FileOnDisk(Some(file))))
    })?;
    for file in content.files {
        writeln!(io::stdout(), "{} {}: {} rows, {} bytes", file.table.name(), file.day, file.rows, file.bytes)?;
    }
    Ok(())
}
