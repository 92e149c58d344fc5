//! Objects whose gzip is cut short or corrupt: what stands before the damage counts, and the object is named.

use super::logs::{access_lines, gzip, inflate_what_there_is, object_name, whole_lines};
use super::support::Workspace;

const LINES: usize = 3000;
const COUNT: &str = "SELECT count(*) FROM requests";

/// Lines that compress no better than real ones: each has a random-looking user agent.
fn lines() -> String {
    let mut state: u64 = 7;
    let mut agent = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:x}")
    };
    access_lines(LINES).lines().map(|line| line.replace("curl/8.5", &agent()) + "\n").collect()
}

#[test]
fn rows_before_a_cut_count() {
    let folder = Workspace::new();
    let whole = gzip(lines());
    let length = whole.len();
    for cut in [length / 4, length / 2, length * 9 / 10, length - 9, length - 8, length - 4, length - 1] {
        let object = object_name("20261120T1100Z");
        folder.write(&object, &whole[..cut]);
        let expected = whole_lines(&inflate_what_there_is(&whole[..cut]));
        assert!(expected > LINES / 8, "{cut}");
        let answer = folder.csv(&object, COUNT).exits(3);
        assert_eq!(answer.value(), expected.to_string(), "cut at {cut} of {length}");
        let said = format!(
            "warning: incomplete: {object}: cut short: its gzip stream ends in the middle; {expected} rows read from it are \
             counted"
        );
        answer.says(&said);
    }
}

#[test]
fn nothing_is_left_of_an_object_cut_in_its_header() {
    let folder = Workspace::new();
    let object = object_name("20261120T1100Z");
    folder.write(&object, &gzip(lines())[..7]);
    let answer = folder.csv(&object, COUNT).exits(3).says("cut short").says(&object);
    assert_eq!(answer.value(), "0");
}

#[test]
fn a_wrong_checksum_or_length_is_named_and_all_rows_count() {
    let folder = Workspace::new();
    let object = object_name("20261120T1100Z");
    for from_end in [8, 1] {
        let mut bytes = gzip(lines());
        let at = bytes.len() - from_end;
        bytes[at] ^= 0x55;
        folder.write(&object, &bytes);
        let answer = folder.csv(&object, COUNT).exits(3);
        assert_eq!(answer.value(), LINES.to_string(), "byte {from_end} from the end");
        answer.says(&object).says("damaged: ");
    }
}

#[test]
fn rows_before_a_corrupt_place_count() {
    let folder = Workspace::new();
    let object = object_name("20261120T1100Z");
    let mut bytes = gzip(lines());
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0xff);
    folder.write(&object, &bytes);
    // Deflate may go on past the damage for a while; the checksum at the end tells, and rows read from it are right.
    let answer = folder.csv(&object, "SELECT time, elb_status_code FROM requests").exits(3);
    let rows = answer.rows();
    let before = LINES / 3;
    let expected: Vec<String> = access_lines(before).lines().map(|line| format!("{},200", &line[6..33])).collect();
    assert_eq!(rows[..before], expected);
    let count = rows.len().to_string();
    let count = if rows.len() < 1000 { count } else { format!("{},{}", &count[..1], &count[1..]) };
    answer.says(&format!("warning: incomplete: {object}: damaged: ")).says(&format!(", {count} rows, "));
}

#[test]
fn what_follows_the_gzip_stream_is_no_reason_to_lose_rows() {
    let folder = Workspace::new();
    let object = object_name("20261120T1100Z");
    let bytes = [gzip(lines()), b"some garbage at the end".to_vec()].concat();
    folder.write(&object, bytes);
    let answer = folder.csv(&object, COUNT).exits(3).says(&object);
    assert_eq!(answer.value(), LINES.to_string());
}

#[test]
fn a_second_member_that_is_cut_leaves_the_first() {
    let folder = Workspace::new();
    let object = object_name("20261120T1100Z");
    let second = gzip(lines());
    let bytes = [gzip(access_lines(10)), second[..second.len() / 2].to_vec()].concat();
    let expected = whole_lines(&inflate_what_there_is(&bytes));
    folder.write(&object, &bytes);
    let answer = folder.csv(&object, COUNT).exits(3).says("cut short");
    assert_eq!(answer.value(), expected.to_string());
    assert!(expected > 10);
}

#[test]
fn neighbours_of_a_bad_object_are_read_and_the_table_of_objects_tells() {
    let folder = Workspace::new();
    let [bad, good] = ["20261120T1100Z", "20261120T1105Z"].map(|end| format!("logs/{}", object_name(end)));
    folder.write(&bad, &gzip(lines())[..2000]).write(&good, gzip(access_lines(20)));
    let cut = whole_lines(&inflate_what_there_is(&gzip(lines())[..2000]));
    assert_eq!(folder.csv("logs", COUNT).exits(3).value(), (cut + 20).to_string());
    let answer = folder.csv("logs", "SELECT rows, error FROM log_objects ORDER BY interval_end").exits(3);
    assert_eq!(answer.rows(), [format!("{cut},cut short: its gzip stream ends in the middle"), "20,".to_owned()]);
}

#[test]
fn a_strict_run_stops_at_a_bad_object() {
    let folder = Workspace::new();
    let object = object_name("20261120T1100Z");
    folder.write(&object, &gzip(lines())[..2000]);
    let answer = folder.run(["query", "--strict", "--from", &object, "-o", "out.csv", COUNT]).exits(2);
    assert_eq!(answer.stdout, "");
    answer.says("error: ").says(&object).says("cut short").says("--strict");
    assert_eq!(folder.names_in("."), [object]);
}

#[test]
fn many_bad_objects_are_counted_after_the_first_few() {
    let folder = Workspace::new();
    for minute in 10..20 {
        folder.write(&format!("logs/{}", object_name(&format!("20261120T11{minute}Z"))), &gzip(lines())[..500]);
    }
    let answer = folder.csv("logs", COUNT).exits(3);
    assert_eq!(answer.stderr.matches("warning: incomplete: logs/").count(), 5);
    answer.says("warning: incomplete: 5 more objects; all of them: SELECT log_object, error FROM log_objects");
}
