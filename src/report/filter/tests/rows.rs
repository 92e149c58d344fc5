//! Which rows conditions keep, asked of the engine over logs that are made up.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::Int32Type;
use futures::TryStreamExt;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
use tokio::runtime::Runtime;

use super::super::*;
use super::{arn, entry, texts};
use crate::ask::query::{Engine, Limits, RunOptions, Source, prepare};
use crate::ask::selection::Window;
use crate::ask::sql;
use crate::base::place::Place;
use crate::read::storage::{self, KeyFilter};

/// An engine over one file of log lines.
struct Logs {
    engine: Engine,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

impl Logs {
    fn of(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.log"), text).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let engine = runtime.block_on(engine(folder.path()));
        Self { engine, runtime, _folder: folder }
    }

    /// The numbers of the rows that meet the filter, which `number` of them is.
    fn kept(&self, table: Table, number: &str, filter: &Filter, groups: &TargetGroups) -> BTreeSet<i32> {
        let conditions = filter.conditions(table, groups).unwrap();
        let all: Vec<&str> = conditions.iter().map(|condition| condition.sql.as_str()).collect();
        let statement = format!("SELECT {number} FROM {} WHERE {}", table.name(), all.join(" AND "));
        let values: BTreeMap<String, Scalar> = conditions.iter().flat_map(|it| it.values.clone()).collect();
        let bound = sql::bind(&statement, |name| format!("${name}")).unwrap();
        let batches: Vec<_> = self.runtime.block_on(async {
            self.engine.query(&bound.sql, &values).await.unwrap().batches.try_collect().await.unwrap()
        });
        let numbers = batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int32Type>().values().to_vec());
        let numbers: Vec<i32> = numbers.collect();
        let distinct: BTreeSet<i32> = numbers.iter().copied().collect();
        assert_eq!(distinct.len(), numbers.len(), "a row came twice");
        distinct
    }
}

async fn engine(folder: &Path) -> Engine {
    let place = Place::new(folder.to_string_lossy());
    let listing = storage::list(&[place], &KeyFilter::default()).await.unwrap();
    let options = RunOptions {
        kind: None,
        window: Window::default(),
        strict: true,
        threads: 2,
        max_bytes: None,
        kept: None,
        cache: None,
    };
    let source = Source::logs(prepare(listing, options));
    Engine::new(&source, &Limits { memory: 64 << 20, for_joins: 64 << 20, temp_disk: 1 << 20 }).unwrap()
}

/// A connection for each text that stands where the address does, numbered from 1 by its port.
fn connections(clients: &[String]) -> String {
    let mut text = String::new();
    for (index, client) in clients.iter().enumerate() {
        let port = index + 1;
        writeln!(
            text,
            "2026-11-20T10:00:00.000000Z {client} {port} 443 - - - \"-\" - - - TID_0 - app/shop/1 192.0.2.1"
        )
        .unwrap();
    }
    text
}

/// A request, numbered from 1 by its client's port.
fn request(port: usize, elb: &str, status: &str, arn: &str, client: &str) -> String {
    request_for("https://a:443/", port, elb, status, arn, client)
}

fn request_for(url: &str, port: usize, elb: &str, status: &str, arn: &str, client: &str) -> String {
    format!(
        "https 2026-11-20T10:00:00.000000Z {elb} {client}:{port} - -1 -1 -1 {status} - 0 0 \"GET {url} HTTP/1.1\" \"-\" - - \
         {arn} \"-\"\n"
    )
}

/// Every way to write an address that is legal, and a few more.
fn spellings(address: IpAddr) -> BTreeSet<String> {
    let IpAddr::V6(address) = address else { return [address.to_string()].into() };
    let groups = address.segments();
    let [.., high, low] = groups;
    let end = Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)).to_string();
    let short = |group: &u16| format!("{group:x}");
    let long = |group: &u16| format!("{group:04X}");
    let mut all = BTreeSet::from([address.to_string()]);
    for write in [&short as &dyn Fn(&u16) -> String, &long] {
        let hex: Vec<String> = groups.iter().map(write).collect();
        let mut dotted = hex[..6].to_vec();
        dotted.push(end.clone());
        for (parts, zeros) in [(hex, &groups[..]), (dotted, &groups[..6])] {
            all.insert(parts.join(":"));
            for from in 0..zeros.len() {
                for to in from + 1..=zeros.len() {
                    if zeros[from..to].iter().all(|group| *group == 0) {
                        all.insert(format!("{}::{}", parts[..from].join(":"), parts[to..].join(":")));
                    }
                }
            }
        }
    }
    for text in &all {
        assert_eq!(text.parse::<Ipv6Addr>().as_ref(), Ok(&address), "{text}");
    }
    all
}

