//! Who may ask.

use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

use serde_json::json;

use super::limits::SLOW;
use super::server::{ROWS, Server, logs};
use crate::ingest::bench::eventually;
use crate::logs::{access_lines, gzip, object_name};
use crate::support::Workspace;

fn token(folder: &Workspace, name: &str, scopes: &[&str]) -> String {
    let args = [&["serve", "token", name, "--tokens", "tokens"], scopes].concat();
    folder.run(args).done().stdout.trim().to_owned()
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[test]
fn nobody_listens_to_the_world_without_tokens() {
    let folder = logs();
    let refused = folder.run(["serve", "--from", "logs", "--listen", "0.0.0.0:0"]).exits(2);
    refused.says("0.0.0.0:0 can be reached from elsewhere").says("hint: albstats serve token NAME");
    folder.run(["serve", "--from", "logs", "--tokens", "nothing"]).exits(2).says("cannot read the tokens of nothing");
    folder.write("empty", "# none\n");
    folder.run(["serve", "--from", "logs", "--tokens", "empty"]).exits(2).says("empty has no token");
    folder.write("bad", "\nci read 12\n");
    folder.run(["serve", "--from", "logs", "--tokens", "bad"]).exits(2).says("bad:2: expected a hash of 64");
}

#[test]
fn tokens_let_in_as_far_as_they_say() {
    let (folder, id) = (logs(), "1-6b02589c-3f0e6a5d2c1b4a7988e6f012");
    let lines = access_lines(ROWS).replace("Root=1-a-b", &format!("Root={id}"));
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), gzip(lines));
    let (reader, private) = (token(&folder, "reader", &[]), token(&folder, "oncall", &["--scope", "private,ops"]));
    let file = folder.read("tokens");
    assert!(!file.contains(&reader) && file.contains("oncall read,private,ops "), "{file}");
    folder.run(["serve", "token", "reader", "--tokens", "tokens"]).exits(2).says("there is a token named reader");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(folder.path("tokens")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let get = |path: &str, token: &str| server.get_with(path, &bearer(token));
    assert_eq!(server.get("/api/v1/sources").refused(), (401, "not_known".to_owned()));
    assert_eq!(get("/api/v1/sources", "wrong").refused(), (401, "not_known".to_owned()));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(get("/api/v1/sources", &reader).status, 200);
    let sql = "/api/v1/query?sql=SELECT%20request_url%20FROM%20requests%20LIMIT%201";
    assert_eq!(get(sql, &reader).refused(), (403, "not_allowed".to_owned()));
    assert!(get(sql, &private).text().contains("cart?id=1"));
    let slow = "/api/v1/reports/slow?since=2026-11-20T10:00&until=2026-11-20T10:10";
    for format in ["json", "csv", "html", "ndjson"] {
        let path = format!("{slow}&format={format}");
        let (shown, hidden) = (get(&path, &private).text(), get(&path, &reader).text());
        assert!(shown.contains("cart?id=1"), "{format}: {shown}");
        assert!(hidden.contains("cart?…") && !hidden.contains("id=1"), "{format}: {hidden}");
    }
    // The column of a trace that holds nothing but the query.
    let window = "since=2026-11-20T10:00&until=2026-11-20T10:10";
    for format in ["json", "csv"] {
        let path = format!("/api/v1/reports/trace?what={id}&{window}&format={format}");
        let (shown, hidden) = (get(&path, &private).text(), get(&path, &reader).text());
        assert!(shown.contains("id=1") && hidden.contains("cart") && !hidden.contains("id=1"), "{format}: {hidden}");
    }
    // One address after the other could be asked for.
    let of = |client: &str| format!("/api/v1/reports/errors?{window}&client={client}");
    assert_eq!(get(&of("198.51.100.7"), &reader).refused(), (403, "not_allowed".to_owned()));
    assert_eq!(get(&format!("/?{window}&client=198.51.100.7"), &reader).status, 403);
    assert_eq!((get(&of("198.51.100.7"), &private).status, get(&of("198.51.100.0/24"), &reader).status), (200, 200));
    let seen = |token: &str| get("/api/v1/queries", token).json()["recent"].as_array().unwrap().len();
    assert!(seen(&private) > seen(&reader));
}

#[test]
fn tokens_are_rotated_without_a_restart() {
    let folder = logs();
    let old = token(&folder, "old", &[]);
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let status = |token: &str| server.get_with("/api/v1/sources", &bearer(token)).status;
    assert_eq!(status(&old), 200);
    std::fs::remove_file(server.folder.path("tokens")).unwrap();
    let new = token(&server.folder, "new", &[]);
    eventually("the old one is forgotten", || status(&old) == 401);
    assert_eq!(status(&new), 200);
    server.folder.write("tokens", "nonsense\n");
    eventually("it is said", || server.said().contains("what was read before goes on to count"));
    assert_eq!(status(&new), 200);
}

