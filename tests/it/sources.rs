//! What `--from` takes: files, folders, globs and standard input, gzip or not, each row once.

use super::logs::{CONNECTION, HEALTH_CHECK, access_lines, gzip, object_name};
use super::support::{Workspace, corpus};

const COUNT: &str = "SELECT count(*) FROM requests";

#[test]
fn content_decides_whether_a_file_is_gzip() {
    let folder = Workspace::new();
    folder.write("a/plain.log.gz", access_lines(5)).write("b/packed.log", gzip(access_lines(7)));
    assert_eq!(folder.value("a", COUNT), "5");
    assert_eq!(folder.value("b", COUNT), "7");
}

#[test]
fn a_gzip_file_may_have_several_members() {
    let folder = Workspace::new();
    let text = access_lines(1000);
    // Cut in the middle of a line, as a log rotated by hand may be; with an empty member in between.
    let (first, second) = text.as_bytes().split_at(text.len() / 2);
    folder.write("members.log.gz", [gzip(first), gzip(""), gzip(second)].concat());
    assert_eq!(folder.csv("members.log.gz", COUNT).done().says(" 0 rejected").value(), "1000");
    let many: Vec<u8> = text.split_inclusive('\n').flat_map(gzip).collect();
    folder.write("many.log.gz", many);
    assert_eq!(folder.value("many.log.gz", COUNT), "1000");
}

#[test]
fn large_objects_are_streamed() {
    let folder = Workspace::new();
    // More text than is inflated at once.
    let text = access_lines(1000).repeat(80);
    assert!(text.len() > 32 << 20);
    folder.write("large.log.gz", gzip(&text));
    assert_eq!(folder.value("large.log.gz", COUNT), "80000");
}

#[test]
fn folders_are_read_to_their_depths_and_globs_matched() {
    let folder = Workspace::new();
    let [early, late] = ["20261120T1005Z", "20261120T1010Z"].map(object_name);
    folder.write(&format!("logs/2026/11/20/{early}"), gzip(access_lines(3)));
    folder.write(&format!("logs/2026/11/20/{late}"), gzip(access_lines(4)));
    folder.write("logs/other/größe [1].log", access_lines(5));
    for (from, rows) in [
        ("logs", "12"),
        ("./logs/", "12"),
        ("logs/2026", "7"),
        ("logs/**/*1005Z*.gz", "3"),
        ("logs/**/*.gz", "7"),
        ("logs/*", "12"),
        ("logs/other/größe [1].log", "5"),
        ("logs/o*r/*", "5"),
    ] {
        assert_eq!(folder.value(from, COUNT), rows, "{from}");
    }
}

#[test]
fn a_row_is_counted_once_however_often_its_file_is_named() {
    let folder = Workspace::new();
    folder.write("logs/a.log", access_lines(3)).write("logs/b.log", access_lines(4));
    let full = folder.path("logs/a.log");
    let from = ["logs", "logs/a.log", "logs/*.log", "./logs/../logs", full.to_str().unwrap()];
    let args = ["query", "--format", "csv"].into_iter().chain(from.iter().flat_map(|from| ["--from", *from]));
    let answer = folder.run(args.chain([COUNT])).done().says("2 objects, 7 rows");
    assert_eq!(answer.value(), "7");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("a.log", folder.path("logs/c.log")).unwrap();
        assert_eq!(folder.value("logs", COUNT), "7");
    }
}

#[test]
fn standard_input_is_recognised_whatever_it_holds() {
    let folder = Workspace::new();
    let tables = "SELECT (SELECT count(*) FROM {}) AS n";
    for (text, table, rows) in [
        (access_lines(3), "requests", "3"),
        (CONNECTION.repeat(2), "connections", "2"),
        (HEALTH_CHECK.repeat(4), "health_checks", "4"),
        (String::from_utf8_lossy(&corpus("alb_access.log")).into_owned(), "requests", "229"),
    ] {
        let sql = tables.replace("{}", table);
        for stdin in [text.clone().into_bytes(), gzip(&text), [gzip(&text[..200]), gzip(&text[200..])].concat()] {
            let answer = folder.run_with(&stdin, ["query", "--format", "csv", "--from", "-", &sql]).done();
            assert_eq!(answer.value(), rows, "{table}");
        }
    }
}

#[test]
fn standard_input_may_stand_beside_files() {
    let folder = Workspace::new();
    folder.write("shop.log", access_lines(5));
    let from = ["query", "--format", "csv", "--from", "-", "--from", "shop.log", "--from", "-"];
    let answer = folder.run_with(access_lines(2).as_bytes(), from.into_iter().chain([COUNT])).done();
    assert_eq!(answer.value(), "7");
}

#[test]
fn the_closing_line_says_how_much_came_from_standard_input() {
    let (folder, lines) = (Workspace::new(), access_lines(2000));
    let answer = folder.run_with(lines.as_bytes(), ["query", "--from", "-", COUNT]).done();
    let megabytes = format!("2,000 rows, 0 rejected, {} kB in ", (lines.len() + 500) / 1000);
    answer.says(&megabytes);
    // Of what is compressed, what came.
    let packed = gzip(&lines);
    let answer = folder.run_with(&packed, ["query", "--from", "-", COUNT]).done();
    assert!(!answer.stderr.contains(&megabytes) && !answer.stderr.contains(" 0 B "), "{}", answer.stderr);
}