/// Whether the first bits are the same: bit by bit.
fn is_within(address: IpAddr, network: IpAddr, prefix: u32) -> bool {
    let bits = |address: IpAddr| -> Vec<bool> {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        octets.iter().flat_map(|octet| (0..8).rev().map(move |bit| octet >> bit & 1 == 1)).collect()
    };
    let (address, network) = (bits(address), bits(network));
    address.len() == network.len() && address[..prefix as usize] == network[..prefix as usize]
}

fn address() -> impl Strategy<Value = IpAddr> {
    // Few different groups, so that many are zero and many networks hold something.
    let group = prop_oneof![6 => Just(0_u16), 2 => Just(1), 1 => Just(0xffff), 1 => Just(0x0a01), 1 => any::<u16>()];
    let octet = prop_oneof![2 => Just(0_u8), 2 => Just(10), 1 => Just(255), 1 => Just(128), 1 => any::<u8>()];
    prop_oneof![
        3 => prop::array::uniform8(group).prop_map(|groups| IpAddr::V6(groups.into())),
        2 => prop::array::uniform4(octet).prop_map(|octets| IpAddr::V4(octets.into())),
    ]
}

const GARBAGE: [&str; 14] = [
    "-",
    ":",
    "::::",
    ":::",
    "1.2.3",
    "10.",
    "10.x.0.0",
    "10.0.0.0.0",
    "...",
    "10.300.1.1",
    "::1.2.3.999",
    "é:1::",
    "1:2:3:4:5:6:7:8:9:a:b",
    "gggg::%",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn networks_hold_what_arithmetic_says(
        addresses in prop::collection::vec(address(), 1..6),
        networks in prop::collection::vec((any::<prop::sample::Index>(), 0..=128_u32, any::<u32>()), 1..6),
    ) {
        let mut texts: Vec<String> = Vec::new();
        let mut known: Vec<Option<IpAddr>> = Vec::new();
        for address in &addresses {
            for text in spellings(*address) {
                texts.push(text);
                known.push(Some(*address));
            }
        }
        texts.extend(GARBAGE.map(ToOwned::to_owned));
        known.resize(texts.len(), None);
        let logs = Logs::of(&connections(&texts));
        for (near, prefix, flip) in networks {
            // A network that holds one of the addresses, or just not.
            let (network, prefix) = match *near.get(&addresses) {
                IpAddr::V4(address) => {
                    let prefix = prefix % 33;
                    (IpAddr::V4((address.to_bits() ^ (1 << (flip % 32))).into()), prefix)
                }
                IpAddr::V6(address) => (IpAddr::V6((address.to_bits() ^ (1 << (flip % 128))).into()), prefix),
            };
            let filter = Filter { clients: vec![Cidr::new(network, prefix).unwrap()], ..Filter::default() };
            let kept = logs.kept(Table::Connections, "client_port", &filter, &TargetGroups::default());
            for (index, address) in known.iter().enumerate() {
                // What is no address may be anywhere.
                let Some(address) = address else { continue };
                let is_kept = kept.contains(&i32::try_from(index + 1).unwrap());
                prop_assert_eq!(is_kept, is_within(*address, network, prefix), "{} in {}/{}", texts[index], network, prefix);
            }
        }
    }
}

