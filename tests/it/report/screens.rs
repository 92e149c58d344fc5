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
        ("errors", &["errors"]),
        ("errors-by-host", &["errors", "--by", "host", "--top", "4"]),
        ("hosts", &["hosts", "--top", "8"]),
        ("incident", &["incident", "--mark", "10:05=deploy checkout 1.42"]),
        ("lambda", &["lambda"]),
        ("latency", &["latency"]),
        ("lcu", &["lcu"]),
        ("overview", &["overview"]),
        ("paths", &["paths", "--top", "12"]),
        ("paths-by-host", &["paths", "--by", "host", "--set", "order=p99", "--set", "least=50", "--top", "5"]),
        ("redirects", &["redirects", "--top", "5"]),
        ("rules", &["rules"]),
        ("slow", &["slow", "--top", "12"]),
        ("status-codes", &["status-codes", "--top", "12"]),
        ("status-codes-by-elb", &["status-codes", "--by", "elb", "--top", "5"]),
        ("targets", &["targets", "--top", "8"]),
        ("user-agents", &["user-agents"]),
    ] {
        let args = ["report"].iter().chain(args).chain(&["--from", "logs"]);
        let screen = folder.run(args).done().stdout;
        failures.extend(compare(&repository("tests/screens").join(format!("{name}.txt")), &screen));
    }
    none_fails(&failures);
}
