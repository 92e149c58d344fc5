//! A bucket and a folder that hold the same tree give the same answers, whatever the tree looks like.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use crate::logs::{access, gzip};
use crate::s3::{Operation, S3Server};
use crate::support::{Answer, Workspace};

const WINDOW: [&str; 4] = ["--since", "2026-11-20T10:00", "--until", "2026-11-20T12:00"];
const BY_ELB: &str = "SELECT elb, count(*), sum(sent_bytes) FROM requests GROUP BY elb ORDER BY elb";
const ACCOUNT: &str = "123456789012";
const REGION_FOLDER: &str = "123456789012/elasticloadbalancing/eu-west-1";

/// The name of an object of this load balancer: interval end within 2026-11-20, `T1005Z`, and random part.
fn name(elb: &str, end: &str, random: &str) -> String {
    format!(
        "{ACCOUNT}_elasticloadbalancing_eu-west-1_app.{elb}.50dc6c495c0c9188_20261120{end}_203.0.113.4_{random}.log.gz"
    )
}

fn lines(elb: &str, count: usize) -> String {
    let line = |second| access(&format!("2026-11-20T10:00:{second:02}.000000Z"), 200);
    (0..count).map(|second| line(second).replace("app/shop/", &format!("app/{elb}/"))).collect()
}

/// A bucket that is called `logs`, and its copy in a folder.
struct Twins {
    server: S3Server,
    workspace: Workspace,
}

impl Twins {
    fn new() -> Self {
        let twins = Self { server: S3Server::start(), workspace: Workspace::new() };
        twins.server.create("logs");
        std::fs::create_dir_all(twins.workspace.path("logs")).unwrap();
        twins
    }

    fn put(&self, key: &str, content: impl AsRef<[u8]>) {
        self.server.put("logs", key, &content);
        self.workspace.write(&format!("logs/{key}"), content);
    }

    fn put_log(&self, folder: &str, elb: &str, random: &str, rows: usize) {
        self.put(&format!("{folder}{}", name(elb, "T1005Z", random)), gzip(lines(elb, rows)));
    }

    fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Answer {
        self.server.run(&self.workspace, args)
    }

    fn ask(&self, from: &str, flags: &[&str]) -> Answer {
        self.run([&["query", "--format", "csv", "--from", from], &WINDOW[..], flags, &[BY_ELB]].concat())
    }

    /// The bucket's rows, which are the folder's.
    #[track_caller]
    fn same(&self, flags: &[&str]) -> Vec<String> {
        let [remote, local] = ["s3://logs", "logs"].map(|from| self.ask(from, flags).done());
        assert_eq!(remote.stdout, local.stdout);
        remote.rows().into_iter().map(ToOwned::to_owned).collect()
    }
}