#[test]
fn prefixes_of_every_kind() {
    let addresses = ["10.129.77.6", "255.255.255.255", "::", "a::1", "::ffff:10.1.2.3", "2001:db8:0:1:8000::f"];
    let addresses = addresses.map(|text| text.parse::<IpAddr>().unwrap());
    let mut texts = Vec::new();
    for address in addresses {
        texts.extend(spellings(address).into_iter().map(|text| (text, address)));
    }
    let logs = Logs::of(&connections(&texts.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>()));
    let kept = |clients: Vec<Cidr>| {
        let filter = Filter { clients, ..Filter::default() };
        logs.kept(Table::Connections, "client_port", &filter, &TargetGroups::default())
    };
    let prefixes = [0, 1, 8, 15, 16, 17, 31, 32, 48, 65, 80, 95, 96, 97, 104, 111, 112, 113, 125, 127, 128];
    for address in addresses {
        for cidr in prefixes.into_iter().filter_map(|prefix| Cidr::new(address, prefix)) {
            let expected = texts.iter().enumerate().filter(|(_, (_, other))| is_within(*other, address, cidr.prefix));
            let expected: BTreeSet<i32> = expected.map(|(index, _)| i32::try_from(index + 1).unwrap()).collect();
            assert_eq!(kept(vec![cidr]), expected, "{cidr}");
        }
    }
    // All of them together are all.
    assert_eq!(kept(["0.0.0.0/0", "::/0"].map(|it| it.parse().unwrap()).to_vec()).len(), texts.len());
}

#[test]
fn rows_of_requests() {
    let (cart, cut) = (arn("cart"), arn("k8s-shop-checkout-0a1b2c3d4e"));
    let (other, odd) = (arn("k8s-shop-checkout-1111111111"), arn(r"a_b%c"));
    let lines = [
        ("app/shop/a1", "200", cart.as_str(), "192.0.2.7"),
        ("app/shop/b2", "502", cut.as_str(), "192.0.2.8"),
        ("app/blog/c3", "503", other.as_str(), "2001:db8::7"),
        ("app/blog/c3", "000", odd.as_str(), "2001:db8::7"),
        ("app/blog/c3", "460", "-", "192.0.2.7"),
        ("app/blog/c3", "-", "-", "192.0.2.7"),
    ];
    let text: String = lines
        .iter()
        .zip(1..)
        .map(|((elb, status, arn, client), port)| request(port, elb, status, arn, client))
        .collect();
    let logs = Logs::of(&text);
    let listed: TargetGroups =
        [entry("cart", "shop", "checkout-api"), entry("k8s-shop-checkout-1111111111", "shop", "checkout-web")]
            .into_iter()
            .collect();
    let none = TargetGroups::default();
    let status = |texts: &[&str]| Filter {
        statuses: texts.iter().map(|text| text.parse().unwrap()).collect(),
        ..Filter::default()
    };
    let groups = |text: &str| Filter { target_groups: texts([text]), ..Filter::default() };
    let service = |text: &str| Filter { services: texts([text]), ..Filter::default() };
    let elb = |text: &str| Filter { elbs: texts([text]), ..Filter::default() };
    for (filter, inventory, rows) in [
        (elb("shop"), &none, &[1, 2][..]),
        (elb("app/shop/b2"), &none, &[2]),
        (elb("sho"), &none, &[]),
        (status(&["5xx"]), &none, &[2, 3]),
        (status(&["502", "460"]), &none, &[2, 5]),
        (status(&["0xx"]), &none, &[4]),
        (status(&["500-502", "503-599"]), &none, &[2, 3]),
        (groups("cart"), &none, &[1]),
        (groups(&cut), &none, &[2]),
        (groups("targetgroup/cart/73e2d6bc24d8a067"), &none, &[1]),
        (groups("k8s-shop-*"), &none, &[2, 3]),
        (groups("*"), &none, &[1, 2, 3, 4]),
        (groups("arn:aws:*/cart/*"), &none, &[1]),
        // What is special in SQL is not in a pattern.
        (groups("a_b%c"), &none, &[4]),
        (groups("a_*"), &none, &[4]),
        (groups("c_r*"), &none, &[]),
        (groups("*%c"), &none, &[4]),
        (groups(r"*\%c"), &none, &[]),
        (groups("_*"), &none, &[]),
        (service("shop/checkout-api"), &none, &[2, 3]),
        (service("shop/checkout-api"), &listed, &[1, 2]),
        (service("shop/checkout-web"), &listed, &[2, 3]),
        (service("shop/cart"), &none, &[]),
        (Filter { statuses: status(&["5xx"]).statuses, ..elb("blog") }, &none, &[3]),
        (Filter { clients: vec!["2001:db8::/32".parse().unwrap()], ..elb("blog") }, &none, &[3, 4]),
    ] {
        let kept = logs.kept(Table::Requests, "client_port", &filter, inventory);
        assert_eq!(kept, rows.iter().copied().collect(), "{filter:?}");
    }
}