#[test]
fn browsers_log_in_with_a_token_and_keep_a_cookie() {
    let folder = logs();
    let token = token(&folder, "ana", &[]);
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let visit = server.get_with("/target?x=1", "Accept: text/html\r\n");
    assert_eq!((visit.status, visit.field("location").as_deref()), (303, Some("/login?next=%2Ftarget%3Fx%3D1")));
    let page = server.get("/login?next=%22%3E%3Cscript%3E");
    assert!(page.status == 200 && !page.text().contains("<script>"), "{}", page.text());
    let log_in =
        |token: &str, next: &str, fields: &str| server.post("/login", fields, &format!("token={token}&next={next}"));
    let ours = format!("Origin: http://{}\r\n", server.address);
    assert_eq!(log_in("wrong", "/", &ours).status, 403);
    assert_eq!(log_in(&token, "/", "Origin: https://evil.example\r\n").refused(), (403, "other_site".to_owned()));
    let entered = log_in(&token, "%2Ftarget%3Fx%3D1", &ours);
    assert_eq!((entered.status, entered.field("location").as_deref()), (303, Some("/target?x=1")));
    assert_eq!(log_in(&token, "%2F%2Fevil.example", &ours).field("location").as_deref(), Some("/"));
    let cookie = entered.field("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(&token), "{cookie}");
    let cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap());
    assert_eq!(server.get_with("/api/v1/sources", &cookie).status, 200);
    let body = json!({ "sql": "SELECT 1" }).to_string();
    let json = "Content-Type: application/json\r\n";
    let forged = format!("{cookie}{json}Origin: https://evil.example\r\n");
    assert_eq!(server.post("/api/v1/query", &forged, &body).refused(), (403, "other_site".to_owned()));
    assert_eq!(server.post("/logout", &format!("{cookie}{ours}"), "").status, 303);
    assert_eq!(server.get_with("/api/v1/sources", &cookie).status, 401);
}

#[test]
fn who_is_not_let_in_any_more_is_told_nothing_more() {
    let folder = logs();
    let (ana, ben) = (token(&folder, "ana", &[]), token(&folder, "ben", &[]));
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let listen = |fields: &str| {
        let mut stream = server.connect();
        write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("data: ")), "it is told where things stand");
        lines
    };
    let log_in = || {
        let entered = server.post("/login", "", &format!("token={ana}")).field("set-cookie").unwrap();
        format!("Cookie: {}\r\n", entered.split(';').next().unwrap())
    };
    let (leaves, stays) = (log_in(), log_in());
    let mut of_session = listen(&leaves);
    assert_eq!(server.post("/logout", &leaves, "").status, 303);
    // The last chunk is empty; one that is not the last is a sign of life, or a position.
    let ends = |lines: &mut dyn Iterator<Item = String>| lines.take(20).any(|line| line == "0");
    assert!(ends(&mut of_session), "it ends with the session");
    let (mut of_token, mut of_stays, of_other) = (listen(&bearer(&ana)), listen(&stays), listen(&bearer(&ben)));
    let tokens = server.folder.read("tokens");
    let others: String = tokens.split_inclusive('\n').filter(|line| !line.starts_with("ana ")).collect();
    server.folder.write("tokens", others);
    assert!(ends(&mut of_token), "it ends with the token");
    assert!(ends(&mut of_stays), "and so do the token's sessions");
    drop(of_other);
    assert_eq!(server.get_with("/api/v1/sources", &bearer(&ben)).status, 200);
}

