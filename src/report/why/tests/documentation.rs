//! docs/why.md says what the tables say. `ALBSTATS_UPDATE=1` rewrites the parts that are theirs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::report::why::judge::PATTERNS;
use crate::report::why::rules::{Rule, tables};

fn rules(title: &str, rules: &[Rule]) -> String {
    let mut text = format!("## {title}\n");
    for Rule { id, condition, cause, meaning, remedy, sources, family: _ } in rules {
        let links: Vec<String> = sources.iter().map(|url| format!("[{}]({url})", name(url))).collect();
        let _ = write!(
            text,
            "\n### {id}\n\n**{cause}**\n\n- If: {condition}.\n- What happened: {meaning}\n- Try: {remedy}\n- AWS: {}\n",
            links.join(", "),
        );
    }
    text
}

/// `load-balancer-troubleshooting#http-502-issues`
fn name(url: &str) -> String {
    url.rsplit('/').next().unwrap_or(url).replace(".html", "")
}

fn expected() -> Vec<(&'static str, String)> {
    let [target, client, reasons] = tables();
    let mut bursts = String::new();
    for pattern in PATTERNS {
        let _ = write!(
            bursts,
            "\n### {}\n\n**{}**\n\n- If: {}\n- Not known: {}\n",
            pattern.id, pattern.conclusion, pattern.condition, pattern.limits,
        );
    }
    let all = [
        rules("Rules: between load balancer and target", target),
        rules("Rules: clients, and answers of the load balancer's own", client),
        rules("Rules: what the load balancer gives a reason for", reasons),
    ];
    vec![("rules", all.join("\n")), ("bursts", bursts.trim_start().to_owned())]
}

#[test]
fn the_documentation_says_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/why.md");
    let before = fs::read_to_string(&path).unwrap();
    let mut after = before.clone();
    for (name, text) in expected() {
        let (begin, end) = (format!("<!-- {name}: generated -->\n"), format!("<!-- end of {name} -->"));
        let from = after.find(&begin).unwrap() + begin.len();
        let to = after.find(&end).unwrap();
        after.replace_range(from..to, &format!("\n{text}\n"));
    }
    if std::env::var_os("ALBSTATS_UPDATE").is_some() {
        fs::write(&path, &after).unwrap();
    } else {
        assert!(before == after, "docs/why.md is not up to date: ALBSTATS_UPDATE=1 cargo test --lib documentation");
    }
}

#[test]
fn what_the_documentation_names_exists() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/why.md")).unwrap();
    for line in text.lines().filter(|line| line.starts_with("### ")) {
        let id = &line[4..];
        let is_rule = crate::report::why::rules::find(id).is_some();
        assert!(is_rule || PATTERNS.iter().any(|pattern| pattern.id == id), "{id}");
    }
}
