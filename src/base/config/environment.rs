//! What the process was started in, as a value: configuration is a function of it, so tests need no process environment.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Result, bail};

use super::SETTINGS;
use super::hint::nearest;
use super::setting::{Origin, Setting};
use super::value::Value;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// What every variable of ours begins with.
const PREFIX: &str = "ALBSTATS_";

/// Variables that are not settings, without the prefix. `LOG` is read by `telemetry`, `ASCII` by `output`.
const OTHERS: [&str; 5] = ["ASCII", "CONFIG", "FROM", "LOG", "SOURCE"];

/// The variables, the current folder and the number of cores.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Environment variables by name. An empty one counts as not set.
    pub variables: BTreeMap<String, String>,
    pub folder: PathBuf,
    /// How many threads can run at once.
    pub cores: NonZeroUsize,
}

impl Environment {
    /// That of this process. Bytes that are not UTF-8 are replaced.
    pub fn of_process() -> io::Result<Self> {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Ok(Self {
            variables: std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect(),
            folder: std::env::current_dir()?,
            cores: available_parallelism().unwrap_or(NonZeroUsize::MIN),
        })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Our folder in one of the user's: in what a variable of the XDG base directories names, else below the home folder.
    pub fn user_folder(&self, variable: &str, below_home: &str) -> Option<PathBuf> {
        let xdg = self.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = xdg.or_else(|| Some(PathBuf::from(self.get("HOME")?).join(below_home)))?;
        Some(base.join("albstats"))
    }

    /// The value of `ALBSTATS_<NAME>`, read as it should be.
    pub(super) fn setting<T: Value>(&self, name: &str) -> Result<Option<Setting<T>>> {
        let variable = variable(name);
        let Some(text) = self.get(&variable) else { return Ok(None) };
        match T::read(text) {
            Some(value) => Ok(Some(Setting::new(value, Origin::Env(variable)))),
            None => bail!("cannot read {variable}={text}: expected {}", T::EXPECTED, text = Shown(text)),
        }
    }

    /// One warning for each variable that looks like ours and is not.
    pub(super) fn warnings(&self) -> Vec<Message> {
        let settings = SETTINGS.iter().map(|key| variable(last_part(key)));
        let known: Vec<String> = settings.chain(OTHERS.iter().map(|name| variable(name))).collect();
        let ours = self.variables.keys().filter(|name| name.starts_with(PREFIX));
        ours.filter(|name| !known.contains(name)).map(|name| unknown(name, &known)).collect()
    }
}

fn unknown(name: &str, known: &[String]) -> Message {
    // The prefix is common to all: with it, any two would look alike.
    let meant = nearest(&name[PREFIX.len()..], known.iter().map(|known| &known[PREFIX.len()..]));
    let hint = meant.map(|meant| format!("did you mean {PREFIX}{meant}?"));
    Message::new(format_args!("unknown environment variable: {name}", name = Shown(name))).hint_if(hint)
}

/// `temp_disk` → `ALBSTATS_TEMP_DISK`.
fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_ascii_uppercase())
}

/// `limits.temp_disk` → `temp_disk`.
pub(super) fn last_part(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key)
}