#[test]
fn standard_input_that_is_no_log_is_refused() {
    let folder = Workspace::new();
    for stdin in [&b""[..], b"\n\n", b"hello\n", &corpus("nlb_tls.log")] {
        folder.run_with(stdin, ["query", "--from", "-", COUNT]).exits(2).says("no Application Load Balancer logs in -");
    }
    // Unless it is said what it is to be taken for.
    let args = ["query", "--format", "csv", "--kind", "access", "--from", "-", COUNT];
    assert_eq!(folder.run_with(b"hello\n", args).exits(3).says("other text; 1 rejected").value(), "0");
}

#[test]
fn standard_input_cannot_be_read_twice() {
    let folder = Workspace::new();
    for sql in [
        "SELECT count(*) FROM requests a JOIN requests b ON a.time = b.time",
        "SELECT time FROM requests UNION ALL SELECT time FROM requests",
        "SELECT (SELECT count(*) FROM requests) AS a, (SELECT count(*) FROM rejected_lines) AS b",
    ] {
        let answer = folder.run_with(access_lines(3).as_bytes(), ["query", "--from", "-", sql]).exits(2);
        answer.says(
            "error: standard input can be read only once, and this query reads it twice\nhint: save it to a file",
        );
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_is_read_once_and_whole() {
    let folder = Workspace::new();
    let made = std::process::Command::new("mkfifo").arg(folder.path("pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    for text in [access_lines(500).into_bytes(), gzip(access_lines(500))] {
        let pipe = folder.path("pipe");
        let writer = std::thread::spawn(move || std::fs::write(pipe, text));
        assert_eq!(folder.value("pipe", COUNT), "500");
        writer.join().unwrap().unwrap();
    }
}

#[test]
fn kind_overrides_names_and_looks() {
    let folder = Workspace::new();
    folder.write(&object_name("20261120T1005Z"), CONNECTION.repeat(2)).write("health", HEALTH_CHECK);
    let count = |kind: &str, table: &str, code| {
        let sql = format!("SELECT count(*) FROM {table}");
        folder.run(["query", "--format", "csv", "--kind", kind, "--from", ".", &sql]).exits(code).value()
    };
    // The other object has no line of the kind.
    assert_eq!(count("connection", "connections", 3), "2");
    assert_eq!(count("connection", "requests", 0), "0");
    assert_eq!(count("health-check", "health_checks", 3), "1");
}

#[test]
fn what_other_things_lie_in_the_bucket_is_skipped_and_counted() {
    let folder = Workspace::new();
    let base = "AWSLogs/123456789012";
    for (name, text) in [
        ("ELBAccessLogTestFile", "Enable AccessLog for ELB: app/lb/959dfdbaed241613 at 2020-11-20T09:55:52.806Z"),
        ("ELBConnectionLogTestFile", "Enable ConnectionLog"),
        ("ELBHealthCheckLogTestFile", "Enable HealthCheckLog"),
        ("x/123456789012_elasticloadbalancing_us-east-2_net.n.abc_20181220T0300Z_12345678.log.gz", "tls 2.0"),
        ("x/123456789012_elasticloadbalancing_us-west-2_my-lb_20180220T2340Z_192.0.2.1_20sg8hgm.log", "2018"),
        ("CloudTrail/trail.json.gz", "{}"),
    ] {
        folder.write(&format!("{base}/{name}"), text);
    }
    folder.write(&format!("{base}/{}", object_name("20261120T1005Z")), gzip(access_lines(2)));
    let answer = folder.csv(".", COUNT).done();
    assert_eq!(answer.value(), "2");
    answer.says("; skipped 6 objects (3 test objects, 1 nlb, 1 classic, 1 JSON without records)");
}

#[test]
#[cfg(unix)]
fn a_pipe_is_read_once_and_never_waited_for_in_a_folder() {
    let folder = Workspace::new();
    folder.write("logs/shop.log", access_lines(3));
    for name in ["pipe", "logs/pipe"] {
        let made = std::process::Command::new("mkfifo").arg(folder.path(name)).status().unwrap();
        assert!(made.success());
    }
    let fill = || {
        let path = folder.path("pipe");
        std::thread::spawn(move || std::fs::write(path, access_lines(4)).unwrap())
    };
    let filling = fill();
    assert_eq!(folder.csv("pipe", COUNT).done().value(), "4");
    filling.join().unwrap();
    let filling = fill();
    let twice = "SELECT count(*) FROM requests JOIN requests again USING (trace_id)";
    folder.csv("pipe", twice).exits(2).says("pipe can be read only once, and this query reads it twice");
    filling.join().unwrap();
    assert_eq!(folder.csv("logs", COUNT).done().says("skipped 1 object (1 foreign)").value(), "3");
}
