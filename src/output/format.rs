//! The names of the output formats, and which one a file name asks for.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};

use crate::base::message::Message;
use crate::base::shown::Shown;

/// A format the program can print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns, for people.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Ndjson,
    Markdown,
    /// One HTML file that needs nothing else.
    Html,
    /// An Apache Parquet file.
    Parquet,
    /// A stream of Apache Arrow's inter-process communication.
    Arrow,
}

impl Format {
    /// Every format, in the order they are listed to people.
    pub const ALL: [Self; 8] =
        [Self::Table, Self::Csv, Self::Json, Self::Ndjson, Self::Markdown, Self::Html, Self::Parquet, Self::Arrow];

    /// The name of the format, as typed and printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Whether it is for programs alone.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// The format the extension of `path` stands for, if it stands for one.
    pub fn from_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "md" | "markdown" => Some(Self::Markdown),
            "html" | "htm" => Some(Self::Html),
            "parquet" => Some(Self::Parquet),
            "arrow" | "arrows" => Some(Self::Arrow),
            _ => None,
        }
    }

    /// The format to print: the one that was named, else the one `path` asks for, else a table.
    ///
    /// An extension that stands for no format is refused, for a table in `out.xlsx` is what nobody wants.
    pub fn choose(named: Option<Self>, path: Option<&Path>) -> Result<Self> {
        let (None, Some(path)) = (named, path) else {
            return Ok(named.unwrap_or(Self::Table));
        };
        match path.extension() {
            None => Ok(Self::Table),
            Some(extension) if extension.eq_ignore_ascii_case("txt") => Ok(Self::Table),
            Some(_) => match Self::from_path(path) {
                Some(format) => Ok(format),
                None => bail!(
                    Message::new(format_args!("cannot tell the format from the name: {}", Shown(path.display())))
                        .hint(format_args!("name it with --format {}", names("|")))
                ),
            },
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no format's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format {typed:?}{}; formats: {}", .nearest.map(|it| format!(" (nearest: {it})")).unwrap_or_default(), names(", "))]
pub struct UnknownFormat {
    typed: String,
    nearest: Option<Format>,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(typed: &str) -> Result<Self, UnknownFormat> {
        let name = typed.to_ascii_lowercase();
        match name.as_str() {
            "jsonl" => return Ok(Self::Ndjson),
            "md" => return Ok(Self::Markdown),
            "htm" => return Ok(Self::Html),
            _ => {}
        }
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| UnknownFormat {
            typed: typed.to_owned(),
            nearest: Self::ALL
                .into_iter()
                .map(|format| (strsim::damerau_levenshtein(format.name(), &name), format))
                .filter(|(distance, _)| *distance <= 2)
                .min_by_key(|(distance, _)| *distance)
                .map(|(_, format)| format),
        })
    }
}

fn names(separator: &str) -> String {
    Format::ALL.map(Format::name).join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!("NDJSON".parse(), Ok(Format::Ndjson));
        assert_eq!("jsonl".parse(), Ok(Format::Ndjson));
        assert_eq!("md".parse(), Ok(Format::Markdown));
    }

    #[test]
    fn an_unknown_name_is_told_the_known_ones() {
        let message = |typed: &str| typed.parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            message("cvs"),
            r#"unknown format "cvs" (nearest: csv); formats: table, csv, json, ndjson, markdown, html, parquet, arrow"#
        );
        assert_eq!(
            message("xlsx"),
            r#"unknown format "xlsx"; formats: table, csv, json, ndjson, markdown, html, parquet, arrow"#
        );
    }

    #[test]
    fn a_file_name_chooses_unless_a_format_was_named() {
        let choose = |named, path: &str| Format::choose(named, Some(Path::new(path)));
        for (path, format) in [
            ("a/b.csv", Format::Csv),
            ("b.JSON", Format::Json),
            ("b.ndjson", Format::Ndjson),
            ("b.jsonl", Format::Ndjson),
            ("b.md", Format::Markdown),
            ("b.htm", Format::Html),
            ("b.HTML", Format::Html),
            ("b.parquet", Format::Parquet),
            ("b.arrows", Format::Arrow),
            ("b.txt", Format::Table),
            ("-", Format::Table),
            ("/dev/null", Format::Table),
        ] {
            assert_eq!(choose(None, path).unwrap(), format, "{path}");
        }
        assert_eq!(choose(Some(Format::Csv), "b.json").unwrap(), Format::Csv);
        assert_eq!(Format::choose(None, None).unwrap(), Format::Table);
        insta::assert_snapshot!(choose(None, "b.xlsx").unwrap_err(), @r"
        cannot tell the format from the name: b.xlsx
        hint: name it with --format table|csv|json|ndjson|markdown|html|parquet|arrow
        ");
    }
}
