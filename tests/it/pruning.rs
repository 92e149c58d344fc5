//! Objects are left out by name, and never one that holds a row that was asked for.
//!
//! Answers are compared with those of reading everything and choosing rows by their own time; numbers of opened objects
//! with what the names say.

use jiff::{SignedDuration, Timestamp};

use super::logs::{access, gzip, object_name};
use super::support::Workspace;

/// An object is opened for rows up to this much older than its interval's end.
const MARGIN: SignedDuration = SignedDuration::from_mins(65);
const ROWS: &str = "SELECT time, elb FROM requests";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn printed(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// Two load balancers around midnight, an hour of logs.
fn generated() -> Workspace {
    let folder = Workspace::new();
    let args = ["generate", "logs", "--rps", "1", "--duration", "1h", "--start", "2026-11-20T23:30:00Z"];
    folder.run(args.iter().chain(&["--load-balancers", "2", "--nodes", "1"])).done();
    folder
}

/// Ends of the intervals of all access objects.
fn ends(folder: &Workspace) -> Vec<Timestamp> {
    let sql = "SELECT interval_end FROM log_objects WHERE kind = 'access'";
    folder.csv("logs", sql).done().rows().iter().map(|end| time(end)).collect()
}

/// Sorted rows of an answer.
fn sorted(rows: Vec<&str>) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(str::to_owned).collect();
    rows.sort();
    rows
}

/// Numbers of opened and of pruned objects in the closing line.
fn opened_and_pruned(stderr: &str) -> (usize, usize) {
    let line = stderr.lines().find(|line| line.contains(" rejected, ")).unwrap();
    let number = |text: &str| text.split(' ').next().unwrap().parse().unwrap();
    (number(line), line.split("; ").find(|part| part.ends_with("pruned by name")).map_or(0, number))
}

#[test]
fn any_window_gives_the_rows_of_reading_everything() {
    let folder = generated();
    let all = folder.csv("logs", ROWS).done();
    let all = sorted(all.rows());
    let ends = ends(&folder);
    assert_eq!((all.len(), ends.len()), (3600, 24));
    let mut windows = vec![
        ("2026-11-21T00:00:00Z".to_owned(), "2026-11-22T00:00:00Z".to_owned()),
        ("2026-11-20T00:00:00Z".to_owned(), "2026-11-21T00:00:00Z".to_owned()),
        ("2026-11-20T23:59:59.999999Z".to_owned(), "2026-11-21T00:00:00.000001Z".to_owned()),
    ];
    for step in 0..9 {
        let since = time("2026-11-20T22:20:00Z") + SignedDuration::from_secs(step * 1009);
        windows.push((printed(since), printed(since + SignedDuration::from_secs(step * step * 40 + 1))));
    }
    for (since, until) in windows {
        let [first, last] = [&since, &until].map(|text| printed(time(text)));
        let expected: Vec<&String> = all.iter().filter(|row| row[..27] >= *first && row[..27] < *last).collect();
        let holds = |end: &&Timestamp| **end > time(&since) && **end <= time(&until) + MARGIN;
        let opened = ends.iter().filter(holds).count();
        let args = ["query", "--format", "csv", "--from", "logs"];
        let by_flags = folder.run(args.iter().chain(&["--since", &since, "--until", &until, ROWS]));
        let predicate = format!("{ROWS} WHERE time >= '{since}' AND time < '{until}'");
        let by_predicate = folder.csv("logs", &predicate).done();
        let answers = if opened == 0 {
            // No object can hold a row of it: that is said.
            by_flags.exits(2).says("none of the logs is of this time");
            vec![by_predicate]
        } else {
            vec![by_flags.done(), by_predicate]
        };
        for answer in answers {
            assert_eq!(sorted(answer.rows()).iter().collect::<Vec<_>>(), expected, "{since} to {until}");
            assert_eq!(opened_and_pruned(&answer.stderr), (opened, 24 - opened), "{since} to {until}");
        }
    }
}

#[test]
fn predicates_prune_by_what_names_say() {
    let folder = generated();
    let all = folder.csv("logs", ROWS).done();
    let elb = folder.value("logs", "SELECT min(elb) FROM requests");
    let of_elb = all.rows().iter().filter(|row| row.ends_with(&elb)).count();
    for (predicate, rows, opened) in [
        ("true".to_owned(), 3600, 24),
        ("day = '2026-11-19'".to_owned(), 0, 0),
        ("day = '2026-11-22'".to_owned(), 0, 0),
        ("day BETWEEN '2026-11-20' AND '2026-11-21'".to_owned(), 3600, 24),
        (format!("elb = '{elb}'"), of_elb, 12),
        (format!("elb IN ('{elb}', 'app/none/1')"), of_elb, 12),
        ("elb LIKE 'app/zzz%'".to_owned(), 0, 0),
        ("account = '123456789012' AND region = 'eu-west-1'".to_owned(), 3600, 24),
        ("account <> '123456789012'".to_owned(), 0, 0),
        ("region = 'us-east-1'".to_owned(), 0, 0),
        (format!("region = 'us-east-1' OR elb = '{elb}'"), of_elb, 12),
        ("CAST(time AS date) = DATE '2026-11-23'".to_owned(), 0, 0),
        ("time > TIMESTAMP '2026-11-21 00:30:00' + INTERVAL '1' HOUR".to_owned(), 0, 0),
        ("time IS NULL".to_owned(), 0, 0),
        ("log_object LIKE '%conn_log%'".to_owned(), 0, 24),
    ] {
        let answer = folder.csv("logs", &format!("{ROWS} WHERE {predicate}")).done();
        assert_eq!(answer.rows().len(), rows, "{predicate}");
        let (read, pruned) = opened_and_pruned(&answer.stderr);
        if predicate != "time IS NULL" {
            assert_eq!((read, pruned), (opened, 24 - opened), "{predicate}");
        }
    }
}