#[test]
fn prefixes_of_every_depth_are_one_bucket() {
    let twins = Twins::new();
    let days = format!("AWSLogs/{REGION_FOLDER}/2026/11/20/");
    twins.put_log(&days, "legacy", "a1", 2);
    twins.put_log(&format!("eks/prod/{days}"), "shop", "a2", 3);
    twins.put_log(&format!("a/b/c/d/e/f/{days}"), "deep", "a3", 4);
    twins.put_log(&format!("org/AWSLogs/o-a1b2c3d4e5/{REGION_FOLDER}/2026/11/20/"), "member", "a4", 5);
    twins.put_log("AWSLogs-Partitioned/year=2026/month=11/day=20/hour=10/", "moved", "a5", 6);
    twins.put_log("incident 42/", "saved", "a6", 7);
    twins.put_log("", "straight", "a7", 8);
    twins.put(&format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/20/trail.json.gz"), "x");
    twins.put("renamed/shop.log.gz", gzip(lines("renamed", 9)));
    let counts: Vec<String> = twins.same(&[]).iter().map(|row| row.split(',').nth(1).unwrap().to_owned()).collect();
    assert_eq!(counts, ["4", "2", "5", "6", "9", "7", "3", "8"]);
    assert!(!twins.server.requests().iter().any(|request| request.about().contains("CloudTrail")));
    // An object of any name is read if it is named, and looked into if it is not.
    twins.put("renamed/notes.txt", gzip(lines("named", 1)));
    assert!(twins.same(&[]).contains(&"app/named/50dc6c495c0c9188,1,200".to_owned()));
    assert_eq!(twins.ask("s3://logs/renamed/notes.txt", &[]).done().rows(), ["app/named/50dc6c495c0c9188,1,200"]);
}

#[test]
fn partitions_by_hour_are_read_by_their_days() {
    let twins = Twins::new();
    for day in 1..=30 {
        for hour in 0..24 {
            let folder = format!("AWSLogs-Partitioned/year=2026/month=11/day={day:02}/hour={hour:02}/");
            let end = format!("202611{day:02}T{hour:02}30Z");
            let key = folder + &name("shop", "T1030Z", &format!("{day:02}x{hour:02}")).replace("20261120T1030Z", &end);
            twins.put(&key, gzip(lines("shop", 1)));
        }
    }
    // 10:30 to 13:05, by their names.
    assert_eq!(twins.same(&[]), ["app/shop/50dc6c495c0c9188,3,600"]);
    let lists = twins.server.count(Operation::List);
    assert!(lists < 90, "the day and its neighbours: {lists}");
}

#[test]
fn hundreds_of_prefixes_are_searched_and_a_limit_is_said() {
    let twins = Twins::new();
    for app in 0..300 {
        twins.put_log(&format!("app{app}/AWSLogs/{REGION_FOLDER}/2026/11/20/"), "shop", &format!("r{app}"), 1);
    }
    assert_eq!(twins.same(&[]), ["app/shop/50dc6c495c0c9188,300,60000"]);
    assert_eq!(twins.same(&["--elb", "shop"]), ["app/shop/50dc6c495c0c9188,300,60000"]);
    let answer = twins.ask("s3://logs", &["--max-lists", "101"]).exits(3);
    assert_eq!(answer.rows(), ["app/shop/50dc6c495c0c9188,100,20000"]);
    answer.says("200 folders were not looked into to the end").says("--max-lists 1010");
}

#[test]
fn any_key_is_read() {
    let days = format!("AWSLogs/{REGION_FOLDER}/2026/11/20");
    let object = name("odd", "T1005Z", "zz");
    for key in [
        format!("{days}//{object}"),
        format!("logs//{days}/{object}"),
        format!("/{days}/{object}"),
        format!("{days}/../{object}"),
        format!("{days}/./{object}"),
        format!("x\ny/{object}"),
        format!("x\u{1}y&<>%2F +/{object}"),
        format!("{days}/ü/{object}"),
    ] {
        let server = S3Server::start();
        server.put("logs", &key, gzip(lines("odd", 2)));
        server.put("logs", &format!("{days}/{}", name("shop", "T1005Z", "a1")), gzip(lines("shop", 3)));
        for foreign in ["AWSLogs//notes.txt", "backup//old/notes.txt", "a/../b", "x\ry", "AWSLogs/", "//"] {
            server.put("logs", foreign, "");
        }
        let ask = |flags: &[&str]| {
            let args = [&["query", "--format", "csv", "--from", "s3://logs"], &WINDOW[..], flags, &[BY_ELB]].concat();
            server.run(&Workspace::new(), args)
        };
        let (odd, shop) = ("app/odd/50dc6c495c0c9188,2,400", "app/shop/50dc6c495c0c9188,3,600");
        assert_eq!(ask(&[]).done().rows(), [odd, shop], "{key:?}");
        assert_eq!(ask(&["--elb", "odd"]).done().rows(), [odd], "{key:?}");
    }
}

#[test]
fn what_is_there_twice_is_read_once() {
    let twins = Twins::new();
    let days = format!("AWSLogs/{REGION_FOLDER}/2026/11/20/");
    let object = name("shop", "T1005Z", "abcd1234");
    let stem = object.trim_end_matches(".log.gz");
    twins.put(&format!("{days}{object}"), gzip(lines("shop", 5)));
    twins.put(&format!("{days}{stem}.log"), lines("shop", 5));
    twins.put(&format!("{days}{stem} (1).log.gz"), gzip(lines("shop", 5)));
    twins.put(&format!("AWSLogs-Partitioned/year=2026/month=11/day=20/hour=10/{object}"), gzip(lines("shop", 5)));
    twins.put_log(&days, "shop", "abcd1235", 1);
    assert_eq!(twins.same(&[]), ["app/shop/50dc6c495c0c9188,6,1200"]);
    assert_eq!(twins.same(&["--allow-duplicates"]), ["app/shop/50dc6c495c0c9188,21,4200"]);
    for from in ["s3://logs", "logs"] {
        let notice = "notice: 3 objects are there twice, by the names AWS gives; read once: ";
        twins.ask(from, &[]).done().says(notice).says("--allow-duplicates");
        let to = if from == "logs" { "local" } else { "remote" };
        let fetch = [&["fetch", "--from", from, "--to", to], &WINDOW[..]].concat();
        twins.run(&fetch).done().says("fetched 2 objects").says(notice);
        let export =
            ["export", "--from", from, "--to", &format!("{to}-lake"), WINDOW[0], WINDOW[1], WINDOW[2], WINDOW[3]];
        twins.run(export).done().says(notice);
        assert_eq!(twins.ask(&format!("{to}-lake"), &[]).done().rows(), ["app/shop/50dc6c495c0c9188,6,1200"]);
    }
}

#[test]
fn of_two_copies_the_longer_one_is_read_wherever_they_lie() {
    let twins = Twins::new();
    let days = format!("AWSLogs/{REGION_FOLDER}/2026/11/20/");
    let object = name("shop", "T1005Z", "abcd1234");
    let stem = object.trim_end_matches(".log.gz");
    twins.put(&format!("{days}{object}"), gzip(lines("shop", 20)));
    twins.put(&format!("{days}{stem}.log"), lines("shop", 50));
    for from in ["s3://logs", "logs"] {
        let answer = twins.ask(from, &[]).exits(3).says("not read, and not the same as its copy that is");
        assert_eq!(answer.rows(), ["app/shop/50dc6c495c0c9188,50,10000"]);
    }
    // Of other compressions nobody knows in a bucket.
    let twins = Twins::new();
    twins.put(&format!("{days}{object}"), gzip(lines("shop", 20)));
    twins.put(&format!("{days}{stem}.log.zst"), zstd::encode_all(lines("shop", 20).as_bytes(), 3).unwrap());
    assert_eq!(twins.ask("s3://logs", &[]).exits(3).says("nobody knows whether it is").rows().len(), 1);
    assert_eq!(twins.ask("logs", &[]).done().rows(), ["app/shop/50dc6c495c0c9188,20,4000"]);
    // Parts of a log are no copies of one another.
    let twins = Twins::new();
    twins.put(&format!("{days}{stem}.log.00"), lines("shop", 5));
    twins.put(&format!("{days}{stem}.log.01"), lines("shop", 5).replace("10:00:", "10:01:"));
    assert_eq!(twins.same(&[]), ["app/shop/50dc6c495c0c9188,10,2000"]);
}

#[test]
fn what_was_renamed_is_read_once() {
    let twins = Twins::new();
    let days = format!("AWSLogs/{REGION_FOLDER}/2026/11/20/");
    let log = gzip(lines("shop", 5));
    twins.put(&format!("{days}{}", name("shop", "T1005Z", "abcd1234")), log.clone());
    twins.put(&format!("{days}Copy of {}", name("shop", "T1005Z", "abcd1234")), log.clone());
    twins.put(&format!("{days}{}.orig", name("shop", "T1005Z", "abcd1234_before")), log.clone());
    twins.put("before-the-deploy.log.gz", log.clone());
    twins.put("before-the-deploy", log);
    // One beside itself, and two that have no more in common than their size.
    twins.put("a.txt", lines("shop", 1));
    twins.put("b.txt", lines("shop", 1));
    twins.put("c.txt", lines("shop", 2).split_off(200));
    twins.put("one.json", "{}");
    twins.put("two.json", "{}");
    assert_eq!(twins.same(&[]), ["app/shop/50dc6c495c0c9188,7,1400"]);
    assert_eq!(twins.same(&["--allow-duplicates"]), ["app/shop/50dc6c495c0c9188,28,5600"]);
    for from in ["s3://logs", "logs"] {
        let notice = "notice: 5 objects are there twice, by the names AWS gives or with the same content; read once: ";
        twins.ask(from, &[]).says(notice);
        let renamed = twins.ask(&format!("{from}/before-the-deploy.log.gz"), &[]).done();
        assert_eq!(renamed.rows(), ["app/shop/50dc6c495c0c9188,5,1000"]);
    }
}

/// Whose load balancer's it is, only AWS's names say: `--elb` leaves a renamed log out, here and there with the same words.
#[test]
fn a_log_of_nobody_is_named_where_load_balancers_are_asked_for() {
    let twins = Twins::new();
    twins.put_log(&format!("AWSLogs/{REGION_FOLDER}/2026/11/20/"), "shop", "a1", 2);
    twins.put("renamed/shop.log.gz", gzip(lines("shop", 9)));
    twins.put("renamed/notes.txt", "shopping list");
    twins.put("renamed/notes.log", "shopping list");
    for from in ["s3://logs", "logs"] {
        let answer = twins.ask(from, &["--elb", "shop"]).exits(3);
        assert_eq!(answer.rows(), ["app/shop/50dc6c495c0c9188,2,400"]);
        answer
            .says("renamed/shop.log.gz: its name is not one that AWS gives, so that --elb cannot tell whose log it is");
        let named = twins.ask(&format!("{from}/renamed/shop.log.gz"), &[]).done();
        assert_eq!(named.rows(), ["app/shop/50dc6c495c0c9188,9,1800"]);
    }
}

#[test]
fn an_object_of_any_name_is_looked_into_up_to_a_bound() {
    let twins = Twins::new();
    twins.put_log(&format!("AWSLogs/{REGION_FOLDER}/2026/11/20/"), "shop", "a1", 1);
    for (number, name) in
        ["saved.txt", "saved.json", "saved", "saved.csv", "saved.bak.gz", "saved.log.1"].iter().enumerate()
    {
        twins.put(&format!("saved/{number}/{name}"), lines("shop", number + 1));
    }
    // Twice what is fetched at first: what a few bytes do not tell, more do.
    twins.put("data/noise.bin", vec![0xA5; 256 << 10]);
    twins.put("data/long.csv", lines("shop", 60).repeat(20));
    twins.put("data/config.json", "{\"a\": 1}");
    for from in ["s3://logs", "logs"] {
        assert_eq!(twins.ask(from, &[]).rows(), ["app/shop/50dc6c495c0c9188,1222,244400"], "{from}");
    }
    let listed = |from| twins.run([&["objects", "--format", "ndjson", "--from", from], &WINDOW[..]].concat()).stdout;
    assert_eq!(listed("s3://logs"), listed("logs"));
    let few = twins.ask("s3://logs", &["--max-looks", "4"]).exits(3);
    few.says("s3://logs/: 5 of 9 objects whose names are not those of logs were not looked into").says("--max-looks 9");
    assert_eq!(twins.ask("s3://logs", &["--max-looks", "9"]).rows(), twins.ask("logs", &[]).rows());
    // Where load balancers are asked for, nobody can tell whose these are: that is said.
    for from in ["s3://logs", "logs"] {
        let of_shop = twins.ask(from, &["--elb", "shop"]).exits(3).says("--elb cannot tell whose log it is");
        assert_eq!(of_shop.rows(), ["app/shop/50dc6c495c0c9188,1,200"], "{from}");
    }
}

#[test]
fn a_small_object_that_was_looked_at_is_not_got_again() {
    let twins = Twins::new();
    for number in 1..=5 {
        twins.put(&format!("renamed/{number}.log.gz"), gzip(lines("shop", 3).repeat(number)));
    }
    assert_eq!(twins.same(&[]), ["app/shop/50dc6c495c0c9188,45,9000"]);
    assert_eq!(twins.server.count(Operation::Get), 5 + usize::from(asks_for_settings(&twins)));
}

/// Whether it was asked if an export lies there, which is one request.
fn asks_for_settings(twins: &Twins) -> bool {
    twins.server.got().iter().any(|key| key.contains("_albstats.json"))
}

/// Numbers that look random, and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % sides as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }
}

