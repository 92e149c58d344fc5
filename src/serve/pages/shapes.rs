//! One form of an answer as another. Pure.

use crate::output::document::{Chart, Column, Point, Row, Table, Unit, Value};

/// The values of a chart as rows, a bar each.
pub(super) fn chart_table(chart: &Chart) -> Table {
    let time = Column::new("time", "FROM, UTC", Unit::Time);
    let series = chart.series.iter().map(|series| Column {
        name: series.name.clone(),
        heading: if series.name.is_empty() { chart.title.clone() } else { series.name.clone() },
        unit: chart.unit,
        ..Column::default()
    });
    let count = chart.series.iter().map(|series| series.points.len()).max().unwrap_or(0);
    let row = |index: usize| {
        let steps = i64::try_from(index).unwrap_or(i64::MAX);
        let begin = Value::Int(chart.start.saturating_add(chart.step.saturating_mul(steps)));
        let values = chart.series.iter().map(|series| value(series.points.get(index)));
        Row::new([begin].into_iter().chain(values).collect())
    };
    Table {
        columns: [time].into_iter().chain(series).collect(),
        rows: (0..count).map(row).collect(),
        ..Table::default()
    }
}

fn value(point: Option<&Point>) -> Value {
    match point {
        Some(Point::Value(value)) => Value::Float(*value),
        Some(Point::NotDelivered) => Value::Text("not delivered yet".to_owned()),
        Some(Point::Missing) => Value::Text("missing".to_owned()),
        Some(Point::Nothing) | None => Value::Null,
    }
}
