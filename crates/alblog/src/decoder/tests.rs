//! The decoder as its callers see it: the same rows however the bytes are cut, whatever the batch size and projection.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_select::concat::concat_batches;

use super::*;

const ACCESS: &str = include_str!("../../tests/corpus/alb_access.log");
const CONNECTION: &str = include_str!("../../tests/corpus/alb_connection.log");
const HEALTH_CHECK: &str = include_str!("../../tests/corpus/alb_health_check.log");
const NLB: &str = include_str!("../../tests/corpus/nlb_tls.log");

/// Everything a caller can observe of one object.
#[derive(Debug, PartialEq)]
struct Outcome {
    rows: RecordBatch,
    rejected: Vec<RejectedLine>,
    first_rejected: Option<(u64, RejectReason)>,
    stats: Stats,
}

impl Outcome {
    fn column(&self, name: &str) -> &dyn Array {
        self.rows.column_by_name(name).expect("a column of the kind")
    }

    fn texts(&self, name: &str) -> Vec<Option<&str>> {
        self.column(name).as_string_view().iter().collect()
    }
}

fn object() -> ObjectContext {
    ObjectContext {
        name: "s3://logs/key.log.gz".to_owned(),
        account: Some("123456789012".to_owned()),
        region: None,
        elb: Some("app/from-the-key/0123456789abcdef".to_owned()),
    }
}

fn decode_in_pieces<'a>(options: &DecoderBuilder, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut decoder = options.clone().keep_rejected(true).build();
    decoder.start_object(object());
    let (mut batches, mut rejected) = (Vec::new(), Vec::new());
    for mut piece in pieces {
        while !piece.is_empty() {
            piece = &piece[decoder.decode(piece)..];
            if decoder.is_full() {
                batches.extend(decoder.flush());
                rejected.extend(decoder.take_rejected());
            }
        }
    }
    decoder.finish();
    batches.extend(decoder.flush());
    rejected.extend(decoder.take_rejected());
    assert_eq!(decoder.flush(), None);
    Outcome {
        rows: concat_batches(&decoder.schema(), &batches).unwrap(),
        rejected,
        first_rejected: decoder.first_rejected(),
        stats: decoder.stats(),
    }
}

fn decode(kind: LogKind, bytes: &[u8]) -> Outcome {
    decode_in_pieces(&Decoder::builder(kind), [bytes])
}

/// Decodes whole, byte by byte and cut at every position, in batches of 1, 2 and many rows; the outcome of all of them.
fn decode_every_way(kind: LogKind, bytes: &[u8]) -> Outcome {
    let whole = decode(kind, bytes);
    for batch_size in [1, 2, DEFAULT_BATCH_SIZE] {
        let options = Decoder::builder(kind).batch_size(batch_size);
        assert_eq!(decode_in_pieces(&options, bytes.chunks(1)), whole, "byte by byte, batches of {batch_size}");
        for at in 0..bytes.len() {
            let (start, end) = bytes.split_at(at);
            assert_eq!(decode_in_pieces(&options, [start, end]), whole, "cut at {at}, batches of {batch_size}");
        }
    }
    whole
}

/// Lines of a text, numbered from 1.
fn lines(text: &str, numbers: &[usize]) -> String {
    let all: Vec<&str> = text.split_inclusive('\n').collect();
    numbers.iter().map(|number| all[number - 1]).collect()
}

fn reasons(outcome: &Outcome) -> Vec<(u64, String)> {
    outcome.rejected.iter().map(|line| (line.line_number, line.reason.to_string())).collect()
}

#[test]
fn pieces_and_batch_sizes_do_not_matter() {
    // 36 fields, 29 with spaces in the URL, 21, a malformed request, more than anybody knows, in one file.
    let text = format!("{} 1 2 3 4 5 6 7 8\n", lines(ACCESS, &[18, 2, 145, 3, 22]).trim_end());
    let access = decode_every_way(LogKind::Access, text.as_bytes());
    assert_eq!((access.rows.num_rows(), access.stats.rows, access.stats.rows_with_extra_fields), (5, 5, 1));
    let connection = decode_every_way(LogKind::Connection, lines(CONNECTION, &[1, 3, 4]).as_bytes());
    assert_eq!(connection.rows.num_rows(), 3);
    let health_check = decode_every_way(LogKind::HealthCheck, HEALTH_CHECK.as_bytes());
    assert_eq!(health_check.rows.num_rows(), 2);
}

