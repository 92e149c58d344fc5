//! What holds for any document whatever.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::output::text::{harmless, width};

/// Words of all kinds, also what must never reach a terminal.
fn any_text() -> impl Strategy<Value = String> {
    let odd =
        ["\x1b[2J", "\u{202e}fdp", "a\nb\tc", "日本語", "e\u{301}", "👩\u{200d}💻", "\u{301}", "لا", "· – …", "34 %"];
    prop_oneof![
        3 => "[a-z/]{0,12}( {1,3}[a-z.]{1,9}){0,5}",
        1 => vec(select(odd.to_vec()), 0..4).prop_map(|parts| parts.concat()),
        1 => "\\PC{0,40}",
        1 => any::<String>(),
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..10_000.0,
        1 => any::<f64>(),
        1 => select(vec![0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE]),
    ]
}

fn any_points() -> impl Strategy<Value = Vec<Point>> {
    let point = || {
        prop_oneof![
            5 => any_number().prop_map(Point::Value),
            1 => Just(Point::Nothing),
            1 => Just(Point::NotDelivered),
            1 => Just(Point::Missing),
        ]
    };
    prop_oneof![
        5 => vec(point(), 0..40),
        1 => (point(), 0..=10_000_usize).prop_map(|(point, count)| vec![point; count]),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        2 => any_text().prop_map(Value::Text),
        3 => any::<i32>().prop_map(|number| Value::Int(number.into())),
        1 => any::<i64>().prop_map(Value::Int),
        2 => any_number().prop_map(Value::Float),
        1 => any_points().prop_map(Value::Series),
    ]
}

fn any_tone() -> impl Strategy<Value = Tone> {
    select(vec![Tone::Plain, Tone::Strong, Tone::Bad, Tone::Dim])
}

fn any_column() -> impl Strategy<Value = Column> {
    let group = proptest::option::of(select(vec!["", "TARGET TIME, ms", "a heading over some of the columns"]));
    let kind = (select(Unit::ALL.to_vec()), any::<bool>(), proptest::option::of(any::<i64>()));
    (any_text(), group, kind, 0..4_u8).prop_map(|(heading, group, (unit, sparse, step), expendable)| Column {
        heading,
        group: group.map(str::to_owned),
        unit,
        expendable,
        sparse,
        step,
        ..Column::default()
    })
}

fn any_row() -> impl Strategy<Value = Row> {
    (vec(any_value(), 0..7), any_tone(), vec(any_text(), 0..2), 0..3_u8).prop_map(|(values, tone, under, sort)| Row {
        values,
        tone,
        under,
        apart: sort == 0,
    })
}

fn any_table() -> impl Strategy<Value = Table> {
    let option = proptest::option::of::<BoxedStrategy<Row>>;
    let (row, texts) = (|| any_row().boxed(), || proptest::option::of(any_text()));
    (texts(), vec(any_column(), 0..7), vec(row(), 0..5), option(row()), option(row()), texts())
        .prop_map(|(title, columns, rows, total, more, empty)| Table { title, columns, rows, total, more, empty })
        .prop_flat_map(|table| (Just(table), any::<bool>()))
        .prop_map(|(mut table, spills)| {
            if let Some(first) = table.columns.first_mut().filter(|first| spills && first.unit == Unit::Text) {
                first.sign = true;
            }
            if let Some(last) = table.columns.last_mut().filter(|last| spills && last.unit == Unit::Text) {
                (last.spills, last.expendable) = (true, 0);
            }
            table
        })
}

fn any_chart() -> impl Strategy<Value = Chart> {
    let series = (any_text(), any_points()).prop_map(|(name, points)| Series { name, points });
    let step = prop_oneof![select(vec![0, SECOND, MINUTE, DAY]), any::<i64>()];
    (any_text(), any::<i64>(), step, select(Unit::ALL.to_vec()), vec(series, 0..4))
        .prop_map(|(title, start, step, unit, series)| Chart { title, start, step, unit, series, ..Chart::default() })
}

fn any_findings() -> impl Strategy<Value = Vec<Finding>> {
    let finding = (any_text(), any_text(), any_tone());
    vec(finding.prop_map(|(label, text, tone)| Finding { label, text, tone }), 0..4)
}

fn any_notes() -> impl Strategy<Value = Vec<Note>> {
    let label = prop_oneof![any_text(), Just("~".to_owned())];
    vec((label, vec(any_text(), 0..4)).prop_map(|(label, parts)| Note { label, parts }), 0..4)
}

