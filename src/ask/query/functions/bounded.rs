//! Functions that make text or lists out of little: `repeat('x', 1000000000)` takes a gigabyte that no memory pool counts.
//! They are refused before they make a value, or a batch of values, that is too long.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use datafusion::prelude::SessionContext;

/// The longest value that a function may make, bytes.
pub(super) const LONGEST_VALUE: usize = 64 << 20;
/// The most that a function may make of one batch of rows, bytes.
const LARGEST_BATCH: u64 = 256 << 20;
/// Bytes of an item of a list that is made.
const ITEM: u64 = 8;

/// The bytes that a row's answer takes, from the row's arguments.
type Size = fn(&[ArrayRef], usize) -> u64;

/// The functions, and what their answers take.
const MAKERS: [(&str, Size); 11] = [
    ("repeat", |arguments, row| length(&arguments[0], row).saturating_mul(number(arguments, 1, row))),
    ("lpad", padded),
    ("rpad", padded),
    ("array_repeat", |arguments, row| length(&arguments[0], row).max(ITEM).saturating_mul(number(arguments, 1, row))),
    ("range", |arguments, row| steps(arguments, row).saturating_mul(ITEM)),
    ("generate_series", |arguments, row| steps(arguments, row).saturating_mul(ITEM)),
    ("replace", replaced),
    ("array_resize", |arguments, row| number(arguments, 1, row).saturating_mul(ITEM)),
    ("concat", |arguments, row| arguments.iter().map(|text| length(text, row)).sum()),
    ("concat_ws", |arguments, row| {
        let separators = length(&arguments[0], row).saturating_mul(arguments.len() as u64);
        arguments.iter().map(|text| length(text, row)).sum::<u64>().saturating_add(separators)
    }),
    ("overlay", |arguments, row| length(&arguments[0], row).saturating_add(length(&arguments[1], row))),
];

/// Puts bounds on the functions that a session has.
pub(super) fn bound(context: &SessionContext) {
    let state = context.state();
    for (name, size) in MAKERS {
        if let Ok(inner) = state.udf(name) {
            context.register_udf(ScalarUDF::new_from_impl(Bounded { inner, size }));
        }
    }
}

/// A function that looks at its arguments before it is called.
#[derive(Debug)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    size: Size,
}

impl PartialEq for Bounded {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for Bounded {}

impl Hash for Bounded {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arg_types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arg_types)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        let rows = if constant { 1 } else { args.number_rows };
        let arguments = args.args.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let mut all: u64 = 0;
        for row in 0..rows {
            if arguments.iter().any(|argument| argument.is_null(row)) {
                continue;
            }
            let size = (self.size)(&arguments, row);
            all = all.saturating_add(size);
            if size > LONGEST_VALUE as u64 {
                return exec_err!("{} would make a value of more than {} MiB", self.name(), LONGEST_VALUE >> 20);
            }
            if all > LARGEST_BATCH {
                return exec_err!("{} would make more than {} MiB of {rows} rows", self.name(), LARGEST_BATCH >> 20);
            }
        }
        self.inner.invoke_with_args(args)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

/// The bytes of a text; of other values, those of their type or 0.
pub(super) fn length(values: &ArrayRef, row: usize) -> u64 {
    let length = match values.data_type() {
        DataType::Utf8 => values.as_string::<i32>().value(row).len(),
        DataType::LargeUtf8 => values.as_string::<i64>().value(row).len(),
        DataType::Utf8View => values.as_string_view().value(row).len(),
        other => other.primitive_width().unwrap_or(0),
    };
    length as u64
}

fn integer(arguments: &[ArrayRef], index: usize, row: usize) -> Option<i64> {
    let number = cast(&arguments.get(index)?.slice(row, 1), &DataType::Int64).ok()?;
    let number = number.as_primitive::<Int64Type>();
    (!number.is_null(0)).then(|| number.value(0))
}

/// An integer argument; 0 if it is negative.
fn number(arguments: &[ArrayRef], index: usize, row: usize) -> u64 {
    integer(arguments, index, row).and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

/// `lpad(text, characters, fill)`: a character of the fill may take several bytes.
fn padded(arguments: &[ArrayRef], row: usize) -> u64 {
    let fill = arguments.get(2).map_or(1, |fill| length(fill, row).clamp(1, 4));
    number(arguments, 1, row).saturating_mul(fill)
}

/// How many numbers lie between two. Times and dates are left to the function.
fn steps(arguments: &[ArrayRef], row: usize) -> u64 {
    if !arguments.iter().all(|argument| argument.data_type().is_integer()) {
        return 0;
    }
    let (first, last) = match arguments {
        [_] => (Some(0), integer(arguments, 0, row)),
        _ => (integer(arguments, 0, row), integer(arguments, 1, row)),
    };
    let step = integer(arguments, 2, row).unwrap_or(1).unsigned_abs().max(1);
    first.zip(last).map_or(0, |(first, last)| first.abs_diff(last) / step)
}

/// `replace(text, from, to)`, as if the text were nothing but `from`.
fn replaced(arguments: &[ArrayRef], row: usize) -> u64 {
    let [text, from, to] = [0, 1, 2].map(|index| arguments.get(index).map_or(0, |texts| length(texts, row)));
    if to <= from { text } else { (text / from.max(1)).saturating_add(1).saturating_mul(to).saturating_add(text) }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn what_would_be_too_long_is_not_made() {
        let context = session(1, 10, None);
        for call in [
            "repeat('x', 1000000000)",
            "lpad('a', 2000000000, 'b')",
            "rpad('a', 2000000000, 'b')",
            "array_repeat(1, 300000000)",
            "range(0, 200000000)",
            "range(200000000)",
            "generate_series(0, 200000000, 2)",
            "replace(repeat('x', 1000000), 'x', repeat('y', 1000000))",
            "regexp_replace(repeat('x', 1000000), 'x', repeat('y', 1000000))",
            "concat(repeat('x', 50000000), repeat('y', 50000000))",
        ] {
            let said = error(&context, &format!("SELECT {call}"));
            assert!(said.contains("would make a value of more than 64 MiB"), "{call}: {said}");
        }
        let many = "SELECT repeat('x', 1000000 * n) FROM (SELECT unnest(range(40, 60)) AS n)";
        assert!(error(&context, many).contains("would make more than 256 MiB of"), "{}", error(&context, many));
    }

    #[test]
    fn everything_else_is_as_before() {
        let context = session(1, 10, None);
        let calls = "repeat('ab', 3), repeat('x', -1), lpad('7', 3, '0'), rpad('é', 3, 'ü'), array_repeat(1, 2), range(3), \
                     generate_series(1, 9, 4), replace('abc', 'b', 'xyz'), length(repeat('x', 60000000)), \
                     repeat(NULL, 3) IS NULL";
        assert_eq!(
            rows(&context, &format!("SELECT {calls}")),
            ["ababab 007 éüü [1, 1] [0, 1, 2] [1, 5, 9] axyzc 60000000 true"]
        );
    }
}
