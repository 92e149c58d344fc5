//! `[reconcile]` of the file: what must be true of it.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use alblog::key::PrefixFault;
use anyhow::Result;
use glob::Pattern;
use toml::Spanned;

use super::document::{MatchTable, ReconcileTable, SelectTable};
use super::file::File;
use super::policy::{LogPolicy, Matcher, PLACEHOLDERS, Selector};
use super::setting::Setting;
use super::source::{checked_name, is_profile, is_region, is_role};
use super::value::InFile;
use crate::base::aws::Budget;

/// Checks the table and takes it over.
pub(super) fn policy(table: Spanned<ReconcileTable>, file: &File) -> Result<Setting<LogPolicy>> {
    let span = table.span();
    let table = table.into_inner();
    let defaults = LogPolicy::default();
    let Some(bucket) = table.bucket else {
        return Err(file.error(&span, "no bucket to log to", Some("bucket = \"acme-alb-logs\"")));
    };
    let select = table.select.into_iter().map(|(name, table)| Ok((checked_name(name, file)?, selector(table, file)?)));
    let exclude = table.exclude.into_iter().map(|table| {
        let span = table.span();
        let MatchTable { names, clusters, tags } = table.into_inner();
        let matcher = matcher(names, clusters, tags, file)?;
        if matcher.is_empty() {
            return Err(file.error(&span, "excludes nothing", Some("names = [\"k8s-sandbox-*\"], clusters or tags")));
        }
        Ok(matcher)
    });
    let policy = LogPolicy {
        select: select.collect::<Result<_>>()?,
        exclude: exclude.collect::<Result<_>>()?,
        bucket: template(bucket, is_bucket, "expected a bucket's name, such as acme-alb-logs-{region}", file)?,
        bucket_owner: match table.bucket_owner {
            Some(owner) if !is_account(owner.get_ref()) => {
                return Err(file.error(&owner.span(), "expected an account number of 12 digits, in quotes", None));
            }
            owner => owner.map(Spanned::into_inner),
        },
        prefix: match table.prefix {
            Some(prefix) => template(prefix, is_prefix, PREFIX_RULES, file)?,
            None => String::new(),
        },
        kinds: kinds(table.kinds, file)?.unwrap_or(defaults.kinds),
        kubernetes: table.kubernetes.map_or(defaults.kubernetes, InFile::get),
        foreign: table.foreign.map_or(defaults.foreign, InFile::get),
        manual_disable: table.manual_disable.map_or(defaults.manual_disable, InFile::get),
        on_removal: table.on_removal.map_or(defaults.on_removal, InFile::get),
        budget: Budget {
            describe_per_second: rate(table.describe_per_second, 10., file)?
                .unwrap_or(defaults.budget.describe_per_second),
            modify_per_second: rate(table.modify_per_second, 3., file)?.unwrap_or(defaults.budget.modify_per_second),
        },
        interval: table.interval.map_or(defaults.interval, |interval| interval.get().span()),
    };
    Ok(file.setting(Spanned::new(span, policy)))
}

const PREFIX_RULES: &str =
    "expected letters, digits and . - _ / without a slash at the ends, and without AWSLogs, which AWS adds";

fn selector(table: SelectTable, file: &File) -> Result<Selector> {
    let text = |value: Option<Spanned<String>>, accepted: fn(&str) -> bool, expected: &str| match value {
        Some(value) if !accepted(value.get_ref()) => Err(file.error(&value.span(), expected, None)),
        value => Ok(value.map(Spanned::into_inner)),
    };
    let region = |region| text(Some(region), is_region, "expected a region such as eu-west-1");
    let regions: Result<Vec<Option<String>>> = table.regions.into_iter().map(region).collect();
    Ok(Selector {
        regions: regions?.into_iter().flatten().collect(),
        profile: text(table.profile, is_profile, "expected the name of an AWS profile")?,
        role_arn: text(table.role_arn, is_role, "expected a role such as arn:aws:iam::123456789012:role/logs")?,
        matcher: matcher(table.names, table.clusters, table.tags, file)?,
    })
}

fn matcher(
    names: Vec<Spanned<String>>,
    clusters: Vec<Spanned<String>>,
    tags: BTreeMap<String, Spanned<String>>,
    file: &File,
) -> Result<Matcher> {
    let pattern = |text: Spanned<String>| {
        let wrong = |_| file.error(&text.span(), "malformed pattern", Some("* and ? stand for any text, any letter"));
        Pattern::new(text.get_ref()).map_err(wrong)
    };
    Ok(Matcher {
        names: names.into_iter().map(pattern).collect::<Result<_>>()?,
        clusters: clusters.into_iter().map(pattern).collect::<Result<_>>()?,
        tags: tags.into_iter().map(|(key, value)| Ok((key, pattern(value)?))).collect::<Result<_>>()?,
    })
}

fn kinds(kinds: Option<Vec<Spanned<String>>>, file: &File) -> Result<Option<BTreeSet<LogKind>>> {
    let Some(kinds) = kinds else { return Ok(None) };
    let kind = |kind: Spanned<String>| {
        let known = "known: access, connection, health-check";
        kind.get_ref().parse().map_err(|_| file.error(&kind.span(), "not a kind of log", Some(known)))
    };
    kinds.into_iter().map(kind).collect::<Result<_>>().map(Some)
}

/// A rate above none, and not above what AWS gives to a whole account.
fn rate(rate: Option<Spanned<f64>>, most: f64, file: &File) -> Result<Option<f64>> {
    match rate {
        Some(rate) if !(*rate.get_ref() >= 0.01 && *rate.get_ref() <= most) => {
            let expected = format!("expected requests a second, from 0.01 to {most}");
            Err(file.error(&rate.span(), &expected, None))
        }
        rate => Ok(rate.map(Spanned::into_inner)),
    }
}

/// Text with placeholders; what stands between them must be acceptable, with any text in their place.
fn template(text: Spanned<String>, accepted: fn(&str) -> bool, expected: &str, file: &File) -> Result<String> {
    let filled =
        PLACEHOLDERS.iter().fold(text.get_ref().clone(), |filled, name| filled.replace(&format!("{{{name}}}"), "x"));
    if filled.contains(['{', '}']) {
        let known = format!("known: {{{}}}", PLACEHOLDERS.join("}, {"));
        return Err(file.error(&text.span(), "unknown placeholder", Some(&known)));
    }
    if accepted(&filled) { Ok(text.into_inner()) } else { Err(file.error(&text.span(), expected, None)) }
}

/// Letters and digits with `.` and `-` between them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn is_bucket(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let inside = |c: char| edge(c) || c == '.' || c == '-' || c == '_' || c.is_ascii_uppercase();
    text.len() <= 63 && text.starts_with(edge) && text.ends_with(edge) && text.chars().all(inside)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What load balancers take, and no folder without a name, which nobody means.
fn is_prefix(text: &str) -> bool {
    PrefixFault::of(text).is_none() && !text.contains("//")
}
