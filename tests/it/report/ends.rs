//! Where a window begins and ends, and where the logs do: none is taken for the other.

use std::ops::Range;

use crate::logs::{access, gzip, object_name};
use crate::support::Workspace;

/// An hour of requests a second apart from 10:00 on 2026-11-20, in objects of five minutes. In these seconds every third
/// fails, and those of `cart` begin with this second; before it they are of another target group.
fn hour(failing: &Range<usize>, born: usize) -> Workspace {
    let folder = Workspace::new();
    let line = |second: usize| {
        let status = if failing.contains(&second) && second.is_multiple_of(3) { 502 } else { 200 };
        let line = access(&format!("2026-11-20T10:{:02}:{:02}.000000Z", second / 60, second % 60), status);
        if second < born { line.replace("targetgroup/cart/", "targetgroup/other/") } else { line }
    };
    for number in 0..12 {
        let end = 5 * (number + 1);
        let end = format!("20261120T{:02}{:02}Z", 10 + end / 60, end % 60);
        let lines: String = (number * 300..(number + 1) * 300).map(line).collect();
        folder.write(&format!("logs/{}", object_name(&end)), gzip(lines));
    }
    folder
}

fn said(folder: &Workspace, report: &str, flags: &[&str]) -> String {
    let screen = folder.run(["report", report, "--from", "logs", "-q"].iter().chain(flags)).stdout;
    // Wherever lines are broken.
    screen.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_goes_on_at_the_end_of_a_window_does_so_where_the_logs_end_only_if_they_do() {
    let folder = hour(&(1500..3600), 0);
    for report in ["errors", "why", "health"] {
        for until in ["2026-11-20T10:30", "2026-11-20T10:40", "2026-11-20T10:55"] {
            let text = said(&folder, report, &["--until", until]);
            assert!(text.contains("the window ends") && !text.contains("the logs end"), "{report} {until}: {text}");
        }
        for flags in [&[][..], &["--until", "2026-11-20T11:00"], &["--until", "2026-11-20T12:00"]] {
            let text = said(&folder, report, flags);
            assert!(text.contains("the logs end") && !text.contains("the window ends"), "{report} {flags:?}: {text}");
        }
    }
    // What is over is over wherever the window ends.
    let folder = hour(&(600..1200), 0);
    for report in ["errors", "why", "health"] {
        let text = said(&folder, report, &["--until", "2026-11-20T10:40"]);
        assert!(!text.contains("ends") && !text.contains("the logs end"), "{report}: {text}");
    }
}

#[test]
fn what_was_there_already_is_only_what_the_window_begins_with() {
    let already = "there already where";
    let folder = hour(&(0..900), 0);
    let text = said(&folder, "why", &["--since", "2026-11-20T10:02"]);
    assert!(text.contains("there already where the window begins"), "{text}");
    // A window that begins before the logs do says nothing of the time before them.
    let text = said(&folder, "why", &["--since", "2026-11-20T08:00"]);
    assert!(text.contains("there already where the logs begin"), "{text}");
    // A target group that is new and fails from its first request on was not there.
    let folder = hour(&(1200..1800), 1200);
    for flags in [&[][..], &["--target-group", "cart"], &["--since", "2026-11-20T10:10"]] {
        let text = said(&folder, "why", flags);
        assert!(text.contains("first 10:20:00") && !text.contains(already), "{flags:?}: {text}");
    }
    // A few seconds after the window began it was not there when it did.
    let folder = hour(&(660..1200), 0);
    let text = said(&folder, "why", &["--since", "2026-11-20T10:10:30"]);
    assert!(!text.contains(already), "{text}");
}
