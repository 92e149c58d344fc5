//! `albstats config`: shows what is configured, and by what.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use unicode_width::UnicodeWidthStr;

use crate::base::config::{Config, Origin, ServeConfig, Setting, SourceConfig};
use crate::base::shown::harmless;

/// Show the configuration
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print every setting, its value and where it came from
    Show,
}

impl ConfigArgs {
    /// Does what was asked.
    pub(super) fn run(&self, config: &Config, out: &mut dyn Write) -> io::Result<()> {
        match self.command {
            ConfigCommand::Show => show(config, out),
        }
    }
}

/// Key, value and origin of one setting.
type Row = [String; 3];

/// Prints key, value and origin of every setting, aligned. What nobody set and has no default is `-`.
fn show(config: &Config, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Row> = rows(config).into_iter().map(|row| row.map(|text| harmless(&text).into_owned())).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let (keys, values) = (width(0), width(1));
    for [key, value, origin] in &rows {
        let value_padding = " ".repeat(values - value.width());
        writeln!(out, "{key:keys$}  {value}{value_padding}  {origin}")?;
    }
    Ok(())
}

fn rows(config: &Config) -> Vec<Row> {
    let file = config.file.clone().map(|file| file.map(|path| path.display().to_string()));
    let mut rows = vec![optional("config", file.as_ref()), optional("source", config.default_source.as_ref())];
    rows.extend(config.from.iter().flat_map(|from| places("from", from)));
    rows.extend(config.sources.iter().flat_map(|(name, source)| source_rows(name, source)));
    rows.extend(config.tables.iter().map(|(pattern, table)| {
        [format!("tables.{}", pattern.value), table.name().to_owned(), pattern.origin.to_string()]
    }));
    let inventory = config.inventory.clone().map(|place| place.map(|path| path.display().to_string()));
    rows.push(optional("inventory", inventory.as_ref()));
    rows.extend([
        optional("cache", config.cache.as_ref()),
        row("read.fresh", &config.fresh),
        row("read.margin", &config.margin),
        row("read.strict", &config.strict),
        row("limits.memory", &config.memory),
        row("limits.temp_disk", &config.temp_disk),
        row("limits.max_bytes", &config.max_bytes),
        row("limits.threads", &config.threads),
        optional("output.format", config.format.as_ref()),
        row("output.max_rows", &config.max_rows),
    ]);
    rows.extend(serve_rows(&config.serve).into_iter().filter(|[_, _, origin]| *origin != Origin::Default.to_string()));
    rows
}

/// What a server goes by; shown where somebody said so.
fn serve_rows(serve: &ServeConfig) -> Vec<Row> {
    let list = |list: &Setting<Vec<String>>| list.clone().map(|list| list.join(", "));
    let path = |path: &Setting<PathBuf>| path.clone().map(|path| path.display().to_string());
    let mut rows = vec![
        row("serve.listen", &serve.listen),
        row("serve.hosts", &list(&serve.hosts)),
        row("serve.slots", &serve.slots),
        row("serve.queue", &serve.queue),
        row("serve.timeout", &serve.timeout),
        row("serve.max_rows", &serve.max_rows),
        row("serve.max_answer", &serve.max_answer),
        row("serve.answers", &serve.answers),
        row("serve.session", &serve.session),
        row("serve.grace", &serve.grace),
        row("serve.poll", &serve.poll),
        row("serve.keep", &serve.keep),
        row("serve.max_store", &serve.max_store),
        row("serve.settle", &serve.settle),
        row("serve.hand_over", &serve.hand_over),
    ];
    let lists = [("serve.sources", &serve.sources), ("serve.redact", &serve.redact)];
    rows.extend(lists.iter().filter_map(|(key, value)| Some(row(key, &list(value.as_ref()?)))));
    let paths = [("serve.tokens", &serve.tokens), ("serve.certificate", &serve.certificate), ("serve.key", &serve.key)];
    rows.extend(paths.iter().filter_map(|(key, value)| Some(row(key, &path(value.as_ref()?)))));
    rows
}

