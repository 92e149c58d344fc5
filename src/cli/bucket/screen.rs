//! Findings as people see them, 80 columns wide. Pure.

use std::fmt::Write;

use super::check::Checked;
use crate::base::s3_address::address;
use crate::fleet::bucket::{Finding, Level, Verdict};
use crate::output::{harmless, width};

const WIDTH: usize = 80;
/// Where what was found begins: behind the mark and the check's name.
const INDENT: usize = 19;

/// A block for each delivery.
pub(super) fn screen(checked: &[Checked]) -> String {
    checked.iter().map(block).collect::<Vec<_>>().join("\n")
}

fn block(checked: &Checked) -> String {
    let delivery = &checked.delivery;
    let region = if delivery.region.is_empty() { "an unknown region" } else { &delivery.region };
    let place = address(&delivery.bucket, &delivery.prefix);
    let mut text = format!("{}\nfor load balancers of {} in {region}\n\n", harmless(&place), delivery.account);
    for finding in &checked.findings {
        text += &lines(finding);
    }
    text + match checked.verdict {
        Verdict::Ready => "\nready: load balancers can log there\n",
        Verdict::Unknown => "\nnot known: what decides could not be seen\n",
        Verdict::Blocked { .. } => "\nblocked: load balancers cannot log there\n",
    }
}

fn lines(finding: &Finding) -> String {
    let mark = match finding.level {
        Level::Good => "✓",
        Level::Notice => "!",
        Level::Unknown => "?",
        Level::Problem => "✗",
    };
    let head = format!("  {mark} {:<15}", finding.check);
    let mut text = head + &wrapped(&finding.text, "") + "\n";
    if let Some(fix) = &finding.fix {
        // A command goes on behind a backslash, to be pasted as it stands.
        let end = if fix.starts_with("albstats ") { " \\" } else { "" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:INDENT$}{}", "", wrapped(&format!("fix: {fix}"), end));
    }
    text
}

/// Words in lines, the later ones indented; `end` stands at the end of those that go on. A word too long stays whole.
fn wrapped(text: &str, end: &str) -> String {
    let text = harmless(text);
    let (mut lines, mut column) = (String::new(), INDENT);
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 && column + 1 + width(word) + width(end) > WIDTH {
            let _ = write!(lines, "{end}\n{:INDENT$}", "");
            column = INDENT;
        } else if number > 0 {
            lines.push(' ');
            column += 1;
        }
        lines += word;
        column += width(word);
    }
    lines
}
