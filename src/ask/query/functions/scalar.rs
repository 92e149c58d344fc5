//! What all scalar functions have in common: which arguments they take, and how they are called for a batch.
//!
//! Every function is told its arguments as they were converted, and answers NULL where an argument is NULL, as Trino does
//! unless it says otherwise.

use std::fmt::{Debug, Write};
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility, lit};

/// What an argument has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    /// Text of any kind, given as `Utf8View`.
    Text,
    /// A point in time or a date, given as a timestamp.
    Time,
    /// A date and nothing else.
    Date,
    /// Bytes, given as `Binary`; text is none.
    Bytes,
    /// Any number, given as a `Float64`.
    Double,
    /// An integer, given as an `Int64`.
    Integer,
}

impl Argument {
    /// The type it is converted to; `None` if this cannot be it.
    fn converted(self, from: &DataType) -> Option<DataType> {
        let from = if let DataType::Dictionary(_, values) = from { values } else { from };
        let is_null = from.is_null();
        match self {
            Self::Text => (is_null || from.is_string()).then_some(DataType::Utf8View),
            Self::Time if matches!(from, DataType::Timestamp(..)) => Some(from.clone()),
            Self::Time => (is_null || matches!(from, DataType::Date32 | DataType::Date64)).then(utc),
            Self::Date => matches!(from, DataType::Date32).then_some(DataType::Date32),
            Self::Bytes => (is_null || from.is_binary()).then_some(DataType::Binary),
            Self::Double => (is_null || from.is_numeric()).then_some(DataType::Float64),
            Self::Integer => (is_null || from.is_integer()).then_some(DataType::Int64),
        }
    }
}

/// The type of times: microseconds, in UTC.
pub(in crate::ask::query) fn utc() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(Arc::from("UTC")))
}

/// A moment as a literal of that type; microseconds since the epoch.
pub(in crate::ask::query) fn moment(micros: i64) -> Expr {
    lit(ScalarValue::TimestampMicrosecond(Some(micros), Some(Arc::from("UTC"))))
}

pub(super) trait Function: Debug + Default + PartialEq + Eq + Hash + Send + Sync + 'static {
    /// Its name in SQL.
    const NAME: &'static str;

    /// Its other names.
    const ALIASES: &'static [&'static str] = &[];

    /// The arguments it may be called with, one list for each way.
    const ARGUMENTS: &'static [&'static [Argument]];

    /// The type of its answer for converted arguments.
    fn answer(arguments: &[DataType]) -> DataType;

    /// Calls it for all rows. Each argument is as long as the batch, or a constant.
    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef>;
}

/// A function as DataFusion wants it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Scalar<F> {
    signature: Signature,
    aliases: Vec<String>,
    function: PhantomData<F>,
}

impl<F: Function> Default for Scalar<F> {
    fn default() -> Self {
        let aliases = F::ALIASES.iter().map(ToString::to_string).collect();
        Self { signature: Signature::user_defined(Volatility::Immutable), aliases, function: PhantomData }
    }
}

impl<F: Function> ScalarUDFImpl for Scalar<F> {
    fn name(&self) -> &str {
        F::NAME
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let convert = |wanted: &&[Argument]| {
            let pairs = wanted.iter().zip(arg_types);
            let converted: Option<Vec<_>> = pairs.map(|(wanted, from)| wanted.converted(from)).collect();
            converted.filter(|converted| converted.len() == wanted.len() && converted.len() == arg_types.len())
        };
        let converted = F::ARGUMENTS.iter().find_map(convert);
        converted.map_or_else(|| plan_err!("{}", misused::<F>(arg_types)), Ok)
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(F::answer(arg_types))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        extent.answer(F::call(&args.args, extent.rows)?)
    }
}

/// For how many rows a function answers: for those of the batch, or once if all arguments are constants, and the answer is one as well.
#[derive(Debug, Clone, Copy)]
pub(in crate::ask::query) struct Extent {
    pub(in crate::ask::query) rows: usize,
    is_constant: bool,
}

impl Extent {
    pub(in crate::ask::query) fn of(args: &ScalarFunctionArgs) -> Self {
        let is_constant = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        Self { rows: if is_constant { 1 } else { args.number_rows }, is_constant }
    }

    /// What the function answers, one value for each row.
    ///
    /// # Errors
    /// When there is no constant of the answer's type.
    pub(in crate::ask::query) fn answer(self, answer: ArrayRef) -> Result<ColumnarValue> {
        Ok(if self.is_constant {
            ScalarValue::try_from_array(&answer, 0)?.into()
        } else {
            ColumnarValue::Array(answer)
        })
    }
}

/// Calls for every two values that stand beside each other; NULL where either is.
pub(super) fn each_pair<A, B, R>(
    left: impl IntoIterator<Item = Option<A>>,
    right: impl IntoIterator<Item = Option<B>>,
    mut call: impl FnMut(A, B) -> Result<R>,
) -> impl Iterator<Item = Result<Option<R>>> {
    left.into_iter()
        .zip(right)
        .map(move |(left, right)| left.zip(right).map(|(left, right)| call(left, right)).transpose())
}

/// The text of an argument that is the same in all rows; `None` as well if it is NULL.
pub(super) fn constant(argument: &ColumnarValue) -> Option<&str> {
    match argument {
        ColumnarValue::Scalar(value) => value.try_as_str().flatten(),
        ColumnarValue::Array(_) => None,
    }
}

/// How the function is to be called, for somebody who called it otherwise.
fn misused<F: Function>(arg_types: &[DataType]) -> String {
    let mut message = format!("{} takes ", F::NAME);
    for (index, arguments) in F::ARGUMENTS.iter().enumerate() {
        let names: Vec<_> = arguments.iter().map(|argument| format!("{argument:?}").to_lowercase()).collect();
        let or = if index > 0 { " or " } else { "" };
        let _ = write!(message, "{or}({})", names.join(", "));
    }
    let given: Vec<_> = arg_types.iter().map(ToString::to_string).collect();
    format!("{message}, not ({})", given.join(", "))
}
