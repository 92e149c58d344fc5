//! What `albstats ingest` has taken in, read beside its logs and an export.

use super::mixtures::{QUESTIONS, ask};
use super::{export, logs};
use crate::logs::{access, gzip, object_name};

#[test]
fn what_was_taken_in_is_read_once() {
    let folder = logs();
    let ingest = ["ingest", "--from", "logs", "--to", "live", "--once", "--keep", "3650d"];
    let all = folder.run(ingest);
    assert_eq!(all.code, 0, "{}", all.stderr);
    // An hour is in the export, too, and an object came since.
    export(&folder, "lake", &["--since", "2024-05-14T23", "--until", "2024-05-15T00"]).done();
    let late = object_name("20240514T2235Z");
    folder.write(&format!("logs/{late}"), gzip(access("2024-05-14T22:33:00.000000Z", 200)));
    let named = folder.path("logs").canonicalize().unwrap();
    let named = named.to_str().unwrap();
    for sql in QUESTIONS {
        let wanted = ask(&folder, &[named], &[], sql).done().stdout;
        for from in [&[named, "live"][..], &[named, "live", "lake"]] {
            assert_eq!(ask(&folder, from, &["--fresh", "36500d"], sql).done().stdout, wanted, "{from:?} {sql}");
        }
    }
    let rows = "SELECT read_from, count(*) FROM log_objects WHERE kind = 'access' GROUP BY 1 ORDER BY 1";
    let answer = ask(&folder, &[named, "live", "lake"], &["--fresh", "36500d"], rows).done();
    assert_eq!(answer.rows(), ["kept,24", "live,73", "raw,1"]);
}
