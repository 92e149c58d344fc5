//! Writing one slot: its data files, then, once they are there, its record.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::content::{ContentOptions, SlotContent, encode_objects};
use super::flaws::NOTE;
use super::plan::{Stored, is_worse};
use super::record::{LeftOut, Output, Record, Source};
use super::slot::Slot;
use super::target::{Conflict, Target, Upload, put};
use crate::base::message::Message;
use crate::read::scan::{Failure, ObjectScan, Problem};
use crate::read::storage::LogObject;

/// A slot to be written.
pub(super) struct Job {
    pub(super) slot: Slot,
    pub(super) objects: Vec<LogObject>,
    /// Its record as it was read, and the file that it was read from.
    pub(super) record: Option<(Record, Stored)>,
    /// Its files as they are, without the record.
    pub(super) files: BTreeMap<String, Stored>,
    /// How its record has them, by where they lie now.
    pub(super) known: BTreeMap<String, Source>,
    /// Whether its sources may be fewer than they were.
    pub(super) may_shrink: bool,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) raw: u64,
    pub(super) parquet: u64,
    pub(super) rejected_lines: u64,
    /// What lines were found in, of each object where that is said.
    pub(super) containers: Vec<String>,
    /// Objects of which rows are missing.
    pub(super) incomplete: Vec<Problem>,
}

/// How the writing of a slot ended.
pub(super) enum Ended {
    Written(Written),
    /// The slot stays as it was: it would lose rows.
    Held(Message),
}

/// Writes a slot.
///
/// # Errors
/// When it stays as it was: another run was faster, the target cannot be written to, or none of its objects can be read.
/// What was written by then is repaired by the next run.
pub(super) fn write_slot(job: &Job, target: &dyn Target, options: &ContentOptions) -> Result<Ended> {
    let (mut written, mut left_out) = (Written::default(), Vec::new());
    let mut objects: Vec<&LogObject> = job.objects.iter().collect();
    let content = loop {
        let mut open = |table, day: &str| {
            let path = job.slot.path(table, day);
            let upload = target.begin(&path, job.files.get(&path))?;
            Ok((path, upload))
        };
        let content = encode_objects(options, &objects, &mut open)?;
        let unread = unread(&objects, &content);
        if unread.is_empty() {
            match would_lose(job, &objects, &content) {
                Some(why) => return Ok(Ended::Held(why)),
                None => break content,
            }
        }
        // Rows before the failure are encoded already: the files must be made without the object.
        for (object, reason) in &unread {
            let name = object.location.to_string();
            if job.known.contains_key(&name) && !job.may_shrink {
                let kept = "; it was exported before: the slot is kept as it is";
                return Ok(Ended::Held(reason.clone().after(format_args!("{name}: ")).then(kept)));
            }
            left_out.push(LeftOut { log_object: name.clone(), reason: reason.text().to_owned() });
            written.incomplete.push(Problem { object: name, message: reason.clone().after("not exported: ") });
        }
        objects.retain(|object| !unread.iter().any(|(unread, _)| std::ptr::eq(*unread, *object)));
        if objects.is_empty() {
            let Some(Problem { object, message }) = written.incomplete.pop() else { bail!("it has no objects") };
            let none = format_args!("none of its {} objects could be read: {object}: ", job.objects.len());
            bail!(message.after(none));
        }
    };
    commit(job, target, &objects, content, left_out, &mut written)?;
    Ok(Ended::Written(written))
}

/// Why a slot is left as it is: one of its objects was exported before, and has lost rows since.
fn would_lose(job: &Job, objects: &[&LogObject], content: &SlotContent<Box<dyn Upload>>) -> Option<Message> {
    if job.may_shrink {
        return None;
    }
    let worse = |(object, scan): (&&LogObject, &ObjectScan)| {
        let now = Source::read(object, scan);
        let why = is_worse(job.known.get(&now.log_object)?, &now)?;
        let why = why.after(format_args!("{}: ", now.log_object)).then(": the slot is kept as it is");
        Some(why.hint("--allow-shrink writes it as it is now"))
    };
    objects.iter().zip(&content.objects).find_map(worse)
}

fn commit(
    job: &Job,
    target: &dyn Target,
    objects: &[&LogObject],
    content: SlotContent<Box<dyn Upload>>,
    left_out: Vec<LeftOut>,
    written: &mut Written,
) -> Result<()> {
    let mut outputs = Vec::new();
    for file in content.files {
        let path = job.slot.path(file.table, &file.day);
        let stored = file.sink.complete()?;
        let etag = target.marks_last().then_some(stored.mark);
        if file.table == job.slot.table() {
            written.rows += file.rows;
        }
        written.parquet += stored.size;
        outputs.push(Output { path, rows: file.rows, size: stored.size, etag });
    }
    // Files of an earlier writing whose rows are elsewhere now.
    for (path, stored) in job.files.iter().filter(|(path, _)| !outputs.iter().any(|output| output.path == **path)) {
        target.delete(path, stored)?;
    }
    for (object, scan) in objects.iter().zip(&content.objects) {
        account(object, scan, written);
    }
    let sources = objects.iter().zip(&content.objects).map(|(object, scan)| Source::read(object, scan)).collect();
    let path = job.slot.record_path();
    let record = Record { sources, outputs, left_out };
    if !record.flaws().is_empty() {
        note(target, &job.slot)?;
    }
    let record = record.to_parquet(&path, objects, &content.objects)?;
    let replaces = job.record.as_ref().map(|(_, stored)| stored);
    put(target, &path, record, replaces)?;
    Ok(())
}

/// Puts the note that there is something to be said of a slot's objects, unless there is one.
///
/// # Errors
/// When it cannot be written.
pub(super) fn note(target: &dyn Target, slot: &Slot) -> Result<()> {
    match put(target, &slot.note_path(), NOTE.into(), None) {
        Err(error) if !error.is::<Conflict>() => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn account(object: &LogObject, scan: &ObjectScan, written: &mut Written) {
    written.raw += object.size;
    written.rejected_lines += scan.stats.rejected;
    written.containers.extend(scan.container.clone());
    if let Some(error) = &scan.error {
        let message = object.said(error.message().clone().then(format_args!("; {} rows kept", scan.stats.rows)));
        written.incomplete.push(Problem { object: object.location.to_string(), message });
    }
}

/// Objects that could not be got, for reasons that may pass.
fn unread<'a>(objects: &[&'a LogObject], content: &SlotContent<Box<dyn Upload>>) -> Vec<(&'a LogObject, Message)> {
    let reason = |scan: &ObjectScan| match &scan.error {
        Some(Failure::Unread(reason)) => Some(reason.clone()),
        Some(Failure::Damaged(_) | Failure::Refused(_)) | None => None,
    };
    objects.iter().zip(&content.objects).filter_map(|(object, scan)| Some((*object, reason(scan)?))).collect()
}
