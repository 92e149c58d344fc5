//! `--service`: the target groups of a service of Kubernetes, as far as an inventory and their names tell.

use anyhow::{Result, bail};

use super::{Values, either};
use crate::base::message::Message;
use crate::base::pattern::{beginning, is_pattern, like, matches};
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::fleet::inventory::target_groups::{Entry, GeneratedName, TargetGroups, target_group_name};

/// Target groups that the inventory gives to the service, and those that could be of it by their names and that the
/// inventory does not give to another.
pub(super) fn condition(typed: &str, table: Table, groups: &TargetGroups, values: &mut Values) -> Result<String> {
    // As a report shows it, with the marks of a guess.
    let text = typed.trim().trim_end_matches(['~', ' ']).replace('…', "");
    let parts = text.split_once('/').filter(|(namespace, service)| is_name(namespace) && is_name(service));
    let Some((namespace, service)) = parts else {
        bail!(
            Message::new(format_args!("--service {typed}: not a service", typed = Shown(typed)))
                .hint("expected NAMESPACE/NAME, such as checkout/checkout-api")
        );
    };
    let cut = (part(namespace), part(service));
    let is_listed = |entry: &&Entry| {
        let listed = entry.whole_service();
        listed.is_some_and(|listed| matches(namespace, listed.0) && matches(service, listed.1))
    };
    let is_of_another = |entry: &&Entry| entry.whole_service().is_some() && !is_listed(entry);
    let could_be = |entry: &&Entry| {
        let name = target_group_name(&entry.arn).and_then(GeneratedName::parse);
        name.is_some_and(|name| matches(&cut.0, name.namespace) && matches(&cut.1, name.service))
    };
    let in_log = |entry: &Entry| match table {
        // Health check logs have nothing but the name.
        Table::HealthChecks => target_group_name(&entry.arn).unwrap_or_default().to_owned(),
        _ => entry.arn.clone(),
    };
    let (column, name) = match table {
        Table::HealthChecks => ("target_group_id", "target_group_id"),
        _ => ("target_group_arn", "split_part(target_group_arn, '/', 2)"),
    };
    let listed: Vec<String> = groups.entries().filter(is_listed).map(in_log).collect();
    let others = groups.entries().filter(could_be).filter(is_of_another).map(in_log);
    let others: Vec<String> = others.filter(|other| !listed.contains(other)).collect();

    let mut alternatives = Vec::new();
    if !listed.is_empty() {
        alternatives.push(format!("{column} IN ({})", list(listed, values)));
    }
    // Ten characters for the hash.
    let guess = format!("{name} LIKE {}", values.text(format!("k8s-{}-{}-__________", like(&cut.0), like(&cut.1))));
    alternatives.push(if others.is_empty() {
        guess
    } else {
        format!("{guess} AND {column} NOT IN ({})", list(others, values))
    });
    Ok(either(alternatives))
}

/// What the controller leaves of a namespace or service, or what that fits: of a pattern whose beginning fills the room,
/// nothing else can be seen.
fn part(pattern: &str) -> String {
    let begin = GeneratedName::part(beginning(pattern));
    if !is_pattern(pattern) || GeneratedName::part(&(begin.clone() + "x")) == begin {
        return begin;
    }
    pattern.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '*').collect()
}

/// Whether something of it can be in the name of a target group.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*'))
        && !part(text).is_empty()
}

fn list(texts: Vec<String>, values: &mut Values) -> String {
    texts.into_iter().map(|text| values.text(text)).collect::<Vec<_>>().join(", ")
}
