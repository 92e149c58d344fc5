//! Which sources are served, and what they are called.

use std::path::Path;

use anyhow::{Result, bail};

use crate::base::config::Config;
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::serve::Served;

/// Those that were named, else all that are configured, the default one first.
pub(super) fn sources(named: &[String], config: &Config) -> Result<Vec<Served>> {
    if named.is_empty() {
        let default = config.default_source.as_ref().map(|source| &source.value);
        let others = config.sources.keys().filter(|name| Some(*name) != default);
        let all: Vec<Served> = default.into_iter().chain(others).map(|name| configured(name)).collect();
        if all.is_empty() {
            bail!(Message::new("nothing to serve: no --from and no source").hint("albstats serve --from ./logs"));
        }
        return Ok(all);
    }
    let mut sources: Vec<Served> = Vec::new();
    for from in named {
        if from == "-" {
            bail!(Message::new("standard input can be read only once").hint("--from FOLDER, or s3://bucket/prefix"));
        }
        config.resolve_from(std::slice::from_ref(from))?;
        let source = if config.sources.contains_key(from) {
            configured(from)
        } else {
            Served { name: called(from), from: vec![from.clone()] }
        };
        if sources.iter().any(|known| known.name == source.name) {
            bail!(
                Message::new(format_args!("two sources would be called {}", Shown(&source.name)))
                    .hint("[sources.NAME] in albstats.toml gives each a name")
            );
        }
        sources.push(source);
    }
    Ok(sources)
}

fn configured(name: &str) -> Served {
    Served { name: name.to_owned(), from: vec![name.to_owned()] }
}

/// What a place is called in addresses: the last part of its path that is a name.
fn called(place: &str) -> String {
    let path = place.split_once("://").map_or(place, |(_, path)| path);
    let is_plain = |char: &char| char.is_ascii_alphanumeric() || "-_.".contains(*char);
    let name = Path::new(path).file_name().map(|name| name.to_string_lossy().chars().filter(is_plain).collect());
    name.filter(|name: &String| name.starts_with(|first: char| first.is_ascii_alphanumeric()))
        .unwrap_or_else(|| "logs".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_called_by_their_last_part() {
        for (place, name) in [
            ("./logs", "logs"),
            ("/srv/alb logs/", "alblogs"),
            (".", "logs"),
            ("..", "logs"),
            ("s3://acme-alb-logs", "acme-alb-logs"),
            ("s3://acme/eks/prod/", "prod"),
            ("logs/**/*.gz", "gz"),
        ] {
            assert_eq!(called(place), name, "{place}");
        }
    }
}
