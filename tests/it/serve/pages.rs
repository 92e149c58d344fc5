//! Pages as a browser gets them: that there are all of them, that what is not asked for is refused by name, that reloading
//! costs nothing, and that nothing in an address becomes anything but text.

use super::server::Server;

/// The window of the logs.
const WINDOW: &str = "since=2026-11-20T10:00:00Z&until=2026-11-20T10:05:00Z";

#[test]
fn every_report_has_a_page_and_every_page_its_files() {
    let server = Server::start(&[]);
    let list = server.get("/reports").text();
    let names: Vec<&str> =
        list.split("href=\"/report/").skip(1).filter_map(|rest| rest.split(['"', '?']).next()).collect();
    assert!(names.len() > 20, "{list}");
    for name in names {
        let more = match name {
            "compare" => "&baseline=1h",
            "trace" => "&what=1-6b02589c-3f0e6a5d2c1b4a7988e6f012",
            _ => "",
        };
        let page = server.get(&format!("/report/{name}?{WINDOW}{more}"));
        assert_eq!(page.status, 200, "{name}: {}", page.text());
        assert!(page.text().contains("2026-11-20"), "{name} says no window");
    }
    for path in
        ["/", "/service", "/target", "/load-balancer", "/host", "/route", "/client", "/sql", "/ingestion", "/queries"]
    {
        let page = server.get(&format!("{path}?{WINDOW}"));
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        let text = page.text();
        assert!(!text.contains(" style=") && !text.contains("<style") && !text.contains(" onclick"), "{path}");
        assert_eq!(text.matches("<script").count(), 1, "{path}");
        for file in [".css", ".js"] {
            let end = text.find(file).unwrap_or_else(|| panic!("{path} has no {file}")) + file.len();
            let begin = text[..end].rfind("/assets/").unwrap();
            let asset = server.get(&text[begin..end]);
            assert_eq!(asset.status, 200, "{}", &text[begin..end]);
            assert!(asset.field("cache-control").unwrap().contains("immutable"));
        }
    }
}

#[test]
fn what_a_page_says_is_what_the_command_line_says() {
    let server = Server::start(&[]);
    let page = server.get(&format!("/report/status-codes?{WINDOW}")).text();
    let command = page.split("<div class=\"command\"><code>").nth(1).unwrap().split("</code>").next().unwrap();
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let csv = server.folder.run(words.iter().chain(&["--format", "csv", "--quiet"])).done();
    let requests: u64 = csv.rows().iter().map(|row| row.split(',').nth(1).unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(requests, 200);
    assert!(page.contains("data-v=\"200\">200</td>"), "{page}");
    for way in ["format=csv", "href=\"/sql?", "since=2026-11-20T10:00:00Z"] {
        assert!(page.contains(way), "{way} is not in {page}");
    }
}

#[test]
fn a_page_is_known_again_until_there_is_more() {
    let server = Server::start(&[]);
    let path = format!("/report/errors?{WINDOW}");
    let first = server.get(&path);
    let etag = first.field("etag").unwrap();
    let again = server.get_with(&path, &format!("If-None-Match: {etag}\r\n"));
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = server.get_with(&format!("{path}&top=1"), &format!("If-None-Match: {etag}\r\n"));
    assert_eq!(other.status, 200);
}

#[test]
fn what_cannot_be_asked_is_said_with_what_to_do() {
    let server = Server::start(&[]);
    for (path, status, said) in [
        ("/nothing", 404, "there is no such page"),
        ("/report/latncy", 404, "did you mean latency?"),
        ("/report/errors?servce=a", 400, "did you mean service?"),
        ("/report/errors?output=/etc/passwd", 400, "no parameter is named output"),
        ("/report/errors?from=/etc", 400, "no parameter is named from"),
        ("/report/errors?since=1h&since=2h", 400, "since takes one value"),
        ("/?source=other", 404, "no source named other"),
        ("/sql?q=SELECT+x+FROM+requets", 400, "did you mean requests?"),
        ("/sql?q=DROP+TABLE+requests", 400, "queries only read"),
    ] {
        let page = server.get(path);
        assert_eq!(page.status, status, "{path}: {}", page.text());
        assert!(page.text().contains(said), "{path}: {said} is not in {}", page.text());
    }
    let bad = server.get("/report/errors?status=9xx");
    assert!((400..500).contains(&bad.status) && bad.text().contains("not a status code"), "{}", bad.text());
    assert!(bad.text().contains("href=\"/reports"), "ways out");
}

/// A page without what forms send along and nobody sees.
fn without_hidden(page: &str) -> String {
    let mut pieces = page.split("<input type=\"hidden\"");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |seen, piece| seen + piece.split_once("\">").expect("the end of an input").1)
}

#[test]
fn nothing_in_an_address_becomes_markup() {
    let server = Server::start(&[]);
    for hostile in ["%3Cscript%3Ealert(1)%3C/script%3E", "%22%3E%3Cimg+src=x%3E", "%E2%80%AEx%1b[2J%00"] {
        for path in [
            format!("/?host={hostile}&{WINDOW}"),
            format!("/service?service={hostile}"),
            format!("/report/errors?since={hostile}"),
            format!("/report/{hostile}"),
            format!("/?{hostile}=1"),
            format!("/?source={hostile}"),
            format!("/sql?q={hostile}"),
            format!("/login?next={hostile}"),
        ] {
            let page = server.get(&path);
            let text = without_hidden(&page.text());
            assert!(page.status < 500, "{path}: {text}");
            for bad in ["<script>alert", "<img", "\u{202e}", "\u{1b}", "\0"] {
                assert!(!text.contains(bad), "{path}: {bad:?} is in {text}");
            }
        }
    }
}