pub(in crate::output) fn any_document() -> impl Strategy<Value = Document> {
    let block = prop_oneof![
        any_table().prop_map(Block::Table),
        any_chart().prop_map(Block::Chart),
        any_findings().prop_map(Block::Findings),
        any_notes().prop_map(Block::Notes),
    ];
    let next = (vec(any_text(), 0..4), any_text()).prop_map(|(words, why)| Next { words, why });
    let head = (vec(vec(any_text(), 0..4), 0..3), vec(any_text(), 0..2));
    (any_text(), head, vec(block, 0..5), vec(next, 0..3)).prop_map(|(title, (lines, warnings), blocks, next)| {
        Document { name: String::new(), title, head: Head { lines, warnings }, blocks, next, data: None }
    })
}

fn any_width() -> impl Strategy<Value = Option<usize>> {
    proptest::option::of(prop_oneof![20..200_usize, 0..20_usize])
}

/// The text without colours.
fn uncoloured(text: &str) -> String {
    ["\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"].iter().fold(text.to_owned(), |text, code| text.replace(code, ""))
}

/// What a column takes at its least, by the rules as they are written down.
fn least(table: &Table, index: usize) -> usize {
    let column = &table.columns[index];
    let cells = table.rows.iter().filter_map(|row| row.values.get(index)).map(|value| match value {
        Value::Int(_) | Value::Float(_) => width(&value.humane(column.unit)),
        Value::Text(text) | Value::Name { shown: text, .. } => width(&harmless(text)).min(12),
        Value::Series(points) => points.len().min(12),
        Value::Null => 1,
    });
    let unit = if column.unit == Unit::Seconds { ", ms".len() } else { 0 };
    let heading = (width(&harmless(&column.heading_over(1))) + unit).min(12);
    let group = column.group.as_deref().map_or(0, |group| width(group).min(12));
    cells.max().unwrap_or(0).max(heading).max(group)
}

/// The words that a shell makes of a command line.
#[cfg(unix)]
fn read_by_a_shell(line: &str) -> Vec<String> {
    let script = format!("printf '%s\\0' {line}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{line}: {output:?}");
    let words = String::from_utf8(output.stdout).unwrap();
    words.strip_suffix('\0').unwrap_or_default().split('\0').map(str::to_owned).collect()
}

#[cfg(unix)]
fn any_word() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "'", "\"", "`", "$(id)", "${HOME}", ";", "|", "&", ">x", "\\", " ", "\n", "\t", "*", "~", "#", "!", "-", "=",
        "(", "{a,b}", "‘", "’", "“", "„", "\u{a0}", "…", "–", "é", "日", "\u{3164}", "\u{202e}", "a", "Z9",
    ]);
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

#[cfg(unix)]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_shell_takes_each_word_as_it_is_shown(words in vec(any_word(), 0..4), colour: bool) {
        let words: Vec<String> = [vec!["albstats".to_owned()], words].concat();
        for ascii in [false, true] {
            let look = Look { colour, ascii, ..Look::default() };
            let document = Document { next: vec![Next::command(words.clone())], ..Document::default() };
            let text = screen(&document, &look);
            let line = text.strip_prefix("next  ").and_then(|line| line.strip_suffix('\n')).unwrap();
            let shown: Vec<String> = words.iter().map(|word| look.text(word)).collect();
            prop_assert_eq!(read_by_a_shell(line), shown, "{}", line);
        }
    }
}

