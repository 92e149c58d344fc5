//! What holds for any document whatever.

use proptest::prelude::*;

use super::*;
use crate::output::harmless;
use crate::output::screen::tests::properties::any_document;

proptest! {
    #[test]
    fn anything_is_drawn_well_formed_and_closed(document in any_document(), private in any::<bool>(), generated in any::<i64>()) {
        let drawn = html(&document, &HtmlOptions { private, generated });
        let tags = Tags::of(&drawn);
        tags.is_closed_to_the_network();
        let words = tags.words().replace('\n', "");
        prop_assert_eq!(harmless(&words), words.as_str());
        for series in document.blocks.iter().filter_map(|block| if let Block::Chart(chart) = block { Some(&chart.series) } else { None }) {
            let is_later = series.iter().any(|series| series.points.contains(&Point::NotDelivered));
            prop_assert!(!is_later || drawn.contains("not delivered yet"));
        }
        let percent = |place: &str| place.strip_suffix('%').is_none_or(|place| {
            place.parse::<f64>().is_ok_and(|place| (0.0..=100.0).contains(&place))
        });
        for tag in &tags.all {
            prop_assert!(tag.attribute("style").is_none(), "{:?}", tag);
            prop_assert!(["x", "y", "x1", "x2", "y1", "width"].iter().filter_map(|name| tag.attribute(name)).all(percent), "{:?}", tag);
        }
        for path in tags.all.iter().filter_map(|tag| tag.attribute("d")) {
            let is_coordinates = path.chars().all(|char| matches!(char, '0'..='9' | '.' | '-' | ' ' | 'M' | 'L' | 'h' | 'H' | 'v' | 'V' | 'z'));
            prop_assert!(is_coordinates, "{}", path);
        }
    }

    #[test]
    fn no_query_string_of_a_private_column_gets_out(
        before in "\\PC{0,20}",
        secret in "[a-z]{0,3}SECRET\\PC{0,20}",
        title in any::<bool>(),
    ) {
        let url = format!("{before}?{secret}");
        let mut column = column("request_url", "URL", Unit::Text);
        column.private = true;
        let value = if title { Value::Name { id: url.clone(), shown: url } } else { Value::Text(url) };
        let row = Row::new(vec![value]);
        let table = Table { columns: vec![column], rows: vec![row.clone(), row.clone()], total: Some(row), ..Table::default() };
        let drawn = of(Block::Table(table));
        prop_assert!(!drawn.contains("SECRET") || before.contains("SECRET"));
        prop_assert!(drawn.contains("query strings are hidden"));
    }
}
