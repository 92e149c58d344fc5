//! Conditions of statements: of logs, rows that do not meet them are passed over before their columns are built; of an export, the
//! engine alone decides. Both give the same rows.

use super::support::Workspace;

/// Conditions of a column with something that it is compared with.
const SIMPLE: [&str; 26] = [
    "elb_status_code >= 500",
    "elb_status_code = 200",
    "elb_status_code <> 200",
    "502 <= elb_status_code",
    "elb_status_code BETWEEN 400 AND 499",
    "elb_status_code NOT BETWEEN 400 AND 599",
    "elb_status_code IN (200, 301, 404, 500, 502, 503, 504)",
    "elb_status_code NOT IN (200, 304)",
    "target_status_code IS NULL",
    "target_status_code IS NOT NULL",
    "target_status_code < 300",
    "sent_bytes > 3000000000",
    "sent_bytes <= 900",
    "target_processing_time > 0.2",
    "target_processing_time <= 0.001",
    "request_processing_time = 0.001",
    "time >= '2026-11-20T10:02:00'",
    "time < TIMESTAMP '2026-11-20 10:03:30'",
    "request_creation_time > time",
    "request_verb = 'POST'",
    "request_verb IN ('GET', 'HEAD')",
    "user_agent LIKE '%Mozilla%'",
    "type = 'h2'",
    "'TLS_AES_128_GCM_SHA256' = ssl_cipher",
    "day = '2026-11-20'",
    "length(request_url) > 60",
];

/// Some of these, put together.
fn conditions() -> Vec<String> {
    let mut state: u64 = 5;
    let mut one = |sides: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % sides
    };
    let mut conditions: Vec<String> = SIMPLE.map(str::to_owned).to_vec();
    for _ in 0..54 {
        let (left, right) = (conditions[one(conditions.len())].clone(), conditions[one(conditions.len())].clone());
        conditions.push(match one(5) {
            0 => format!("({left}) OR ({right})"),
            1 => format!("NOT ({left})"),
            2 => format!("({left}) IS TRUE AND ({right})"),
            3 => format!("({left}) AND NOT ({right})"),
            _ => format!("({left}) AND ({right})"),
        });
    }
    conditions
}

#[test]
fn rows_that_are_passed_over_are_none_that_meet_them() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "8", "--duration", "5m", "--noise", "1"]).done();
    let window = ["--since", "2026-11-20", "--until", "2026-11-21"];
    folder.run(["export", "--from", "logs", "--to", "lake", "--settle", "0s"].into_iter().chain(window)).done();
    let mut rows = 0;
    for some in conditions().chunks(16) {
        let counted = |condition: &String| {
            let what = "count(*), count(user_agent), min(trace_id), max(request_url), sum(sent_bytes)";
            format!("SELECT '{}' AS condition, {what} FROM requests WHERE {condition}", condition.replace('\'', "''"))
        };
        let sql = some.iter().map(counted).collect::<Vec<_>>().join(" UNION ALL ") + " ORDER BY 1";
        let [raw, kept] = ["logs", "lake"].map(|from| folder.csv(from, &sql).done());
        assert_eq!(raw.stdout, kept.stdout);
        rows += raw.rows().iter().filter(|row| !row.contains(",0,0,,,")).count();
        // All rows were read, and are said to be.
        let all = folder.value("logs", "SELECT count(*) FROM requests");
        let all: usize = all.parse().unwrap();
        let said =
            format!("{}{:03} rows", if all < 1000 { String::new() } else { format!("{},", all / 1000) }, all % 1000);
        assert!(raw.stderr.contains(&said), "{said}: {}", raw.stderr);
    }
    assert!(rows > 60, "{rows} of the conditions are met by some");
}