proptest! {
    #[test]
    fn anything_is_drawn_and_nothing_harmful(document in any_document(), width in any_width()) {
        let plain = screen(&document, &Look { width, ..Look::default() });
        let one_line = plain.replace('\n', "");
        prop_assert_eq!(harmless(&one_line), one_line.as_str());
        prop_assert!(plain.is_empty() || plain.ends_with('\n'));
        // Rows can be blank, and bars of nothing are.
        let can_be_blank = document.blocks.iter().any(|block| matches!(block, Block::Table(_) | Block::Chart(_)));
        prop_assert!(can_be_blank || !plain.contains("\n\n\n"), "two blank lines: {:?}", plain);
        prop_assert!(plain.lines().all(|line| !line.ends_with(' ')), "blanks at the end of a line: {:?}", plain);

        let coloured = screen(&document, &Look { width, colour: true, ascii: false });
        prop_assert_eq!(uncoloured(&coloured), plain);

        let ascii = screen(&document, &Look { width, colour: false, ascii: true });
        prop_assert!(ascii.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)), "{:?}", ascii);
    }

    #[test]
    fn a_table_is_wider_than_the_terminal_only_if_what_is_kept_is(
        columns in vec(any_column(), 1..8),
        rows in vec(vec(any_value(), 0..8), 1..5),
        wide in 20..200_usize,
    ) {
        let rows = rows.into_iter().map(|mut values| { values.truncate(columns.len()); Row::new(values) }).collect();
        let table = Table { columns, rows, ..Table::default() };
        let kept = (0..table.columns.len()).filter(|index| table.columns[*index].expendable == 0);
        let kept: usize = kept.map(|index| 2 + least(&table, index)).sum();
        let text = of(Block::Table(table), wide);
        for line in text.lines() {
            prop_assert!(width(line) <= wide.max(kept), "{} > {wide}, {kept}:\n{text}", width(line));
        }
    }

    #[test]
    fn numbers_of_rows_are_whole_at_any_width(
        units in vec(select(vec![Unit::Text, Unit::Count, Unit::Seconds, Unit::Bytes, Unit::Share, Unit::Time]), 1..6),
        numbers in vec(vec(any::<i32>(), 6), 1..6),
        name in any_text(),
        wide in any_width(),
    ) {
        let mut columns: Vec<Column> = units.iter().map(|unit| column("HEADING", *unit)).collect();
        columns.insert(0, column("NAME", Unit::Text));
        let values = |row: &Vec<i32>| row.iter().take(units.len()).map(|number| Value::Int((*number).into())).collect();
        let rows: Vec<Vec<Value>> = numbers.iter().map(values).collect();
        let name = Value::Text(name);
        let table = Table {
            columns,
            rows: rows.iter().map(|row| Row::new([vec![name.clone()], row.clone()].concat())).collect(),
            ..Table::default()
        };
        let text = at(&Document { blocks: vec![Block::Table(table)], ..Document::default() }, wide);
        prop_assert_eq!(text.lines().count(), 1 + rows.len());
        for (line, row) in text.lines().skip(1).zip(&rows) {
            let numbers: Vec<String> = row.iter().zip(&units).map(|(value, unit)| value.humane(*unit)).collect();
            let found: Vec<&str> = line.rsplit("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect();
            let shown: Vec<&str> = found.into_iter().take(numbers.len()).collect();
            prop_assert!(shown.iter().rev().eq(numbers.iter()), "{numbers:?} in {line:?}");
        }
    }

    #[test]
    fn words_fit_where_the_longest_does(
        labels in vec("[a-z]{0,12}", 4),
        parts in vec(vec("[a-z日%]{1,9}( {1,3}[a-z%]{1,20}| [0-9]{1,3} %){0,9}", 0..5), 1..4),
        wide in 50..200_usize,
    ) {
        let findings = labels.iter().zip(&parts).map(|(label, parts)| Finding {
            label: label.clone(),
            text: parts.join("   "),
            tone: Tone::Plain,
        });
        let notes = labels.iter().zip(&parts).map(|(label, parts)| Note { label: label.clone(), parts: parts.clone() });
        let document = Document {
            title: parts.concat().join(" "),
            head: Head { lines: parts.clone(), warnings: parts.concat() },
            blocks: vec![Block::Findings(findings.collect()), Block::Notes(notes.collect())],
            ..Document::default()
        };
        let text = at(&document, wide);
        for line in text.lines() {
            prop_assert!(width(line) <= wide.min(100), "{}:\n{text}", width(line));
        }
        let words = |text: &str| text.split([' ', '\n']).filter(|word| !word.is_empty()).count();
        let in_parts: usize = parts.iter().flatten().map(|part| words(part)).sum();
        let labels = labels.iter().take(parts.len()).filter(|label| !label.is_empty()).count();
        let warnings = parts.iter().flatten().count();
        prop_assert_eq!(words(&text.replace(" · ", " ")), 5 * in_parts + 2 * labels + warnings);
    }

    #[test]
    fn charts_fit(
        names in vec("[a-z]{0,8}", 1..4),
        mut points in any_points(),
        count in 0..10_000_usize,
        wide in 45..200_usize,
    ) {
        for point in &mut points {
            if let Point::Value(value) = point {
                *value %= 100.0; // a peak is said in full, however long it is
            }
        }
        let points: Vec<Point> = points.into_iter().cycle().take(count).collect();
        let series = names.into_iter().map(|name| Series { name, points: points.clone() }).collect();
        let chart = Chart { title: "per minute".to_owned(), step: MINUTE, unit: Unit::Share, series, ..Chart::default() };
        let text = of(Block::Chart(chart), wide);
        for line in text.lines() {
            prop_assert!(width(line) <= wide, "{}:\n{text}", width(line));
        }
        // Whatever is merged, what is not delivered is seen.
        prop_assert_eq!(text.contains('░'), points.contains(&Point::NotDelivered));
    }
}
