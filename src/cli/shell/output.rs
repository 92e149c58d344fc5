//! Where answers go: the screen, standard output, or a file; in which format.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::cli::common::presenting::Output;
use crate::cli::common::printing::{Printing, PrintingArgs};
use crate::output::{Destination, Format, TableForm, TableLayout};

/// How answers are shown.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    /// The format for the screen and standard output.
    pub(super) format: Format,
    pub(super) expanded: bool,
    /// The zone in which times are told, if it is not UTC.
    pub(super) zone: Option<String>,
    /// Whether somebody sits there, who can use a pager.
    is_typed: bool,
    file: Option<AnswerFile>,
    /// Whether standard output has an answer already.
    has_answer: bool,
}

#[derive(Debug, Clone)]
struct AnswerFile {
    path: PathBuf,
    format: Format,
    has_answer: bool,
}

impl Answers {
    pub(super) fn new(format: Format, expanded: bool, zone: Option<String>, is_typed: bool) -> Self {
        Self { format, expanded, zone, is_typed, file: None, has_answer: false }
    }

    /// Shows text that is no rows.
    pub(super) fn show(&self, text: &str) -> Result<()> {
        let mut screen = self.screen(Format::Table)?;
        screen.write_all(text.as_bytes())?;
        screen.commit()
    }

    fn screen(&self, format: Format) -> Result<Destination> {
        if self.is_typed { Destination::screen(format) } else { Destination::open(None, format) }
    }

    /// From now on to a file, or to the screen again.
    ///
    /// # Errors
    /// When it cannot be written, or its name does not tell the format.
    pub(super) fn redirect(&mut self, path: Option<PathBuf>) -> Result<()> {
        let file = match path {
            None => None,
            Some(path) => {
                let format = Format::choose(None, Some(&path))?;
                // What cannot be written is known now; nothing of it stays.
                drop(Destination::open(Some(&path), format)?);
                Some(AnswerFile { path, format, has_answer: false })
            }
        };
        self.file = file;
        Ok(())
    }

    /// The file that answers go to.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| file.path.as_path())
    }

    /// For the next answer.
    pub(super) fn printing(&self, config: &Config) -> Result<Printing> {
        let (destination, format) = self.open()?;
        let printing = Printing::new(format, destination, config);
        let layout = TableLayout { form: TableForm::expanded(self.expanded), ..printing.layout };
        Ok(Printing { layout, zone: self.zone.clone(), ..printing })
    }

    /// For a report: as its own flags say, else as the shell's answers.
    pub(super) fn document(&self, printing: &PrintingArgs, config: &Config) -> Result<Output> {
        if printing.output.is_some() {
            return Output::open(printing, config);
        }
        let mut answers = self.clone();
        if let Some(format) = printing.format {
            answers.format = format;
            if let Some(file) = &mut answers.file {
                file.format = format;
            }
        }
        let (destination, format) = answers.open()?;
        Ok(Output::of(destination, format))
    }

    fn open(&self) -> Result<(Destination, Format)> {
        let Some(file) = &self.file else {
            if self.format.is_binary() {
                bail!(
                    Message::new(format_args!("{} is for a file", self.format))
                        .hint(format_args!("\\o FILE.{}", self.format))
                );
            }
            let mut destination = self.screen(self.format)?;
            let is_apart = destination.is_terminal() || !matches!(self.format, Format::Table | Format::Markdown);
            if self.has_answer && !is_apart {
                destination.write_all(b"\n")?;
            }
            return Ok((destination, self.format));
        };
        let AnswerFile { path, format, has_answer } = file;
        if !has_answer {
            return Ok((Destination::open(Some(path), *format)?, *format));
        }
        if !matches!(format, Format::Table | Format::Markdown | Format::Ndjson) {
            bail!(
                Message::new(format_args!(
                    "{} holds an answer already, and {format} can hold only one",
                    Shown(path.display())
                ))
                .hint("\\o ANOTHER, or \\o for the screen")
            );
        }
        let mut destination = Destination::after(path, *format)?;
        if *format != Format::Ndjson {
            destination.write_all(b"\n")?;
        }
        Ok((destination, *format))
    }

    /// An answer was written.
    pub(super) fn written(&mut self) {
        match &mut self.file {
            Some(file) => file.has_answer = true,
            None => self.has_answer = true,
        }
    }
}
