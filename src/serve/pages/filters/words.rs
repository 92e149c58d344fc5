//! The words of a command as filters: so that what to type next is a link. The other way is `serve::words`.

use super::{Filters, Key};

impl Filters {
    /// The report that a command asks for, and with what; none if it is another command, or has flags that no address has. The
    /// source is left out: a page has its own.
    pub(in crate::serve::pages) fn of_command(words: &[String]) -> Option<(String, Self)> {
        let [program, report, name, rest @ ..] = words else { return None };
        if program != "albstats" || report != "report" || name.starts_with('-') {
            return None;
        }
        let mut filters = Self::default();
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            let Some(flag) = word.strip_prefix("--") else {
                filters = filters.only(Key::What, word);
                continue;
            };
            let (flag, value) = match flag.split_once('=') {
                Some((flag, value)) => (flag, value.to_owned()),
                None => (flag, rest.next()?.clone()),
            };
            // Which logs are meant, and by which configuration: a page has its own.
            if !["from", "config"].contains(&flag) {
                let key = Key::named(flag).filter(|key| ![Key::What, Key::Source].contains(key))?;
                filters = filters.with(key, &value);
            }
        }
        Some((name.clone(), filters))
    }
}