#[test]
fn rows_by_host_and_path() {
    let urls = [
        "https://shop.example.com:443/api/orders?path=/cart",
        "https://SHOP.Example.COM:443/api",
        "http://example.com:80/a_b/100%25",
        "http://[::1]:80/a%20b",
        "http://192.0.2.1:80/",
        "http://no url:80/{api}",
        "-",
    ];
    let line = |(url, port): (&&str, usize)| request_for(url, port, "app/shop/a1", "200", "-", "192.0.2.7");
    let logs = Logs::of(&urls.iter().zip(1..).map(line).collect::<String>());
    let host = |text: &str| Filter { hosts: texts([text]), ..Filter::default() };
    let path = |text: &str| Filter { paths: texts([text]), ..Filter::default() };
    for (filter, rows) in [
        (host("shop.example.com"), &[1, 2][..]),
        (host("*.EXAMPLE.com"), &[1, 2]),
        (host("*example.com"), &[1, 2, 3]),
        (host("::1"), &[4]),
        (host("192.0.2.*"), &[5]),
        (Filter { hosts: texts(["example.com", "192.0.2.1"]), ..Filter::default() }, &[3, 5]),
        (path("/api"), &[2]),
        (path("/api*"), &[1, 2]),
        (path("/api/*"), &[1]),
        (path("*cart*"), &[]),
        (path("/"), &[5]),
        (path("/a_b/100%25"), &[3]),
        (path("/a_*"), &[3]),
        (path("/a%20*"), &[4]),
        (path("/*"), &[1, 2, 3, 4, 5, 6]),
        (path("/{api}"), &[6]),
        (Filter { hosts: texts(["shop.*"]), ..path("/api") }, &[2]),
    ] {
        let kept = logs.kept(Table::Requests, "client_port", &filter, &TargetGroups::default());
        assert_eq!(kept, rows.iter().copied().collect(), "{filter:?}");
    }
}

#[test]
fn rows_of_health_checks() {
    let line = |port: usize, group: &str| {
        format!("http 2026-11-20T10:00:00.000000Z 0.1 10.0.0.1:{port} {group} PASS 200 - app/shop/1 192.0.2.1\n")
    };
    let logs =
        Logs::of(&(line(1, "cart") + &line(2, "k8s-shop-checkout-0a1b2c3d4e") + &line(3, "k8s-shop-web-0a1b2c3d4e")));
    let listed: TargetGroups = std::iter::once(entry("cart", "shop", "checkout-api")).collect();
    let target = |texts: &[&str]| Filter {
        targets: texts.iter().map(|text| text.parse().unwrap()).collect(),
        ..Filter::default()
    };
    for (filter, rows) in [
        (Filter { elbs: texts(["shop"]), ..Filter::default() }, &[1, 2, 3][..]),
        (Filter { target_groups: texts([&arn("cart"), "*-web-*"]), ..Filter::default() }, &[1, 3]),
        (Filter { services: texts(["shop/checkout-api"]), ..Filter::default() }, &[1, 2]),
        (target(&["10.0.0.1:2", "10.0.0.1:3"]), &[2, 3]),
        (target(&["10.0.0.0/24"]), &[1, 2, 3]),
        (target(&["10.0.0.2", "[::1]:1"]), &[]),
        (Filter { target_groups: texts(["cart"]), ..target(&["10.0.0.1:2", "10.0.0.1:1"]) }, &[1]),
    ] {
        let kept = logs.kept(Table::HealthChecks, "target_port", &filter, &listed);
        assert_eq!(kept, rows.iter().copied().collect(), "{filter:?}");
    }
}
