//! What an object holds is told by its content, whatever its name: it is read, or refused by name, and never lost silently.

use std::io::{Read, Write};

use super::logs::{CONNECTION, access, access_lines, gzip, object_name};
use super::support::{Workspace, corpus};

const COUNT: &str = "SELECT count(*) FROM requests";

fn read_all(mut reader: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    reader.read_to_end(&mut all).unwrap();
    all
}

fn bzip2(text: &str) -> Vec<u8> {
    read_all(bzip2::read::BzEncoder::new(text.as_bytes(), bzip2::Compression::best()))
}

fn xz(text: &str) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zstd(text: &str) -> Vec<u8> {
    zstd::encode_all(text.as_bytes(), 19).unwrap()
}

#[test]
fn logs_that_were_compressed_anew_are_read_whatever_their_names_say() {
    let folder = Workspace::new();
    let text = access_lines(50);
    let name = |end, ending: &str| format!("logs/{}", object_name(end).replace(".log.gz", ending));
    folder.write(&name("20261120T1005Z", ".log.gz"), gzip(&text));
    folder.write(&name("20261120T1010Z", ".log.zst"), zstd(&text));
    folder.write(&name("20261120T1015Z", ".log.bz2"), bzip2(&text));
    folder.write(&name("20261120T1020Z", ".log.xz"), xz(&text));
    folder.write(&name("20261120T1025Z", ".log.gz"), gzip(gzip(&text)));
    folder.write(&name("20261120T1030Z", ".log.gz"), zstd(&text));
    folder.write("logs/2026-11-20.log", gzip(gzip(text.replace("curl", "wget"))));
    let answer = folder.csv("logs", COUNT).done().says("7 objects, 350 rows, 0 rejected");
    assert_eq!(answer.value(), "350");
    let objects = "SELECT count(interval_end) FROM log_objects WHERE elb = 'app/shop/50dc6c495c0c9188'";
    assert_eq!(folder.value("logs", objects), "6");
    let report = folder.run(["report", "overview", "--from", "logs"]).done();
    assert!(report.stdout.contains("logs complete up to 10:30 (1 of 1 nodes)"), "{}", report.stdout);
}

#[test]
fn an_object_under_an_aws_name_that_cannot_be_read_makes_a_report_incomplete() {
    let folder = Workspace::new();
    let named = |end| format!("logs/{}", object_name(end));
    folder.write(&named("20261120T1005Z"), gzip(access_lines(50)));
    folder.write(&named("20261120T1010Z"), [&[0x04, 0x22, 0x4d, 0x18], &[7; 99][..]].concat());
    let said = format!(
        "warning: incomplete: {}: compressed with lz4, which is not read: unpack it\n",
        named("20261120T1010Z")
    );
    assert_eq!(folder.csv("logs", COUNT).exits(3).says(&said).value(), "50");
    let report = folder.run(["report", "overview", "--from", "logs"]).exits(3).says(&said);
    assert!(report.stdout.contains("logs not complete: 1 object not read"), "{}", report.stdout);
    assert!(!report.stdout.contains("complete to"), "{}", report.stdout);
    folder.run(["query", "--strict", "--from", "logs", COUNT]).exits(2).says("lz4").says("(--strict)");
}

#[test]
fn lines_in_json_are_read_and_the_container_is_said() {
    let folder = Workspace::new();
    let lines = access_lines(6);
    let events: Vec<_> =
        lines.lines().map(|line| serde_json::json!({"id": "1", "timestamp": 1, "message": line})).collect();
    let record = |events: &[_]| serde_json::json!({"messageType": "DATA_MESSAGE", "logEvents": events}).to_string();
    folder.write("firehose/2026/11/20/10/alb-1", gzip(record(&events[..4]) + &record(&events[4..])));
    let answer = folder.csv("firehose", "SELECT request_verb, count(*) FROM requests GROUP BY 1").done();
    assert_eq!(answer.rows(), ["GET,6"]);
    answer.says("notice: 1 object holds ALB lines inside JSON (CloudWatch subscription)\n1 object, 6 rows, 0 rejected");
    folder
        .write("log.json", lines.lines().map(|line| serde_json::json!({"log": line}).to_string()).collect::<String>());
    assert_eq!(folder.csv("log.json", COUNT).done().says("inside JSON (field log)").value(), "6");
    let other = lines.lines().last().unwrap().replace("curl", "wget");
    let twice = |line: &str| serde_json::json!({"log": line, "message": other}).to_string();
    folder.write("twice.json", lines.lines().map(twice).collect::<String>());
    folder.csv("twice.json", COUNT).exits(3).says("several fields of its JSON records (field log, field message)");
}

