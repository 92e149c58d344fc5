//! `_albstats.json`: what an export was created with, and what every later run must agree with.

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::Redaction;
use super::slot::SlotLength;
use crate::base::message::Message;
use crate::base::shown::Shown;

/// Where the settings lie, below the export. Readers of Hive layouts leave names with `_` out.
pub const SETTINGS_PATH: &str = "_albstats.json";

/// The layout this program writes.
pub const LAYOUT: u32 = 1;

/// What an export was created with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Version of the layout of folders, names and records.
    pub layout: u32,
    /// How much time a slot covers.
    pub slot: SlotLength,
    /// Where the logs come from.
    pub sources: Vec<String>,
    /// What is left out of the rows.
    pub redact: Redaction,
    /// The program that created it.
    pub writer: String,
}

impl Settings {
    /// Settings of an export that this program creates.
    pub fn new(slot: SlotLength, mut sources: Vec<String>, redact: Redaction) -> Self {
        sources.sort();
        Self { layout: LAYOUT, slot, sources, redact, writer: writer() }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When it is not one of these, or of a newer layout.
    pub fn read(json: &[u8], whose: &str) -> Result<Self> {
        Self::parse(json, whose, &format!("{whose}/{SETTINGS_PATH} is not an export's"))
    }

    /// Reads settings, of which `not_one` is said if they are none.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(json: &[u8], whose: &str, not_one: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Layout {
            layout: u32,
            #[serde(default)]
            writer: String,
        }
        let not_one = |error: serde_json::Error| anyhow::anyhow!("{not_one}: {}", Shown(error));
        let Layout { layout, writer } = serde_json::from_slice(json).map_err(not_one)?;
        if layout > LAYOUT {
            bail!(
                Message::new(format_args!(
                    "{whose} was created by {} with layout {layout}; this program knows layouts up to {LAYOUT}",
                    Shown(writer)
                ))
                .hint("update albstats")
            );
        }
        serde_json::from_slice(json).map_err(not_one)
    }

    /// The file's content.
    ///
    /// # Errors
    /// Never in practice: everything in it has a JSON form.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Refuses a run that would mix different things in one export.
    ///
    /// # Errors
    /// When slots, sources or redaction differ; the message shows the difference.
    pub fn check(&self, wanted: &Self, whose: &str) -> Result<()> {
        let differs = |what: &str, was: &dyn std::fmt::Display, wanted: &dyn std::fmt::Display| {
            anyhow::anyhow!(
                Message::new(format_args!("{whose} was created with {what} {}, not {}", Shown(was), Shown(wanted)))
                    .hint("the same again, or another --to")
            )
        };
        if self.slot != wanted.slot {
            return Err(differs("--slot", &self.slot, &wanted.slot));
        }
        if self.sources != wanted.sources {
            return Err(differs("--from", &self.sources.join(", "), &wanted.sources.join(", ")));
        }
        if self.redact != wanted.redact {
            return Err(differs("--redact", &named(&self.redact), &named(&wanted.redact)));
        }
        Ok(())
    }
}

/// `albstats 0.1.0`
pub(super) fn writer() -> String {
    concat!("albstats ", env!("CARGO_PKG_VERSION")).to_owned()
}

fn named(redaction: &Redaction) -> String {
    if redaction.is_empty() { "nothing".to_owned() } else { redaction.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new(SlotLength::Hour, vec!["s3://b".into(), "s3://a".into()], Redaction::default())
    }

    #[test]
    fn settings_read_back_and_differences_are_shown() {
        let json = settings().to_json().expect("json");
        assert_eq!(Settings::read(&json, "x").expect("settings"), settings());
        let day = Settings { slot: SlotLength::Day, ..settings() };
        let message = settings().check(&day, "s3://lake/v1").expect_err("differs").to_string();
        assert!(message.starts_with("s3://lake/v1 was created with --slot hour, not day\nhint: "), "{message}");
        let elsewhere = Settings { sources: vec!["s3://c".into()], ..settings() };
        let message = settings().check(&elsewhere, "x").expect_err("differs").to_string();
        assert!(message.contains("--from s3://a, s3://b, not s3://c"), "{message}");
    }

    #[test]
    fn a_newer_layout_is_refused() {
        let json = br#"{"layout": 2, "writer": "albstats 9.0.0", "shape": "unknown"}"#;
        let message = Settings::read(json, "x").expect_err("newer").to_string();
        assert!(message.contains("created by albstats 9.0.0 with layout 2"), "{message}");
    }
}
