//! `CAST` and `TRY_CAST` as Trino means them. Where the engine means the same, its own cast is planned.

mod instant;
mod json;
mod kind;
mod nested;
mod text;
mod whole;

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Builder, StringViewBuilder};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    Cast, ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TryCast,
    Volatility,
};

use crate::ask::query::functions::{Extent, shown_by_clocks};
use kind::Kind;

/// `CAST(value AS type)`, called as `cast_as(value, 'type')`.
pub(in crate::ask::query) const CAST: &str = "cast_as";

/// `TRY_CAST(value AS type)`: NULL where the other fails.
pub(super) const TRY_CAST: &str = "try_cast_as";

/// The function of either name.
pub(super) fn udf(is_try: bool) -> ScalarUDF {
    ScalarUDF::from(CastAs { is_try, signature: Signature::user_defined(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CastAs {
    is_try: bool,
    signature: Signature,
}

fn kind(name: Option<&ScalarValue>) -> Result<Kind> {
    let name = name.and_then(|name| name.try_as_str().flatten()).unwrap_or_default();
    if let Some(kind) = Kind::parse(name) {
        Ok(kind)
    } else {
        let name = name.to_lowercase();
        if let Some(instead) = kind::instead(&name) {
            plan_err!("there is no type {name} here: {instead}")
        } else {
            plan_err!("there is no type {name} here")
        }
    }
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "+00:00")
}

/// Whether the engine's own cast means the same.
fn is_native(from: &DataType, to: &Kind) -> bool {
    match to {
        Kind::Plain(plain) if plain.is_integer() => from.is_integer() || from.is_null(),
        Kind::Plain(DataType::Date32) => matches!(from, DataType::Date32 | DataType::Timestamp(..)),
        Kind::Plain(DataType::Boolean) => !from.is_string(),
        Kind::Plain(_) => true,
        Kind::Varchar(None) => from.is_string() || from.is_integer(),
        Kind::Time { zoned: true, digits: None } => matches!(from, DataType::Timestamp(_, Some(_))),
        Kind::Time { zoned: false, digits: None } => match from {
            DataType::Timestamp(_, zone) => zone.as_deref().is_none_or(is_utc),
            _ => false,
        },
        _ => false,
    }
}

impl ScalarUDFImpl for CastAs {
    fn name(&self) -> &str {
        if self.is_try { TRY_CAST } else { CAST }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, kinds: &[DataType]) -> Result<Vec<DataType>> {
        Ok(kinds
            .iter()
            .map(|kind| if let DataType::Dictionary(_, values) = kind { values } else { kind }.clone())
            .collect())
    }

    fn return_type(&self, _kinds: &[DataType]) -> Result<DataType> {
        internal_err!("the type depends on a name")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let to = kind(args.scalar_arguments.get(1).copied().flatten())?;
        let from = args.arg_fields[0].data_type();
        let data_type = match (&to, from) {
            // The clocks of a zone stay, of which Arrow's types know.
            (Kind::Time { zoned: true, .. }, DataType::Timestamp(_, Some(_))) => from.clone(),
            _ => to.data_type(),
        };
        Ok(Field::new(self.name(), data_type, true).into())
    }

    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let [value, Expr::Literal(name, _)] = args.as_slice() else { return Ok(ExprSimplifyResult::Original(args)) };
        let (from, to) = (info.get_data_type(value)?, kind(Some(name))?);
        if !is_native(&from, &to) {
            return Ok(ExprSimplifyResult::Original(args));
        }
        let to = match (&to, &from) {
            (Kind::Time { zoned: true, .. }, from) => from.clone(),
            _ => to.data_type(),
        };
        let value = Box::new(value.clone());
        Ok(ExprSimplifyResult::Simplified(if self.is_try {
            Expr::TryCast(TryCast::new(value, to))
        } else {
            Expr::Cast(Cast::new(value, to))
        }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value, ColumnarValue::Scalar(name)] = args.args.as_slice() else {
            return internal_err!("a cast has a value and the name of a type");
        };
        let to = kind(Some(name))?;
        let extent = Extent::of(&args);
        let values = value.to_array(extent.rows)?;
        let answer = self.convert(&values, &to)?;
        let answer = cast(&answer, args.return_type())?;
        extent.answer(answer)
    }
}

impl CastAs {
    fn convert(&self, values: &ArrayRef, to: &Kind) -> Result<ArrayRef> {
        let from = values.data_type();
        if from.is_null() || is_native(from, to) {
            return self.native(values, &to.data_type());
        }
        match to {
            Kind::Plain(plain) if plain.is_integer() && (from.is_floating() || from.is_decimal()) => {
                let doubles = cast(values, &DataType::Float64)?;
                self.each(values, |row| whole::rounded(doubles.as_primitive::<Float64Type>().value(row)))
                    .and_then(|whole| self.native(&whole, plain))
            }
            Kind::Plain(plain) if from.is_string() => {
                let texts = cast(values, &DataType::Utf8View)?;
                let texts = texts.as_string_view();
                if *plain == DataType::Boolean {
                    return self
                        .texts(values, |row| text::boolean(texts.value(row)), "a boolean")
                        .and_then(|texts| self.native(&texts, plain));
                }
                if plain.is_integer() {
                    self.texts(values, |row| text::integer(texts.value(row)), "an integer")
                        .and_then(|texts| self.native(&texts, plain))
                } else {
                    self.texts(values, |row| text::day(texts.value(row)), "a date")
                        .and_then(|texts| self.native(&texts, plain))
                }
            }
            Kind::Varchar(most) => {
                let texts = text::written(values)?;
                match most {
                    Some(most) => {
                        let texts = texts.as_string_view();
                        // Of a text its beginning is taken; a number is not cut.
                        let fitting = |row: usize| {
                            let text = texts.value(row);
                            let beginning = text::beginning(text, *most);
                            (from.is_string() || beginning.len() == text.len()).then(|| beginning.to_owned())
                        };
                        self.texts(values, fitting, "so short a text")
                    }
                    None => Ok(texts),
                }
            }
            Kind::Time { digits, .. } if from.is_string() => {
                let texts = cast(values, &DataType::Utf8View)?;
                let texts = texts.as_string_view();
                self.texts(
                    values,
                    |row| text::time(texts.value(row)),
                    "a time: from_iso8601_timestamp(…) reads those with a T",
                )
                .and_then(|texts| self.native(&texts, &to.data_type()))
                .and_then(|times| instant::rounded(&times, digits.unwrap_or(instant::USUAL)))
            }
            // The clocks of its zone stay.
            Kind::Time { zoned, digits } if matches!(from, DataType::Timestamp(..)) => {
                let times = match from {
                    DataType::Timestamp(_, Some(zone)) if !zoned && !is_utc(zone) => {
                        Arc::new(shown_by_clocks(values, from)?)
                    }
                    _ if *zoned && matches!(from, DataType::Timestamp(_, Some(_))) => Arc::clone(values),
                    _ => self.native(values, &to.data_type())?,
                };
                match digits {
                    Some(digits) => instant::rounded_from_usual(&times, *digits),
                    None => Ok(times),
                }
            }
            Kind::Address | Kind::Uuid if from.is_string() => {
                let texts = cast(values, &DataType::Utf8View)?;
                let texts = texts.as_string_view();
                match to {
                    Kind::Address => self.texts(values, |row| text::address(texts.value(row)), "an address"),
                    _ => self.texts(values, |row| text::uuid(texts.value(row)), "a UUID"),
                }
            }
            Kind::Json => json::written(values),
            Kind::Array(item) if from.is_list() => nested::items(values, |items| self.convert(items, item)),
            Kind::Array(_) | Kind::Map(..) if from.is_string() => {
                let texts = cast(values, &DataType::Utf8View)?;
                let parsed = nested::parsed(texts.as_string_view(), self.is_try)?;
                nested::read(&parsed, to, &|scalars, to| self.convert(scalars, to))
            }
            _ => self.native(values, &to.data_type()),
        }
    }

    fn native(&self, values: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
        Ok(cast_with_options(values, to, &CastOptions { safe: self.is_try, ..CastOptions::default() })?)
    }

    /// Integers of values that are not NULL.
    fn each(&self, values: &ArrayRef, value: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
        let mut made = Int64Builder::with_capacity(values.len());
        for row in 0..values.len() {
            match (values.is_null(row), value(row)) {
                (false, Some(value)) => made.append_value(value),
                (false, None) if !self.is_try => return exec_err!("a number is too large for an integer"),
                _ => made.append_null(),
            }
        }
        Ok(Arc::new(made.finish()))
    }

    /// Texts of values that are not NULL.
    fn texts(&self, values: &ArrayRef, value: impl Fn(usize) -> Option<String>, what: &str) -> Result<ArrayRef> {
        let mut made = StringViewBuilder::with_capacity(values.len());
        for row in 0..values.len() {
            if values.is_null(row) {
                made.append_null();
                continue;
            }
            match value(row) {
                Some(value) => made.append_value(value),
                None if self.is_try => made.append_null(),
                None => {
                    let shown = text::written(&values.slice(row, 1))?;
                    let shown = text::beginning(shown.as_string_view().value(0), 60).to_owned();
                    return exec_err!("the text '{shown}' cannot be cast to {what}");
                }
            }
        }
        Ok(Arc::new(made.finish()))
    }
}
