//! Report `paths`: its numbers, computed a second time, and what it takes for a value.

use std::collections::BTreeMap;

use crate::logs::{access, object_name};
use crate::slow::{access_logs, host_and_path, nearest_rank, report};
use crate::support::Workspace;

/// Letters, digits, `_` and `-`: what an id is made of.
fn is_of_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_' || char == '-'
}

/// Whether a word is an id: five digits, or a part of eight hexadecimal ones.
fn is_id(word: &str) -> bool {
    let is_hex = |part: &str| part.len() >= 8 && part.chars().all(|char| char.is_ascii_hexdigit());
    word.chars().filter(char::is_ascii_digit).count() >= 5 || word.split('-').any(is_hex)
}

/// The path with its ids collapsed, word by word, and then the numbers that begin segments.
fn template(path: &str) -> String {
    let mut words = String::new();
    let mut rest = path;
    while let Some(first) = rest.chars().next() {
        let length = rest.find(|char| is_of_word(char) != is_of_word(first)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let inner = word.trim_matches('-');
        if is_of_word(first) && is_id(inner) {
            words.push_str(&word.replace(inner, ":id"));
        } else {
            words.push_str(word);
        }
        rest = after;
    }
    let segments = words.split('/').map(|segment| {
        // 12, -1.5, 48.1,11.5, and what follows.
        let number =
            segment.find(|char: char| !char.is_ascii_digit() && !"-.,".contains(char)).unwrap_or(segment.len());
        let (number, after) = segment.split_at(number);
        let (number, dots) = number.split_at(number.trim_end_matches(['-', '.', ',']).len());
        let is_number = number.trim_start_matches('-').split(['.', ',']).all(|part| part.parse::<u64>().is_ok());
        let goes_on = dots.is_empty() && after.starts_with(|char: char| char.is_ascii_alphanumeric() || char == '_');
        if is_number && !goes_on { format!(":id{dots}{after}") } else { segment.to_owned() }
    });
    segments.collect::<Vec<_>>().join("/")
}

#[derive(Default, Debug, PartialEq)]
struct Route {
    requests: u64,
    errors: u64,
    client_errors: u64,
    sent: u64,
    percentiles: [Option<f64>; 4],
}

#[test]
fn routes_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "8", "--duration", "10m", "--seed", "31"]).done();
    let mut routes: BTreeMap<(String, String), Route> = BTreeMap::new();
    let mut times: BTreeMap<(String, String), Vec<f64>> = BTreeMap::new();
    for line in access_logs(&folder.path("logs")) {
        let method = line[12].split(' ').next().unwrap();
        let method = if method == "-" { "(none)" } else { method };
        let path = host_and_path(&line[12]).map_or("(no path)".to_owned(), |(_, path)| template(&path));
        let key = (path, method.to_owned());
        let route = routes.entry(key.clone()).or_default();
        route.requests += 1;
        route.errors += u64::from(line[8].starts_with('5'));
        route.client_errors += u64::from(line[8].starts_with('4'));
        route.sent += line[11].parse::<u64>().unwrap_or(0);
        if !line[0].starts_with("ws") && line[6] != "-1" {
            times.entry(key).or_default().push(line[6].parse().unwrap());
        }
    }
    for (key, times) in &mut times {
        times.sort_by(f64::total_cmp);
        routes.get_mut(key).unwrap().percentiles = [50, 95, 99, 100].map(|hundredths| nearest_rank(times, hundredths));
    }
    assert!(routes.len() > 80, "{}", routes.len());
    assert!(routes.contains_key(&("/v2/carts/:id/items".to_owned(), "POST".to_owned())));
    let found: BTreeMap<(String, String), Route> = report(&folder, &["paths"])
        .iter()
        .map(|row| {
            let (text, count) = (|name: &str| row[name].as_str().unwrap().to_owned(), |name: &str| row[name].as_u64());
            let route = Route {
                requests: count("requests").unwrap(),
                errors: count("errors").unwrap(),
                client_errors: count("client_errors").unwrap(),
                sent: count("sent_bytes").unwrap_or(0),
                percentiles: ["target_p50", "target_p95", "target_p99", "target_max"].map(|name| row[name].as_f64()),
            };
            ((text("path"), text("method")), route)
        })
        .collect();
    assert_eq!(found, routes);
}

