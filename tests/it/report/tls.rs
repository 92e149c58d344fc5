//! Report `tls`: its numbers, counted a second time, and who breaks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::logs::access;
use crate::slow::{access_logs, field, host_and_path, report};
use crate::support::Workspace;

#[derive(Default, Debug, PartialEq)]
struct Counted {
    requests: u64,
    first: String,
    last: String,
}

/// The network of an address: of IPv4 24 bits, of IPv6 64.
fn network(address: &str) -> String {
    match address.parse().unwrap() {
        IpAddr::V4(it) => format!("{}.{}.{}.0/24", it.octets()[0], it.octets()[1], it.octets()[2]),
        IpAddr::V6(it) => {
            let groups: Vec<String> = it.segments()[..4].iter().map(|group| format!("{group:x}")).collect();
            let end = groups.iter().rposition(|group| group != "0").map_or(0, |at| at + 1);
            format!("{}::/64", groups[..end].join(":"))
        }
    }
}

#[test]
fn versions_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "4", "--duration", "20m", "--seed", "21", "--old-widths", "0.3"];
    folder.run(args).done();
    let lines = access_logs(&folder.path("logs"));
    assert!(lines.len() > 4000);
    for by in ["host", "user_agent", "client", "elb", "cipher"] {
        let mut expected: BTreeMap<(String, String), Counted> = BTreeMap::new();
        for line in &lines {
            let name = match by {
                "host" => host_and_path(&line[12]).map(|(host, _)| host),
                "user_agent" => field(line, 13).map(str::to_owned),
                "client" => Some(network(line[3].rsplit_once(':').unwrap().0)),
                "elb" => field(line, 2).map(str::to_owned),
                _ => field(line, 14).map(str::to_owned),
            };
            let key = (field(line, 15).unwrap_or("(no TLS)").to_owned(), name.unwrap_or("(none)".to_owned()));
            let counted = expected.entry(key).or_insert(Counted { first: line[1].clone(), ..Counted::default() });
            counted.requests += 1;
            counted.first = counted.first.clone().min(line[1].clone());
            counted.last = counted.last.clone().max(line[1].clone());
        }
        let found: BTreeMap<(String, String), Counted> = report(&folder, &["tls", "--by", by])
            .iter()
            .map(|row| {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                let requests = row["requests"].as_u64().unwrap();
                #[expect(clippy::cast_precision_loss, reason = "small counts")]
                let share = requests as f64 / lines.len() as f64;
                assert!((row["share"].as_f64().unwrap() - share).abs() < 1e-12);
                let counted = Counted { requests, first: text("first_seen"), last: text("last_seen") };
                ((text("protocol"), text("name")), counted)
            })
            .collect();
        assert_eq!(found, expected, "{by}");
        assert!(found.len() > 4, "{by}");
    }
}

#[test]
fn networks_of_clients_have_one_name_however_their_address_is_written() {
    let folder = Workspace::new();
    let clients = [
        "192.0.2.7",
        "192.0.2.250",
        "2001:db8::1:2:3:4:5",
        "2001:db8:0:1::9",
        "2001:db8::1",
        "2001:db8:0:0:1::",
        "fe80:1:2:3:4:5:6:7",
    ];
    let line = |(second, client): (usize, &&str)| {
        access(&format!("2026-11-20T10:00:0{second}.000000Z"), 200).replace("192.0.2.7:", &format!("{client}:"))
    };
    folder.write("logs/a.log", clients.iter().enumerate().map(line).collect::<String>());
    let found: BTreeMap<String, u64> = report(&folder, &["tls", "--by", "client"])
        .iter()
        .map(|row| (row["name"].as_str().unwrap().to_owned(), row["requests"].as_u64().unwrap()))
        .collect();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for client in clients {
        *expected.entry(network(client)).or_default() += 1;
    }
    assert_eq!(found, expected);
    assert_eq!(found["2001:db8:0:1::/64"], 2);
}

#[test]
fn who_breaks_without_an_old_version_is_said() {
    let folder = Workspace::new();
    let line = |second: usize, version: &str, agent: &str| {
        let line = access(&format!("2026-11-20T10:00:{second:02}.000000Z"), 200).replace("curl/8.5", agent);
        match version {
            "-" => line.replace("TLS_AES_128_GCM_SHA256 TLSv1.3", "- -").replace("https ", "http "),
            version => line.replace("TLS_AES_128_GCM_SHA256 TLSv1.3", &format!("ECDHE-RSA-AES128-SHA {version}")),
        }
    };
    let lines = [
        line(0, "TLSv1", "old/1"),
        line(1, "TLSv1.2", "curl/7"),
        line(2, "TLSv1.2", "curl/7"),
        line(3, "TLSv1.2", "old/1"),
        line(4, "TLSv1.3", "new/1"),
        line(5, "-", "plain/1"),
    ];
    folder.write(&format!("logs/{}", crate::logs::object_name("20261120T1005Z")), lines.concat());
    let screen = folder.run(["report", "tls", "--from", "logs"]).done().stdout;
    let words = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "without TLS 1.2 4 requests would break (80.0 % of those over TLS), the last at 10:00:03; ",
        "most by curl/7 (50.0 %), old/1 (50.0 %)",
        "without TLS 1.1/1.0 1 request would break (20.0 % of those over TLS), the last at 10:00:00;",
        "1 request came without TLS (16.7 % of all)",
        "albstats report tls --by user_agent --from logs",
    ] {
        assert!(words.contains(text), "{text}\n{screen}");
    }
    let rows = report(&folder, &["tls"]);
    let versions: Vec<&str> = rows.iter().map(|row| row["protocol"].as_str().unwrap()).collect();
    assert_eq!(versions, ["TLSv1", "TLSv1.2", "TLSv1.3", "(no TLS)"], "oldest first");
}
