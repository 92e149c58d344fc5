//! `typeof(x)`: what Trino calls the type of a value.

use datafusion::arrow::datatypes::{DataType, IntervalUnit};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

/// `typeof`. Lengths of text and digits of seconds are no part of types here.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct TypeOf {
    signature: Signature,
}

impl Default for TypeOf {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TypeOf {
    fn name(&self) -> &'static str {
        "typeof"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ScalarValue::Utf8(Some(name(&args.args[0].data_type()))).into())
    }
}

fn name(kind: &DataType) -> String {
    let name = match kind {
        DataType::Null => "unknown",
        DataType::Boolean => "boolean",
        DataType::Int8 => "tinyint",
        DataType::Int16 => "smallint",
        DataType::Int32 => "integer",
        kind if kind.is_integer() => "bigint",
        DataType::Float32 => "real",
        DataType::Float64 => "double",
        kind if kind.is_string() => "varchar",
        kind if kind.is_binary() => "varbinary",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Timestamp(_, None) => "timestamp(3)",
        DataType::Timestamp(_, Some(_)) => "timestamp(3) with time zone",
        DataType::Interval(IntervalUnit::YearMonth) => "interval year to month",
        DataType::Interval(_) | DataType::Duration(_) => "interval day to second",
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => return format!("decimal({precision},{scale})"),
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            return format!("array({})", self::name(field.data_type()));
        }
        DataType::Struct(fields) => {
            let fields: Vec<String> = fields.iter().map(|field| self::name(field.data_type())).collect();
            return format!("row({})", fields.join(", "));
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                return format!("map({}, {})", self::name(fields[0].data_type()), self::name(fields[1].data_type()));
            }
            _ => "map",
        },
        DataType::Dictionary(_, values) => return self::name(values),
        _ => "unknown",
    };
    name.to_owned()
}
