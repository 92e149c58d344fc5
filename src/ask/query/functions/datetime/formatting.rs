//! `date_parse` and `date_format`, `parse_datetime` and `format_datetime`: reading and writing by a format, which is taken
//! apart once for a batch if it is a constant.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::item::Item;
use super::{joda, micros, mysql, quoted, read, times, write, zone};
use crate::ask::query::functions::scalar::{Argument, Function, constant, utc};

/// How a format is written.
pub(in crate::ask::query::functions) trait Notation:
    Debug + Default + PartialEq + Eq + Hash + Send + Sync + 'static
{
    /// The name of the function that reads text.
    const READS: &'static str;
    /// The name of the function that writes text.
    const WRITES: &'static str;

    /// What the format consists of, or what is wrong with it.
    fn items(format: &str) -> Result<Vec<Item>, String>;
}

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct MySql;

impl Notation for MySql {
    const READS: &'static str = "date_parse";
    const WRITES: &'static str = "date_format";

    fn items(format: &str) -> Result<Vec<Item>, String> {
        mysql::items(format)
    }
}

/// The notation of Joda-Time.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Joda;

impl Notation for Joda {
    const READS: &'static str = "parse_datetime";
    const WRITES: &'static str = "format_datetime";

    fn items(format: &str) -> Result<Vec<Item>, String> {
        joda::items(format)
    }
}

/// The formats of a batch's rows.
struct Formats {
    /// For all rows.
    constant: Option<Vec<Item>>,
    texts: ArrayRef,
}

impl Formats {
    fn new<N: Notation>(function: &str, argument: &ColumnarValue, rows: usize) -> Result<Self> {
        let constant = constant(argument).map(|format| items::<N>(function, format)).transpose()?;
        Ok(Self { constant, texts: argument.to_array(rows)? })
    }

    fn text(&self, row: usize) -> Option<&str> {
        let texts = self.texts.as_string_view();
        (!texts.is_null(row)).then(|| texts.value(row))
    }

    fn items<N: Notation>(&self, function: &str, format: &str) -> Result<Cow<'_, [Item]>> {
        Ok(match &self.constant {
            Some(items) => Cow::Borrowed(items),
            None => Cow::Owned(items::<N>(function, format)?),
        })
    }
}

fn items<N: Notation>(function: &str, format: &str) -> Result<Vec<Item>> {
    N::items(format)
        .map_err(|wrong| exec_datafusion_err!("{function} cannot use the format {}: {wrong}", quoted(format)))
}

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Reads<N>(PhantomData<N>);

impl<N: Notation> Function for Reads<N> {
    const NAME: &'static str = N::READS;
    // Times of these tables are no text any more: reading one answers it, so that queries for Athena need no change.
    const ARGUMENTS: &'static [&'static [Argument]] =
        &[&[Argument::Text, Argument::Text], &[Argument::Time, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        utc()
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        if matches!(arguments[0].data_type(), DataType::Timestamp(..)) {
            return micros(&arguments[0], rows);
        }
        let (texts, formats) = (arguments[0].to_array(rows)?, Formats::new::<N>(Self::NAME, &arguments[1], rows)?);
        let time = |(row, text): (usize, Option<&str>)| {
            let Some((text, format)) = text.zip(formats.text(row)) else { return Ok(None) };
            let time = read::read(&formats.items::<N>(Self::NAME, format)?, text);
            if time.is_none() {
                return exec_err!("{} cannot read {} by the format {}", Self::NAME, quoted(text), quoted(format));
            }
            Ok(time)
        };
        times(texts.as_string_view().iter().enumerate().map(time))
    }
}

#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Writes<N>(PhantomData<N>);

impl<N: Notation> Function for Writes<N> {
    const NAME: &'static str = N::WRITES;
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Time, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (times, formats) = (micros(&arguments[0], rows)?, Formats::new::<N>(Self::NAME, &arguments[1], rows)?);
        let zone = zone(&arguments[0].data_type())?;
        let mut texts = StringViewBuilder::with_capacity(rows);
        for (row, time) in times.as_primitive::<TimestampMicrosecondType>().iter().enumerate() {
            let text = match time.zip(formats.text(row)) {
                Some((time, format)) => write::write(&formats.items::<N>(Self::NAME, format)?, time, &zone),
                None => None,
            };
            texts.append_option(text);
        }
        Ok(Arc::new(texts.finish()))
    }
}
