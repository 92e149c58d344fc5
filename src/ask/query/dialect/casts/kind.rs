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
            return time(rest);
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
            "decimal" => return Some(Self::Plain(decimal(arguments)?)),
            "varchar" if arguments.is_none() => return Some(Self::Varchar(None)),
            "char" if arguments.is_none() => return Some(Self::Varchar(Some(1))),
            "varchar" | "char" => return Some(Self::Varchar(Some(number()?))),
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
        arguments.is_none().then_some(Self::Plain(plain))
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

/// What a type of other databases is called in Athena's SQL.
pub(super) fn instead(name: &str) -> Option<&'static str> {
    let word = name.split(|char: char| !char.is_ascii_alphanumeric()).next().unwrap_or_default();
    Some(match word {
        "numeric" | "dec" | "number" => "it is decimal(10, 2)",
        "text" | "string" | "character" | "nvarchar" | "clob" => "it is varchar",
        "float" | "float8" => "it is double, or real",
        "float4" => "it is real",
        "int8" | "long" => "it is bigint",
        "int4" | "signed" | "unsigned" => "it is integer",
        "int2" => "it is smallint",
        "bool" => "it is boolean",
        "timestamptz" => "it is timestamp with time zone",
        "datetime" => "it is timestamp",
        "bytea" | "blob" | "binary" => "it is varbinary",
        "integer" | "bigint" | "smallint" | "tinyint" => "it has no length",
        "time" => "date_format(x, '%H:%i:%s') is the time of day as text, which is compared and sorted rightly",
        "row" | "struct" => {
            "ROW(a, b)[1] takes a value of a row by its place, and CAST(… AS map(varchar, varchar)) reads JSON"
        }
        _ => return None,
    })
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

/// What follows `timestamp`: `(3) with time zone`.
fn time(rest: &str) -> Option<Kind> {
    let rest = rest.trim();
    let (digits, zone) = match rest.strip_prefix('(') {
        Some(rest) => {
            let (digits, zone) = rest.split_once(')')?;
            (Some(digits.trim().parse().ok()?), zone.trim())
        }
        None => (None, rest),
    };
    let zoned = match zone {
        "" | "without time zone" => false,
        "with time zone" => true,
        _ => return None,
    };
    Some(Kind::Time { zoned, digits })
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
        for none in [
            "decimal(39, 0)",
            "decimal(3, 4)",
            "nosuch",
            "array",
            "map(varchar)",
            "integer(3)",
            "varchar(max)",
            "numeric",
            "timestamptz",
            "character varying",
        ] {
            assert_eq!(Kind::parse(none), None, "{none}");
        }
    }
}
