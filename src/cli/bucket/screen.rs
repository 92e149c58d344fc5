//! What was found about buckets, as people see it. Pure.

use std::collections::BTreeSet;

use crate::base::s3_address::address;
use crate::fleet::bucket::{Delivery, Finding, Level, Verdict};
use crate::output::document::{self, Block, Column, Document, Head, Row, Table, Tone, Unit, Value};

/// What was found about one delivery.
pub(super) struct Checked {
    pub(super) delivery: Delivery,
    pub(super) findings: Vec<Finding>,
    pub(super) verdict: Verdict,
}

/// A table and a verdict for each delivery.
pub(super) fn document(checked: &[Checked]) -> Document {
    let places: BTreeSet<String> = checked.iter().map(|one| place(&one.delivery)).collect();
    let blocks = |one: &Checked| {
        let from = from(&one.delivery);
        let title = match (checked.len(), places.len()) {
            (1, _) => None,
            (_, 1) => Some(from),
            _ => Some(format!("{}, {from}", place(&one.delivery))),
        };
        [Block::Table(table(title, &one.findings)), Block::Findings(vec![verdict(&one.verdict)])]
    };
    let head = match checked {
        [one] => Head { lines: vec![vec![from(&one.delivery)]], warnings: Vec::new() },
        _ => Head::default(),
    };
    Document {
        title: places.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        head,
        blocks: checked.iter().flat_map(blocks).collect(),
        ..Document::default()
    }
}

/// A table of what was found about something.
pub(super) fn about(title: String, findings: &[Finding]) -> Document {
    Document { title, blocks: vec![Block::Table(table(None, findings))], ..Document::default() }
}

fn place(delivery: &Delivery) -> String {
    address(&delivery.bucket, &delivery.prefix)
}

fn from(delivery: &Delivery) -> String {
    let region = if delivery.region.is_empty() { "an unknown region" } else { &delivery.region };
    format!("for load balancers of {} in {region}", delivery.account)
}

fn table(title: Option<String>, findings: &[Finding]) -> Table {
    let column = |(name, heading)| Column::new(name, heading, Unit::Text);
    let mut columns = [("level", ""), ("check", "CHECK"), ("text", "FOUND")].map(column).to_vec();
    (columns[0].sign, columns[2].spills) = (true, true);
    Table { title, columns, rows: findings.iter().map(row).collect(), ..Table::default() }
}

fn row(finding: &Finding) -> Row {
    let mark = match finding.level {
        Level::Good => "✓",
        Level::Notice => "!",
        Level::Unknown => "?",
        Level::Problem => "✗",
    };
    let mark = Value::Name { id: finding.level.name().to_owned(), shown: mark.to_owned() };
    Row {
        tone: if finding.level == Level::Problem { Tone::Strong } else { Tone::Plain },
        under: finding.fix.iter().map(|fix| format!("fix: {fix}")).collect(),
        ..Row::new(vec![mark, Value::Text(finding.check.to_owned()), Value::Text(finding.text.clone())])
    }
}

fn verdict(verdict: &Verdict) -> document::Finding {
    let (label, text, tone) = match verdict {
        Verdict::Ready => ("ready", "load balancers can log there", Tone::Plain),
        Verdict::Unknown => ("not known", "what decides could not be seen", Tone::Strong),
        Verdict::Blocked { .. } => ("blocked", "load balancers cannot log there", Tone::Bad),
    };
    document::Finding { label: label.to_owned(), text: text.to_owned(), tone }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::screen::{Look, screen};
    use crate::output::width;

    fn checked(account: &str) -> Checked {
        let delivery = Delivery {
            bucket: "acme-alb-logs".to_owned(),
            prefix: "eks".to_owned(),
            account: account.to_owned(),
            region: "eu-west-1".to_owned(),
        };
        let text = "lacks account 111111111111: nothing allows logdelivery.elasticloadbalancing.amazonaws.com to write \
                    eks/AWSLogs/111111111111/ELBAccessLogTestFile";
        let fix = "albstats bucket policy s3://acme-alb-logs/eks --account 111111111111 --region eu-west-1".to_owned();
        let finding = Finding { check: "policy", level: Level::Problem, text: text.to_owned(), fix: Some(fix.clone()) };
        let good = Finding { check: "region", level: Level::Good, text: "eu-west-1".to_owned(), fix: None };
        Checked { delivery, findings: vec![good, finding], verdict: Verdict::Blocked { reason: text.to_owned(), fix } }
    }

    #[test]
    fn eighty_columns_are_enough() {
        let accounts = ["111111111111", "222222222222"].map(checked);
        let text = screen(&document(&accounts), &Look { width: Some(80), ..Look::default() });
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        let one = screen(&document(&accounts[..1]), &Look { width: Some(80), ..Look::default() });
        insta::assert_snapshot!(one, @r"
        s3://acme-alb-logs/eks
        for load balancers of 111111111111 in eu-west-1

          CHECK   FOUND
        ✓ region  eu-west-1
        ✗ policy
            lacks account 111111111111: nothing allows
            logdelivery.elasticloadbalancing.amazonaws.com to write
            eks/AWSLogs/111111111111/ELBAccessLogTestFile
            fix: albstats bucket policy s3://acme-alb-logs/eks --account 111111111111 \
            --region eu-west-1

        blocked  load balancers cannot log there
        ");
        // Of several accounts, each is named above its own table.
        assert!(
            text.starts_with("s3://acme-alb-logs/eks\n\nfor load balancers of 111111111111 in eu-west-1\n"),
            "{text}"
        );
    }
}