/// A folder that a log of 2026-11-20 may lie in.
fn folder(dice: &mut Dice) -> String {
    let prefix = ["", "eks/prod/", "a/b/c/d/e/", "app7/", "it's 100 %/", "eks/"];
    let layout = [
        "AWSLogs/ACCOUNT/elasticloadbalancing/eu-west-1/2026/11/20/",
        "AWSLogs/ACCOUNT/elasticloadbalancing/eu-west-1/2026/11/20/",
        "AWSLogs/o-a1b2c3d4e5/ACCOUNT/elasticloadbalancing/eu-west-1/2026/11/20/",
        "AWSLogs/ACCOUNT/elasticloadbalancing/eu-west-1/2026/11/20/10/",
        "AWSLogs/ACCOUNT/elasticloadbalancing/eu-west-1/2026/11/",
        "AWSLogs/ACCOUNT/elasticloadbalancing/eu-west-1/saved/",
        "AWSLogs/ACCOUNT/elasticloadbalancing/",
        "AWSLogs/ACCOUNT/",
        "AWSLogs/",
        "AWSLogs/old/",
        "AWSLogs-Partitioned/year=2026/month=11/day=20/hour=10/",
        "dt=2026-11-20/",
        "incident 42/",
        "2026/11/20/",
        "",
    ];
    let (prefix, layout) = (dice.pick(&prefix), dice.pick(&layout));
    format!("{prefix}{}", layout.replace("ACCOUNT", ACCOUNT))
}

