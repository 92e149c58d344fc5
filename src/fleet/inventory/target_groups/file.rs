//! The file of an inventory: CSV, an array of JSON objects, or JSON objects one after another. Its content decides which.
//!
//! Whoever wrote it finds out what is wrong with it: every message names the line.

mod csv_rows;
mod json;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Entry;
use super::arn::target_group_id;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// What every target group has; `ingress` may be left out.
const REQUIRED: [&str; 3] = ["arn", "namespace", "service"];
const INGRESS: &str = "ingress";
const EXPECTED: &str = "arn, namespace, service and perhaps ingress";

/// Target groups in the order of the file, each once.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>> {
    let file = Shown(path.display()).to_string();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {file}"))?;
    parse(&bytes, &file)
}

fn parse(bytes: &[u8], file: &str) -> Result<Vec<Entry>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => bail!("{file}:{}: not UTF-8", line_at(bytes, error.valid_up_to())),
    };
    // Spreadsheets put a mark in front.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut listed = Listed { text, file, entries: Vec::new(), places: BTreeMap::new() };
    match text.trim_start().chars().next() {
        None => bail!(
            Message::new(format_args!("{file} is empty")).hint(format_args!("expected CSV or JSON with {EXPECTED}"))
        ),
        Some('[' | '{') => json::read(&mut listed)?,
        Some(_) => csv_rows::read(&mut listed)?,
    }
    Ok(listed.entries)
}

/// A file, and what was read of it so far.
struct Listed<'t> {
    text: &'t str,
    file: &'t str,
    entries: Vec<Entry>,
    /// By ARN: the position in `entries`, and where in the text it begins.
    places: BTreeMap<String, (usize, usize)>,
}

impl Listed<'_> {
    /// Adds what begins at this byte of the text.
    fn add(&mut self, entry: Entry, start: usize) -> Result<()> {
        let arn = &entry.arn;
        if arn.is_empty() {
            bail!("{}: arn is empty", self.place(start));
        }
        if target_group_id(arn).is_none_or(str::is_empty) {
            bail!(
                Message::new(format_args!("{}: not the ARN of a target group: {arn}", self.place(start)))
                    .hint("expected arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID")
            );
        }
        match self.places.get(arn) {
            Some(&(index, _)) if self.entries[index] == entry => {}
            Some(&(_, first)) => {
                let first = line_at(self.text.as_bytes(), first);
                bail!("{}: {arn} was called something else in line {first}", self.place(start));
            }
            None => {
                self.places.insert(arn.clone(), (self.entries.len(), start));
                self.entries.push(entry);
            }
        }
        Ok(())
    }

    /// `file:line` of a byte of the text.
    fn place(&self, start: usize) -> String {
        format!("{}:{}", self.file, line_at(self.text.as_bytes(), start))
    }
}

/// Text, or nothing if there is none in it.
fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The line, from 1, that the byte at this position is in.
fn line_at(bytes: &[u8], position: usize) -> usize {
    1 + bytes.iter().take(position).filter(|&&byte| byte == b'\n').count()
}

#[cfg(test)]
mod tests;
