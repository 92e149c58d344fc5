//! What AWS demands of a bucket before a load balancer may log to it.

use alblog::key::{LONGEST_PREFIX, PrefixFault};

use super::admission::{Admission, admission};
use super::delivery::{Delivery, SERVICE, WriterKind, legacy_account};
use super::document::{Document, Named, Statement};
use super::evaluate::Decision;
use super::finding::Finding;
use super::settings::settings;
use crate::base::s3_address::address;
use crate::fleet::aws::bucket::{Encryption, Facts, Owner};

/// What the check of Object Lock is called.
const RETENTION: &str = "retention";

/// Checks whether a bucket takes a delivery, and what else is good to know of it; what decides comes first.
pub fn check(facts: &Facts, delivery: &Delivery) -> Vec<Finding> {
    let mut findings = vec![prefix(delivery), exists(facts, delivery)];
    if facts.region == Ok(None) {
        return findings;
    }
    findings.extend([owner(facts), region(facts, delivery), encryption(facts, delivery), policy(facts, delivery)]);
    findings.extend(retention(facts));
    findings.extend(settings(facts, delivery));
    findings
}

impl Delivery {
    /// What is wrong with the prefix, if load balancers do not take it, and what to do about it.
    pub fn wrong_prefix(&self) -> Option<(String, String)> {
        let prefix = &self.prefix;
        let (wrong, fix) = match PrefixFault::of(prefix)? {
            PrefixFault::AwsLogs(at) => {
                let before = prefix[..at].trim_end_matches('/');
                ("has AWSLogs in it, which load balancers add", format!("prefix {before:?}"))
            }
            PrefixFault::SlashAtEnd => ("has a slash at an end", format!("prefix {:?}", prefix.trim_matches('/'))),
            PrefixFault::Character => {
                ("has other characters than load balancers allow", "only letters, digits, . - _ /".to_owned())
            }
            PrefixFault::TooLong => (
                "is too long for the keys of logs, which have at most 1024 bytes",
                format!("at most {LONGEST_PREFIX} letters"),
            ),
        };
        Some((format!("{prefix:?} {wrong}"), fix))
    }

    /// A command of ours about this delivery, with the region of who writes there: without it, it would be about the bucket's own.
    pub fn command(&self, command: &str) -> String {
        let region = if self.region.is_empty() { String::new() } else { format!(" --region {}", self.region) };
        let place = address(&self.bucket, &self.prefix);
        format!("albstats bucket {command} {place} --account {}{region}", self.account)
    }
}

fn prefix(delivery: &Delivery) -> Finding {
    match delivery.wrong_prefix() {
        Some((wrong, fix)) => Finding::problem("prefix", wrong, fix),
        None => Finding::good("prefix", format!("logs go to {}", delivery.folder())),
    }
}

fn exists(facts: &Facts, delivery: &Delivery) -> Finding {
    let bucket = &delivery.bucket;
    match &facts.region {
        Ok(Some(_)) => Finding::good("bucket", format!("{bucket} exists")),
        Ok(None) => Finding::problem("bucket", format!("no bucket {bucket}"), delivery.command("terraform")),
        Err(refusal) => Finding::unseen("bucket", refusal),
    }
}

fn owner(facts: &Facts) -> Finding {
    match &facts.owner {
        Ok(Owner::NotAsked) => Finding { fix: None, ..Finding::notice("owner", "not checked (--owner ACCOUNT)", "") },
        Ok(Owner::Expected(account)) => Finding::good("owner", format!("account {account}")),
        Ok(Owner::NotExpected(account)) => Finding::problem(
            "owner",
            format!("the bucket does not belong to account {account}: somebody else would get the logs"),
            "another bucket, or --owner with the account that is meant",
        ),
        Err(refusal) => Finding::unseen("owner", refusal),
    }
}

fn region(facts: &Facts, delivery: &Delivery) -> Finding {
    match &facts.region {
        Ok(Some(region)) if *region == delivery.region => Finding::good("region", region.as_str()),
        Ok(Some(region)) => Finding::problem(
            "region",
            format!("the bucket is in {region}, the load balancers are in {}", or_unknown(&delivery.region)),
            format!("a bucket in {}", or_unknown(&delivery.region)),
        ),
        Ok(None) => Finding::unknown("region", "there is no bucket", ""),
        Err(refusal) => Finding::unseen("region", refusal),
    }
}

fn or_unknown(region: &str) -> &str {
    if region.is_empty() { "an unknown region (--region)" } else { region }
}

