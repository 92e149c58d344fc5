//! The file `albstats.toml`: where it is looked for, and messages that point at its lines.
//!
//! What the values mean together (precedence, default source) is decided elsewhere in this folder.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use toml::Spanned;
use unicode_width::UnicodeWidthStr;

use super::SETTINGS;
use super::document::Document;
use super::environment::{Environment, last_part};
use super::hint::nearest;
use super::setting::{Origin, Setting};
use super::trust::{distrust, on_one_device};
use crate::base::message::Message;
use crate::base::shown::Shown;

/// The file's name in a folder.
const NAME: &str = "albstats.toml";

/// A file to read.
#[derive(Default)]
pub(super) struct Found {
    /// Where it is, and who chose it.
    pub(super) file: Option<Setting<PathBuf>>,
    /// Whether it may say which load balancers are to log: nobody expects that of a file far above.
    pub(super) may_reconcile: bool,
    /// Files that are not taken, and why.
    pub(super) warnings: Vec<Message>,
}

/// Finds the file to read and who chose it: the one named, else the nearest one above the current folder, in its file
/// system, else the user's own. Files that others could have written are left out unless they are named.
pub(super) fn find(named: Option<&Path>, environment: &Environment) -> Found {
    let in_environment = || Some((environment.get("ALBSTATS_CONFIG")?, Origin::Env("ALBSTATS_CONFIG".to_owned())));
    let named = named.map(|path| (path.to_owned(), Origin::Flag("--config".to_owned())));
    if let Some((path, origin)) = named.or_else(|| in_environment().map(|(path, origin)| (path.into(), origin))) {
        return Found { file: Some(Setting::new(path, origin)), may_reconcile: true, ..Found::default() };
    }
    let mut warnings = Vec::new();
    let folder = &environment.folder;
    let above = folder.ancestors().take_while(|above| on_one_device(above, folder));
    let places = above.map(|folder| (folder.join(NAME), Some(folder)));
    let places = places.chain(in_home(environment).map(|path| (path, None)));
    for (path, above) in places.filter(|(path, _)| path.is_file()) {
        // In the current folder its name will do, in messages and in front of the paths it holds.
        let short = path.strip_prefix(folder).map_or_else(|_| path.clone(), Path::to_owned);
        let Some(why) = distrust(&path, environment) else {
            let may_reconcile = above.is_none_or(|above| is_within_the_project(above, environment));
            return Found { file: Some(Setting::default(short)), may_reconcile, warnings };
        };
        let shown = Shown(short.display());
        let ignored = format_args!("{shown} is ignored: {why}");
        warnings.push(Message::new(ignored).hint(format_args!("--config {shown}, if it is to be taken")));
    }
    Found { warnings, ..Found::default() }
}

/// Whether a folder at or above the current one is no higher than the nearest repository or the home folder, whichever
/// comes first; without either, it is the current folder itself.
fn is_within_the_project(above: &Path, environment: &Environment) -> bool {
    let home = environment.get("HOME").map(Path::new);
    let is_top = |folder: &&Path| folder.join(".git").exists() || Some(*folder) == home;
    let top = environment.folder.ancestors().find(is_top).unwrap_or(&environment.folder);
    above.starts_with(top)
}

fn in_home(environment: &Environment) -> Option<PathBuf> {
    Some(environment.user_folder("XDG_CONFIG_HOME", ".config")?.join(NAME))
}

/// The file's text, and its path as people named it. No file is an empty file.
#[derive(Default)]
pub(super) struct File {
    path: PathBuf,
    text: String,
}

impl File {
    pub(super) fn read(found: &Setting<PathBuf>, environment: &Environment) -> Result<Self> {
        let path = found.value.clone();
        let text = fs::read_to_string(environment.folder.join(&path)).with_context(|| match &found.origin {
            Origin::Default => format!("cannot read {}", Shown(path.display())),
            named_by => format!("cannot read {} ({named_by})", Shown(path.display())),
        })?;
        Ok(Self { path, text })
    }

    /// The folder its relative paths start from, itself relative to the current folder or absolute.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    pub(super) fn document(&self) -> Result<Document> {
        toml::from_str(&self.text).map_err(|error| {
            let (message, hint) = in_our_words(error.message());
            self.error(&error.span().unwrap_or_default(), &message, hint.as_deref())
        })
    }

    /// Its policy lies above the repository or the home folder.
    pub(super) fn policy_from_above(&self) -> Message {
        let path = Shown(self.path.display());
        let ignored = format_args!(
            "[reconcile] of {path} is ignored: a policy counts in the current folder, its repository and the home folder"
        );
        Message::new(ignored).hint(format_args!("--config {path}, if it is to be taken"))
    }

    /// A value of this file with its line.
    pub(super) fn setting<T>(&self, value: Spanned<T>) -> Setting<T> {
        let (line, _) = self.position(value.span().start);
        Setting::new(value.into_inner(), Origin::File { path: self.path.clone(), line })
    }

    /// `file:line:column: message`, the line itself, and what to do about it.
    pub(super) fn error(&self, span: &Range<usize>, message: &str, hint: Option<&str>) -> anyhow::Error {
        let (line, column) = self.position(span.start);
        let text = self.text.lines().nth(line - 1).unwrap_or_default();
        let marked = self.text.get(span.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
        let shown = |text: &str| Shown(text.replace('\t', " ")).to_string();
        let before: String = text.chars().take(column - 1).collect();
        let gutter = " ".repeat(line.to_string().len());
        let carets = " ".repeat(shown(&before).width()) + &"^".repeat(shown(marked).width().max(1));
        let place = format_args!("{}:{line}:{column}", Shown(self.path.display()));
        anyhow!(
            Message::new(format_args!("{place}: {message}"))
                .line(format_args!("{line} | {}", shown(text.trim_end())))
                .line(format_args!("{gutter} | {carets}"))
                .hint_if(hint)
        )
    }

    /// Line and column of a byte, both from 1; the column in characters.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// The parser's message in the words of this file, and a hint for a key it does not know.
fn in_our_words(message: &str) -> (String, Option<String>) {
    if !message.starts_with("unknown field") {
        let message = message.replace("missing field", "missing key").replace("a sequence", "a list in brackets");
        return (message, None);
    }
    // "unknown field `margn`, expected `margin` or `strict`": the names stand between backticks.
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().unwrap_or_default();
    let known: Vec<&str> = names.collect();
    let elsewhere = SETTINGS.iter().find(|key| last_part(key) == unknown).and_then(|key| key.split_once('.'));
    let hint = match (elsewhere, nearest(unknown, known.iter().copied())) {
        (Some((table, _)), _) => format!("`{unknown}` belongs under [{table}]"),
        (None, Some(meant)) => format!("did you mean `{meant}`?"),
        (None, None) => format!("known here: {}", known.join(", ")),
    };
    (format!("unknown key `{unknown}`"), Some(hint))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_is_too_odd_to_point_at(lines: Vec<String>, key in "[ -~é\t\r\n]{0,20}") {
            let text = format!("{}\n{key} = {{", lines.join("\n"));
            let message = File { path: "a.toml".into(), text }.document().err().map(|error| error.to_string());
            prop_assert!(message.is_none_or(|message| message.starts_with("a.toml:")));
        }
    }
}
