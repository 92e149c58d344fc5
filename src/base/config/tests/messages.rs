//! What is said about a file or a variable that is wrong.

use super::Scene;
use crate::base::config::Origin;

#[test]
fn unknown_keys_are_errors_that_point_and_suggest() {
    insta::assert_snapshot!(Scene::with("[read]\n\tmargn = \"65m\"\n").error(), @r#"
    albstats.toml:2:2: unknown key `margn`
      2 |  margn = "65m"
        |  ^^^^^
    hint: did you mean `margin`?
    "#);
    insta::assert_snapshot!(Scene::with("memory = \"1GiB\"").error(), @r#"
    albstats.toml:1:1: unknown key `memory`
      1 | memory = "1GiB"
        | ^^^^^^
    hint: `memory` belongs under [limits]
    "#);
    insta::assert_snapshot!(Scene::with("[limit]\nmemory = \"1GiB\"").error(), @"
    albstats.toml:1:2: unknown key `limit`
      1 | [limit]
        |  ^^^^^
    hint: did you mean `limits`?
    ");
    insta::assert_snapshot!(Scene::with("[sources.a]\nfrom = ['x']\nbucket = 'y'").error(), @"
    albstats.toml:3:1: unknown key `bucket`
      3 | bucket = 'y'
        | ^^^^^^
    hint: known here: from, export, live, queue, profile, role_arn, region
    ");
}

#[test]
fn wrong_values_are_errors_that_say_what_is_accepted() {
    insta::assert_snapshot!(Scene::with("[limits]\nmemory = \"2G\"").error(), @r#"
    albstats.toml:2:10: invalid value: string "2G", expected a size such as 128MiB, 10GB or 1073741824
      2 | memory = "2G"
        |          ^^^^
    "#);
    insta::assert_snapshot!(Scene::with("[read]\nmargin = 65").error(), @"
    albstats.toml:2:10: invalid value: integer `65`, expected a length of time such as 65m, 2h or 1d
      2 | margin = 65
        |          ^^
    ");
    insta::assert_snapshot!(Scene::with("limits.threads = 0").error(), @"
    albstats.toml:1:18: invalid value: integer `0`, expected a whole number from 1 to 1024
      1 | limits.threads = 0
        |                  ^
    ");
    insta::assert_snapshot!(Scene::with("sources.a.from = 'logs'").error(), @r#"
    albstats.toml:1:18: invalid type: string "logs", expected a list in brackets
      1 | sources.a.from = 'logs'
        |                  ^^^^^^
    "#);
    insta::assert_snapshot!(Scene::with("[sources.a]\nprofile = 'p'").error(), @"
    albstats.toml:1:1: missing key `from`
      1 | [sources.a]
        | ^^^^^^^^^^^
    ");
    insta::assert_snapshot!(Scene::with("read = 3").error(), @"
    albstats.toml:1:8: invalid type: integer `3`, expected a table
      1 | read = 3
        |        ^
    ");
    insta::assert_snapshot!(Scene::with("[read]\nmargin = ").error(), @"
    albstats.toml:2:10: string values must be quoted, expected literal string
      2 | margin =
        |          ^
    ");
    insta::assert_snapshot!(Scene::with("[read]\nstrict = true\nstrict = false").error(), @"
    albstats.toml:3:1: duplicate key
      3 | strict = false
        | ^^^^^^
    ");
}

#[test]
fn variables_that_cannot_be_read_are_errors() {
    let error = |name, value| Scene::new().env(name, value).error();
    insta::assert_snapshot!(error("ALBSTATS_MEMORY", "12apples"), @"cannot read ALBSTATS_MEMORY=12apples: expected a size such as 128MiB, 10GB or 1073741824");
    insta::assert_snapshot!(error("ALBSTATS_MARGIN", "soon"), @"cannot read ALBSTATS_MARGIN=soon: expected a length of time such as 65m, 2h or 1d");
    insta::assert_snapshot!(error("ALBSTATS_STRICT", "yes"), @"cannot read ALBSTATS_STRICT=yes: expected true or false");
    insta::assert_snapshot!(error("ALBSTATS_THREADS", "0"), @"cannot read ALBSTATS_THREADS=0: expected a whole number from 1 to 1024");
    insta::assert_snapshot!(error("ALBSTATS_MAX_ROWS", "-1"), @"cannot read ALBSTATS_MAX_ROWS=-1: expected a whole number, 0 or more");
}

#[test]
fn unknown_variables_are_warned_of_and_empty_ones_ignored() {
    let scene = Scene::new()
        .env("ALBSTATS_MARGN", "2h")
        .env("ALBSTATS_ZZZ", "")
        .env("ALBSTATS_LOG", "debug")
        .env("ALBSTATS_CONFIG", "")
        .env("ALBSTATS_MEMORY", "")
        .env("OTHER", "1");
    let config = scene.load();
    assert_eq!(config.memory.origin, Origin::Default);
    assert_eq!(
        config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            "unknown environment variable: ALBSTATS_MARGN\nhint: did you mean ALBSTATS_MARGIN?",
            "unknown environment variable: ALBSTATS_ZZZ",
        ]
    );
}