fn encryption(facts: &Facts, delivery: &Delivery) -> Finding {
    match &facts.encryption {
        Ok(Encryption::S3) => Finding::good("encryption", "SSE-S3"),
        Ok(Encryption::Other(algorithm)) => Finding::problem(
            "encryption",
            format!(
                "default encryption is {algorithm}; Application Load Balancers can only write with SSE-S3 (AES256)"
            ),
            delivery.command("terraform"),
        ),
        Err(refusal) => Finding::unseen("encryption", refusal),
    }
}

/// Said only where there is one: S3 takes no upload without a checksum then, and AWS says nowhere whether load balancers send one.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
fn retention(facts: &Facts) -> Option<Finding> {
    match &facts.retention {
        Ok(None) => None,
        Ok(Some(retention)) => Some(Finding::unknown(
            RETENTION,
            format!(
                "Object Lock retains by default ({retention}), and takes uploads with a checksum only; AWS does not say \
                 whether load balancers send one"
            ),
            "another bucket, or switch one load balancer's logs on and see whether they come",
        )),
        Err(refusal) => Some(Finding::unseen(RETENTION, refusal)),
    }
}

fn policy(facts: &Facts, delivery: &Delivery) -> Finding {
    let text = match &facts.policy {
        Ok(text) => text.as_deref(),
        Err(refusal) => return Finding::unseen("policy", refusal),
    };
    match text.map(Document::parse).transpose() {
        Ok(document) => judged(document.as_ref(), delivery),
        Err(malformed) => Finding::unknown("policy", malformed, "look at it: aws s3api get-bucket-policy"),
    }
}

fn judged(document: Option<&Document>, delivery: &Delivery) -> Finding {
    let Admission { decision, key, writer } = admission(document, delivery);
    let who = match writer {
        WriterKind::Service => SERVICE.to_owned(),
        WriterKind::Legacy => format!("account {}", legacy_account(&delivery.region).unwrap_or_default()),
    };
    let print = || delivery.command("policy");
    match decision {
        Decision::Allowed(named) => allowed(document, delivery, writer, &named),
        Decision::Denied(named) => Finding::problem(
            "policy",
            format!("{named} denies {who} to write {key}"),
            match writer {
                WriterKind::Service => {
                    let exempted = r#""Bool": {"aws:PrincipalIsAWSService": "false"}"#;
                    // A second Condition would take the place of the first.
                    let has_condition =
                        statement(document, &named).is_some_and(|statement| !statement.conditions.is_empty());
                    if has_condition {
                        format!("add into the Condition of {named}, beside what is there: {exempted}")
                    } else {
                        format!(r#"add to {named}: "Condition": {{{exempted}}}"#)
                    }
                }
                WriterKind::Legacy => format!("leave out {who} in {named}"),
            },
        ),
        Decision::NotAllowed(None) if document.is_none() => {
            Finding::problem("policy", format!("no policy: {who} may not write"), print())
        }
        Decision::NotAllowed(near) => {
            let near = near.map(|(named, part)| format!("; {named} would, but for its {part}")).unwrap_or_default();
            let account = &delivery.account;
            let text = format!("lacks account {account}: nothing allows {who} to write {key}{near}");
            Finding::problem("policy", text, print())
        }
        Decision::Undecided(named, part) if part == "principal" && !delivery.service_is_known() => Finding::unknown(
            "policy",
            format!("{named} allows {SERVICE}, which AWS does not document for this partition"),
            print(),
        ),
        Decision::Undecided(named, part) => Finding::unknown(
            "policy",
            format!("it hangs on the {part} of {named}"),
            format!("look at {named}; or {}", print()),
        ),
    }
}

fn statement<'d>(document: Option<&'d Document>, named: &Named) -> Option<&'d Statement> {
    document?.statements.iter().find(|statement| statement.name == *named)
}

/// It is allowed; perhaps not for long, or not at once.
fn allowed(document: Option<&Document>, delivery: &Delivery, writer: WriterKind, named: &Named) -> Finding {
    let source = |key: &str| key.starts_with("aws:source");
    if statement(document, named)
        .is_some_and(|statement| statement.conditions.iter().any(|condition| source(&condition.key)))
    {
        return Finding::notice(
            "policy",
            format!(
                "allowed by {named}, if AWS's own test fulfils its condition, which it was seen not to do everywhere"
            ),
            format!("if enabling is refused: {} --with-legacy", delivery.command("policy")),
        );
    }
    match writer {
        WriterKind::Legacy if delivery.service_is_known() => Finding::notice(
            "policy",
            format!("allowed by {named}, the older way; AWS recommends {SERVICE}"),
            delivery.command("policy"),
        ),
        _ => Finding::good("policy", format!("allowed by {named}")),
    }
}
