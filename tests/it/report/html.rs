//! A report as one HTML file: which of what clients sent is in it, and that it is a whole file.

use crate::logs::{access, gzip, object_name};
use crate::support::Workspace;

/// Ten minutes with every kind of answer, each request with a secret in its query string.
fn secrets() -> Workspace {
    let folder = Workspace::new();
    let line = |second: usize| {
        let status = [200, 502, 403, 301, 404, 504][second % 6];
        let line = access(&format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60), status);
        let line = line.replace("Root=1-a-b", "Root=1-6b02589c-3f0e6a5d2c1b4a7988e6f012");
        let line = line.replace("cart?id=1 ", &format!("cart/{second}?token=SECRET{second}&q=<script> "));
        match status {
            301 => line.replace("\"forward\" \"-\"", "\"redirect\" \"https://shop.example.com:443/login?next=SECRET\""),
            403 => line.replace("\"forward\"", "\"waf\""),
            _ => line,
        }
    };
    folder.write(&format!("logs/{}", object_name("20261120T1010Z")), gzip((0..600).map(line).collect::<String>()));
    folder
}

#[test]
fn no_report_shows_query_strings_unless_asked() {
    let folder = secrets();
    let listed = folder.run(["report"]).done().stdout;
    // What stands further in is what to type next.
    let reports = listed.lines().filter(|line| !line.starts_with("   "));
    let names: Vec<&str> = reports.filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(names.len() > 15, "{listed}");
    let mut with_secrets = 0;
    for name in names {
        let about: &[&str] = match name {
            "trace" => &["1-6b02589c-3f0e6a5d2c1b4a7988e6f012"],
            "compare" => &["--at", "2026-11-20T10:05", "--window", "5m"],
            "why" => &["--status", "5xx"],
            _ => &[],
        };
        let args = [&["report", name], about, &["--from", "logs", "-o", "out.html"]].concat();
        folder.run(&args).done();
        let html = folder.read("out.html");
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>"), "{name}");
        assert!(!html.contains("SECRET"), "{name}: {}", html.split("SECRET").next().unwrap());
        assert_eq!(html.matches("<script").count(), 1, "{name}");
        folder.run(args.iter().chain(&["--show-query-strings"])).done();
        let shown = folder.read("out.html");
        assert!(!shown.contains("query strings are hidden"), "{name}");
        assert_eq!(shown.matches("<script").count(), 1, "{name}");
        if html.contains("query strings are hidden") {
            with_secrets += 1;
            assert!(shown.contains("SECRET"), "{name}");
        }
    }
    assert!(with_secrets >= 2, "slow and trace at least");
}
