//! What stands of each alert, and what happened. Pure.

use maud::{Markup, html};

use crate::output::document::Document;
use crate::output::html::{NoLinks, Parts};

/// Draws alerts as they are known at this moment; `None` where nothing is looked at.
pub(super) fn draw(alerts: Option<&Document>) -> Markup {
    let parts = Parts::new(false, &NoLinks);
    html! {
        h1 { "Alerts" }
        @match alerts {
            Some(document) => section.panel #alerts data-part aria-label="Alerts" {
                (parts.head(&document.head))
                @for block in &document.blocks { (parts.block(block)) }
            },
            None => p { "Nothing is looked at: " code { "[[alert]]" } " in albstats.toml says what, docs/alerts.md how." },
        }
        dl.notes {
            dt { "judged up to" } dd { "conditions are judged where logs are complete, so an alert is some minutes late and its numbers are whole" }
            dt { "cannot tell" } dd { "logs are late, or a report failed: what fires goes on, and nothing is taken for well" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::document::{Block, Column, Row, Table, Value};

    #[test]
    fn rows_stay_text() {
        let column = Column { name: "row".to_owned(), heading: "OF".to_owned(), ..Column::default() };
        let row = Row::new(vec![Value::Text("<b>x</b>".to_owned())]);
        let table = Table { columns: vec![column], rows: vec![row], ..Table::default() };
        let drawn = draw(Some(&Document { blocks: vec![Block::Table(table)], ..Document::default() })).into_string();
        assert!(drawn.contains("&lt;b&gt;x&lt;/") && !drawn.contains("<b>"), "{drawn}");
        assert!(draw(None).into_string().contains("[[alert]]"));
    }
}