#[test]
fn an_export_of_cloudwatch_logs_is_read() {
    let folder = Workspace::new();
    let exported: String =
        access_lines(5).lines().map(|line| ["2026-11-20T10:00:00.000Z ", line, "\n"].concat()).collect();
    folder.write("export/aws-logs-write-test", "Permission Check Successful");
    folder.write("export/4f1c0e2a/stream/000000.gz", gzip(exported));
    let answer = folder.csv("export", COUNT).done();
    assert_eq!(answer.value(), "5");
    answer
        .says("notice: 1 object holds ALB lines behind a time (CloudWatch Logs export)")
        .says("skipped 1 object (1 CloudWatch Logs test object)");
    let tail: String =
        access_lines(5).lines().map(|line| ["2026-11-20T10:00:00+00:00 shop-stream ", line, "\n"].concat()).collect();
    folder.write("tail.txt", tail);
    assert_eq!(folder.value("tail.txt", COUNT), "5");
}

#[test]
fn what_may_be_a_log_in_another_shape_is_refused_by_name() {
    let (line, vended) = (access("2026-11-20T10:00:00.000000Z", 200), "{\"time\": \"x\", \"elb_status_code\": 200}\n");
    let (glued, tabs, commas) = (line.replace('\n', "").repeat(3), line.replace(' ', "\t"), line.replace(' ', ","));
    let mut tar = vec![0; 257];
    tar.extend(b"ustar\x0000");
    let cases: [(&[u8], &str); 12] = [
        (glued.as_bytes(), "lines without line ends between them"),
        (tabs.as_bytes(), "ALB fields with tabs between them instead of spaces"),
        (commas.as_bytes(), "ALB fields with commas between them instead of spaces"),
        (b"\"type\",\"time\",\"elb\"\n\"https\",\"2026-11-20T10:00:00Z\",\"app/a/b\"\n", "CSV with a header"),
        (vended.as_bytes(), "JSON records with a field for each value (a vended log)"),
        (b"{\"message\":\"GET /\",\"time\":1}", "JSON records, not ALB log lines"),
        (&tar, "a tar archive: unpack it"),
        (b"PK\x03\x04....", "a zip archive: unpack it"),
        (b"PAR1....PAR1", "a Parquet file"),
        (b"#Version: 1.0\n#Fields: time elb\n", "a W3C log"),
        (&line.as_bytes()[..40], "lines cut short: the first has 3 fields, the shortest access line has 12"),
        (b"\x93\x00\x01\x02\xfe\xdc\xba\x98\x76\x54\x32\x10", "no text, and nothing that is known here"),
    ];
    for (content, said) in cases {
        for content in [content.to_vec(), gzip(content)] {
            let folder = Workspace::new();
            folder.write("logs/good.log", access_lines(2)).write("logs/other", &content);
            let answer = folder.csv("logs", COUNT).exits(3).says("warning: incomplete: logs/other: ").says(said);
            assert_eq!(answer.value(), "2", "{said}");
            let alone = folder.csv("logs/other", COUNT).exits(2).says("logs/other: ").says(said);
            assert!(!alone.stderr.contains("hint"), "{}", alone.stderr);
            folder.write(&object_name("20261120T1005Z"), &content);
            let named = folder.csv(&object_name("20261120T1005Z"), COUNT).exits(3).says("warning: incomplete: ");
            assert_eq!(named.value(), "0", "{said}");
        }
    }
}