/// Begins to ask, with more rows than fit on the way, and reads the first bytes of what comes.
fn begun(server: &Server, token: &str, sql: &str) -> std::net::TcpStream {
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let body = json!({ "sql": sql, "format": "ndjson" }).to_string();
    let head = format!(
        "POST /api/v1/query HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n{}\r\n",
        body.len(),
        bearer(token)
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
    stream
}

#[test]
fn what_is_under_way_ends_with_a_token_that_allows_less() {
    what_is_under_way_ends(|line| line.replace("read,private", "read"), 200);
}

#[test]
fn what_is_under_way_ends_with_a_token_that_is_taken_away() {
    what_is_under_way_ends(|_| String::new(), 401);
}

/// `changed` is the token's line from then on, `status` what it is answered with.
fn what_is_under_way_ends(changed: fn(&str) -> String, status: u16) {
    let folder = logs();
    let ana = token(&folder, "ana", &["--scope", "private"]);
    let ops = token(&folder, "ops", &["--scope", "private,ops"]);
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let queries = |which: &str| server.get_with("/api/v1/queries", &bearer(&ops)).json()[which].clone();
    let rows = "SELECT rpad(a.request_url, 2000, 'x') AS wide FROM requests a, requests b";
    let begins = |token: &str| {
        let mut downloads = begun(&server, token, rows);
        let mut first = [0; 1 << 10];
        let read = downloads.read(&mut first).unwrap();
        let begin = String::from_utf8_lossy(&first[..read]);
        assert!(begin.starts_with("HTTP/1.1 200 "), "{begin}");
        downloads
    };
    let (mut downloads, others) = (begins(&ana), begins(&ops));
    let mut waits = begun(&server, &ana, SLOW);
    eventually("all are under way", || queries("running").as_array().unwrap().len() == 3);
    let tokens = server.folder.read("tokens");
    let line = tokens.lines().find(|line| line.starts_with("ana ")).unwrap();
    server.folder.write("tokens", tokens.replace(line, &changed(line)));
    assert_eq!(super::server::read(&mut waits).refused(), (403, "not_allowed".to_owned()));
    let rest = super::server::read_rest(&mut downloads);
    assert!(!rest.ends_with(b"0\r\n\r\n"), "the download came to its end");
    assert!(rest.len() < 64 << 20, "{}", rest.len());
    let recent = queries("recent");
    let said = recent.as_array().unwrap().iter().filter(|query| query["by"] == "ana").map(|query| &query["error"]);
    let said: Vec<String> = said.map(ToString::to_string).collect();
    assert!(said.iter().any(|error| error.contains("does not allow it any more")), "{said:?}");
    let running = queries("running");
    assert_eq!((running.as_array().unwrap().len(), &running[0]["by"]), (1, &json!("ops")), "others go on");
    drop(others);
    assert_eq!(server.get_with("/api/v1/sources", &bearer(&ana)).status, status);
}

#[test]
fn a_session_ends_after_its_time_and_so_do_its_events() {
    let folder = logs();
    let token = token(&folder, "ana", &[]);
    folder.write("albstats.toml", "[serve]\nsession = \"3s\"\n");
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let entered = server.post("/login", "", &format!("token={token}")).field("set-cookie").unwrap();
    let cookie = format!("Cookie: {}\r\n", entered.split(';').next().unwrap());
    let mut stream = server.connect();
    write!(stream, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n").unwrap();
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    let told: Vec<String> = lines.take_while(|line| line != "0").collect();
    assert!(told.iter().any(|line| line.starts_with("data: ")), "{told:?}");
    assert_eq!(server.get_with("/api/v1/events", &cookie).refused(), (401, "not_known".to_owned()));
    let visit = server.get_with("/?since=2h", &format!("{cookie}Accept: text/html\r\n"));
    assert_eq!(visit.field("location").as_deref(), Some("/login?next=%2F%3Fsince%3D2h"));
    assert_eq!(server.get_with("/api/v1/sources", &bearer(&token)).status, 200, "the token goes on to count");
}

#[test]
fn guessing_is_slowed_down() {
    let folder = logs();
    let token = token(&folder, "ana", &[]);
    let server = Server::over(folder, &["--from", "logs", "--tokens", "tokens"]);
    let status = |token: &str| server.get_with("/api/v1/sources", &bearer(token)).status;
    let statuses: Vec<u16> = (0..30).map(|number| status(&number.to_string())).collect();
    assert_eq!((statuses[0], statuses[29]), (401, 429), "{statuses:?}");
    assert_eq!(status(&token), 429);
    assert!(!server.said().contains(&token));
}

#[test]
fn only_our_own_names_are_answered() {
    let server = Server::start(&["--host", "logs.example.com"]);
    let ask = |host: &str| server.send(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    for host in ["localhost", "127.0.0.1:4480", "[::1]:1", "logs.example.com"] {
        assert_eq!(ask(host).status, 200, "{host}");
    }
    for host in ["evil.example", "127.0.0.1.evil.example", "logs.example.com.evil.example", "10.0.0.1"] {
        assert_eq!(ask(host).refused(), (421, "bad_host".to_owned()), "{host}");
    }
    assert_eq!(ask("a b").status, 400);
}

#[test]
fn pages_of_other_sites_cannot_ask() {
    let server = Server::start(&[]);
    let cross = "Sec-Fetch-Site: cross-site\r\n";
    assert_eq!(server.get_with("/api/v1/query?sql=SELECT+1", cross).refused(), (403, "other_site".to_owned()));
    let plain = server.post("/api/v1/query", "Content-Type: text/plain\r\n", "{\"sql\": \"SELECT 1\"}");
    assert_eq!(plain.refused(), (415, "bad_content_type".to_owned()));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(server.get("/").field(name).as_deref(), Some(value));
    }
    let policy = server.get("/api/v1/nothing").field("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
}
