//! Filters as the query of an address, and back.

use std::fmt::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Filters, Key};
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;

/// What stands in a query as it is, so that addresses can be read.
const PLAIN: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/')
    .remove(b':')
    .remove(b'*')
    .remove(b',');

/// A name or value as it stands in a query.
pub(in crate::serve::pages) fn escaped(text: &str) -> impl fmt::Display {
    utf8_percent_encode(text, &PLAIN)
}

/// Names and values of a query, in order. A value that is empty is one that a form had a field for, and nobody filled in.
pub(in crate::serve::pages) fn pairs(query: &str) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
    pairs.filter(|(_, value)| !value.is_empty()).collect()
}

impl Filters {
    /// Of the query of an address.
    ///
    /// # Errors
    /// When a name is none of a parameter, or one that takes a single value has several.
    pub(in crate::serve::pages) fn read(query: &str) -> Result<Self, Message> {
        Self::of_pairs(pairs(query))
    }

    /// Of names and values.
    ///
    /// # Errors
    /// As [`Filters::read`].
    pub(in crate::serve::pages) fn of_pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Message> {
        let mut filters = Self::default();
        for (name, value) in pairs {
            let Some(key) = Key::named(&name) else { return Err(unknown(&name)) };
            let several = !key.repeats() && filters.get(key).is_some_and(|other| other != value);
            if several {
                return Err(Message::new(format_args!("{} takes one value, and the address has several", key.name())));
            }
            filters = filters.with(key, &value);
        }
        Ok(filters)
    }

    /// Names and values, as a form has them.
    pub(in crate::serve::pages) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.iter().map(|(key, value)| (key.name(), value))
    }

    /// The parameters of a report.
    pub(in crate::serve::pages) fn pairs(&self) -> Vec<(String, String)> {
        let without_source = self.fields().filter(|(name, _)| *name != Key::Source.name());
        without_source.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The address of a page with these filters.
    pub(in crate::serve::pages) fn href(&self, path: &str) -> String {
        let mut href = path.to_owned();
        for (index, (name, value)) in self.fields().enumerate() {
            href.push(if index == 0 { '?' } else { '&' });
            // Writing to a String cannot fail.
            let _ = write!(href, "{name}={}", escaped(value));
        }
        href
    }
}

fn unknown(name: &str) -> Message {
    let names = Key::ALL.map(Key::name);
    let hint = match nearest(name, &names) {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("there are {}", names.join(", ")),
    };
    Message::new(format_args!("no parameter is named {}", Shown(name))).hint(hint)
}