#[test]
fn what_is_known_to_be_no_log_of_these_is_left_out_with_its_name() {
    let hash = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
    let s3 = format!("{hash} bucket [20/Nov/2026:10:00:00 +0000] 192.0.2.3 - - REST.GET.OBJECT k\n");
    let cases: [(&[u8], &str); 12] = [
        (&corpus("nlb_tls.log"), "nlb"),
        (&corpus("clb.log"), "classic"),
        (b"<!DOCTYPE html>\n<html><body>504 app/shop/1</body></html>", "HTML or XML"),
        (b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>", "HTML or XML"),
        (b"{\"Records\":[{\"eventVersion\":\"1.08\",\"eventSource\":\"s3.amazonaws.com\"}]}", "CloudTrail records"),
        (b"{\"timestamp\":1,\"webaclId\":\"a\",\"httpRequest\":{}}", "WAF logs"),
        (b"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes\n", "CloudFront logs"),
        (
            b"2 123456789010 eni-1235b8ca 192.0.2.1 192.0.2.2 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK\n",
            "VPC flow logs",
        ),
        (s3.as_bytes(), "S3 access logs"),
        (b"192.0.2.1 - - [20/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 2\n", "web server's log"),
        (b"milk\nbread\n", "other text"),
        (b"", "empty"),
    ];
    for (content, said) in cases {
        for content in [content.to_vec(), gzip(content)] {
            let folder = Workspace::new();
            folder.write("logs/good.log", access_lines(2)).write("logs/other", &content);
            let answer = folder.csv("logs", COUNT).done().says(&format!("skipped 1 object (1 {said})"));
            assert_eq!(answer.value(), "2", "{said}");
        }
    }
}

#[test]
fn lines_that_are_built_otherwise_are_rejected_and_those_that_hold_rows_make_it_incomplete() {
    let folder = Workspace::new();
    let good = access("2026-11-20T10:00:00.000000Z", 200);
    let shifted = good.replacen(" 200 200 100 200 ", " 200 200 100 ", 1);
    let wider = good.replacen(" 100 200 ", " 100 200 7 ", 1);
    folder.write("shifted.log", good.clone() + &shifted + &wider);
    let reasons = "SELECT line_number, reason FROM rejected_lines ORDER BY 1";
    let answer = folder.csv("shifted.log", reasons).done();
    assert_eq!(
        answer.rows(),
        ["2,\"field 12 is in quotes, as it is in no line\"", "3,\"field 13 is not in quotes, as it is in every line\""]
    );
    folder.run(["query", "--strict", "--from", "shifted.log", COUNT]).exits(2).says("field 12 is in quotes");
    let record = serde_json::json!({ "message": good.trim_end() }).to_string() + "\n";
    folder.write("mixed.log", good.clone() + &record + good.trim_end() + &good);
    let answer =
        folder.csv("mixed.log", COUNT).exits(3).says("2 of its lines hold ALB lines in a shape that is not read");
    assert_eq!(answer.value(), "1");
    // What clients send stands between quotes, and is no structure.
    let sent =
        good.replace("curl/8.5", &format!("{{\\x22a\\x22:1}} <b> \\x5c {}", good.trim_end().replace('"', "\\x22")));
    folder.write("sent.log", good + &sent);
    assert_eq!(folder.csv("sent.log", COUNT).done().says(" 0 rejected").value(), "2");
}

/// Shippers keep what they took a record apart from.
#[test]
fn a_line_twice_in_a_record_is_one() {
    let folder = Workspace::new();
    let record = |line: &str| {
        let line = serde_json::to_string(line).unwrap();
        format!("{{\"message\":{line},\"event\":{{\"original\":{line}}},\"message\":{line}}}\n")
    };
    folder.write("a.json", access_lines(10).lines().map(record).collect::<String>());
    assert_eq!(folder.csv("a.json", COUNT).done().says("10 rows").value(), "10");
}

/// A plain text says nowhere that it is cut: its last line does.
#[test]
fn a_text_that_ends_in_the_middle_of_a_line_is_cut_short() {
    let folder = Workspace::new();
    let text = access_lines(3);
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    // Whole lines, with a line end or without.
    for whole in [&text[..], text.trim_end(), &text[..last]] {
        folder.write("logs/a.log", whole);
        assert_eq!(folder.csv("logs", COUNT).done().value(), whole.lines().count().to_string());
    }
    for part in 3..20 {
        let end = last + (text.len() - last) * part / 22;
        folder.write("logs/a.log", &text[..end]);
        let answer = folder.csv("logs", COUNT).exits(3).says("a.log: cut short: it ends in the middle of a line");
        assert_eq!(answer.value(), "2", "{}", &text[last..end]);
        folder.run(["query", "--from", "logs", "--strict", COUNT]).exits(2);
    }
}

#[test]
fn lines_of_another_log_are_not_those_of_health_checks() {
    let folder = Workspace::new();
    let checks = super::logs::HEALTH_CHECK.trim_end().to_owned() + "\n";
    // A stray few are told by their lines; what there is most of is read.
    folder.write("x.log", checks.clone() + &access_lines(10));
    assert_eq!(folder.csv("x.log", COUNT).done().says("1 rejected").value(), "10");
    let reasons = folder.csv("x.log", "SELECT reason FROM rejected_lines").done();
    assert!(reasons.stdout.contains("looks like a line of the health-check log"), "{}", reasons.stdout);
    // More are a mixture, which is no log of either kind.
    folder.write("x.log", checks.repeat(5) + &access_lines(5));
    folder.csv("x.log", COUNT).exits(2).says("in one: divide it, or read one of them with --kind");
    for (kind, table) in [("access", "requests"), ("health-check", "health_checks")] {
        let sql = format!("SELECT count(*) FROM {table}");
        let answer = folder.run(["query", "--from", "x.log", "--format", "csv", "--kind", kind, &sql]).exits(3);
        assert_eq!(answer.says("5 of its lines are of another log").value(), "5");
    }
}

#[test]
fn a_quote_that_is_not_escaped_shifts_no_column() {
    let folder = Workspace::new();
    let good = access_lines(1);
    for agent in ["\"cu\"rl\"", "\"cu\" rl\"", "\"cu\"\"rl\"", "\"cu\\\"rl\""] {
        let agents: Vec<&str> = good.split('"').collect();
        let broken = good.replacen(&format!("\"{}\"", agents[3]), agent, 1);
        assert_ne!(broken, good);
        folder.write("a.log", [&good[..], &broken, &good].concat());
        let answer = folder.csv("a.log", "SELECT count(*) FROM requests").done().says("1 rejected");
        assert_eq!(answer.value(), "2");
    }
}

#[test]
fn an_object_of_another_kind_than_its_name_says_is_not_read() {
    let folder = Workspace::new();
    folder.write(&object_name("20261120T1005Z"), CONNECTION.repeat(3));
    let answer = folder.csv(".", COUNT).exits(3);
    answer.says(
        "no line of it is a line of the access log; 3 rejected, the first in line 1: unreadable time (looks like",
    );
}

#[test]
fn wide_text_is_read_with_and_without_a_mark() {
    let folder = Workspace::new();
    let text = access_lines(50);
    let wide = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    folder.write("logs/little.log", wide(u16::to_le_bytes)).write("logs/big.log.gz", gzip(wide(u16::to_be_bytes)));
    folder.write("logs/marked.log", [vec![0xff, 0xfe], wide(u16::to_le_bytes)].concat());
    assert_eq!(folder.csv("logs", COUNT).done().says("0 rejected").value(), "150");
}

#[test]
fn what_takes_too_much_to_unpack_is_not_called_damaged() {
    let folder = Workspace::new();
    let name = format!("logs/{}", object_name("20261120T1005Z"));
    let mut options = liblzma::stream::LzmaOptions::new_preset(6).unwrap();
    options.dict_size(256 << 20);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&options);
    let stream = liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc64).unwrap();
    folder.write(&name, read_all(liblzma::read::XzEncoder::new_stream(access_lines(50).as_bytes(), stream)));
    let answer = folder.csv("logs", COUNT).exits(3).says("needs more than 80 MiB to unpack (xz)");
    assert!(!answer.stderr.contains("damaged"), "{}", answer.stderr);
}

