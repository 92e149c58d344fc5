//! Lines of a log in strings of JSON documents, one after another, with or without something between them.
//!
//! Documents are read as a stream: memory holds one string at a time, and no document.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use alblog::LogKind;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::failure::refuse;

/// Bytes read at a time.
const CHUNK: usize = 128 << 10;
/// The longest string. A line is shorter than 1 MiB, and six times as long at most when all of it is escaped.
const MAX_STRING: usize = 8 << 20;
/// Characters of a key that are told apart.
const MAX_KEY: usize = 100;
/// How the messages begin that CloudWatch Logs sends to a new subscription.
const CONTROL: &str = "CWL CONTROL MESSAGE";

/// The kind of the first string that is a line, and the path to it.
pub(super) fn find(head: &[u8]) -> Option<(LogKind, String)> {
    let mut found = None;
    let mut look = |path: &str, text: &str| match recognise(text) {
        Some(kind) => {
            found = Some((kind, path.to_owned()));
            Err(String::new())
        }
        None => Ok(()),
    };
    // The head ends in the middle of a document, which is no matter.
    let _ = walk(head, &mut |_| {}, &mut look);
    found
}

/// The kinds of the lines at a path.
pub(super) fn kinds(head: &[u8], path: &str) -> Vec<LogKind> {
    let mut kinds = Vec::new();
    // The head ends in the middle of a document, which is no matter.
    let _ = walk(head, &mut |_| {}, &mut |found: &str, text: &str| {
        kinds.extend(recognise(text).filter(|_| found == path));
        Ok(())
    });
    kinds
}

/// Hands on the lines at a path, each with a line end.
///
/// # Errors
/// When the documents are cut short or malformed; when other lines are at other paths, too; and, after all was read, when a
/// document has nothing at the path. The same line once more in a document, as shippers keep an original, is the same line.
pub(super) fn lines(text: impl Read, path: &str, take: &mut dyn FnMut(&[u8]) -> bool) -> io::Result<()> {
    let mut line = Vec::new();
    let (mut enough, with_path) = (false, Cell::new(0_u64));
    // The number of the document at hand, of that of the line that was handed on last, and of the last that has the path.
    let (documents, mut of_line, last_seen) = (Cell::new(0_u64), 0, Cell::new(0_u64));
    let seen = || {
        if last_seen.replace(documents.get()) < documents.get() {
            with_path.set(with_path.get() + 1);
        }
    };
    let in_list = path.contains("[]");
    let root = path.find(['.', '[']).map_or(path, |end| if end == 0 { "[]" } else { &path[..end] });
    let mut here = |found: &str, text: &str| {
        let is_copy =
            of_line == documents.get() && line.strip_suffix(b"\n") == Some(text.trim_end_matches('\n').as_bytes());
        if is_copy && (found != path || !in_list) {
            return Ok(());
        }
        if found != path {
            let is_line = recognise(text).is_some();
            return if is_line {
                Err(format!(
                    "ALB lines in several fields of its JSON records ({}, {}): which one counts cannot be told",
                    describe(path),
                    describe(found)
                ))
            } else {
                Ok(())
            };
        }
        seen();
        if text.is_empty() || text.starts_with(CONTROL) {
            return Ok(());
        }
        of_line = documents.get();
        line.clear();
        line.extend_from_slice(text.as_bytes());
        if line.last() != Some(&b'\n') {
            line.push(b'\n');
        }
        enough = !take(&line);
        if enough { Err(String::new()) } else { Ok(()) }
    };
    let mut begin = |event: Event<'_>| match event {
        Event::Document => documents.set(documents.get() + 1),
        // A list may be empty.
        Event::Root(name) if in_list && name == root => seen(),
        Event::Root(_) => {}
    };
    let result = walk(text, &mut begin, &mut here);
    if enough {
        return Ok(());
    }
    result?;
    let documents = documents.get();
    match documents - with_path.get() {
        0 => Ok(()),
        missing => {
            Err(refuse(format!("{missing} of its {documents} JSON records hold no ALB line ({})", describe(path))))
        }
    }
}

