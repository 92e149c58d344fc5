//! `regexp_extract(text, pattern [, group])` and `regexp_replace(text, pattern [, replacement])` as in Trino: the first
//! match or a group of it, NULL if there is none; and the text with *all* matches replaced, by nothing unless told. `found` has
//! those that only look: `regexp_like`, `regexp_count`, `regexp_position`, `regexp_extract_all`, `regexp_split`.
//!
//! Patterns have the syntax of the crate `regex`, which matches in linear time: what Java and it both know means the same,
//! looking around and referring back are refused. With a fourth argument, flags, `regexp_replace` is DataFusion's, which
//! replaces the first match only unless one of the flags is `g`, and writes groups `\1`.

mod ascii;
mod found;
mod pattern;
mod replacement;

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::functions::regex::regexp_replace;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs};
use regex::{CaptureLocations, Regex};

pub(super) use found::{RegexpCount, RegexpExtractAll, RegexpLike, RegexpPosition, RegexpSplit};
pub use pattern::is_pattern;

use super::bounded::LONGEST_VALUE;
use super::scalar::{Argument, Function, constant};
use super::text::map_texts;
use pattern::compiled;
use replacement::Replacement;

/// `regexp_extract`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct RegexpExtract;

impl Function for RegexpExtract {
    const NAME: &'static str = "regexp_extract";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Text], &[Argument::Text, Argument::Text, Argument::Integer]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (texts, patterns) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let patterns = patterns.as_string_view();
        let groups = arguments.get(2).map(|groups| groups.to_array(rows)).transpose()?;
        let groups: Option<&Int64Array> = groups.as_ref().map(AsArray::as_primitive::<Int64Type>);
        let mut constant = constant(&arguments[1]).map(Extracting::new).transpose()?;
        map_texts(texts.as_string_view(), |row, text| {
            if patterns.is_null(row) || groups.is_some_and(|groups| groups.is_null(row)) {
                return Ok(None);
            }
            let group = groups.map_or(0, |groups| groups.value(row));
            match &mut constant {
                Some(extracting) => extracting.from(text, group),
                None => Extracting::new(patterns.value(row))?.from(text, group),
            }
        })
    }
}

/// A pattern, and where its groups were found.
struct Extracting {
    pattern: Rc<Regex>,
    found: CaptureLocations,
}

impl Extracting {
    fn new(pattern: &str) -> Result<Self> {
        let pattern = compiled(RegexpExtract::NAME, pattern)?;
        Ok(Self { found: pattern.capture_locations(), pattern })
    }

    /// This group of the first match.
    fn from<'a>(&mut self, text: &'a str, group: i64) -> Result<Option<Cow<'a, str>>> {
        let groups = self.pattern.captures_len();
        let found = match usize::try_from(group) {
            Ok(0) => self.pattern.find(text).map(|found| (found.start(), found.end())),
            Ok(group) if group < groups => {
                self.pattern.captures_read(&mut self.found, text).and_then(|_| self.found.get(group))
            }
            _ => return exec_err!("regexp_extract is asked for group {group} of a pattern that has {}", groups - 1),
        };
        Ok(found.map(|(start, end)| Cow::Borrowed(&text[start..end])))
    }
}

/// `regexp_replace`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct RegexpReplace;

impl Function for RegexpReplace {
    const NAME: &'static str = "regexp_replace";
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text; 2], &[Argument::Text; 3], &[Argument::Text; 4]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let [texts, patterns, replacements @ ..] = arguments else { return exec_err!("regexp_replace of nothing") };
        let nothing = ColumnarValue::Scalar(ScalarValue::Utf8View(Some(String::new())));
        let replacements = match replacements {
            [] => &nothing,
            [replacements] => replacements,
            [_, ..] => return with_flags(arguments, rows),
        };
        let constant = constant(patterns).zip(constant(replacements)).map(|(p, r)| Replacing::new(p, r)).transpose()?;
        let (texts, patterns, replacements) =
            (texts.to_array(rows)?, patterns.to_array(rows)?, replacements.to_array(rows)?);
        let (patterns, replacements) = (patterns.as_string_view(), replacements.as_string_view());
        map_texts(texts.as_string_view(), |row, text| {
            if patterns.is_null(row) || replacements.is_null(row) {
                return Ok(None);
            }
            Ok(Some(match &constant {
                Some(replacing) => replacing.in_text(text)?,
                None => Replacing::new(patterns.value(row), replacements.value(row))?.in_text(text)?,
            }))
        })
    }
}

/// DataFusion's own function.
fn with_flags(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
    let field = || Arc::new(Field::new("text", DataType::Utf8View, true));
    let call = ScalarFunctionArgs {
        args: arguments.to_vec(),
        arg_fields: arguments.iter().map(|_| field()).collect(),
        number_rows: rows,
        return_field: field(),
        config_options: Arc::default(),
    };
    regexp_replace().invoke_with_args(call)?.into_array(rows)
}

/// A pattern, and what its matches are replaced by.
struct Replacing {
    pattern: Rc<Regex>,
    replacement: Replacement,
}

impl Replacing {
    fn new(pattern: &str, replacement: &str) -> Result<Self> {
        let pattern = compiled(RegexpReplace::NAME, pattern)?;
        Ok(Self { replacement: Replacement::parse(replacement, &pattern)?, pattern })
    }

    /// The text with all matches replaced; itself if there are none.
    ///
    /// As in Java, the place right behind a match may be matched once more, by nothing.
    fn in_text<'a>(&self, text: &'a str) -> Result<Cow<'a, str>> {
        let Some(first) = self.pattern.find(text) else { return Ok(Cow::Borrowed(text)) };
        let mut groups = self.pattern.capture_locations();
        let mut replaced = String::with_capacity(text.len());
        let (mut next, mut copied, mut found) = (first.start(), 0, Some(first));
        while let Some(matched) = found {
            if !self.replacement.is_constant() {
                self.pattern.captures_read_at(&mut groups, text, next);
            }
            replaced.push_str(&text[copied..matched.start()]);
            self.replacement.append(&groups, text, &mut replaced);
            if replaced.len() > LONGEST_VALUE {
                return exec_err!("regexp_replace would make a value of more than {} MiB", LONGEST_VALUE >> 20);
            }
            copied = matched.end();
            next = matched.end();
            if matched.is_empty() {
                let Some(passed) = text[next..].chars().next() else { break };
                next += passed.len_utf8();
            }
            found = self.pattern.find_at(text, next);
        }
        replaced.push_str(&text[copied..]);
        Ok(Cow::Owned(replaced))
    }
}

#[cfg(test)]
mod tests;