/// A log of requests for these paths.
fn log_of(paths: impl Iterator<Item = String>) -> Workspace {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let lines = paths.map(|path| line.replace("/cart?id=1", &path));
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), lines.collect::<String>());
    folder
}

/// Paths and how many requests they had.
fn paths(folder: &Workspace, args: &[&str]) -> Vec<(String, u64)> {
    let rows = report(folder, &[&["paths"], args].concat());
    rows.iter().map(|row| (row["path"].as_str().unwrap().to_owned(), row["requests"].as_u64().unwrap())).collect()
}

fn owned(rows: &[(&str, u64)]) -> Vec<(String, u64)> {
    rows.iter().map(|(path, requests)| ((*path).to_owned(), *requests)).collect()
}

#[test]
fn what_looks_like_a_value_is_one() {
    let folder = Workspace::new();
    folder.write("a.log", access("2026-11-20T10:00:01.000000Z", 200));
    for (path, template) in [
        ("/", "/"),
        ("/v1/users/42/orders/7?token=secret", "/v1/users/:id/orders/:id"),
        ("/1/2/3/4", "/:id/:id/:id/:id"),
        ("/v2.0/me", "/v2.0/me"),
        ("/api/oauth2/s3/x509/sha256", "/api/oauth2/s3/x509/sha256"),
        ("/u/f47ac10b-58cc-4372-a567-0e02b2c3d479.json", "/u/:id.json"),
        ("/u/00000000-0000-0000-0000-000000000000/x", "/u/:id/x"),
        ("/static/main.3fa9c2d1.chunk.js", "/static/main.:id.chunk.js"),
        ("/fonts/inter-latin-abcdefab.woff2", "/fonts/:id.woff2"),
        ("/fonts/inter-latin.woff2", "/fonts/inter-latin.woff2"),
        ("/p/lamp-chair-123456", "/p/:id"),
        ("/tiles/12/2200/1343.png", "/tiles/:id/:id/:id.png"),
        ("/at/48.137,-11.575", "/at/:id"),
        ("/lib/jquery-3.6.0.min.js", "/lib/jquery-3.6.0.min.js"),
        ("/by/2026-11-20/12", "/by/:id/:id"),
        ("/2fa/3d-models", "/2fa/3d-models"),
        ("/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/:id"),
        ("/a//1//", "/a//:id//"),
        // As Trino reads it.
        ("/%7B4f47ac10b-58cc%7D", "/{:id}"),
        (r"/\x22or1=1--/12", r"/\x22or1=1--/:id"),
        ("/feedback/defaced", "/feedback/defaced"),
    ] {
        let folder = log_of([path.to_owned()].into_iter());
        assert_eq!(paths(&folder, &[]), [(template.to_owned(), 1)], "{path}");
    }
    let long = format!("/{}", "é".repeat(3000));
    let folder = log_of([long.clone(), format!("{long}z")].into_iter());
    assert_eq!(paths(&folder, &[]), [(format!("/{}…", "é".repeat(198)), 2)]);
}

/// Three hundred slugs, each asked for three times, and a search among them.
fn shop() -> impl Iterator<Item = String> {
    const WORDS: [&str; 10] = ["lamp", "sofa", "rug", "oak", "linen", "desk", "bed", "vase", "pot", "hook"];
    let slugs = (0..300)
        .map(|number| format!("/products/{}-{}-{}", WORDS[number / 100], WORDS[number / 10 % 10], WORDS[number % 10]));
    let slugs: Vec<String> = slugs.collect();
    let others = ["/products/search?q=1"; 200].into_iter().chain(["/cart"; 30]).map(str::to_owned);
    slugs.clone().into_iter().chain(slugs.clone().into_iter().map(|slug| slug + "/reviews")).chain(slugs).chain(others)
}

