//! `[[alert]]` and `[notify.NAME]`: what is looked at again and again, and who is told.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use toml::Spanned;

use super::document::{AlertTable, NotifyTable};
use super::file::File;
use super::hint::nearest;
use super::setting::Setting;
use super::source::checked_name;
use super::timespan::TimeSpan;
use super::value::InFile;
use crate::base::shown::Shown;

/// A condition that nobody should have to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertConfig {
    /// What it is called. One that names a condition everybody has takes from it what is not said here.
    pub name: String,
    /// The source it is about, if it is not the first that is served.
    pub source: Option<String>,
    pub asks: Option<Asks>,
    /// How much time before the end of complete logs is looked at.
    pub window: Option<TimeSpan>,
    /// Conditions of the report's columns, as `--fail-if` takes them.
    pub fail_if: Vec<String>,
    pub min_requests: Option<u64>,
    /// How often it is looked at.
    pub every: Option<TimeSpan>,
    /// How long a condition has to hold.
    pub hold: Option<TimeSpan>,
    /// Logs that are later than this cannot be judged.
    pub late: Option<TimeSpan>,
    pub severity: Option<String>,
    /// Names of `[notify.NAME]`; none for all.
    pub notify: Option<Vec<String>>,
}

/// What an alert asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asks {
    /// A report: its name, and flags as they are typed.
    Report(Vec<String>),
    /// A statement, each row of which is something wrong.
    Sql(String),
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receiver {
    /// The address of an Alertmanager: `http://127.0.0.1:9093`.
    Alertmanager(String),
    /// An address that takes JSON.
    Webhook(String),
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alerts {
    pub rules: Vec<Setting<AlertConfig>>,
    pub receivers: BTreeMap<String, Setting<Receiver>>,
}

/// Checks the tables and takes them over.
pub(super) fn alerts(
    rules: Vec<Spanned<AlertTable>>,
    receivers: BTreeMap<Spanned<String>, Spanned<NotifyTable>>,
    file: &File,
) -> Result<Alerts> {
    let receiver = |(name, table)| Ok((checked_name(name, file)?, receiver(table, file)?));
    let receivers: BTreeMap<String, Setting<Receiver>> = receivers.into_iter().map(receiver).collect::<Result<_>>()?;
    let mut names = BTreeSet::new();
    let mut checked = Vec::new();
    for rule in rules {
        let span = rule.span();
        let rule = alert(rule.into_inner(), &receivers, file)?;
        if !names.insert(rule.name.clone()) {
            return Err(file.error(&span, "another alert has this name", None));
        }
        checked.push(file.setting(Spanned::new(span, rule)));
    }
    Ok(Alerts { rules: checked, receivers })
}

fn receiver(table: Spanned<NotifyTable>, file: &File) -> Result<Setting<Receiver>> {
    let span = table.span();
    let NotifyTable { alertmanager, webhook } = table.into_inner();
    let address = |url: Spanned<String>| {
        let is_address = ["http://", "https://"].iter().any(|scheme| {
            url.get_ref().strip_prefix(scheme).is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
        });
        if is_address && !url.get_ref().contains(|c: char| c.is_control() || c.is_whitespace()) {
            return Ok(url.into_inner().trim_end_matches('/').to_owned());
        }
        Err(file.error(&url.span(), "expected an address", Some("http://127.0.0.1:9093")))
    };
    let receiver = match (alertmanager, webhook) {
        (Some(url), None) => Receiver::Alertmanager(address(url)?),
        (None, Some(url)) => Receiver::Webhook(address(url)?),
        _ => return Err(file.error(&span, "expected either alertmanager or webhook", None)),
    };
    Ok(file.setting(Spanned::new(span, receiver)))
}

fn alert(table: AlertTable, receivers: &BTreeMap<String, Setting<Receiver>>, file: &File) -> Result<AlertConfig> {
    let AlertTable {
        name,
        source,
        report,
        options,
        sql,
        window,
        fail_if,
        min_requests,
        every,
        hold,
        late,
        severity,
        notify,
    } = table;
    let name = checked_name(name, file)?;
    let asks = match (report, sql) {
        (Some(report), Some(_)) => return Err(file.error(&report.span(), "a report or sql, not both", None)),
        (Some(report), None) => {
            let words = options.unwrap_or_default().into_iter().map(Spanned::into_inner);
            Some(Asks::Report(std::iter::once(report.into_inner()).chain(words).collect()))
        }
        (None, sql) => {
            if let Some(option) = options.iter().flatten().next() {
                return Err(file.error(&option.span(), "options are those of a report", Some("report = \"errors\"")));
            }
            sql.map(|sql| Asks::Sql(sql.into_inner()))
        }
    };
    if let Some(receiver) = notify.iter().flatten().find(|name| !receivers.contains_key(name.get_ref())) {
        let meant = nearest(receiver.get_ref(), receivers.keys().map(String::as_str));
        let hint = meant.map(|meant| format!("did you mean {}?", Shown(meant)));
        return Err(file.error(&receiver.span(), "nobody is called so in [notify]", hint.as_deref()));
    }
    Ok(AlertConfig {
        name,
        source,
        asks,
        window: window.map(|window| window.get().span()),
        fail_if,
        min_requests,
        every: every.map(|every| every.get().span()),
        hold: hold.map(InFile::get),
        late: late.map(InFile::get),
        severity,
        notify: notify.map(|names| names.into_iter().map(Spanned::into_inner).collect()),
    })
}