#[test]
fn an_export_says_what_lines_were_in() {
    let folder = Workspace::new();
    let lines = access_lines(3);
    let events =
        lines.lines().map(|line| serde_json::json!({ "message": line }).to_string() + "\n").collect::<String>();
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), gzip(events));
    let said = folder.csv("logs", COUNT).done();
    let notice =
        said.stderr.lines().find(|line| line.contains("ALB lines")).unwrap_or_else(|| panic!("{}", said.stderr));
    let args = [
        "export",
        "--from",
        "logs",
        "--to",
        "lake",
        "--since",
        "2026-11-20",
        "--until",
        "2026-11-21",
        "--settle",
        "0s",
    ];
    folder.run(args).done().says(notice);
    assert_eq!(folder.value("lake", COUNT), "3");
}

/// Whatever is damaged of a log that somebody renamed, rows are not lost in silence.
#[test]
fn a_damaged_log_of_another_name_is_not_taken_for_something_else() {
    let folder = Workspace::new();
    let whole = gzip(access_lines(50));
    let mut contents: Vec<Vec<u8>> = Vec::new();
    for at in (10..whole.len()).step_by(whole.len() / 12) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        contents.extend([flipped, whole[..at].to_vec(), [&whole[..at], &whole[at + 1..]].concat()]);
    }
    contents.push(String::from_utf8_lossy(&whole).replace('\n', "\r\n").into_bytes());
    for (number, content) in contents.iter().enumerate() {
        folder.write("logs/shop.log.gz", content);
        let answer = folder.run(["query", "--format", "csv", "--from", "logs", COUNT]);
        assert!(answer.code != 0 || answer.value() == "50", "{number}: {}{}", answer.stdout, answer.stderr);
    }
}