#[test]
fn values_are_learned_from_their_number() {
    let folder = log_of(shop());
    let learned = [("/products/:id", 600), ("/products/:id/reviews", 300), ("/products/search", 200), ("/cart", 30)];
    assert_eq!(paths(&folder, &[]), owned(&learned));
    let screen = folder.run(["report", "paths", "--from", "logs"]).done().stdout;
    let screen = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("learned: /products/:id (300 values); not search, asked for far more often"), "{screen}");
    // Both statements are shown, and the second one gives the rows.
    let shown = folder.run(["report", "paths", "--from", "logs", "--show-sql"]).done().stdout;
    let statements: Vec<&str> = shown.split(";\n\n").collect();
    assert_eq!(statements.len(), 2, "{shown}");
    folder.write("shown.sql", statements[1]);
    let answer = folder.run(["query", "--from", "logs", "--format", "csv", "-f", "shown.sql"]).done();
    assert!(answer.stdout.contains("row,/products/:id,GET,,600,"), "{}", answer.stdout);
}

#[test]
fn who_is_refused_teaches_nothing() {
    let folder = Workspace::new();
    let probes = shop().map(|path| access("2026-11-20T10:00:01.000000Z", 404).replace("/cart?id=1", &path));
    folder.write(&format!("logs/{}", object_name("20261120T1005Z")), probes.collect::<String>());
    assert_eq!(paths(&folder, &[]).len(), 602);
}

#[test]
fn what_is_a_value_can_be_said() {
    let folder = log_of(["/a/red", "/a/blue", "/b/red", "/c/12345"].into_iter().map(str::to_owned));
    assert_eq!(paths(&folder, &["--set", "ids=red|blue"]).len(), 3);
    assert_eq!(
        paths(&folder, &["--set", "learned=^(/a)/[^/]+(.*)$"]),
        owned(&[("/a/:id", 2), ("/b/red", 1), ("/c/:id", 1)])
    );
    folder.run(["report", "paths", "--from", "logs", "--set", "ids=(unclosed"]).exits(2).says("ids takes a regular");
}

#[test]
fn standard_input_is_learned_nothing_from() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let lines: String = shop().map(|path| line.replace("/cart?id=1", &path)).collect();
    let args = ["report", "paths", "--from", "-", "--kind", "access", "--top", "3"];
    let screen = folder.run_with(lines.as_bytes(), args).done().stdout;
    let screen = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("standard input can be read once"), "{screen}");
    assert!(screen.contains("/products/search"), "{screen}");
}

#[test]
fn rows_can_be_told_apart_and_ordered() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let slow = line.replace("0.000 0.020 0.000", "0.000 2.500 0.000").replace("/cart", "/slow");
    let other = line.replace("shop.example.com:443", "pay.example.com:443");
    folder.write("logs/a.log", [line.repeat(200), slow.clone().repeat(150), other.repeat(120)].concat());
    let rows = report(&folder, &["paths", "--by", "host"]);
    let names: Vec<&str> = rows.iter().map(|row| row["within"].as_str().unwrap()).collect();
    assert_eq!(names, ["shop.example.com", "shop.example.com", "pay.example.com"]);
    assert_eq!(paths(&folder, &["--set", "order=p99"])[0].0, "/slow");
    assert_eq!(paths(&folder, &["--set", "order=p99", "--set", "least=151"])[0].0, "/cart");
    assert_eq!(paths(&folder, &["--set", "order=target_time"])[0].0, "/slow");
    let screen = folder.run(["report", "paths", "--by", "target_group", "--from", "logs"]).done().stdout;
    assert!(screen.contains("TARGET GROUP"), "{screen}");
    let screen = folder.run(["report", "paths", "--from", "logs"]).done().stdout;
    assert!(!screen.contains("WITHIN"), "{screen}");
}
