//! Files that hold what the program should print: compared, or rewritten when `ALBSTATS_UPDATE=1`.

use std::fs;
use std::path::Path;

/// Whether golden files are to be rewritten.
pub(crate) fn is_update() -> bool {
    std::env::var_os("ALBSTATS_UPDATE").is_some_and(|value| value == "1")
}

/// What is wrong with the file, if anything is: it should hold this text.
pub(crate) fn compare(path: &Path, text: &str) -> Option<String> {
    if is_update() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        return None;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    (expected != text).then(|| format!("{}: {}", path.display(), first_difference(&expected, text)))
}

/// The first line that differs.
pub(crate) fn first_difference(expected: &str, found: &str) -> String {
    let end = "(nothing more)";
    let (mut expected, mut found) = (expected.split('\n'), found.split('\n'));
    let mut number = 1;
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return "no difference".to_owned(),
            (expected, found) if expected == found => number += 1,
            (expected, found) => {
                let (expected, found) = (expected.unwrap_or(end), found.unwrap_or(end));
                return format!("line {number}\n  expected: {expected}\n  found:    {found}");
            }
        }
    }
}

/// Fails with all failures at once, and says how to rewrite the files.
#[track_caller]
pub(crate) fn none_fails(failures: &[String]) {
    let count = failures.len();
    assert!(failures.is_empty(), "{count} differ (ALBSTATS_UPDATE=1 rewrites):\n{}", failures.join("\n"));
}
