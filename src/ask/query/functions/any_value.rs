//! `any_value(x)` and its other name `arbitrary(x)`: some value of x that is not NULL; NULL if there is none.

use std::mem::size_of_val;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility};

use super::rows::wanted;
use super::selection::{Contest, GroupSelection, OverallSelection};

/// The function, to be registered with a session.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct AnyValue {
    signature: Signature,
    aliases: Vec<String>,
}

impl Default for AnyValue {
    fn default() -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable), aliases: vec!["arbitrary".to_owned()] }
    }
}

impl AggregateUDFImpl for AnyValue {
    fn name(&self) -> &'static str {
        "any_value"
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(arg_types[0].clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let data_type = args.return_type().clone();
        Ok(vec![Arc::new(Field::new(format_state_name(args.name, "value"), data_type, true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OverallSelection::try_new(args.return_field.data_type(), First::default())?))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(GroupSelection::try_new(args.return_field.data_type(), First::default())?))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }
}

/// The first row with a value wins.
#[derive(Debug, Default)]
struct First {
    found: Vec<bool>,
}

impl Contest for First {
    fn resize(&mut self, groups: usize) {
        self.found.resize(groups, false);
    }

    fn run(
        &mut self,
        columns: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        mut leads: impl FnMut(usize, usize),
    ) -> Result<()> {
        let mut enter = |row: usize| {
            let group = groups[row];
            if !self.found[group] {
                self.found[group] = true;
                leads(group, row);
            }
        };
        match wanted(&columns[0], filter) {
            None => (0..groups.len()).for_each(enter),
            Some(wanted) => wanted.valid_indices().for_each(&mut enter),
        }
        Ok(())
    }

    fn take(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        emit_to.take_needed(&mut self.found);
        Ok(Vec::new())
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.found.capacity()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{Int32Array, StringViewArray};
    use datafusion::prelude::SessionContext;

    use super::*;
    use crate::ask::query::functions::testing::{add_table, rows, session};

    fn with_rows(table: &[(i32, Option<&str>)], partitions: usize) -> SessionContext {
        let context = session(partitions, 3, None);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("g", Arc::new(table.iter().map(|row| Some(row.0)).collect::<Int32Array>())),
            ("x", Arc::new(table.iter().map(|row| row.1).collect::<StringViewArray>())),
        ];
        add_table(&context, columns, 2);
        context
    }

    #[test]
    fn it_is_a_value_where_there_is_one() {
        for partitions in [1, 4] {
            let table = [(1, None), (1, Some("a")), (2, None), (3, Some("b")), (1, None), (3, Some("b")), (2, None)];
            let context = with_rows(&table, partitions);
            let sql = |name| format!("SELECT g, coalesce({name}(x), 'none') FROM t GROUP BY g ORDER BY g");
            assert_eq!(rows(&context, &sql("any_value")), ["1 a", "2 none", "3 b"]);
            assert_eq!(rows(&context, &sql("arbitrary")), ["1 a", "2 none", "3 b"]);
            assert_eq!(rows(&context, "SELECT any_value(x) FILTER (WHERE g > 1) FROM t"), ["b"]);
            assert_eq!(
                rows(&context, "SELECT arbitrary(g) = 2, any_value(x) IS NULL FROM t WHERE g = 2"),
                ["true true"]
            );
            assert_eq!(
                rows(&context, "SELECT any_value(x) IS NULL, arbitrary(NULL) IS NULL FROM t WHERE g = 9"),
                ["true true"]
            );
        }
    }

    #[test]
    fn partial_aggregation_that_saves_nothing_is_skipped() {
        let table: Vec<_> = (0..5000).map(|g| (g, (g % 3 > 0).then_some("x"))).collect();
        let context = with_rows(&table, 4);
        rows(&context, "SET datafusion.execution.skip_partial_aggregation_probe_rows_threshold = 100");
        let grouped = "SELECT g, any_value(x) FILTER (WHERE g % 2 = 0) AS v FROM t GROUP BY g";
        let expected = (0..5000).filter(|g| g % 3 > 0 && g % 2 == 0).count();
        let sql = format!("SELECT count(*), count(v) FROM ({grouped})");
        assert_eq!(rows(&context, &sql), [format!("5000 {expected}")]);
        let plan = rows(&context, &format!("EXPLAIN ANALYZE {grouped}")).join(" ");
        assert!(plan.split("skipped_aggregation_rows=").skip(1).any(|count| !count.starts_with('0')), "{plan}");
    }
}
