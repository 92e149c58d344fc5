//! Named sources: `[sources.prod]`, what must be true of one, and which one is the default.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use toml::Spanned;

use super::document::{Entry, SourceTable};
use super::environment::Environment;
use super::file::File;
use super::hint::nearest;
use super::setting::Setting;
use super::timespan::TimeSpan;
use super::value::{InFile, Value};
use crate::base::aws::Identity;
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;

/// Where logs lie, and as whom they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceConfig {
    /// Folders, files, globs, `s3://` URLs or `-`; at least one. Relative paths of the file start from the file's folder.
    pub from: Setting<Vec<String>>,
    /// Folder or `s3://` URL of an export of these logs, which is read instead of them as far as it goes.
    pub export: Option<Setting<String>>,
    /// Folder of a live store that takes these logs in.
    pub live: Option<Setting<String>>,
    /// URL of the queue that S3 tells of new objects.
    pub queue: Option<Setting<String>>,
    pub profile: Option<Setting<String>>,
    /// The role to assume.
    pub role_arn: Option<Setting<String>>,
    pub region: Option<Setting<String>>,
}

impl SourceConfig {
    /// The places it stands for.
    pub fn places(&self) -> Vec<Place> {
        let identity = self.identity();
        let place = |from: &String| Place { from: from.clone(), identity: identity.clone() };
        self.from.value.iter().map(place).collect()
    }

    /// Where the export of its logs is.
    pub fn exported(&self) -> Option<Place> {
        let export = self.export.as_ref()?;
        Some(Place { from: export.value.clone(), identity: self.identity() })
    }

    /// As whom it is read.
    pub fn identity(&self) -> Identity {
        let text = |setting: &Option<Setting<String>>| setting.as_ref().map(|setting| setting.value.clone());
        Identity { profile: text(&self.profile), role_arn: text(&self.role_arn), region: text(&self.region) }
    }
}

pub type Sources = BTreeMap<String, SourceConfig>;

/// Checks the file's sources and takes them over.
pub(super) fn sources(tables: BTreeMap<Spanned<String>, SourceTable>, file: &File) -> Result<Sources> {
    tables.into_iter().map(|(name, table)| Ok((checked_name(name, file)?, source(table, file)?))).collect()
}

/// The source to read when nothing is said: the environment's choice, else the file's, else the only one there is.
pub(super) fn default(
    in_file: Entry<String>,
    sources: &Sources,
    file: &File,
    environment: &Environment,
) -> Result<Option<Setting<String>>> {
    let mut chosen = None;
    if let Some(name) = in_file {
        let span = name.span();
        let name = file.setting(name).map(InFile::get);
        if !sources.contains_key(&name.value) {
            return Err(file.error(&span, "no such source", hint(&name.value, sources).as_deref()));
        }
        chosen = Some(name);
    }
    if let Some(name) = environment.setting::<String>("source")? {
        if !sources.contains_key(&name.value) {
            let message = format_args!("no such source: {} ({})", Shown(&name.value), name.origin);
            bail!(Message::new(message).hint_if(hint(&name.value, sources)));
        }
        chosen = Some(name);
    }
    Ok(chosen.or_else(|| only_one(sources)))
}

fn only_one(sources: &Sources) -> Option<Setting<String>> {
    let (name, source) = sources.first_key_value()?;
    (sources.len() == 1).then(|| Setting::new(name.clone(), source.from.origin.clone()))
}

/// What to say about a name that no source has.
pub(super) fn hint(name: &str, sources: &Sources) -> Option<String> {
    let names = || sources.keys().map(String::as_str);
    match nearest(name, names()) {
        Some(meant) => Some(format!("did you mean the source {meant}?", meant = Shown(meant))),
        None if sources.is_empty() => None,
        None => Some(format!("the sources are: {}", Shown(names().collect::<Vec<_>>().join(", ")))),
    }
}

/// A name must not be taken for anything else that `--from` accepts.
pub(super) fn checked_name(name: Spanned<String>, file: &File) -> Result<String> {
    let text = name.get_ref();
    let plain = text.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if text.starts_with(char::is_alphanumeric) && plain && TimeSpan::read(text).is_none() {
        return Ok(name.into_inner());
    }
    let hint = "letters, digits, `-`, `_` and `.`, such as prod; not a length of time";
    Err(file.error(&name.span(), "not a name for a source", Some(hint)))
}

fn source(table: SourceTable, file: &File) -> Result<SourceConfig> {
    if table.from.get_ref().is_empty() || table.from.get_ref().iter().any(String::is_empty) {
        return Err(file.error(&table.from.span(), "nothing to read", Some("from = [\"./logs\"]")));
    }
    let mut from = file.setting(table.from);
    from.value.iter_mut().for_each(|place| *place = beside(file.folder(), place));
    let field = |value: Option<Spanned<String>>, accepted: fn(&str) -> bool, expected: &str| match value {
        Some(value) if !accepted(value.get_ref()) => Err(file.error(&value.span(), expected, None)),
        value => Ok(value.map(|value| file.setting(value))),
    };
    let place = |value: Option<Spanned<String>>, is_local: bool| match value {
        Some(value) if value.get_ref().is_empty() || value.get_ref() == "-" => {
            Err(file.error(&value.span(), "expected a folder", None))
        }
        Some(value) if is_local && value.get_ref().contains("://") => {
            Err(file.error(&value.span(), "expected a folder of this machine", None))
        }
        value => Ok(value.map(|value| file.setting(value).map(|place| beside(file.folder(), &place)))),
    };
    Ok(SourceConfig {
        from,
        export: place(table.export, false)?,
        live: place(table.live, true)?,
        queue: field(
            table.queue,
            is_queue,
            "expected a queue's URL such as https://sqs.eu-west-1.amazonaws.com/111122223333/alb-logs",
        )?,
        profile: field(table.profile, is_profile, "expected the name of an AWS profile")?,
        role_arn: field(table.role_arn, is_role, "expected a role such as arn:aws:iam::123456789012:role/logs")?,
        region: field(table.region, is_region, "expected a region such as eu-west-1")?,
    })
}

/// A place as seen from the current folder.
pub(super) fn beside(folder: &Path, place: &str) -> String {
    if place == "-" || place.contains("://") {
        return place.to_owned();
    }
    // Taking it apart and together again drops the `.` in `/srv/./logs`.
    folder.join(place).components().collect::<PathBuf>().to_string_lossy().into_owned()
}

fn is_queue(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

pub(super) fn is_profile(text: &str) -> bool {
    !text.is_empty() && !text.contains(char::is_control)
}

/// `arn:aws[-…]:iam::<12 digits>:role/<name>`
pub(super) fn is_role(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, iam, region, account, role] = parts[..] else { return false };
    let account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let role = role.strip_prefix("role/").is_some_and(|name| !name.is_empty());
    arn == "arn" && partition.starts_with("aws") && iam == "iam" && region.is_empty() && account && role
}

/// `eu-west-1`, `us-gov-east-1`, `us-iso-east-1`, …
pub(super) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    let word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    let number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    words.len() >= 2 && words.iter().all(word) && number
}
