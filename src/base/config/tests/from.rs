//! What `--from` means.

use super::Scene;

/// What `--from` with these values reads, joined by spaces.
fn resolve(scene: &Scene, given: &[&str]) -> String {
    let given: Vec<String> = given.iter().map(ToString::to_string).collect();
    let places = scene.load().resolve_from(&given).unwrap();
    places.iter().map(|place| place.from.as_str()).collect::<Vec<_>>().join(" ")
}

fn error(scene: &Scene, given: &[&str]) -> String {
    let given: Vec<String> = given.iter().map(ToString::to_string).collect();
    scene.load().resolve_from(&given).unwrap_err().to_string()
}

const TWO_SOURCES: &str = "[sources.prod]\nfrom = ['s3://b/k', 'gone']\n[sources.dev]\nfrom = ['-']\n";

#[test]
fn from_is_a_source_or_a_place() {
    let scene = Scene::with(TWO_SOURCES).file("work/logs/a.log", "").file("work/2h", "").file("work/dev/a", "");
    assert_eq!(resolve(&scene, &["prod"]), "s3://b/k gone");
    assert_eq!(resolve(&scene, &["prod", "logs", "dev"]), "s3://b/k gone logs -");
    assert_eq!(resolve(&scene, &["prod", "s3://b/k", "prod"]), "s3://b/k gone");
    let themselves = ["-", "s3://any/where", "gone/*.gz", "a?", "[ab]", "logs/a.log", "./logs", "2h", "./dev"];
    assert_eq!(resolve(&scene, &themselves), themselves.join(" "));
}

#[test]
fn nothing_given_is_the_variable_or_the_default_source() {
    let scene = Scene::with(&format!("source = 'prod'\n{TWO_SOURCES}")).file("work/logs/a.log", "");
    assert_eq!(resolve(&scene, &[]), "s3://b/k gone");
    let scene = scene.env("ALBSTATS_FROM", "logs, dev,s3://x/y");
    assert_eq!(resolve(&scene, &[]), "logs - s3://x/y");
    assert_eq!(resolve(&scene, &["dev"]), "-");
}

#[test]
fn from_that_names_nothing_says_what_to_do() {
    let empty = Scene::new().env("ALBSTATS_FROM", ".,");
    insta::assert_snapshot!(error(&empty, &[]), @"
    ALBSTATS_FROM has an empty value
    hint: the current folder is `.`
    ");
    let (none, two) = (Scene::new(), Scene::with(TWO_SOURCES));
    insta::assert_snapshot!(error(&none, &[]), @r#"
    nothing to read: no --from and no default source
    hint: albstats query --from ./logs "…" or [sources.…] in albstats.toml
    "#);
    insta::assert_snapshot!(error(&two, &[]), @r#"
    nothing to read: no --from and no default source
    hint: --from dev or source = "dev" in albstats.toml
    "#);
    insta::assert_snapshot!(error(&none, &["2h"]), @"
    --from takes a folder, file, glob, s3:// URL or a source's name, not a time
    hint: --since 2h
    ");
    insta::assert_snapshot!(error(&none, &["prd"]), @"no such file, folder or source: prd");
    insta::assert_snapshot!(error(&two, &["prd"]), @"
    no such file, folder or source: prd
    hint: did you mean the source prod?
    ");
    insta::assert_snapshot!(error(&two, &["./elsewhere"]), @"no such file, folder or source: ./elsewhere");
    insta::assert_snapshot!(error(&two, &[""]), @"
    --from has an empty value
    hint: the current folder is `.`
    ");
}
