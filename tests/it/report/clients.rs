//! Report `clients`: its numbers, computed a second time, networks of IPv6, and proxies.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use crate::logs::access;
use crate::slow::{access_logs, field, report};
use crate::support::Workspace;

/// What a client is called, by the standard library's reading of its address.
fn client(address: &str) -> String {
    match address.parse().unwrap() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() && !address.to_string().contains('.') => {
            unreachable!()
        }
        IpAddr::V6(_) if address.contains('.') => address.rsplit(':').next().unwrap().to_owned(),
        IpAddr::V6(address) => format!("{}/64", Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[derive(Default, Debug, PartialEq)]
struct Counted {
    requests: u64,
    peak: u64,
    errors: u64,
    client_errors: u64,
    received: u64,
    sent: u64,
    /// Total time, milliseconds.
    millis: i64,
    last: String,
}

#[test]
fn clients_are_what_a_slow_count_says() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "8", "--duration", "10m", "--seed", "32"]).done();
    let mut expected: BTreeMap<String, Counted> = BTreeMap::new();
    let mut minutes: BTreeMap<(String, String), u64> = BTreeMap::new();
    for line in access_logs(&folder.path("logs")) {
        let address = field(&line, 3).map(|address| address.rsplit_once(':').unwrap().0);
        let name = address.map_or("(no address)".to_owned(), client);
        *minutes.entry((name.clone(), line[1][..16].to_owned())).or_default() += 1;
        let counted = expected.entry(name).or_default();
        counted.requests += 1;
        counted.errors += u64::from(line[8].starts_with('5'));
        counted.client_errors += u64::from(line[8].starts_with('4'));
        counted.received += line[10].parse::<u64>().unwrap_or(0);
        counted.sent += line[11].parse::<u64>().unwrap_or(0);
        if line[5..8].iter().all(|time| time != "-1") {
            counted.millis += line[5..8].iter().map(|time| time.replace('.', "").parse::<i64>().unwrap()).sum::<i64>();
        }
        counted.last = counted.last.clone().max(line[1].clone());
    }
    for ((name, _), count) in minutes {
        let counted = expected.get_mut(&name).unwrap();
        counted.peak = counted.peak.max(count);
    }
    assert!(expected.len() > 300 && expected.keys().any(|name| name.ends_with("::/64")), "{}", expected.len());
    let found: BTreeMap<String, Counted> = report(&folder, &["clients"])
        .iter()
        .map(|row| {
            let count = |name: &str| row[name].as_f64().unwrap_or(0.0).round() as u64;
            let counted = Counted {
                requests: count("requests"),
                peak: count("peak"),
                errors: count("errors"),
                client_errors: count("client_errors"),
                received: count("received_bytes"),
                sent: count("sent_bytes"),
                millis: (row["total_time"].as_f64().unwrap_or(0.0) * 1000.0).round() as i64,
                last: row["last_seen"].as_str().unwrap().to_owned(),
            };
            (row["client"].as_str().unwrap().to_owned(), counted)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn every_spelling_of_an_address_is_its_network() {
    let folder = Workspace::new();
    let addresses = [
        "192.0.2.7",
        "::1",
        "::",
        "a::",
        "::a",
        "2001:db8::",
        "2001:db8::1",
        "2001:0db8:0000:0001:0000:0000:0000:0001",
        "2001:db8:0:1::5",
        "2001:DB8:0:1:ff:0:0:9",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1::3:4:5:6:7:8",
        "1::4:5:6:7:8",
        "1:2:3:4::",
        "1:2:3::",
        "1:2::8",
        "::ffff:1.2.3.4",
        "0:0:0:0:0:ffff:1.2.3.5",
        "::1.2.3.6",
        "64:ff9b::192.0.2.9",
        "fe80::10:20",
        "1:0:0:4::1",
        "2a00:10:00a0:0::1",
        "::5:6:7:8",
        "::4:5:6:7:8",
        "10:0:10:0:10:0:10:0",
        "0::0",
    ];
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let lines = addresses.map(|address| line.replace(" 192.0.2.7:40000 ", &format!(" {address}:40000 ")));
    folder.write("logs/a.log", lines.concat());
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for address in addresses {
        *expected.entry(client(address)).or_default() += 1;
    }
    let rows = report(&folder, &["clients"]);
    let found: BTreeMap<String, u64> = rows
        .iter()
        .map(|row| (row["client"].as_str().unwrap().to_owned(), row["requests"].as_u64().unwrap()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn proxies_are_told_from_people() {
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let of = |addresses: &[&str], agents: &[&str], requests: usize| {
        let folder = Workspace::new();
        let lines = (0..requests).map(|number| {
            line.replace(" 192.0.2.7:40000 ", &format!(" {}:40000 ", addresses[number % addresses.len()]))
                .replace("curl/8.5", agents[number / addresses.len() % agents.len()])
        });
        folder.write("logs/a.log", lines.collect::<String>());
        let screen = folder.run(["report", "clients", "--from", "logs"]).done().stdout;
        screen.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let people: Vec<String> = (1..200).map(|number| format!("203.0.113.{number}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let agents = ["Mozilla/5.0 (Windows", "Mozilla/5.0 (iPhone", "Mozilla/5.0 (Macintosh", "x (Android 16"];
    let screen = of(&people, &agents[..1], 1200);
    assert!(!screen.contains("likely proxies"), "{screen}");
    for (addresses, agents, said) in [
        (
            &["10.1.2.3", "172.31.0.1", "fd00::1", "203.0.113.9"][..],
            &agents[..1],
            "75.0 % of the requests come from private",
        ),
        (&["203.0.113.9"], &agents[..1], "all 1,200 requests come from one address"),
        (&people[..9], &agents, "100 % of the requests come from 9 addresses whose user agents name four platforms"),
        (&people, &["Amazon CloudFront"], "100 % of the requests have the user agent `Amazon CloudFront`"),
        (&["172.71.1.1", "162.158.3.4", "203.0.113.9"], &agents[..1], "published networks of Cloudflare (66.7 % of"),
    ] {
        let screen = of(addresses, agents, 1200);
        assert!(screen.contains("likely proxies") && screen.contains(said), "{said}\n{screen}");
    }
}

#[test]
fn the_order_and_thresholds_of_clients() {
    let folder = Workspace::new();
    let line = access("2026-11-20T10:00:01.000000Z", 200);
    let steady: String =
        (0..30).map(|minute| line.replace("T10:00:", &format!("T10:{minute:02}:")).repeat(2)).collect();
    let burst = line.replace("192.0.2.7:", "192.0.2.8:").repeat(40);
    let large = line.replace("192.0.2.7:", "192.0.2.9:").replace(" 100 200 \"GET", " 100 900000 \"GET");
    folder.write("logs/a.log", [steady, burst, large].concat());
    for (order, first) in [("requests", "192.0.2.7"), ("peak", "192.0.2.8"), ("sent_bytes", "192.0.2.9")] {
        let rows = report(&folder, &["clients", "--set", &format!("order={order}")]);
        assert_eq!(rows[0]["client"], first, "{order}");
    }
    folder.run(["report", "clients", "--from", "logs", "--fail-if", "peak > 39"]).exits(1).says("192.0.2.8");
    folder.run(["report", "clients", "--from", "logs", "--fail-if", "peak > 40"]).done();
}
