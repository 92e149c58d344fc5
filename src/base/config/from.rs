//! What `--from` means: the name of a source, or a place to read.

use anyhow::{Result, anyhow, bail};

use super::environment::Environment;
use super::source::hint;
use super::timespan::TimeSpan;
use super::value::Value;
use super::{Config, Setting, SourceConfig};
use crate::base::message::Message;
use crate::base::place::Place;
use crate::base::shown::Shown;

/// `ALBSTATS_FROM`, parted at commas. Not at `:` like `PATH`, for `s3://` has one.
pub(super) fn in_environment(environment: &Environment) -> Result<Option<Setting<Vec<String>>>> {
    let parts = |list: String| list.split(',').map(|part| part.trim().to_owned()).collect();
    Ok(environment.setting::<String>("from")?.map(|list| list.map(parts)))
}

impl Config {
    /// The places to read for the values of `--from`, each once: folders, files, globs, `s3://` URLs and `-` are
    /// themselves, the name of a source is what the source says; nothing given is `ALBSTATS_FROM`, else the default
    /// source.
    ///
    /// A source goes before a folder of the same name, which is `./prod`.
    pub fn resolve_from(&self, given: &[String]) -> Result<Vec<Place>> {
        let (names, given_by) = match (&self.from, &self.default_source) {
            _ if !given.is_empty() => (given, "--from"),
            (Some(from), _) => (from.value.as_slice(), "ALBSTATS_FROM"),
            (None, Some(source)) => (std::slice::from_ref(&source.value), "source"),
            (None, None) => return Err(self.nothing_to_read()),
        };
        let mut places: Vec<Place> = Vec::new();
        for name in names {
            let meant = match self.sources.get(name) {
                Some(source) => source.places(),
                None => vec![Place::new(self.checked(name, given_by)?)],
            };
            for place in meant {
                // Read twice, its rows would count twice.
                if !places.iter().any(|other| other.from == place.from) {
                    places.push(place);
                }
            }
        }
        Ok(places)
    }

    /// The sources among the values of `--from`, or in place of them.
    pub fn sources_in<'a>(&'a self, given: &'a [String]) -> impl Iterator<Item = (&'a String, &'a SourceConfig)> {
        let names = match (&self.from, &self.default_source) {
            _ if !given.is_empty() => given,
            (Some(from), _) => from.value.as_slice(),
            (None, source) => source.as_ref().map(|source| std::slice::from_ref(&source.value)).unwrap_or_default(),
        };
        names.iter().filter_map(|name| self.sources.get_key_value(name))
    }

    /// A place that is there, as far as can be told without opening it.
    fn checked<'a>(&self, place: &'a String, given_by: &str) -> Result<&'a String> {
        if place.is_empty() {
            bail!(Message::new(format_args!("{given_by} has an empty value")).hint("the current folder is `.`"));
        }
        let plain = place != "-" && !place.contains("://") && !place.contains(['*', '?', '[']);
        // A path that cannot be looked at is for those who open it to complain about.
        if !plain || self.folder.join(place).try_exists().unwrap_or(true) {
            return Ok(place);
        }
        if TimeSpan::read(place).is_some() {
            bail!(
                Message::new(format_args!(
                    "{given_by} takes a folder, file, glob, s3:// URL or a source's name, not a time"
                ))
                .hint(format_args!("--since {place}", place = Shown(place)))
            );
        }
        let hint = if place.contains('/') { None } else { hint(place, &self.sources) };
        bail!(Message::new(format_args!("no such file, folder or source: {place}", place = Shown(place))).hint_if(hint))
    }

    fn nothing_to_read(&self) -> anyhow::Error {
        let hint = match self.sources.first_key_value() {
            None => "albstats query --from ./logs \"…\" or [sources.…] in albstats.toml".to_owned(),
            Some((name, _)) => format!("--from {name} or source = \"{name}\" in albstats.toml"),
        };
        anyhow!(Message::new("nothing to read: no --from and no default source").hint(hint))
    }
}
