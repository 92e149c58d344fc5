//! Defaults, file, environment, flags: who sets a value.

use std::num::NonZeroUsize;

use super::{Scene, env, flag, line};
use crate::base::config::{ByteSize, Config, Origin, Overrides, Setting};

const FULL: &str = r#"source = "prod"

[sources.prod]
from = ["s3://acme-alb-logs-euw1/eks", "./logs"]
profile = "prod"
role_arn = "arn:aws:iam::123456789012:role/logs"
region = "eu-west-1"

[sources.dev]
from = ["-"]

[read]
margin = "2h"
strict = true

[limits]
memory = "256MiB"
temp_disk = 1073741824
threads = 3

[output]
format = "csv"
max_rows = 0
"#;

#[test]
fn without_anything_there_are_defaults() {
    let config = Scene::new().load();
    assert_eq!(config.margin, Setting::default("65m".parse().unwrap()));
    assert_eq!(config.strict, Setting::default(false));
    assert_eq!(config.memory, Setting::default(ByteSize(64 << 20)));
    assert_eq!(config.temp_disk, Setting::default(ByteSize(10 << 30)));
    assert_eq!(config.threads.value.get(), 2);
    assert_eq!(config.threads.origin, Origin::Default);
    assert_eq!((config.format, config.max_rows), (None, Setting::default(1000)));
    assert_eq!((config.file, config.default_source, config.from), (None, None, None));
    assert!(config.sources.is_empty() && config.warnings.is_empty());
}

#[test]
fn every_key_of_the_file_is_read_with_its_line() {
    let config = Scene::with(FULL).load();
    assert_eq!(config.file, Some(Setting::default("albstats.toml".into())));
    assert_eq!(config.default_source, Some(Setting::new("prod".to_owned(), line(1))));
    let prod = &config.sources["prod"];
    let from = vec!["s3://acme-alb-logs-euw1/eks".to_owned(), "./logs".to_owned()];
    assert_eq!(prod.from, Setting::new(from, line(4)));
    assert_eq!(prod.profile, Some(Setting::new("prod".to_owned(), line(5))));
    assert_eq!(prod.role_arn.as_ref().unwrap().origin, line(6));
    assert_eq!(prod.region, Some(Setting::new("eu-west-1".to_owned(), line(7))));
    assert_eq!(config.margin, Setting::new("2h".parse().unwrap(), line(13)));
    assert_eq!(config.strict, Setting::new(true, line(14)));
    assert_eq!(config.memory, Setting::new(ByteSize(256 << 20), line(17)));
    assert_eq!(config.temp_disk, Setting::new(ByteSize(1 << 30), line(18)));
    assert_eq!((config.threads.value.get(), config.threads.origin), (3, line(19)));
    assert_eq!(config.format, Some(Setting::new("csv".to_owned(), line(22))));
    assert_eq!(config.max_rows, Setting::new(0, line(23)));
}

/// A higher layer wins over all the lower ones, for every setting.
#[test]
fn flags_go_before_environment_before_file_before_defaults() {
    let origins = |config: &Config| {
        let format = config.format.as_ref().map_or(Origin::Default, |format| format.origin.clone());
        [
            config.margin.origin.clone(),
            config.strict.origin.clone(),
            config.memory.origin.clone(),
            config.temp_disk.origin.clone(),
            config.threads.origin.clone(),
            format,
            config.max_rows.origin.clone(),
        ]
    };
    assert_eq!(origins(&Scene::new().load()), [const { Origin::Default }; 7]);
    assert_eq!(origins(&Scene::with(FULL).load()), [13, 14, 17, 18, 19, 22, 23].map(line));

    let variables = [
        ("ALBSTATS_MARGIN", "3h"),
        ("ALBSTATS_STRICT", "0"),
        ("ALBSTATS_MEMORY", "1GiB"),
        ("ALBSTATS_TEMP_DISK", "2GiB"),
        ("ALBSTATS_THREADS", "4"),
        ("ALBSTATS_FORMAT", "json"),
        ("ALBSTATS_MAX_ROWS", "7"),
    ];
    let scene = variables.iter().fold(Scene::with(FULL), |scene, (name, value)| scene.env(name, value));
    let config = scene.load();
    assert_eq!(origins(&config), variables.map(|(name, _)| env(name)));
    assert_eq!(config.margin.value, "3h".parse().unwrap());
    assert_eq!((config.strict.value, config.memory.value), (false, ByteSize(1 << 30)));
    assert_eq!((config.threads.value.get(), config.max_rows.value), (4, 7));

    let flags = Overrides {
        cache: None,
        fresh: None,
        margin: Some("4h".parse().unwrap()),
        strict: Some(true),
        memory: Some(ByteSize(1)),
        temp_disk: Some(ByteSize(2)),
        max_bytes: None,
        threads: NonZeroUsize::new(5),
        format: Some("table".to_owned()),
        max_rows: Some(8),
    };
    let config = Config::load(None, &scene.environment, flags).unwrap();
    let names = ["--margin", "--strict", "--memory", "--temp-disk", "--threads", "--format", "--max-rows"];
    assert_eq!(origins(&config), names.map(flag));
    assert_eq!((config.memory.value, config.temp_disk.value, config.max_rows.value), (ByteSize(1), ByteSize(2), 8));
}
