//! The line editor: the only place that knows which crate it is (`docs/shell.md` says why this one).
//!
//! It reads and writes the terminal itself and never standard output, so that what is piped holds answers only.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, ColorMode, CompletionType, Config, Context, Helper};

use super::command::of_bare_word;
use super::complete::{Candidate, Completion, complete};
use super::highlight::coloured;
use super::script::is_whole;
use super::vocabulary::Vocabulary;
use crate::base::shown::Shown;
use crate::cli::common::message;

/// Statements that are remembered from one shell to the next.
const REMEMBERED: usize = 10_000;
const PROMPT: &str = "albstats> ";
const PROMPT_IN_COLOUR: &str = "\x1b[1malbstats>\x1b[0m ";

/// Words that the session learns while the editor uses them.
pub(super) type SharedVocabulary = Arc<Mutex<Vocabulary>>;

/// What was typed.
pub(super) enum Typed {
    Text(String),
    /// Ctrl-C.
    Nothing,
    /// Ctrl-D.
    End,
}

/// Reads statements and commands from the terminal.
pub(super) struct Editor {
    inner: rustyline::Editor<Assistant, FileHistory>,
    /// Where what was typed is remembered.
    history: Option<PathBuf>,
    prompt: (&'static str, &'static str),
}

impl Editor {
    /// With what was typed in earlier shells, which is in the folder `state`. Whether standard output is a terminal says if
    /// there may be prompts on any.
    ///
    /// # Errors
    /// When there is no terminal.
    pub(super) fn new(
        vocabulary: SharedVocabulary,
        state: Option<&Path>,
        colours: bool,
        prompts_anywhere: bool,
    ) -> Result<Self> {
        let config = Config::builder()
            .max_history_size(REMEMBERED)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .color_mode(if colours { ColorMode::Enabled } else { ColorMode::Disabled })
            .behavior(Behavior::PreferTerm)
            .build();
        let mut inner = rustyline::Editor::with_history(config.clone(), FileHistory::with_config(&config))
            .context("cannot use the terminal")?;
        inner.set_helper(Some(Assistant { vocabulary, files: FilenameCompleter::new(), colours }));
        // On a dumb terminal the crate writes the prompt to standard output, which may be a pipe.
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let prompt = if is_dumb && !prompts_anywhere { ("", "") } else { (PROMPT, PROMPT_IN_COLOUR) };
        let mut editor = Self { inner, history: None, prompt };
        if let Some(state) = state {
            match editor.remember(state) {
                Ok(path) => editor.history = Some(path),
                Err(error) => message(format_args!("warning: what is typed is not remembered: {error:#}")),
            }
        }
        Ok(editor)
    }

    /// Reads what is there, from a file that only the user may read.
    fn remember(&mut self, state: &Path) -> Result<PathBuf> {
        let path = state.join("history");
        let shown = || Shown(path.display()).to_string();
        create_private_folder(state).with_context(shown)?;
        match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => anyhow::bail!("{}: not a file", shown()),
            Ok(_) => {
                make_private(&path).with_context(shown)?;
                self.inner.load_history(&path).with_context(shown)?;
            }
            Err(_) => {}
        }
        Ok(path)
    }

    /// The next statements or command.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn read(&mut self) -> Result<Typed> {
        match self.inner.readline(&self.prompt) {
            Ok(text) => {
                let trimmed = text.trim_end();
                if !trimmed.is_empty() && self.inner.add_history_entry(trimmed).is_ok() {
                    self.write_history();
                }
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted | ReadlineError::Signal(_)) => Ok(Typed::Nothing),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(error).context("cannot read the terminal"),
        }
    }

    /// At once, so that a shell that is killed forgets nothing. That it cannot be is said once.
    fn write_history(&mut self) {
        if let Some(path) = self.history.take() {
            match self.inner.append_history(&path) {
                Ok(()) => self.history = Some(path),
                Err(error) => {
                    let path = Shown(path.display());
                    message(format_args!("warning: what is typed is not remembered: {path}: {}", Shown(error)));
                }
            }
        }
    }
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    Ok(fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?)
}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> Result<()> {
    Ok(fs::create_dir_all(folder)?)
}

#[cfg(unix)]
fn make_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> Result<()> {
    Ok(())
}

/// What the editor asks while somebody types.
struct Assistant {
    vocabulary: SharedVocabulary,
    files: FilenameCompleter,
    colours: bool,
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let completion = complete(line, pos, &self.vocabulary.lock().unwrap_or_else(PoisonError::into_inner));
        match completion {
            Completion::Words(start, words) => {
                let pair = |Candidate { shown, text }| Pair { display: shown, replacement: text };
                Ok((start, words.into_iter().map(pair).collect()))
            }
            Completion::File => {
                let (start, files) = self.files.complete(line, pos, context)?;
                // A name that would rewrite the screen is not listed.
                let is_harmless = |pair: &Pair| Shown(&pair.display).to_string() == pair.display;
                Ok((start, files.into_iter().filter(is_harmless).collect()))
            }
        }
    }
}

impl Hinter for Assistant {
    type Hint = String;
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_whole = is_whole(text) || of_bare_word(text).is_some();
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.colours { coloured(line).into() } else { line.into() }
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        // What was typed may change the colour of all that stands before.
        self.colours && kind != CmdKind::MoveCursor
    }
}
