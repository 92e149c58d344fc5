//! Whether exports are of the logs that they are read with.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::lake::export::Settings;

/// Refuses an export of places that are not read with it: its rows would stand for logs that nobody named. `raw` are the names of
/// places of logs, as exports know them; none where only exports are read.
///
/// # Errors
/// When an export was made from another place; the message shows the difference.
pub(super) fn check<'a>(exports: impl Iterator<Item = (&'a str, &'a Settings)>, raw: &BTreeSet<String>) -> Result<()> {
    if raw.is_empty() {
        return Ok(());
    }
    for (name, settings) in exports {
        let others: Vec<&str> =
            settings.sources.iter().filter(|source| !raw.contains(*source)).map(String::as_str).collect();
        if !others.is_empty() {
            let named: Vec<&str> = raw.iter().map(String::as_str).collect();
            bail!(
                Message::new(format_args!("{} is an export of other places than those it is read with", Shown(name)))
                    .line(format_args!("it was made from  {}", Shown(settings.sources.join(", "))))
                    .line(format_args!("--from names      {}", Shown(named.join(", "))))
                    .hint("name the places that it was made from, just so, or the export alone")
            );
        }
    }
    Ok(())
}