#[test]
fn line_endings_empty_lines_and_a_missing_last_ending() {
    let [first, second] = [lines(ACCESS, &[145]), lines(ACCESS, &[132])];
    let plain = decode(LogKind::Access, format!("{first}{second}").as_bytes());
    let odd = format!("\n\r\n{}\r\n\n\nbad\r\n\n{}", first.trim_end(), second.trim_end());
    let odd = decode_every_way(LogKind::Access, odd.as_bytes());
    assert_eq!(odd.rows, plain.rows);
    assert_eq!(reasons(&odd), [(6, "1 field, the shortest access line has 12".to_owned())]);
    assert_eq!(odd.rejected[0].text, "bad");
    assert_eq!(odd.first_rejected, Some((6, odd.rejected[0].reason)));
    for nothing in ["", "\n", "\r\n", "\r", "\n\n\r\n"] {
        assert_eq!(decode_every_way(LogKind::Access, nothing.as_bytes()).stats, Stats::default(), "{nothing:?}");
    }
}

#[test]
fn an_object_that_ends_in_the_middle_of_a_line_is_cut_short() {
    let [first, second] = [lines(ACCESS, &[145]), lines(ACCESS, &[145])];
    for (end, cut) in [(second.len() - 1, 0), (second.len() / 2, 1), (second.len() / 3, 1)] {
        let text = [first.as_bytes(), &second.as_bytes()[..end]].concat();
        let outcome = decode_every_way(LogKind::Access, &text);
        assert_eq!((outcome.stats.rows, outcome.stats.cut_short, outcome.stats.rejected), (2 - cut, cut, cut));
    }
}

#[test]
fn rejected_lines_say_what_they_look_like() {
    let mixed = [CONNECTION, HEALTH_CHECK, NLB].map(|text| lines(text, &[1])).concat();
    assert_eq!(
        reasons(&decode_every_way(LogKind::Access, mixed.as_bytes())),
        [
            (1, "11 fields, the shortest access line has 12 (looks like a line of the connection log)".to_owned()),
            (2, "8 fields, the shortest access line has 12 (looks like a line of the health-check log)".to_owned()),
            (3, "unreadable time".to_owned()),
        ]
    );
    let access = decode(LogKind::Connection, lines(ACCESS, &[18]).as_bytes());
    assert_eq!(reasons(&access), [(1, "unreadable time (looks like a line of the access log)".to_owned())]);
}

#[test]
fn any_bytes_are_kept_as_text() {
    let line = lines(ACCESS, &[145]).replace("\"-\" - -", "\"nul \0, latin \u{1}, caf\u{e9}\" - -");
    let mut bytes = line.into_bytes();
    let at = bytes.iter().position(|byte| *byte == 1).unwrap();
    bytes[at] = 0xff;
    bytes.extend_from_slice(b"\xc3\x28\0 junk\n");
    let outcome = decode_every_way(LogKind::Access, &bytes);
    assert_eq!(outcome.texts("user_agent"), [Some("nul \0, latin \\xFF, caf\u{e9}")]);
    assert_eq!(outcome.rejected[0].text, "\\xC3(\0 junk");
}

#[test]
fn each_projection_sees_the_same_values_and_rejects_the_same_lines() {
    let junk = "too short\n\nh2 2026-13-01T00:00:00Z a b:1 c:2 0 0 0 200 200 1 1 \"- - -\" \"-\"\n";
    for (kind, text) in
        [(LogKind::Access, ACCESS), (LogKind::Connection, CONNECTION), (LogKind::HealthCheck, HEALTH_CHECK)]
    {
        let text = format!("{junk}{text}{junk}");
        let all = decode(kind, text.as_bytes());
        assert!(all.stats.rejected > 0);
        for batch_size in [2, DEFAULT_BATCH_SIZE] {
            for (position, column) in kind.columns().iter().enumerate() {
                let options = Decoder::builder(kind).columns(&[column.name]).batch_size(batch_size);
                let one = decode_in_pieces(&options, [text.as_bytes()]);
                assert_eq!(one.rows.columns(), [Arc::clone(all.rows.column(position))], "{}", column.name);
                assert_eq!((one.rejected, one.stats.rows), (all.rejected.clone(), all.stats.rows));
            }
            let options = Decoder::builder(kind).projection(&[]).batch_size(batch_size);
            let none = decode_in_pieces(&options, [text.as_bytes()]);
            assert_eq!((none.rows.num_columns(), none.rows.num_rows()), (0, all.rows.num_rows()));
            assert_eq!((none.rejected, none.stats.rejected), (all.rejected.clone(), all.stats.rejected));
            assert_eq!(none.stats.unreadable_values, 0);
        }
    }
}

