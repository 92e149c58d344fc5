//! What reports look like on a screen of any width, over one small log: `tests/screens/NAME.txt`.

use crate::golden::{compare, none_fails};
use crate::support::{Workspace, repository};

#[test]
fn reports_look_like_this() {
    let folder = Workspace::new();
    folder.run(["generate", "logs", "--rps", "10", "--duration", "10m", "--seed", "41"]).done();
    let mut failures = Vec::new();
    for (name, args) in [
        ("bytes", &["bytes"][..]),
        ("clients", &["clients", "--top", "8"]),
        ("compare", &["compare", "--at", "2026-11-20T10:05:00Z", "--window", "5m", "--set", "least=200"]),
        ("hosts", &["hosts", "--top", "8"]),
        ("lcu", &["lcu"]),
        ("paths", &["paths", "--top", "12"]),
        ("paths-by-host", &["paths", "--by", "host", "--set", "order=p99", "--set", "least=50", "--top", "5"]),
        ("rules", &["rules"]),
        ("user-agents", &["user-agents"]),
    ] {
        let args = ["report"].iter().chain(args).chain(&["--from", "logs"]);
        let screen = folder.run(args).done().stdout;
        failures.extend(compare(&repository("tests/screens").join(format!("{name}.txt")), &screen));
    }
    none_fails(&failures);
}
