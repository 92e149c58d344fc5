//! Generated folders: what is in them, and that they are the same every time.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::atomic::AtomicU64;

use alblog::time::MINUTE;
use alblog::{LogKey, ObjectName, SkipReason};
use flate2::read::MultiGzDecoder;
use walkdir::WalkDir;

use super::*;
use crate::IncidentKind;

fn spec(out: &Path) -> GenerateSpec {
    let logs = SynthSpec { requests_per_second: 3.0, duration: 10 * MINUTE, ..SynthSpec::default() };
    GenerateSpec { out: out.to_owned(), logs, force: false }
}

/// Every file below a folder, by its path.
fn files(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = WalkDir::new(out).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| (entry.path().strip_prefix(out).unwrap().to_owned(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn a_folder_holds_what_was_promised_and_the_same_every_time() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let calls = AtomicU64::new(0);
    let generated = generate(&spec(one.path()), |object, all| {
        assert_eq!((object.objects, all), (1, 36));
        calls.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!((generated.objects, generated.requests), (36, 1800));
    assert_eq!(calls.into_inner(), 36);
    assert_eq!(generate(&spec(two.path()), |_, _| ()).unwrap(), generated);
    let files = files(one.path());
    assert!(files == self::files(two.path()), "the same specification gave other bytes");

    let mut sum = Generated::default();
    for (path, bytes) in files {
        let path = path.to_str().unwrap();
        let Some(key) = LogKey::parse(path) else {
            assert_eq!(ObjectName::parse(path), ObjectName::Skipped(SkipReason::TestObject), "{path}");
            assert!(bytes.starts_with(b"Enable "), "{path}");
            continue;
        };
        assert_eq!(path, format!("{}/{key}", key.folder()));
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        sum.objects += 1;
        sum.raw_bytes += text.len() as u64;
        sum.gzip_bytes += bytes.len() as u64;
    }
    assert_eq!(sum, Generated { requests: 0, connections: 0, health_checks: 0, ..generated });
}

#[test]
fn a_folder_that_is_not_empty_is_refused_unless_forced() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("mine"), "precious").unwrap();
    let error = generate(&spec(out.path()), |_, _| ()).unwrap_err();
    assert!(error.is::<NotEmpty>(), "{error}");
    assert_eq!(files(out.path()).len(), 1);
    generate(&GenerateSpec { force: true, ..spec(out.path()) }, |_, _| ()).unwrap();
    assert_eq!(files(out.path()).len(), 1 + 3 + 36);
    let file = out.path().join("mine");
    assert!(generate(&spec(&file), |_, _| ()).unwrap_err().to_string().contains("cannot write to"));
}

fn arriving(out: &Path, since: i64) -> Arriving {
    let logs = SynthSpec { requests_per_second: 1.0, noise: 0.1, ..SynthSpec::default() };
    let kinds = ["scale-to-zero", "bad-pod"].map(|name| IncidentKind::of_name(name).unwrap());
    Arriving::since(since, out.to_owned(), logs, kinds.to_vec()).unwrap()
}

#[test]
fn logs_go_on_arriving_the_same_however_often_somebody_looks() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    // Before and after the boundary of two acts.
    let (since, until) = (90 * MINUTE * 300_000 - 30 * MINUTE, 90 * MINUTE * 300_000 + 30 * MINUTE);
    let (mut often, mut late) = (arriving(one.path(), since), arriving(two.path(), since));
    let mut total = Generated::default();
    for now in (since..=until).step_by(usize::try_from(20 * 1_000_000).unwrap()) {
        total.add(often.until(now).unwrap());
        let newest = files(one.path()).into_keys().map(|path| key(&path).interval_end).max();
        assert!(newest.is_none_or(|end| end < now), "nothing is there before its interval is over");
    }
    assert_eq!(late.until(until).unwrap(), total);
    assert_eq!(often.until(until).unwrap(), Generated::default());
    assert!(files(one.path()) == files(two.path()));
    let ends: std::collections::BTreeSet<i64> = files(one.path()).keys().map(|path| key(path).interval_end).collect();
    // 55 minutes of intervals that are over, and the delivery of the last.
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), (1..12).map(|n| since + n * 5 * MINUTE).collect::<Vec<_>>());
}

#[test]
fn what_could_not_be_written_is_written_the_next_time() {
    let out = tempfile::tempdir().unwrap();
    let since = 90 * MINUTE * 300_000;
    let mut logs = arriving(out.path(), since);
    fs::write(out.path().join("AWSLogs"), "in the way").unwrap();
    assert!(logs.until(since + 11 * MINUTE).is_err());
    fs::remove_file(out.path().join("AWSLogs")).unwrap();
    let written = logs.until(since + 11 * MINUTE).unwrap();
    assert_eq!(usize::try_from(written.objects), Ok(files(out.path()).len()));
    assert!((500..700).contains(&written.requests), "{written:?}");
}

fn key(path: &Path) -> LogKey {
    LogKey::parse(path.to_str().unwrap()).unwrap()
}
