//! All of a document as JSON, for programs that draw it themselves: what follows the head, block by block.
//!
//! A value is null, a text, a number, a time as text, a line of points, or `{"id", "shown"}` of something with a name. A point is a
//! number, null where there was nothing to measure, `"not delivered"` or `"missing"`: never 0 for what is not known.

use alblog::time::Iso;
use serde_json::{Value as Json, json};

use super::document::{Block, Chart, Column, Document, Finding, Next, Note, Point, Row, Table, Tone, Unit, Value};

/// The blocks of a document, in order.
pub fn json_blocks(document: &Document) -> Json {
    document.blocks.iter().map(block).collect()
}

/// What to type next: words of commands, and why.
pub fn json_next(document: &Document) -> Json {
    document.next.iter().map(|Next { words, why }| json!({ "words": words, "why": why })).collect()
}

fn block(block: &Block) -> Json {
    match block {
        Block::Heading(text) => json!({ "kind": "heading", "text": text }),
        Block::Findings(findings) => {
            let finding = |Finding { label, text, tone: meant }: &Finding| json!({ "label": label, "text": text, "tone": tone(*meant) });
            json!({ "kind": "findings", "findings": findings.iter().map(finding).collect::<Json>() })
        }
        Block::Table(of) => table(of),
        Block::Chart(of) => chart(of),
        Block::Notes(notes) => {
            let note = |Note { label, parts }: &Note| json!({ "label": label, "parts": parts });
            json!({ "kind": "notes", "notes": notes.iter().map(note).collect::<Json>() })
        }
    }
}

fn table(table: &Table) -> Json {
    let column = |column: &Column| {
        json!({
            "name": column.name,
            "heading": column.heading,
            "group": column.group,
            "unit": column.unit.name(),
            "step_seconds": column.step.map(seconds),
        })
    };
    let row = |row: &Row| {
        let units = table.columns.iter().map(|column| column.unit).chain(std::iter::repeat(Unit::Text));
        let values: Json = row.values.iter().zip(units).map(|(of, unit)| value(of, unit)).collect();
        json!({ "values": values, "tone": tone(row.tone), "under": row.under })
    };
    json!({
        "kind": "table",
        "title": table.title,
        "columns": table.columns.iter().map(column).collect::<Json>(),
        "rows": table.rows.iter().map(row).collect::<Json>(),
        "total": table.total.as_ref().map(row),
        "more": table.more.as_ref().map(row),
        "empty": table.empty,
    })
}

fn chart(chart: &Chart) -> Json {
    let series: Json = chart
        .series
        .iter()
        .map(|series| json!({ "name": series.name, "points": series.points.iter().map(point).collect::<Json>() }))
        .collect();
    let marks: Json = chart
        .marks
        .iter()
        .map(|mark| {
            let until = mark.until.map(|until| Iso(until).to_string());
            json!({ "from": Iso(mark.from).to_string(), "until": until, "sign": mark.sign, "text": mark.text })
        })
        .collect();
    json!({
        "kind": "chart",
        "title": chart.title,
        "start": Iso(chart.start).to_string(),
        "step_seconds": seconds(chart.step),
        "unit": chart.unit.name(),
        "series": series,
        "marks": marks,
    })
}

fn value(value: &Value, unit: Unit) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => json!(text),
        Value::Name { id, shown } => json!({ "id": id, "shown": shown }),
        Value::Int(time) if unit == Unit::Time => json!(Iso(*time).to_string()),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Series(points) => points.iter().map(point).collect(),
    }
}

fn point(point: &Point) -> Json {
    match point {
        Point::Value(value) => json!(value),
        Point::Nothing => Json::Null,
        Point::NotDelivered => json!("not delivered"),
        Point::Missing => json!("missing"),
    }
}

fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Strong => "strong",
        Tone::Bad => "bad",
        Tone::Dim => "dim",
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths of bars are far below 2^53 microseconds")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::super::document::Series;
    use super::*;

    #[test]
    fn what_is_not_known_is_no_number() {
        let points = vec![Point::Value(1.5), Point::Nothing, Point::NotDelivered, Point::Missing];
        let chart =
            Chart { step: 60_000_000, series: vec![Series { name: "p99".to_owned(), points }], ..Chart::default() };
        let table = Table {
            columns: vec![Column { name: "at".to_owned(), unit: Unit::Time, ..Column::default() }],
            rows: vec![Row::new(vec![Value::Int(0)]), Row::new(vec![Value::Float(f64::NAN)])],
            ..Table::default()
        };
        let document = Document { blocks: vec![Block::Chart(chart), Block::Table(table)], ..Document::default() };
        let blocks = json_blocks(&document);
        assert_eq!(blocks[0]["series"][0]["points"], json!([1.5, null, "not delivered", "missing"]));
        assert_eq!((&blocks[0]["step_seconds"], &blocks[0]["kind"]), (&json!(60.0), &json!("chart")));
        assert_eq!(blocks[1]["rows"][0]["values"], json!(["1970-01-01T00:00:00.000000Z"]));
        assert_eq!(blocks[1]["rows"][1]["values"], json!([null]));
    }
}
