//! `--target-group`, `--host` and `--path`: text that is exact, or in which `*` stands for anything.

use std::net::Ipv6Addr;

use anyhow::{Result, bail};

use super::Values;
use crate::base::message::Message;
use crate::base::pattern::like_pieces;
use crate::base::shown::Shown;
use crate::base::tables::Table;

/// `column = …`, or `column LIKE …` where what was typed has a `*`.
pub(super) fn like(column: &str, typed: &str, values: &mut Values) -> String {
    of_pieces(column, typed.split('*').map(ToOwned::to_owned).collect(), values)
}

/// Text with anything between its pieces.
fn of_pieces(column: &str, pieces: Vec<String>, values: &mut Values) -> String {
    match <[String; 1]>::try_from(pieces) {
        Ok([only]) => format!("{column} = {}", values.text(only)),
        Err(several) => {
            let pattern = like_pieces(several.iter());
            format!("{column} LIKE {} ESCAPE '\\'", values.text(pattern))
        }
    }
}

/// `%2F` as what it stands for, since that is what `url_extract_path` answers with; U+FFFD for bytes that are no text.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        let is_hex = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(byte) = digits.filter(is_hex).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = &after[2..];
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(super) fn target_group(typed: &str, table: Table, values: &mut Values) -> Result<String> {
    let text = typed.trim();
    let is_arn = text.starts_with("arn:");
    let resource = match text.rsplit_once(":targetgroup/") {
        Some((_, resource)) => Some(resource),
        None => text.strip_prefix("targetgroup/"),
    };
    let name = match resource {
        Some(resource) => resource.split('/').next().unwrap_or_default(),
        // A pattern for ARNs that does not say where the name is.
        None if is_arn => "",
        None => text,
    };
    if name.is_empty() && !(is_arn && text.contains('*')) {
        bail!(
            Message::new(format_args!("--target-group {typed}: not a target group", typed = Shown(typed)))
                .hint("its name, targetgroup/NAME/ID or ARN")
        );
    }
    if resource.is_none() && !is_arn && text.contains(['/', ' ']) {
        bail!(
            Message::new(format_args!("--target-group {typed}: not a name or ARN", typed = Shown(typed)))
                .hint("--service takes NAMESPACE/NAME")
        );
    }
    Ok(match table {
        Table::HealthChecks if name.is_empty() => {
            bail!(
                Message::new(format_args!(
                    "--target-group {typed}: health check logs know names only",
                    typed = Shown(typed)
                ))
                .hint("a name, such as k8s-shop-*")
            )
        }
        Table::HealthChecks => like("target_group_id", name, values),
        _ if is_arn => like("target_group_arn", text, values),
        _ if resource.is_some_and(|resource| resource.contains('/')) => {
            like("split_part(target_group_arn, ':', 6)", text, values)
        }
        _ => like("split_part(target_group_arn, '/', 2)", name, values),
    })
}

pub(super) fn host(typed: &str, values: &mut Values) -> Result<String> {
    let text = typed.trim().to_lowercase();
    let host = match text.parse::<Ipv6Addr>() {
        Ok(_) => format!("[{text}]"),
        Err(_) => text,
    };
    let is_address = host.starts_with('[') && host.ends_with(']');
    if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) || host.contains(':') && !is_address {
        bail!(
            Message::new(format_args!("--host {typed}: not a host", typed = Shown(typed)))
                .hint("a host alone, such as shop.example.com or *.example.com")
        );
    }
    Ok(like("lower(url_extract_host(request_url))", &host, values))
}

pub(super) fn path(typed: &str, values: &mut Values) -> Result<String> {
    let text = typed.trim();
    if !text.starts_with(['/', '*']) {
        bail!(
            Message::new(format_args!("--path {typed}: not a path", typed = Shown(typed)))
                .hint("a path begins with /, such as /api/orders or /api/*")
        );
    }
    if text.contains(['?', '#']) {
        bail!(
            Message::new(format_args!("--path {typed}: a query string is no part of a path", typed = Shown(typed)))
                .hint("leave out what follows the ?")
        );
    }
    Ok(of_pieces("url_extract_path(request_url)", text.split('*').map(decoded).collect(), values))
}