/// What documents with lines at this path are called.
pub(super) fn describe(path: &str) -> String {
    let is_plain = |path: &str| path.chars().all(|c| c.is_ascii_alphanumeric() || "@_.-[]".contains(c));
    match path {
        "logEvents[].message" => "CloudWatch subscription".to_owned(),
        "events[].message" => "CloudWatch events".to_owned(),
        path if is_plain(path) && path.len() <= 2 * MAX_KEY => format!("field {path}"),
        _ => "a field of an odd name".to_owned(),
    }
}

fn recognise(text: &str) -> Option<LogKind> {
    let first = text.lines().next()?;
    LogKind::recognise(first.as_bytes()).filter(|kind| !kind.is_several(first.as_bytes()))
}

/// Where a walk is.
enum Event<'a> {
    Document,
    /// A key of the outermost object, or `[]`.
    Root(&'a str),
}

type Begin<'f> = dyn FnMut(Event<'_>) + 'f;
/// Takes a path and a string; an error ends the walk.
type Take<'f> = dyn FnMut(&str, &str) -> Result<(), String> + 'f;

/// Visits all strings of all documents.
fn walk(text: impl Read, begin: &mut Begin, take: &mut Take) -> io::Result<()> {
    let mut text = Bounded { text: BufReader::with_capacity(CHUNK, text), run: 0, escaped: false };
    let mut refusal = None;
    loop {
        match text.next_document()? {
            None => return Ok(()),
            Some(b'{' | b'[') => begin(Event::Document),
            Some(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "something else stands between its JSON records",
                ));
            }
        }
        let mut state = State { path: String::new(), begin, take, refusal: &mut refusal };
        if let Err(error) = Walk(&mut state).deserialize(&mut serde_json::Deserializer::from_reader(&mut text)) {
            return Err(match refusal {
                Some(refusal) => refuse(refusal),
                None if error.is_eof() => {
                    io::Error::new(io::ErrorKind::UnexpectedEof, "its JSON ends in the middle of a record")
                }
                None if error.is_io() => error.into(),
                None => io::Error::new(io::ErrorKind::InvalidData, format!("its JSON is malformed: {error}")),
            });
        }
    }
}

struct State<'f, 's> {
    path: String,
    begin: &'f mut Begin<'s>,
    take: &'f mut Take<'s>,
    refusal: &'f mut Option<String>,
}

struct Walk<'w, 'f, 's>(&'w mut State<'f, 's>);

impl<'de> DeserializeSeed<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let length = self.0.path.len();
        while let Some(key) = map.next_key::<String>()? {
            if length == 0 {
                (self.0.begin)(Event::Root(&key));
            } else {
                self.0.path.push('.');
            }
            self.0.path.extend(key.chars().take(MAX_KEY));
            map.next_value_seed(Walk(&mut *self.0))?;
            self.0.path.truncate(length);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let length = self.0.path.len();
        if length == 0 {
            (self.0.begin)(Event::Root("[]"));
        }
        self.0.path.push_str("[]");
        while elements.next_element_seed(Walk(&mut *self.0))?.is_some() {}
        self.0.path.truncate(length);
        Ok(())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        (self.0.take)(&self.0.path, text).map_err(|refusal| {
            *self.0.refusal = Some(refusal);
            E::custom("enough")
        })
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Ends when a string is too long to be held.
struct Bounded<R> {
    text: BufReader<R>,
    /// Bytes since the last quote that is not escaped.
    run: usize,
    escaped: bool,
}

impl<R: Read> Bounded<R> {
    /// The first byte of the next document, which is still to be read; none at the end.
    fn next_document(&mut self) -> io::Result<Option<u8>> {
        loop {
            let Some(&byte) = self.text.fill_buf()?.first() else { return Ok(None) };
            // Some write a comma between records, or a record separator before them (RFC 7464).
            if !byte.is_ascii_whitespace() && byte != b',' && byte != 0x1e {
                return Ok(Some(byte));
            }
            self.text.consume(1);
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.text.read(buffer)?;
        for &byte in &buffer[..count] {
            self.run = if byte == b'"' && !self.escaped { 0 } else { self.run + 1 };
            self.escaped = byte == b'\\' && !self.escaped;
        }
        if self.run > MAX_STRING {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a string of its JSON is longer than 8 MiB"));
        }
        Ok(count)
    }
}