#[test]
fn a_projection_may_repeat_and_reorder_columns() {
    let options = Decoder::builder(LogKind::Access).columns(&["elb", "type", "no such column", "elb"]);
    let outcome = decode_in_pieces(&options, [lines(ACCESS, &[132]).as_bytes()]);
    let names: Vec<&str> = outcome.rows.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["elb", "type", "elb"]);
    assert_eq!(outcome.rows.column(0), outcome.rows.column(2));
    assert_eq!(outcome.texts("type"), [Some("https")]);
}

#[test]
fn a_huge_line_does_not_take_its_neighbours_along() {
    let neighbour = lines(ACCESS, &[145]);
    let huge = "x".repeat(10 << 20);
    let text = format!("{neighbour}{huge}\n{neighbour}");
    for piece in [1 << 16, text.len()] {
        let outcome = decode_in_pieces(&Decoder::builder(LogKind::Access), text.as_bytes().chunks(piece));
        assert_eq!(outcome.rows.num_rows(), 2);
        assert_eq!(reasons(&outcome), [(2, "longer than 64 KiB".to_owned())]);
        assert_eq!(outcome.rejected[0].text.len(), MAX_REJECTED_TEXT);
    }
}

#[test]
fn the_text_of_a_rejected_line_is_bounded_whatever_its_bytes() {
    for junk in [vec![0xff; 100_000], "é".repeat(50_000).into_bytes(), format!("x{}", "é".repeat(50_000)).into_bytes()]
    {
        let outcome = decode(LogKind::Access, &junk);
        let text = &outcome.rejected[0].text;
        assert!((MAX_REJECTED_TEXT - 4..=MAX_REJECTED_TEXT).contains(&text.len()));
    }
}

#[test]
fn a_batch_of_long_lines_is_full_early() {
    let line = lines(ACCESS, &[145]).replace("svc/example", &"x".repeat(60_000));
    let mut decoder = Decoder::builder(LogKind::Access).build();
    decoder.start_object(object());
    let text = line.repeat(2 * MAX_BATCH_BYTES / line.len());
    let taken = decoder.decode(text.as_bytes());
    assert!(decoder.is_full());
    assert!((MAX_BATCH_BYTES..MAX_BATCH_BYTES + line.len()).contains(&taken));
    assert_eq!(decoder.flush().unwrap().num_rows(), taken / line.len());
    assert!(!decoder.is_full());
}

#[test]
fn full_means_flush_and_go_on() {
    let mut decoder = Decoder::builder(LogKind::Access).batch_size(2).build();
    decoder.start_object(object());
    let text = lines(ACCESS, &[1, 2, 3]);
    let taken = decoder.decode(text.as_bytes());
    assert_eq!(taken, lines(ACCESS, &[1, 2]).len());
    assert_eq!((decoder.is_full(), decoder.decode(&text.as_bytes()[taken..])), (true, 0));
    assert_eq!(decoder.flush().unwrap().num_rows(), 2);
    assert_eq!((decoder.is_full(), decoder.decode(&text.as_bytes()[taken..])), (false, text.len() - taken));
    assert_eq!(decoder.flush().unwrap().num_rows(), 1);
}

#[test]
fn rejected_lines_fill_the_decoder_only_when_they_are_kept() {
    let junk = "junk\n".repeat(3000);
    let mut keeping = Decoder::builder(LogKind::Access).keep_rejected(true).build();
    let (mut rest, mut numbers) = (junk.as_bytes(), Vec::new());
    while !rest.is_empty() {
        rest = &rest[keeping.decode(rest)..];
        assert_eq!(keeping.flush(), None);
        let rejected = keeping.take_rejected();
        assert!(rejected.len() <= MAX_REJECTED_LINES);
        numbers.extend(rejected.iter().map(|line| line.line_number));
    }
    assert_eq!(numbers, (1..=3000).collect::<Vec<u64>>());
    let mut counting = Decoder::builder(LogKind::Access).build();
    assert_eq!(counting.decode(junk.as_bytes()), junk.len());
    assert_eq!((counting.stats().rejected, counting.take_rejected()), (3000, Vec::new()));
}

