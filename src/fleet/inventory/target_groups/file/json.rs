//! Target groups as JSON: an array of objects, or objects one after another, as in NDJSON.

use anyhow::{Result, anyhow, bail};
use serde_json::{Deserializer, Map, Value};

use super::{EXPECTED, INGRESS, Listed, REQUIRED, filled, line_at};
use crate::base::message::Message;
use crate::fleet::inventory::target_groups::Entry;

pub(super) fn read(listed: &mut Listed) -> Result<()> {
    let mut at = Position { text: listed.text, offset: 0 };
    at.skip_blanks();
    let in_array = at.skip('[');
    at.skip_blanks();
    while !(in_array && at.skip(']')) {
        if !in_array && at.rest().is_empty() {
            return Ok(());
        }
        let start = at.offset;
        if !at.rest().starts_with('{') {
            bail!(
                Message::new(format_args!("{}: not an object", listed.place(start)))
                    .hint(format_args!("expected an array of objects with {EXPECTED}"))
            );
        }
        let object = at.object().map_err(|(line, what)| anyhow!("{}:{line}: {what}", listed.file))?;
        let entry = entry(&object)
            .map_err(|problem| Message::from(problem).after(format_args!("{}: ", listed.place(start))))?;
        listed.add(entry, start)?;
        at.skip_blanks();
        if in_array && at.skip(',') {
            at.skip_blanks();
        } else if in_array && !at.rest().starts_with(']') {
            bail!("{}: expected `,` or `]`", listed.place(at.offset));
        }
    }
    at.skip_blanks();
    if at.rest().is_empty() { Ok(()) } else { bail!("{}: something follows the array", listed.place(at.offset)) }
}

/// How far the text has been read.
struct Position<'t> {
    text: &'t str,
    offset: usize,
}

impl<'t> Position<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    fn skip_blanks(&mut self) {
        self.offset = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn skip(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        self.offset += if found { wanted.len_utf8() } else { 0 };
        found
    }

    /// The object here; or the line of what is wrong with it, and what that is.
    fn object(&mut self) -> Result<Map<String, Value>, (usize, String)> {
        let mut objects = Deserializer::from_str(self.rest()).into_iter::<Map<String, Value>>();
        let (line, what) = match objects.next() {
            Some(Ok(object)) => {
                self.offset += objects.byte_offset();
                return Ok(object);
            }
            Some(Err(error)) => (error.line().saturating_sub(1), error.to_string()),
            None => (0, "the file ends early".to_owned()),
        };
        let what = what.split(" at line ").next().unwrap_or_default().to_owned();
        Err((line_at(self.text.as_bytes(), self.offset) + line, what))
    }
}

fn entry(object: &Map<String, Value>) -> Result<Entry> {
    let value = |name: &str| match object.get(name) {
        Some(Value::String(text)) => Ok(filled(text)),
        Some(Value::Null) => Ok(None),
        Some(_) => bail!("{name} is not text"),
        None if name == INGRESS => Ok(None),
        None => {
            let names: Vec<&str> = object.keys().map(String::as_str).take(6).collect();
            let found = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            bail!(
                Message::new(format_args!("an object without {name:?}: it has {found}"))
                    .hint(format_args!("expected objects with {EXPECTED}"))
            )
        }
    };
    let [arn, namespace, service] = REQUIRED.map(value);
    let (arn, namespace, service, ingress) = (arn?.unwrap_or_default(), namespace?, service?, value(INGRESS)?);
    Ok(Entry { arn, namespace, service, ingress, ..Entry::default() })
}
