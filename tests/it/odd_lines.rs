//! Files whose bytes are unusual: no line is lost, and none is taken for another.

use super::logs::{access, access_lines, gzip};
use super::support::Workspace;

const ALL_BUT_OBJECT: &str = "SELECT * EXCEPT (log_object) FROM requests ORDER BY time";

#[test]
fn line_endings_do_not_matter() {
    let folder = Workspace::new();
    let unix = access_lines(3);
    folder.write("unix.log", &unix);
    folder.write("windows.log", unix.replace('\n', "\r\n"));
    folder.write("last.log", unix.trim_end());
    folder.write("windows-last.log", unix.trim_end().replace('\n', "\r\n") + "\r");
    folder.write("spaced.log", unix.replace('\n', "\n\n\r\n"));
    let expected = folder.csv("unix.log", ALL_BUT_OBJECT).done();
    assert_eq!(expected.rows().len(), 3);
    for name in ["windows.log", "last.log", "windows-last.log", "spaced.log"] {
        let answer = folder.csv(name, ALL_BUT_OBJECT).done().says(" 0 rejected");
        assert_eq!(answer.stdout, expected.stdout, "{name}");
    }
}

#[test]
fn a_line_of_ten_megabytes_does_not_take_its_neighbours_along() {
    let folder = Workspace::new();
    let long = access("2026-11-20T10:00:01.000000Z", 200).replace("curl/8.5", &"x".repeat(10 << 20));
    let text = access("2026-11-20T10:00:00.000000Z", 201) + &long + &access("2026-11-20T10:00:02.000000Z", 202);
    folder.write("long.log", &text).write("long.log.gz", gzip(&text));
    for name in ["long.log", "long.log.gz"] {
        let answer = folder.csv(name, "SELECT elb_status_code FROM requests ORDER BY time").done();
        assert_eq!(answer.rows(), ["201", "202"]);
        let rejected = "SELECT line_number, reason, character_length(line) FROM rejected_lines";
        assert_eq!(folder.value(name, rejected), "2,longer than 64 KiB,4096", "{name}");
    }
}

#[test]
fn a_line_just_below_the_limit_is_a_row() {
    let folder = Workspace::new();
    let long = access("2026-11-20T10:00:01.000000Z", 200).replace("curl/8.5", &"x".repeat(64_000));
    folder.write("long.log", long);
    assert_eq!(folder.value("long.log", "SELECT character_length(user_agent) FROM requests"), "64000");
}

#[test]
fn nul_bytes_and_bytes_that_are_not_utf8_stay_where_they_are() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:00.000000Z", 200);
    let bytes = line.as_bytes().split(|&byte| byte == b'8').collect::<Vec<_>>().join(&b"\x00\xff\xc3("[..]);
    // The time has no 8, so this is still a row.
    folder.write("odd.log", [line.as_bytes(), &bytes, line.as_bytes()].concat());
    let answer = folder.run(["query", "--from", "odd.log", "--format", "ndjson", "SELECT user_agent FROM requests"]);
    let answer = answer.done().says(" 0 rejected");
    let agents: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(
        agents,
        [
            r#"{"user_agent":"curl/8.5"}"#,
            r#"{"user_agent":"curl/\u0000\\xFF\\xC3(.5"}"#,
            r#"{"user_agent":"curl/8.5"}"#
        ]
    );
}

#[test]
fn rejected_text_keeps_no_byte_that_is_not_utf8() {
    let folder = Workspace::new();
    folder.write("odd.log", [access("2026-11-20T10:00:00.000000Z", 200).as_bytes(), b"\xfe\xff\x00 x\n"].concat());
    let answer = folder.run(["query", "--from", "odd.log", "--format", "json", "SELECT line FROM rejected_lines"]);
    assert_eq!(answer.done().stdout, "[\n{\"line\":\"\\\\xFE\\\\xFF\\u0000 x\"}\n]\n");
}

#[test]
fn every_line_is_counted_once_whatever_is_asked() {
    let folder = Workspace::new();
    let text = format!("{}nonsense\n{}", access_lines(3), access("yesterday", 200));
    folder.write("odd.log", text);
    for columns in ["count(*)", "count(time)", "count(extra_fields)", "max(elb)", "count(log_object)"] {
        folder.csv("odd.log", &format!("SELECT {columns} FROM requests")).done().says("3 rows, 2 rejected");
    }
    folder.csv("odd.log", ALL_BUT_OBJECT).done().says("3 rows, 2 rejected");
    let joined = "SELECT count(*) FROM requests a JOIN requests b ON a.time = b.time, rejected_lines";
    let answer = folder.csv("odd.log", joined).done().says("1 object, 3 rows, 2 rejected");
    assert_eq!(answer.value(), "6");
}
