use proptest::prelude::*;

use super::*;

fn column(name: &str, unit: Unit) -> Column {
    Column { name: name.to_owned(), unit, ..Column::default() }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn row(name: &str, requests: i64, p99: Value, rate: Value) -> Row {
    Row::new(vec![text(name), Value::Int(requests), p99, rate, Value::Int(3_000_000), Value::Int(0)])
}

fn table() -> Table {
    Table {
        columns: vec![
            column("name", Unit::Text),
            column("requests", Unit::Count),
            column("target_p99", Unit::Seconds),
            column("elb_5xx_rate", Unit::Share),
            column("sent_bytes", Unit::Bytes),
            column("last_seen", Unit::Time),
        ],
        rows: vec![
            row("shop/web", 1000, Value::Float(1.5), Value::Float(0.01)),
            row("shop/api", 50, Value::Float(2.0), Value::Float(0.5)),
            row("auth/dex ~", 7, Value::Null, Value::Float(0.0)),
        ],
        ..Table::default()
    }
}

fn check(typed: &str) -> Evaluation {
    Threshold::parse(typed).unwrap().check(&table(), None).unwrap()
}

fn crossed(typed: &str) -> Vec<String> {
    check(typed).crossed.into_iter().map(|crossed| crossed.row).collect()
}

fn sentences(crossed: &[Crossed]) -> Vec<String> {
    crossed.iter().map(ToString::to_string).collect()
}

#[test]
fn rows_that_cross_are_named_with_value_and_limit() {
    let evaluation = check(" target_p99 > 1500ms ");
    assert_eq!(sentences(&evaluation.crossed), ["shop/api: target_p99 is 2,000 ms (--fail-if 'target_p99 > 1500ms')"]);
    assert_eq!(evaluation.missing, ["auth/dex ~: target_p99 has no value"]);
    assert_eq!(evaluation.compared, 2);
    assert_eq!(
        sentences(&check("elb_5xx_rate>=1%").crossed),
        [
            "shop/web: elb_5xx_rate is 1.00 % (--fail-if 'elb_5xx_rate>=1%')",
            "shop/api: elb_5xx_rate is 50.0 % (--fail-if 'elb_5xx_rate>=1%')"
        ]
    );
}

#[test]
fn operators_and_units() {
    for (typed, rows) in [
        ("target_p99 > 1.5s", &["shop/api"][..]),
        ("target_p99 >= 1500 ms", &["shop/web", "shop/api"]),
        ("target_p99 < 0.03min", &["shop/web"]),
        ("target_p99 <= 0.001h", &["shop/web", "shop/api"]),
        ("target_p99 = 1500ms", &["shop/web"]),
        ("TARGET_P99 != 1500MS", &["shop/api"]),
        ("elb_5xx_rate > 1%", &["shop/api"]),
        ("elb_5xx_rate > 0", &["shop/web", "shop/api"]),
        ("elb_5xx_rate = 0.0%", &["auth/dex ~"]),
        ("elb_5xx_rate > -1 %", &["shop/web", "shop/api", "auth/dex ~"]),
        ("requests < 10", &["auth/dex ~"]),
        ("requests = 50.0", &["shop/api"]),
        ("sent_bytes >= 3MB", &["shop/web", "shop/api", "auth/dex ~"]),
        ("sent_bytes > 3000kB", &[]),
        ("sent_bytes > 2999999", &["shop/web", "shop/api", "auth/dex ~"]),
        ("sent_bytes > 0.002999999gb", &["shop/web", "shop/api", "auth/dex ~"]),
        ("sent_bytes > 3000000 B", &[]),
    ] {
        assert_eq!(crossed(typed), rows, "{typed}");
    }
}

#[test]
fn what_cannot_be_read_is_pointed_at() {
    let message = |typed: &str| Threshold::parse(typed).unwrap_err().to_string();
    assert_eq!(
        message("target_p99 >> 1500ms"),
        "--fail-if: expected a number such as 1500 or 0.5\n  target_p99 >> 1500ms\n              ^\nhint: --fail-if \
         'target_p99 > 1500ms'"
    );
    for (typed, what, at) in [
        ("", "the name of a column", 0),
        ("> 5", "the name of a column", 0),
        ("é > 5", "the name of a column", 0),
        ("requests", "one of > >= < <= = !=", 8),
        ("requests ~ 5", "one of", 9),
        ("requests is 5", "one of", 9),
        ("requests == 5", "a number", 10),
        ("requests <> 5", "a number", 10),
        ("requests >", "a number", 10),
        ("requests > many", "a number", 11),
        ("requests > .5", "a number", 11),
        ("requests > 5.", "a number", 11),
        ("requests > 1.2.3", "a number", 11),
        ("requests > 5-3", "a number", 11),
        ("requests > --5", "a number", 11),
        ("requests > NaN", "a number", 11),
        ("target_p99 > 5 minutes", "a unit", 15),
        ("target_p99 > 5µs", "a unit", 14),
        ("sent_bytes > 5KiB", "a unit", 14),
        ("requests > 1e5", "a unit", 12),
        ("requests > 1,500", "nothing more", 12),
        ("requests > 5 AND name = 3", "a unit", 13),
        ("requests > 5 ; 3", "nothing more", 13),
        ("\trequests\u{a0}>\n5 5", "a unit", 14),
    ] {
        let message = message(typed);
        let lines: Vec<&str> = message.lines().collect();
        assert!(lines[0].starts_with(&format!("--fail-if: expected {what}")), "{typed}: {message}");
        assert_eq!(lines[2], format!("{}^", " ".repeat(at + 2)), "{typed}: {message}");
    }
    assert!(message(&format!("requests > 1{}", "0".repeat(400))).contains("a number"));
}

#[test]
fn columns_that_are_not_there_or_no_numbers() {
    let message = |typed: &str| Threshold::parse(typed).unwrap().check(&table(), None).unwrap_err().to_string();
    let list = "columns of numbers: requests, target_p99, elb_5xx_rate, sent_bytes";
    assert_eq!(
        message("target_p9 > 1s"),
        format!("--fail-if 'target_p9 > 1s': no column named target_p9\nhint: did you mean target_p99? {list}")
    );
    assert_eq!(message("zzz > 1"), format!("--fail-if 'zzz > 1': no column named zzz\nhint: {list}"));
    assert_eq!(message("name > 1"), format!("--fail-if 'name > 1': name is not a number\nhint: {list}"));
    assert!(message("last_seen > 1s").contains("last_seen is not a number"));
    let nothing = Threshold::parse("a > 1").unwrap().check(&Table::default(), None).unwrap_err().to_string();
    assert!(nothing.contains("the report has no column of numbers"), "{nothing}");
}

#[test]
fn units_have_to_fit() {
    let message = |typed: &str| Threshold::parse(typed).unwrap().check(&table(), None).unwrap_err().to_string();
    assert_eq!(
        message("elb_5xx_rate > 0.01"),
        "--fail-if 'elb_5xx_rate > 0.01': elb_5xx_rate is a share\nhint: --fail-if 'elb_5xx_rate > 0.01%'"
    );
    assert_eq!(
        message("target_p99 >= 1500"),
        "--fail-if 'target_p99 >= 1500': target_p99 is a time\nhint: --fail-if 'target_p99 >= 1500ms'"
    );
    assert!(message("elb_5xx_rate > 1s").contains("is a share"));
    assert!(message("target_p99 > 5%").contains("is a time"));
    assert!(message("sent_bytes > 5s").contains("is a size"));
    assert_eq!(
        message("requests > 5%"),
        "--fail-if 'requests > 5%': requests is a plain number\nhint: --fail-if 'requests > 5'"
    );
}

#[test]
fn rows_with_few_requests_are_left_out() {
    let threshold = Threshold::parse("target_p99 > 1s").unwrap();
    let check = |least: u64| threshold.check(&table(), Some(least)).unwrap();
    assert_eq!((check(0).compared, check(0).missing.len()), (2, 1));
    assert_eq!((check(50).compared, check(50).missing.len()), (2, 0));
    assert_eq!((check(51).compared, check(51).crossed.len()), (1, 1));
    assert_eq!(check(1001), Evaluation::default());
    let mut unknown = table();
    unknown.rows[0].values[1] = Value::Null;
    let evaluation = threshold.check(&unknown, Some(1)).unwrap();
    assert_eq!((evaluation.compared, evaluation.missing.len()), (1, 2));
    assert!(evaluation.missing[0].starts_with("shop/web: requests has no value"));
    unknown.columns[1].name = "checks".to_owned();
    let message = threshold.check(&unknown, Some(1)).unwrap_err().to_string();
    assert!(message.starts_with("--min-requests: "), "{message}");
}

#[test]
fn what_is_not_a_number_is_missing_and_infinity_is_large() {
    let mut odd = table();
    let values = [Value::Float(f64::NAN), Value::Float(f64::INFINITY), Value::Float(f64::NEG_INFINITY)];
    for (row, value) in odd.rows.iter_mut().zip(values) {
        row.values[2] = value;
    }
    let check = |typed: &str| Threshold::parse(typed).unwrap().check(&odd, None).unwrap();
    for typed in ["target_p99 > 1s", "target_p99 != 1s"] {
        assert_eq!(check(typed).missing, ["shop/web: target_p99 has no value"]);
        assert_eq!(check(typed).compared, 2);
    }
    assert_eq!(
        sentences(&check("target_p99 > 1s").crossed),
        ["shop/api: target_p99 is ∞ (--fail-if 'target_p99 > 1s')"]
    );
    assert_eq!(
        sentences(&check("target_p99 < 1s").crossed),
        ["auth/dex ~: target_p99 is -∞ (--fail-if 'target_p99 < 1s')"]
    );
    // A row that is too short, and text where a number should be.
    odd.rows[0].values.truncate(1);
    odd.rows[1].values[2] = text("5");
    let evaluation = Threshold::parse("target_p99 > 1s").unwrap().check(&odd, None).unwrap();
    assert_eq!(evaluation.missing.len(), 2);
}

#[test]
fn a_value_that_reads_like_the_limit_is_shown_whole() {
    let sentence = |typed: &str, unit: Unit, value: f64| {
        let table = Table {
            columns: vec![column("x", unit)],
            rows: vec![Row::new(vec![Value::Float(value)])],
            ..Table::default()
        };
        Threshold::parse(typed).unwrap().check(&table, None).unwrap().crossed.remove(0).to_string()
    };
    assert_eq!(sentence("x > 1500ms", Unit::Seconds, 1.5001), "row 1: x is 1500.1 ms (--fail-if 'x > 1500ms')");
    assert!(sentence("x > 1%", Unit::Share, 0.010_01).contains("x is 1.001 %"));
    assert!(sentence("x > 1MB", Unit::Bytes, 1_000_001.0).contains("x is 1000001 B"));
    assert!(sentence("x > 2h", Unit::Duration, 7201.0).contains("x is 7201 s"));
    assert!(sentence("x >= 1%", Unit::Share, 0.01).contains("x is 1.00 %"));
}

#[test]
fn rows_are_called_by_what_tells_them_apart() {
    let private = Column { private: true, ..column("url", Unit::Text) };
    let mut table = Table {
        columns: vec![column("host", Unit::Text), private, column("path", Unit::Text), column("n", Unit::Count)],
        rows: vec![Row::new(vec![text("a\u{1b}[31m"), text("/x?secret=1"), text("/x"), Value::Int(5)])],
        ..Table::default()
    };
    let name = |table: &Table| {
        let evaluation = Threshold::parse("n > 1").unwrap().check(table, None).unwrap();
        evaluation.crossed[0].row.clone()
    };
    let named = name(&table);
    assert!(named.ends_with(" · /x") && !named.contains('\u{1b}') && !named.contains("secret"), "{named:?}");
    table.columns[2].unit = Unit::Code;
    table.columns[0].unit = Unit::Time;
    table.rows[0].values = vec![Value::Int(0), Value::Null, Value::Int(502), Value::Int(5)];
    assert_eq!(name(&table), "1970-01-01 00:00:00 · 502");
    table.rows[0].values = vec![Value::Null, Value::Null, Value::Null, Value::Int(5)];
    assert_eq!(name(&table), "row 1");
}

#[test]
fn rows_that_are_not_shown_are_not_forgotten() {
    let more = Some(Row::new(vec![text("31 more (--top 0)"), Value::Int(5)]));
    let table = Table { more, ..table() };
    let evaluation = Threshold::parse("requests > 5000").unwrap().check(&table, None).unwrap();
    assert_eq!(evaluation.missing, ["rows that are not shown are not compared: 31 more (--top 0)"]);
    assert_eq!(evaluation.compared, 3);
}

proptest! {
    #[test]
    fn limits_are_what_they_would_be_as_values(number in 0..100_000_u32, of in 1..5000_u32) {
        // Milliseconds as the logs write them, and shares as SQL divides them.
        let seconds: f64 = format!("{}.{:03}", number / 1000, number % 1000).parse().unwrap();
        let share = f64::from(number) / 100_000.0;
        let percent = format!("{}.{:03}", number / 1000, number % 1000);
        for (typed, unit, value) in [
            (format!("x = {number}ms"), Unit::Seconds, seconds),
            (format!("x = {seconds}s"), Unit::Seconds, seconds),
            (format!("x = {percent}%"), Unit::Share, share),
            (format!("x = {of}kB"), Unit::Bytes, f64::from(of) * 1000.0),
        ] {
            let table = Table {
                columns: vec![column("x", unit)],
                rows: vec![Row::new(vec![Value::Float(value)])],
                ..Table::default()
            };
            let evaluation = Threshold::parse(&typed).unwrap().check(&table, None).unwrap();
            prop_assert_eq!(evaluation.crossed.len(), 1, "{} is not {}", typed, value);
        }
    }

    #[test]
    fn nothing_panics(typed in "(requests|name|x| |[<>=!]|[0-9.-]|ms|%|\\PC|\t){0,8}") {
        if let Ok(threshold) = Threshold::parse(&typed) {
            let _ = threshold.check(&table(), Some(1));
        }
    }
}