#[test]
fn the_window_holds_its_start_and_not_its_end() {
    let text = lines(ACCESS, &[18, 19, 20]);
    let all = decode(LogKind::Access, text.as_bytes());
    let times = all.column("time").as_primitive::<TimestampMicrosecondType>().values().to_vec();
    let (start, end) = (times[0], times[0] + 1);
    assert!(times[1..].iter().all(|time| *time > start), "made for lines in this order");
    let one = decode_in_pieces(&Decoder::builder(LogKind::Access).window(start..end), [text.as_bytes()]);
    assert_eq!((one.rows, one.stats.outside_window), (all.rows.slice(0, 1), 2));
    let others = decode_in_pieces(&Decoder::builder(LogKind::Access).window(end..i64::MAX), [text.as_bytes()]);
    assert_eq!((others.rows, others.stats.outside_window), (all.rows.slice(1, 2), 1));
    let junk = decode_in_pieces(&Decoder::builder(LogKind::Access).window(0..0), ["junk\n".as_bytes()]);
    assert_eq!((junk.stats.rejected, junk.stats.outside_window), (1, 0));
}

#[test]
fn each_object_has_its_own_line_numbers_and_context() {
    let options = Decoder::builder(LogKind::HealthCheck).columns(&["elb", "account", "region", "log_object"]);
    let mut decoder = options.keep_rejected(true).build();
    let mut rejected = Vec::new();
    let mut batches = Vec::new();
    for number in ["1", "2"] {
        let [name, account, elb] = ["name", "account", "elb"].map(|text| format!("{text}{number}"));
        decoder.start_object(ObjectContext { name, account: Some(account), region: None, elb: Some(elb) });
        assert_eq!(decoder.first_rejected(), None);
        // The second object must not see the unfinished line of the first.
        decoder.decode(lines(HEALTH_CHECK, &[1]).as_bytes());
        decoder.decode(b"\njunk\nunfinished");
        batches.extend(decoder.flush());
        rejected.extend(decoder.take_rejected());
        assert_eq!(decoder.first_rejected().map(|(line, _)| line), Some(3));
    }
    assert_eq!(rejected.iter().map(|line| line.line_number).collect::<Vec<_>>(), [3, 3]);
    for (batch, number) in batches.iter().zip(["1", "2"]) {
        let text = |column: usize| batch.column(column).as_string_view().iter().next().unwrap();
        let expected = ["elb", "account", "name"].map(|text| format!("{text}{number}"));
        assert_eq!([text(0), text(1), text(3)], expected.each_ref().map(|text| Some(text.as_str())));
        assert_eq!(text(2), None);
    }
}

#[test]
fn a_decoder_without_an_object_still_makes_every_column() {
    let mut decoder = Decoder::builder(LogKind::HealthCheck).build();
    decoder.decode(HEALTH_CHECK.as_bytes());
    assert_eq!(decoder.flush().unwrap().num_rows(), 2);
}

#[test]
fn the_load_balancer_comes_from_the_line_or_else_from_the_name() {
    let connections = decode(LogKind::Connection, lines(CONNECTION, &[3, 4]).as_bytes());
    let from_key = object().elb;
    assert_eq!(connections.texts("elb"), [from_key.as_deref(), Some("app/lb-60/8f1787cdfcc49589")]);
    let line = lines(HEALTH_CHECK, &[1]);
    let newer = line.replace('\n', " app/lb/1 10.0.0.1\n");
    let absent = line.replace('\n', " - 10.0.0.1\n");
    let checks = decode(LogKind::HealthCheck, [line, newer, absent].concat().as_bytes());
    assert_eq!(checks.texts("elb"), [from_key.as_deref(), Some("app/lb/1"), from_key.as_deref()]);
}

#[test]
fn unreadable_values_are_null_and_counted_where_they_are_built() {
    let line = "http 2026-01-01T00:00:00Z lb 10.0.0.1:port 10.0.0.2:70000 0.1s -1 -1 2oo - x 10000000000 \"-\" \"-\" \
                - - - \"-\" \"-\" \"-\" high 2026-20-11T00:00:00Z\n";
    let outcome = decode(LogKind::Access, line.as_bytes());
    let nulls = ["client_port", "target_port", "request_processing_time", "target_processing_time", "elb_status_code"];
    for name in nulls.into_iter().chain(["received_bytes", "matched_rule_priority", "request_creation_time"]) {
        assert!(outcome.column(name).is_null(0), "{name}");
    }
    // Everything above but target_processing_time, whose -1 is absent, not unreadable.
    assert_eq!((outcome.stats.rows, outcome.stats.unreadable_values), (1, 7));
    assert_eq!(outcome.column("sent_bytes").as_primitive::<Int64Type>().value(0), 10_000_000_000);
    let one = decode_in_pieces(&Decoder::builder(LogKind::Access).columns(&["elb_status_code"]), [line.as_bytes()]);
    assert_eq!(one.stats.unreadable_values, 1);
    let large = "http 2026-01-01T00:00:00Z 0.000 10.0.0.2:80 web PASS 3000000000 -\n";
    let large = decode(LogKind::HealthCheck, large.as_bytes());
    assert!(large.column("status_code").is_null(0));
    assert_eq!(large.column("latency").as_primitive::<Float64Type>().value(0).to_bits(), 0);
    assert_eq!(large.stats.unreadable_values, 1);
}

