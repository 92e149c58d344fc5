//! Report `incident`: one page, and what is marked in it.

use crate::logs::access_lines;
use crate::support::Workspace;

/// Forty minutes with a bad pod.
fn night() -> Workspace {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "10", "--duration", "40m", "--seed", "3", "--noise", "0.12"];
    folder.run(args.iter().chain(&["--incident", "bad-pod", "--truth", "truth.json"])).done();
    folder
}

#[test]
fn one_page_tells_what_why_whose_and_when() {
    let folder = night();
    let truth: serde_json::Value = serde_json::from_str(&folder.read("truth.json")).unwrap();
    let target = truth[0]["who"]["target"].as_str().unwrap();
    let mark = "10:05=deploy <checkout> 1.42";
    let args = ["report", "incident", "--from", "logs", "--mark", mark];
    folder.run(args.iter().chain(&["-o", "out.html"])).done();
    let html = folder.read("out.html");
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>"));
    assert_eq!((html.matches("<h1").count(), html.matches("<script").count()), (1, 1));
    // Each section has a link, and each link a section.
    for title in ["Timeline", "Why requests failed", "Targets of ", "Routes of ", "Clients of "] {
        let of_section = html.split("<h2 class=\"section\" id=\"").skip(1).find(|rest| rest.contains(title)).unwrap();
        let id = of_section.split('"').next().unwrap();
        assert!(html.contains(&format!("href=\"#{id}\"")), "{title}");
    }
    assert!(html.contains("deploy &lt;checkout&gt; 1.42") && !html.contains("<checkout>"));
    assert!(html.contains(target), "{target}");
    // The command makes the same page whatever comes later.
    let page = "albstats report incident --from logs --since 2026-11-20T10:00:00";
    assert!(
        html.contains(page) && html.contains("--mark &#39;10:05=deploy") || html.contains("--mark '10:05=deploy"),
        "{html}"
    );
    let screen = folder.run(args).done().stdout;
    let first = screen.lines().find(|line| line.trim_start().starts_with("1 ")).unwrap();
    assert!(first.contains("likely"), "{screen}");
    assert!(screen.contains("A 10:05 deploy <checkout> 1.42") && screen.contains("this page"), "{screen}");
    let csv = folder.run(args.iter().chain(&["--format", "csv"])).done().stdout;
    assert!(csv.contains("2026-11-20T10:05:00") && csv.contains("mark,deploy <checkout> 1.42"), "{csv}");
    let json = folder.run(args.iter().chain(&["--format", "json"])).done().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["findings"].as_array().is_some_and(|found| !found.is_empty()) && json["report"] == "incident");
    let sql = folder.run(args.iter().chain(&["--show-sql"])).done().stdout;
    assert!(sql.matches("FROM requests").count() >= 4, "{sql}");
}

#[test]
fn marks_are_drawn_wherever_there_is_a_chart() {
    let folder = night();
    let run = |report: &str, mark: &str| folder.run(["report", report, "--from", "logs", "-q", "--mark", mark]);
    for report in ["why", "errors", "overview", "latency", "clients"] {
        let screen = run(report, "10:20=deploy checkout 1.42").done().stdout;
        assert!(screen.contains("A 10:20 deploy checkout 1.42"), "{report}: {screen}");
    }
    let outside = run("errors", "2026-11-21T10:20=another day").done().stdout;
    assert!(outside.contains("2026-11-21 10:20:00 another day: outside of what is drawn"), "{outside}");
    let in_zone = run("errors", "2026-11-20 11:20 Europe/Berlin=an hour ahead").done().stdout;
    assert!(in_zone.contains("A 10:20 an hour ahead"), "{in_zone}");
    run("slow", "10:20=x").exits(2).says("report slow draws nothing over time: --mark does nothing here");
    for bad in ["10:20", "10:20=", "10:20= ", "noon=x", "=x"] {
        run("errors", bad).exits(2).says("--mark");
    }
}

#[test]
fn a_quiet_or_empty_time_is_a_page_too() {
    let folder = night();
    let window = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T10:10"];
    let quiet = folder.run(["report", "incident", "--from", "logs"].iter().chain(&window)).done().stdout;
    assert!(quiet.contains("Timeline") && quiet.contains("nothing stands out, and nothing was marked"), "{quiet}");
    let nobody = ["report", "incident", "--from", "logs", "--host", "none.example.com"];
    let empty = folder.run(nobody).done().stdout;
    assert!(empty.contains("Timeline") && !empty.contains("Routes"), "{empty}");
    folder
        .run_with(access_lines(10).as_bytes(), ["report", "incident", "--from", "-", "--kind", "access"])
        .exits(2)
        .says("standard input can be read once");
}