fn source_rows(name: &str, source: &SourceConfig) -> Vec<Row> {
    let mut rows = places(&format!("sources.{name}.from"), &source.from);
    for (key, value) in [
        ("export", &source.export),
        ("live", &source.live),
        ("queue", &source.queue),
        ("profile", &source.profile),
        ("role_arn", &source.role_arn),
        ("region", &source.region),
    ] {
        let value = value.iter().map(|value| value.clone().map(|value| without_userinfo(&value)));
        rows.extend(value.map(|value| row(&format!("sources.{name}.{key}"), &value)));
    }
    rows
}

/// One row a place, all with the same key.
fn places(key: &str, from: &Setting<Vec<String>>) -> Vec<Row> {
    from.value.iter().map(|place| [key.to_owned(), without_userinfo(place), from.origin.to_string()]).collect()
}

fn row<T: Display>(key: &str, setting: &Setting<T>) -> Row {
    [key.to_owned(), setting.value.to_string(), setting.origin.to_string()]
}

fn optional<T: Display>(key: &str, setting: Option<&Setting<T>>) -> Row {
    match setting {
        Some(setting) => row(key, setting),
        None => [key.to_owned(), "-".to_owned(), Origin::Default.to_string()],
    }
}

/// A URL with what stands before its host's `@` masked: it may hold a password.
fn without_userinfo(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else { return place.to_owned() };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..host_end].rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroUsize;

    use super::*;
    use crate::base::config::{Environment, Overrides};

    const FILE: &str = r#"source = "prod"
[sources.prod]
from = ["s3://acme-alb-logs-euw1/eks", "https://ana:secret@logs.example/x@y"]
region = "eu-west-1"
[sources.dev]
from = ["./größe"]
[read]
margin = "2h"
"#;

    fn shown(file: &str, variables: &[(&str, &str)], flags: Overrides) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("albstats.toml"), file).unwrap();
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables: BTreeMap<_, _> = variables.iter().map(own).collect();
        let cores = NonZeroUsize::new(2).unwrap();
        let environment = Environment { variables, folder: folder.path().to_owned(), cores };
        let mut out = Vec::new();
        show(&Config::load(None, &environment, flags).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn shows_every_setting_with_its_origin() {
        let variables = [("ALBSTATS_MEMORY", "500MB"), ("ALBSTATS_FROM", "dev,s3://u:p@b/k")];
        let flags = Overrides { format: Some("csv".to_owned()), ..Overrides::default() };
        insta::assert_snapshot!(shown(FILE, &variables, flags), @"
        config               albstats.toml                 default
        source               prod                          albstats.toml:1
        from                 dev                           ALBSTATS_FROM
        from                 s3://***@b/k                  ALBSTATS_FROM
        sources.dev.from     ./größe                       albstats.toml:6
        sources.prod.from    s3://acme-alb-logs-euw1/eks   albstats.toml:3
        sources.prod.from    https://***@logs.example/x@y  albstats.toml:3
        sources.prod.region  eu-west-1                     albstats.toml:4
        inventory            -                             default
        cache                -                             default
        read.fresh           26h                           default
        read.margin          2h                            albstats.toml:8
        read.strict          false                         default
        limits.memory        500MB                         ALBSTATS_MEMORY
        limits.temp_disk     10GiB                         default
        limits.max_bytes     5GB                           default
        limits.threads       2                             default
        output.format        csv                           --format
        output.max_rows      1000                          default
        ");
    }

    #[test]
    fn shows_what_is_not_set() {
        insta::assert_snapshot!(shown("", &[], Overrides::default()), @"
        config            albstats.toml  default
        source            -              default
        inventory         -              default
        cache             -              default
        read.fresh        26h            default
        read.margin       1h5m           default
        read.strict       false          default
        limits.memory     64MiB          default
        limits.temp_disk  10GiB          default
        limits.max_bytes  5GB            default
        limits.threads    2              default
        output.format     -              default
        output.max_rows   1000           default
        ");
    }

    #[test]
    fn masks_only_what_stands_before_the_host() {
        for (place, masked) in [
            ("s3://bucket/a@b", "s3://bucket/a@b"),
            ("./a@b", "./a@b"),
            ("https://user@host", "https://***@host"),
            ("https://u:p@ss@host/x", "https://***@host/x"),
        ] {
            assert_eq!(without_userinfo(place), masked);
        }
    }
}
