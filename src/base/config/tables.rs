//! `[tables]`: what tables of AWS's documentation are called where somebody named them otherwise.

use std::collections::BTreeMap;

use anyhow::Result;
use toml::Spanned;

use super::file::File;
use super::setting::Setting;
use crate::base::tables::documented::Documented;

/// A pattern of names with `*` for anything, and the table that is meant.
pub type TableName = (Setting<String>, Documented);

/// Checks the file's names and takes them over, in the order of their text.
pub(super) fn tables(names: BTreeMap<Spanned<String>, Spanned<String>>, file: &File) -> Result<Vec<TableName>> {
    let table = |(pattern, meant): (Spanned<String>, Spanned<String>)| {
        let found = Documented::ALL.into_iter().find(|table| table.name() == meant.get_ref());
        let Some(found) = found else {
            let hint = "alb_access_logs and alb_connection_logs are the tables that another name can be given to";
            return Err(file.error(&meant.span(), "no such table", Some(hint)));
        };
        if pattern.get_ref().is_empty() {
            return Err(file.error(&pattern.span(), "a table has a name", None));
        }
        Ok((file.setting(pattern), found))
    };
    names.into_iter().map(table).collect()
}
