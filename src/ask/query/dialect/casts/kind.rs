//! Names of Trino's types, and what holds their values here.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};

use crate::ask::query::functions::map_of;

/// A type that a value can be cast to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// One that Arrow has as well.
    Plain(DataType),
    /// Text of at most so many characters.
    Varchar(Option<usize>),
    /// A point in time, with a zone or without.
    Time {
        zoned: bool,
        /// Digits of a second's fraction, if the type names them.
        digits: Option<u32>,
    },
    /// An address, kept as text in its usual form.
    Address,
    /// JSON, kept as text.
    Json,
    /// A UUID, kept as text in small letters.
    Uuid,
    Array(Box<Kind>),
    Map(Box<Kind>, Box<Kind>),
}

impl Kind {
    /// What is meant by `decimal(10, 2)`, `varchar(3)`, `timestamp(3) with time zone`; `None` if there is no such type here.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        if let Some(rest) = text.strip_prefix("timestamp") {
            let zoned = rest.ends_with("with time zone") && !rest.contains("without");
            let digits = rest.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
            let digits = digits.and_then(|(digits, _)| digits.trim().parse().ok());
            return Some(Self::Time { zoned, digits });
        }
        let (name, arguments) = match text.split_once(['(', '<']) {
            Some((name, rest)) => (name.trim(), Some(rest.strip_suffix([')', '>'])?)),
            None => (text.as_str(), None),
        };
        let number = || arguments?.trim().parse::<usize>().ok();
        let plain = match name {
            "boolean" => DataType::Boolean,
            "tinyint" => DataType::Int8,
            "smallint" => DataType::Int16,
            "int" | "integer" => DataType::Int32,
            "bigint" => DataType::Int64,
            "real" => DataType::Float32,
            "double" | "double precision" => DataType::Float64,
            "date" => DataType::Date32,
            "varbinary" => DataType::Binary,
            "decimal" | "dec" | "numeric" => decimal(arguments)?,
            "varchar" | "character varying" => return Some(Self::Varchar(number())),
            "char" | "character" => return Some(Self::Varchar(Some(number().unwrap_or(1)))),
            "ipaddress" => return Some(Self::Address),
            "json" => return Some(Self::Json),
            "uuid" => return Some(Self::Uuid),
            "array" => return Some(Self::Array(Box::new(Self::parse(arguments?)?))),
            "map" => {
                let (key, value) = halves(arguments?)?;
                return Some(Self::Map(Box::new(Self::parse(key)?), Box::new(Self::parse(value)?)));
            }
            _ => return None,
        };
        Some(Self::Plain(plain))
    }

    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Plain(plain) => plain.clone(),
            Self::Varchar(_) | Self::Address | Self::Json | Self::Uuid => DataType::Utf8View,
            Self::Time { zoned, .. } => DataType::Timestamp(TimeUnit::Microsecond, zoned.then(|| Arc::from("UTC"))),
            Self::Array(item) => DataType::List(Arc::new(Field::new_list_field(item.data_type(), true))),
            Self::Map(key, value) => map_of(&key.data_type(), &value.data_type()),
        }
    }
}

/// The two types of `varchar, array(integer)`, at the comma that stands in no parentheses.
fn halves(arguments: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let comma = arguments.find(|char| {
        match char {
            '(' | '<' => depth += 1,
            ')' | '>' => depth -= 1,
            _ => {}
        }
        char == ',' && depth == 0
    })?;
    Some((&arguments[..comma], &arguments[comma + 1..]))
}

fn decimal(arguments: Option<&str>) -> Option<DataType> {
    let Some(arguments) = arguments else { return Some(DataType::Decimal128(38, 0)) };
    let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
    let (precision, scale) = (precision.trim().parse::<u8>().ok()?, scale.trim().parse::<u8>().ok()?);
    (1..=38).contains(&precision).then_some(())?;
    (scale <= precision).then_some(DataType::Decimal128(precision, i8::try_from(scale).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_trino() {
        assert_eq!(Kind::parse("DECIMAL(10, 2)").unwrap().data_type(), DataType::Decimal128(10, 2));
        assert_eq!(Kind::parse("Varchar(3)"), Some(Kind::Varchar(Some(3))));
        assert_eq!(Kind::parse("timestamp(3) with time zone"), Some(Kind::Time { zoned: true, digits: Some(3) }));
        assert_eq!(Kind::parse("TIMESTAMP WITHOUT TIME ZONE"), Some(Kind::Time { zoned: false, digits: None }));
        assert_eq!(Kind::parse("array(varchar)"), Some(Kind::Array(Box::new(Kind::Varchar(None)))));
        let numbers = Kind::Array(Box::new(Kind::Plain(DataType::Int32)));
        let map = Kind::Map(Box::new(Kind::Varchar(Some(3))), Box::new(numbers));
        assert_eq!(Kind::parse("map(varchar(3), array(integer))"), Some(map));
        for none in ["decimal(39, 0)", "decimal(3, 4)", "nosuch", "array", "map(varchar)"] {
            assert_eq!(Kind::parse(none), None, "{none}");
        }
    }
}