#[test]
fn new_fields_are_noticed_whatever_is_asked_for() {
    let known = lines(ACCESS, &[18]);
    let missing = LogKind::Access.known_fields() - Fields::new(known.trim_end().as_bytes()).count();
    let future = format!("{}{} \"a-future-field\"\n", known.trim_end(), " \"-\"".repeat(missing));
    let text = [future.as_str(), &known, &future].concat();
    let all = decode(LogKind::Access, text.as_bytes());
    assert_eq!(all.texts("extra_fields"), [Some("\"a-future-field\""), None, Some("\"a-future-field\"")]);
    assert_eq!(all.stats.rows_with_extra_fields, 2);
    let none = decode_in_pieces(&Decoder::builder(LogKind::Access).projection(&[]), [text.as_bytes()]);
    assert_eq!(none.stats.rows_with_extra_fields, 1, "only the first row of a batch is looked at");
}

#[test]
fn the_day_is_that_of_the_time_in_utc() {
    let line = |time: &str| format!("http {time} 0 10.0.0.1:80 web PASS 200 -\n");
    let times = ["2026-11-20T23:59:59.999999Z", "2026-11-21T00:00:00Z", "1969-12-31T23:59:59Z", "2024-02-29T12:00:00Z"];
    let outcome = decode_every_way(LogKind::HealthCheck, times.map(line).concat().as_bytes());
    let days = ["2026-11-20", "2026-11-21", "1969-12-31", "2024-02-29"];
    assert_eq!(outcome.texts("day"), days.map(Some));
}

mod conditions {
    use arrow_array::BooleanArray;
    use arrow_array::types::Int32Type;
    use arrow_schema::DataType;
    use arrow_select::filter::filter_record_batch;
    use proptest::prelude::*;

    use super::*;

    /// The obvious way: what a built row's values say.
    fn is_met(condition: &Condition, rows: &RecordBatch, row: usize) -> bool {
        match condition {
            Condition::All(all) => !all.iter().any(|condition| !is_met(condition, rows, row)),
            Condition::Any(any) => any.iter().any(|condition| is_met(condition, rows, row)),
            Condition::Number { column, within } => {
                let column = rows.column(*column);
                let number = match column.data_type() {
                    DataType::Int32 => i64::from(column.as_primitive::<Int32Type>().value(row)),
                    DataType::Int64 => column.as_primitive::<Int64Type>().value(row),
                    _ => column.as_primitive::<TimestampMicrosecondType>().value(row),
                };
                column.is_valid(row) && within.iter().any(|range| *range.start() <= number && number <= *range.end())
            }
            Condition::Seconds { column, within } => {
                let column = rows.column(*column).as_primitive::<Float64Type>();
                column.is_valid(row) && within.contains(&column.value(row))
            }
            Condition::Text { column, one_of } => {
                let is_of_name = LogKind::Access.columns()[*column].source.position().is_none();
                let column = rows.column(*column).as_string_view();
                let one_of: Vec<String> = one_of.iter().map(|one| String::from_utf8_lossy(one).into_owned()).collect();
                is_of_name
                    || column.is_valid(row)
                        && (one_of.contains(&column.value(row).to_owned()) || !column.value(row).is_ascii())
            }
            Condition::Present { column } => {
                let Column { value, source, .. } = LogKind::Access.columns()[*column];
                (value == crate::ValueType::Text && source.position().is_none()) || rows.column(*column).is_valid(row)
            }
        }
    }

    fn columns(of: &[crate::ValueType]) -> Vec<usize> {
        let all = LogKind::Access.columns().iter().enumerate();
        all.filter(|(_, column)| of.contains(&column.value)).map(|(at, _)| at).collect()
    }