#[test]
fn lines_behind_something_else_are_found_or_missed_aloud() {
    let banner = "192.0.2.9 - - [20/Nov/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"curl\"\n".repeat(900);
    assert!(banner.len() > 64 << 10);
    let folder = Workspace::new();
    folder.write("logs/good.log", access_lines(2)).write("logs/mixed.log", banner.clone() + &access_lines(30));
    folder.csv("logs", COUNT).exits(3).says("logs/mixed.log");
    // As many rows as banner lines, and more: the banner is rejected.
    folder.write("logs/mixed.log", banner + &access_lines(2000));
    let answer = folder.csv("logs", COUNT).done().says("900 rejected");
    assert_eq!(answer.value(), "2002");
}

#[test]
fn two_kinds_of_log_in_one_are_told_whatever_they_are_in() {
    let folder = Workspace::new();
    let lines: String =
        access_lines(20).lines().flat_map(|line| [line, "\n", CONNECTION].map(ToOwned::to_owned)).collect();
    let json: String = lines.lines().map(|line| serde_json::json!({"message": line}).to_string() + "\n").collect();
    let timed: String = lines.lines().map(|line| ["2026-11-20T10:00:00.000Z ", line, "\n"].concat()).collect();
    for content in [lines, json, timed] {
        folder.write("logs/both", content);
        folder.csv("logs", COUNT).exits(2).says("lines of the access log and of the connection log in one");
    }
}