/// What is to be found in a tree.
#[derive(Default)]
struct Planted {
    /// Rows of each load balancer in objects that AWS named.
    rows: BTreeMap<String, usize>,
    /// And in those that somebody renamed.
    renamed: BTreeMap<String, usize>,
    /// The names that AWS gave.
    names: BTreeSet<String>,
}

/// Puts a random tree.
fn plant(twins: &Twins, dice: &mut Dice) -> Planted {
    let Planted { mut rows, mut renamed, mut names } = Planted::default();
    for number in 0..4 + dice.roll(12) {
        let (elb, count) = (dice.pick(&["shop", "shop-admin", "api"]), 1 + dice.roll(20));
        let end = dice.pick(&["T1005Z", "T1010Z", "T1055Z", "T0100Z"]);
        let object = name(elb, end, &format!("r{number}"));
        let stem = object.trim_end_matches(".log.gz");
        let content = gzip(lines(elb, count));
        twins.put(&format!("{}{object}", folder(dice)), &content);
        if end != "T0100Z" {
            *rows.entry(format!("app/{elb}/50dc6c495c0c9188")).or_default() += count;
            names.insert(stem.to_owned());
        }
        match dice.roll(5) {
            0 => twins.put(&format!("{}{object}", folder(dice)), &content),
            1 => twins.put(&format!("{}{stem}.log", folder(dice)), lines(elb, count)),
            2 => twins.put(&format!("{}{stem} (1).log.gz", folder(dice)), &content),
            3 if end != "T0100Z" => twins.put(&format!("{}kept-{number}.gz", folder(dice)), &content),
            _ => {}
        }
        match dice.roll(6) {
            0 => twins.put(&format!("AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/11/20/{number}.json.gz"), "x"),
            1 => twins.put(&format!("{}notes-{number}.txt", folder(dice)), "x"),
            2 => twins.put(&format!("AWSLogs/{ACCOUNT}/ELBAccessLogTestFile"), ""),
            3 => twins.put(&format!("{}{}", folder(dice), object.replace("app.", "net.")), "x"),
            4 => twins.put(&format!("{}notes-{number}.log", folder(dice)), "x"),
            _ => {}
        }
        if dice.roll(3) == 0 {
            let ending = dice.pick(&["", ".txt", ".json", ".json.gz", ".csv", ".bak", ".gz", ".log.1", ".data.gz"]);
            let line = lines(elb, 1).replace("T10:00:", &format!("T10:{:02}:", number + 1));
            let content = if ending.contains("gz") { gzip(line) } else { line.into_bytes() };
            twins.put(&format!("{}saved-{number}{ending}", folder(dice)), content);
            *renamed.entry(format!("app/{elb}/50dc6c495c0c9188")).or_default() += 1;
        }
    }
    Planted { rows, renamed, names }
}