    fn condition() -> impl Strategy<Value = Condition> {
        use crate::ValueType::{BigInt, Int, Seconds, Text, Timestamp};
        let numbers = prop_oneof![Just(0), Just(200), Just(404), Just(502), Just(80), -5..70_000i64];
        let range = (numbers.clone(), 0..400i64).prop_map(|(start, length)| start..=start + length);
        let times = (1_500_000_000..1_800_000_000i64).prop_map(|start| start * 1_000_000..=i64::MAX);
        let texts = prop_oneof![
            Just("GET"),
            Just("https"),
            Just("-"),
            Just("HTTP/1.1"),
            Just("forward"),
            Just("app/from-the-key/0123456789abcdef"),
            Just(""),
        ];
        let leaf = prop_oneof![
            (prop::sample::select(columns(&[Int, BigInt])), prop::collection::vec(range, 0..3))
                .prop_map(|(column, within)| Condition::Number { column, within }),
            (prop::sample::select(columns(&[Timestamp])), times)
                .prop_map(|(column, range)| Condition::Number { column, within: vec![range] }),
            (prop::sample::select(columns(&[Seconds])), 0.0..0.3f64, 0.0..3.0f64)
                .prop_map(|(column, start, length)| Condition::Seconds { column, within: start..=start + length }),
            (prop::sample::select(columns(&[Text])), prop::collection::vec(texts, 0..3)).prop_map(|(column, texts)| {
                Condition::Text { column, one_of: texts.iter().map(|text| text.as_bytes().to_vec()).collect() }
            }),
            (0..LogKind::Access.columns().len()).prop_map(|column| Condition::Present { column }),
        ];
        leaf.prop_recursive(3, 8, 3, |inner| {
            let some = prop::collection::vec(inner, 0..3);
            prop_oneof![some.clone().prop_map(Condition::All), some.prop_map(Condition::Any)]
        })
    }

    proptest! {
        /// Rows that meet the condition are built as without it, and all others are counted; whatever columns are asked for.
        #[test]
        fn what_is_built_is_what_meets_it(condition in condition(), narrow in any::<bool>(), batch in 1..50usize) {
            let options = Decoder::builder(LogKind::Access).batch_size(batch);
            let all = decode_in_pieces(&options, [ACCESS.as_bytes()]);
            assert_eq!(all.stats.unreadable_values, 0);
            let met: BooleanArray =
                (0..all.rows.num_rows()).map(|row| Some(is_met(&condition, &all.rows, row))).collect();
            let mut expected = filter_record_batch(&all.rows, &met).unwrap();
            let mut options = options.condition(Some(condition));
            if narrow {
                let projection = [2, 0, 30];
                options = options.projection(&projection);
                expected = expected.project(&projection).unwrap();
            }
            let found = decode_in_pieces(&options, ACCESS.as_bytes().chunks(999));
            prop_assert_eq!(&found.rows, &expected);
            prop_assert_eq!(found.stats.rows, expected.num_rows() as u64);
            prop_assert_eq!(found.stats.rows + found.stats.unmet, all.stats.rows);
            prop_assert_eq!((found.stats.rejected, found.first_rejected), (all.stats.rejected, all.first_rejected));
        }
    }

    #[test]
    fn a_value_that_cannot_be_read_is_counted_all_the_same() {
        let column = LogKind::Access.columns().iter().position(|column| column.name == "elb_status_code").unwrap();
        let lines = ACCESS.lines().next().unwrap().replace(" 200 200 ", " many 200 ");
        assert!(lines.contains(" many "));
        for condition in [Condition::Number { column, within: vec![500..=599] }, Condition::Present { column }] {
            let options = Decoder::builder(LogKind::Access).columns(&["elb_status_code"]).condition(Some(condition));
            let stats = decode_in_pieces(&options, [lines.as_bytes()]).stats;
            assert_eq!((stats.rows, stats.unmet, stats.unreadable_values), (1, 0, 1));
        }
    }

    /// Whoever waits for rows learns that nobody does any more.
    #[test]
    fn lines_that_are_passed_over_end_a_batch_at_last() {
        let line = ACCESS.lines().next().unwrap();
        let text = format!("{line}\n").repeat(70_000);
        let mut decoder = Decoder::builder(LogKind::Access).condition(Some(Condition::Any(Vec::new()))).build();
        let taken = decoder.decode(text.as_bytes());
        assert!(taken < text.len() && decoder.is_full());
        assert_eq!(decoder.flush().unwrap().num_rows(), 0);
        assert!(!decoder.is_full());
    }
}