#[test]
fn what_hides_gzip_in_text_is_refused_by_what_it_is() {
    let folder = Workspace::new();
    let events = [
        ("{\"awslogs\":{\"data\":\"H4sIAAAAAAAA/62X\"}}", "JSON with gzip in base64"),
        (
            "{\"Records\":[{\"eventSource\":\"aws:kinesis\",\"eventVersion\":\"1.0\",\"kinesis\":{\"data\":\"aHR0\"}}]}",
            "records of Kinesis",
        ),
        ("H4sIAAAAAAAA/62XbW/bNhDH3+9T\n", "gzip in base64"),
        ("begin 644 a.log.gz\nM'XL(\n", "uuencoded"),
        ("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"),
        ("MIME-Version: 1.0\nContent-Type: text/plain\n", "a mail"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n", "encrypted with age"),
    ];
    for (content, said) in events {
        folder.write("logs/shop.log", content);
        folder.csv("logs", COUNT).exits(2).says(said);
    }
}

#[test]
fn odd_names_by_aws_are_told_by_what_they_hold() {
    let stem = "123456789012_elasticloadbalancing_eu-west-1";
    for name in [
        format!("{stem}_app.shop.50dc6c495c0c9188_20261120T1005Z_203.0.113.4_2ab3c4d5_1.log.gz"),
        format!("{stem}_app.shop.50dc6c495c0c9188_20261120T1005Z_203.0.113.4_2ab3c4d5_redacted.log.gz"),
        format!("{stem}_app.shop.50dc6c495c0c9188_20261120T1005Z_2ab3c4d5.log.gz"),
        format!("{stem}_app.shop_20261120T1005Z_203.0.113.4_2ab3c4d5.log.gz"),
        format!("{stem}_gwy.shop.50dc6c495c0c9188_20261120T1005Z_203.0.113.4_2ab3c4d5.log.gz"),
    ] {
        let folder = Workspace::new();
        folder.write(&format!("logs/{name}"), gzip(access_lines(50)));
        assert_eq!(folder.value("logs", COUNT), "50", "{name}");
    }
    // What was named itself is read, whoever's its name is.
    let folder = Workspace::new();
    for name in ["ELBAccessLogTestFile", "2026-11-20-10-05-59-0123456789ABCDEF"] {
        folder.write(name, access_lines(5));
        assert_eq!(folder.value(name, COUNT), "5", "{name}");
    }
}

#[test]
fn of_two_copies_the_whole_one_is_read_and_the_other_is_told() {
    let (name, whole) = (object_name("20261120T1005Z"), access_lines(50));
    let plain = name.replace(".log.gz", ".log");
    let few = gzip(whole.lines().take(1).collect::<String>() + "\n");
    let other = |ending: &str| format!("logs/{name}{ending}");
    // A file beside the compressed one, and what is to be read.
    for (compressed, code, rows) in
        [(gzip(&whole), 0, "50"), (few, 3, "50"), (gzip(&whole)[..100].to_vec(), 3, "50"), (Vec::new(), 0, "50")]
    {
        let folder = Workspace::new();
        folder.write(&other(""), &compressed).write(&format!("logs/{plain}"), &whole);
        assert_eq!(folder.csv("logs", COUNT).exits(code).says("there twice").value(), rows, "{code}");
    }
    let half = gzip(access_lines(25));
    let folder = Workspace::new();
    folder.write(&other(""), gzip(&whole)).write(&format!("logs/part/{name}"), half);
    let said = "not read, and not the same as its copy that is";
    assert_eq!(folder.csv("logs", COUNT).exits(3).says(said).value(), "50");
    folder.run(["query", "--allow-duplicates", "--format", "csv", "--from", "logs", COUNT]).done();
}

#[test]
fn what_stands_beside_a_log_is_no_copy_of_it() {
    let (name, whole) = (object_name("20261120T1005Z"), access_lines(50));
    let folder = Workspace::new();
    folder.write(&format!("logs/{name}"), gzip(&whole)).write(&format!("logs/._{name}"), [0; 4096]);
    assert_eq!(folder.csv("logs", COUNT).done().says("skipped 1 object").value(), "50");
    folder.write(&format!("logs/{name}.md5"), "d41d8cd98f00b204e9800998ecf8427e".repeat(200));
    assert_eq!(folder.csv("logs", COUNT).exits(3).says(".md5").value(), "50");
    // Parts of a log are no copies of one another.
    let folder = Workspace::new();
    let lines: Vec<&str> = whole.lines().collect();
    for (ending, part) in [("aa", &lines[..30]), ("ab", &lines[30..])] {
        let plain = name.replace(".log.gz", ".log");
        folder.write(
            &format!("logs/{plain}.{ending}"),
            part.iter().map(|line| [line, "\n"].concat()).collect::<String>(),
        );
    }
    assert_eq!(folder.value("logs", COUNT), "50");
    // Nor is what was compressed and kept, whatever its name, there twice.
    let folder = Workspace::new();
    folder.write("logs/shop.log", &whole).write("logs/shop.log.gz", gzip(&whole));
    assert_eq!(folder.csv("logs", COUNT).done().says("there twice").value(), "50");
}

#[test]
fn what_has_a_number_behind_its_name_is_read_unless_it_is_the_same() {
    let (name, whole) = (object_name("20261120T1005Z"), access_lines(40));
    let plain = name.replace(".log.gz", ".log");
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let (first, second) = (lines[..20].concat(), lines[20..].concat());
    for (one, other) in [(".00", ".01"), ("", ".1"), (" (1)", "")] {
        let folder = Workspace::new();
        folder.write(&format!("logs/{plain}{one}"), &first).write(&format!("logs/{plain}{other}"), &second);
        assert_eq!(folder.csv("logs", COUNT).done().value(), "40", "{one:?}");
        folder.write(&format!("logs/{plain}{other}"), &first);
        assert_eq!(folder.csv("logs", COUNT).done().says("there twice").value(), "20", "{one:?}");
    }
    // Nor is a file the same as a compressed one of its size.
    let folder = Workspace::new();
    let other = whole.replace("-11-20T", "-11-19T");
    assert!(other.len() == whole.len() && other != whole);
    folder.write("logs/shop.log", &whole).write("logs/shop.log.gz", gzip(other));
    assert_eq!(folder.csv("logs", COUNT).value(), "80");
}

#[test]
fn what_is_left_of_a_download_is_a_part_of_the_log_that_is_there() {
    let (name, whole) = (object_name("20261120T1005Z"), access_lines(50));
    let packed = gzip(&whole);
    let part = &packed[..packed.len() * 2 / 3];
    for ending in [".6eF8c2aB", ".part", ".filepart", ".crdownload", ".partial", "~"] {
        let folder = Workspace::new();
        folder.write(&format!("logs/{name}"), &packed).write(&format!("logs/{name}{ending}"), part);
        let said = format!("{name}{ending} (--allow-duplicates");
        assert_eq!(folder.csv("logs", COUNT).done().says("1 file is").says(&said).value(), "50", "{ending}");
        folder
            .run(["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"])
            .done();
        assert_eq!(folder.csv("lake", COUNT).done().value(), "50", "{ending}");
        std::fs::remove_file(folder.path(&format!("logs/{name}"))).unwrap();
        folder.csv("logs", COUNT).exits(3);
    }
}

#[test]
fn a_log_that_was_compressed_anew_is_the_same_and_one_that_differs_is_told() {
    let (name, whole) = (object_name("20261120T1005Z"), access_lines(50));
    let plain = name.replace(".log.gz", ".log");
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    let folder = Workspace::new();
    folder.write(&format!("logs/{plain}"), &whole).write(&format!("logs/{plain}.zst"), zstd(&whole));
    folder.write(&format!("logs/{name}"), gzip(&whole));
    assert_eq!(folder.csv("logs", COUNT).done().says("2 objects are there twice").value(), "50");
    let few = access_lines(20);
    let folder = Workspace::new();
    folder.write(&format!("logs/{plain}"), &few).write(&format!("logs/{plain}.zst"), zstd(&whole));
    let said = "not read, and not the same as its copy that is";
    assert_eq!(folder.csv("logs", COUNT).exits(3).says(said).value(), "50");
    let export = ["export", "--from", "logs", "--to", "lake", "--since", "2026-11-20", "--until", "2026-11-21"];
    folder.run(export).exits(3).says("not taken, and not the same as its copy that is");
    folder.run(export).exits(3);
    folder.run(["fetch", "--from", "logs", "--to", "copy", "--since", "2026-11-20", "--until", "2026-11-21"]).exits(3);
}
