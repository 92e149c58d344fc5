//! `sequence(first, last [, step])`: integers from one to another, both among them.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Builder, ListBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use crate::ask::query::functions::scalar::{Argument, Function};

/// Items that a list may have, as in Trino.
const MOST: i64 = 10_000;

/// `sequence`.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::ask::query::functions) struct Sequence;

impl Function for Sequence {
    const NAME: &'static str = "sequence";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Integer; 2], &[Argument::Integer; 3]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)))
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let arrays = arguments.iter().map(|argument| argument.to_array(rows)).collect::<Result<Vec<_>>>()?;
        let numbers: Vec<_> = arrays.iter().map(AsArray::as_primitive::<Int64Type>).collect();
        let mut made = ListBuilder::new(Int64Builder::new());
        for row in 0..rows {
            if numbers.iter().any(|values| values.is_null(row)) {
                made.append_null();
                continue;
            }
            let (first, last) = (numbers[0].value(row), numbers[1].value(row));
            let step = numbers.get(2).map_or(if first <= last { 1 } else { -1 }, |steps| steps.value(row));
            if step == 0 || (last > first && step < 0) || (last < first && step > 0) {
                return exec_err!("sequence takes a step that leads from {first} to {last}, not {step}");
            }
            let count = (i128::from(last) - i128::from(first)) / i128::from(step) + 1;
            if count > i128::from(MOST) {
                return exec_err!("sequence makes at most {MOST} items, not {count}");
            }
            let mut next = Some(first);
            for _ in 0..count {
                made.values().append_option(next);
                next = next.and_then(|number| number.checked_add(step));
            }
            made.append(true);
        }
        Ok(Arc::new(made.finish()))
    }
}