/// Rows as they are answered.
fn answered(rows: &BTreeMap<String, usize>) -> Vec<String> {
    rows.iter().map(|(elb, rows)| format!("{elb},{rows},{}", rows * 200)).collect()
}

/// The names of all files in a folder, as AWS gives them to their objects.
fn files(folder: &Path) -> BTreeSet<String> {
    let files =
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let names = files.map(|entry| entry.file_name().to_str().unwrap().to_owned());
    names
        .map(|name| name.trim_end_matches(".gz").trim_end_matches(".log").trim_end_matches(" (1)").to_owned())
        .collect()
}

#[test]
fn random_trees_are_the_same_in_a_bucket_and_in_a_folder() {
    let seed = std::env::var("ALBSTATS_SEED").map_or(1, |seed| seed.parse().unwrap());
    for seed in seed..seed + 12 {
        let twins = Twins::new();
        let mut dice = Dice(seed);
        let Planted { rows, renamed, names } = plant(&twins, &mut dice);
        if rows.is_empty() {
            continue;
        }
        println!("ALBSTATS_SEED={seed}: {:#?}", twins.server.keys("logs"));
        let mut all = rows.clone();
        for (elb, rows) in renamed {
            *all.entry(elb).or_default() += rows;
        }
        assert_eq!(twins.same(&[]), answered(&all));
        let rows = answered(&rows);
        let of_shop: Vec<String> = rows.iter().filter(|row| row.starts_with("app/shop/")).cloned().collect();
        if !of_shop.is_empty() {
            let [remote, local] = ["s3://logs", "logs"].map(|from| twins.ask(from, &["--elb", "shop"]));
            assert_eq!((remote.rows(), remote.code), (local.rows(), local.code));
            assert_eq!(remote.rows(), of_shop);
        }
        let [remote, local] = ["s3://logs", "logs"]
            .map(|from| twins.run([&["objects", "--format", "ndjson", "--from", from], &WINDOW[..]].concat()).done());
        assert!(!local.rows().is_empty());
        assert_eq!(remote.stdout, local.stdout);
        for (from, to) in [("s3://logs", "remote"), ("logs", "local")] {
            twins.run([&["fetch", "--from", from, "--to", to], &WINDOW[..]].concat()).done();
            assert_eq!(files(&twins.workspace.path(to)), names);
            let lake = format!("{to}-lake");
            twins.run([&["export", "--from", from, "--to", &lake], &WINDOW[..]].concat()).done();
            assert_eq!(twins.ask(&lake, &[]).done().rows(), rows);
        }
    }
}
