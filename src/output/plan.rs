//! Query plans (`EXPLAIN`) for people: several lines a value, which a table would put on one.

use std::io::Write;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

use super::{BatchWriter, text, values};

/// Whether a result with this schema is a plan.
pub(super) fn is_plan(schema: &Schema) -> bool {
    schema.fields().iter().map(|field| field.name().as_str()).eq(["plan_type", "plan"])
}

pub(super) struct PlanWriter<W> {
    sink: W,
}

impl<W: Write> PlanWriter<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink }
    }
}

impl<W: Write> BatchWriter<W> for PlanWriter<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let cells = values::Cells::new(batch)?;
        for row in 0..batch.num_rows() {
            let [kind, plan] = [0, 1].map(|column| cells.row(row).nth(column).flatten().unwrap_or_default());
            writeln!(self.sink, "{}", text::harmless(&kind))?;
            for line in plan.lines() {
                writeln!(self.sink, "  {}", text::harmless(line))?;
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<W> {
        Ok(self.sink)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    #[test]
    fn lines_of_a_plan_stay_lines() {
        let columns = [("plan_type", "physical_plan"), ("plan", "A\n  B: x=\u{1b}[2J\n")];
        let batch = RecordBatch::try_from_iter(
            columns.map(|(name, value)| (name, Arc::new(StringArray::from(vec![value])) as _)),
        )
        .expect("a batch");
        assert!(is_plan(&batch.schema()));
        let mut writer = Box::new(PlanWriter::new(Vec::new()));
        writer.write(&batch).expect("written");
        let text = String::from_utf8(writer.finish().expect("finished")).expect("text");
        assert_eq!(text, "physical_plan\n  A\n    B: x=\\x1B[2J\n");
    }
}