#[test]
fn the_day_after_midnight_opens_no_object_of_the_day_before() {
    let folder = generated();
    let rows = |day: &str| {
        let answer = folder.csv("logs", &format!("SELECT time FROM requests WHERE day = '{day}'")).done();
        assert!(answer.rows().iter().all(|row| row.starts_with(day)));
        (answer.rows().len(), opened_and_pruned(&answer.stderr).0)
    };
    let (before, after) = (rows("2026-11-20"), rows("2026-11-21"));
    assert_eq!(before.0 + after.0, 3600);
    // Objects that end at 00:00 belong to the day before; those that end after it may hold late rows of that day.
    assert_eq!((before.1, after.1), (24, 12));
    let days = "SELECT day, count(*) FROM log_objects WHERE kind = 'access' GROUP BY day ORDER BY day";
    assert_eq!(folder.csv("logs", days).done().rows(), ["2026-11-20,12", "2026-11-21,12"]);
}

/// An object whose interval ends at 12:00 with a row this long before the end.
fn late(microseconds: i64) -> (Workspace, Timestamp) {
    let folder = Workspace::new();
    let row = time("2026-11-20T12:00:00Z") - SignedDuration::from_micros(microseconds);
    folder.write(&format!("logs/{}", object_name("20261120T1200Z")), gzip(access(&printed(row), 200)));
    (folder, row)
}

#[test]
fn rows_as_late_as_the_margin_are_found() {
    let margin = i64::try_from(MARGIN.as_micros()).unwrap();
    for lateness in [1, 1_000_000, 300_000_000, margin - 1, margin] {
        let (folder, row) = late(lateness);
        let (row, next) = (printed(row), printed(row + SignedDuration::from_micros(1)));
        let args = ["query", "--format", "csv", "--from", "logs", "--since", &row, "--until", &next];
        assert_eq!(folder.run(args.iter().chain(&[ROWS])).done().rows().len(), 1, "{lateness}");
        for predicate in [format!("time = '{row}'"), format!("time >= '{row}' AND time < '{next}'")] {
            let answer = folder.csv("logs", &format!("{ROWS} WHERE {predicate}")).done();
            assert_eq!(answer.rows().len(), 1, "{lateness}: {predicate}");
        }
    }
}

#[test]
fn later_rows_are_found_with_a_larger_margin() {
    let (folder, row) = late(3 * 3_600_000_000);
    let args =
        ["query", "--format", "csv", "--from", "logs", "--until", "2026-11-20T09:00:01Z", "SELECT time FROM requests"];
    folder.run(args).exits(2).says("none of the logs is of this time");
    let answer = folder.run(args.iter().chain(&["--margin", "3h"])).done();
    assert_eq!(answer.rows(), [printed(row)]);
}

#[test]
fn files_without_a_name_of_aws_are_always_opened() {
    let folder = Workspace::new();
    folder.write("shop.log", access("2026-11-20T12:00:00.000000Z", 200));
    for (predicate, rows) in
        [("day = '2026-11-20'", 1), ("day = '2026-11-21'", 0), ("account IS NULL", 1), ("account = '1'", 0)]
    {
        let answer = folder.csv("shop.log", &format!("{ROWS} WHERE {predicate}")).done();
        assert_eq!((answer.rows().len(), opened_and_pruned(&answer.stderr)), (rows, (1, 0)), "{predicate}");
    }
}

#[test]
fn the_plan_says_how_many_objects_were_pruned() {
    let folder = generated();
    for (sql, said) in [
        ("SELECT * FROM requests", "table=requests, objects=24, pruned=0"),
        ("SELECT * FROM requests WHERE day = '2026-11-21'", "table=requests, objects=12, pruned=12"),
        ("SELECT count(*) FROM connections WHERE region = 'x'", "table=connections, objects=0, pruned=24"),
        (
            "SELECT * FROM log_objects WHERE interval_end > '2026-11-21T00:10:00Z'",
            "table=log_objects, objects=24, pruned=48",
        ),
    ] {
        let answer = folder.csv("logs", &format!("EXPLAIN {sql}")).done();
        assert!(answer.rows().iter().any(|row| row.contains(said)), "{sql}:\n{}", answer.stdout);
    }
}

#[test]
fn a_table_read_twice_may_be_pruned_in_two_ways() {
    let folder = generated();
    let sql =
        "SELECT (SELECT count(*) FROM requests WHERE day = '2026-11-22') AS a, (SELECT count(*) FROM requests) AS b";
    let answer = folder.csv("logs", sql).done();
    assert_eq!((answer.value().as_str(), opened_and_pruned(&answer.stderr)), ("0,3600", (24, 0)));
}
