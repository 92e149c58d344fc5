//! Named sources and the default one.

use super::{Scene, env, line};

const ONE: &str = "[sources.prod]\nfrom = ['a']\n";
const TWO: &str = "[sources.prod]\nfrom = ['a']\n[sources.dev]\nfrom = ['b']\n";

#[test]
fn sources_have_a_shape() {
    insta::assert_snapshot!(Scene::with("[sources.'2h']\nfrom = ['x']").error(), @"
    albstats.toml:1:10: not a name for a source
      1 | [sources.'2h']
        |          ^^^^
    hint: letters, digits, `-`, `_` and `.`, such as prod; not a length of time
    ");
    insta::assert_snapshot!(Scene::with("[sources.a]\nfrom = []").error(), @r#"
    albstats.toml:2:8: nothing to read
      2 | from = []
        |        ^^
    hint: from = ["./logs"]
    "#);
    insta::assert_snapshot!(Scene::with("[sources.a]\nfrom = ['x']\nrole_arn = 'logs'").error(), @"
    albstats.toml:3:12: expected a role such as arn:aws:iam::123456789012:role/logs
      3 | role_arn = 'logs'
        |            ^^^^^^
    ");
    insta::assert_snapshot!(Scene::with("[sources.a]\nfrom = ['x']\nregion = 'Ireland'").error(), @"
    albstats.toml:3:10: expected a region such as eu-west-1
      3 | region = 'Ireland'
        |          ^^^^^^^^^
    ");
    for name in ["''", "'-'", "'a/b'", "'s3://b'", "'*'", "'.'", "'..'", "'a b'"] {
        let error = Scene::with(&format!("[sources.{name}]\nfrom = ['x']")).error();
        assert!(error.contains("not a name for a source"), "{name}: {error}");
    }
    for region in ["eu-west-1", "us-gov-east-1", "ap-southeast-12"] {
        Scene::with(&format!("[sources.a]\nfrom = ['x']\nregion = '{region}'")).load();
    }
    for role in ["arn:aws:iam::123456789012:role/path/logs", "arn:aws-cn:iam::123456789012:role/a"] {
        Scene::with(&format!("[sources.a]\nfrom = ['x']\nrole_arn = '{role}'")).load();
    }
}

#[test]
fn the_default_source_is_the_chosen_or_the_only_one() {
    let default = |scene: Scene| scene.load().default_source.map(|source| (source.value, source.origin));
    assert_eq!(default(Scene::with("")), None);
    assert_eq!(default(Scene::with(ONE)), Some(("prod".to_owned(), line(2))));
    assert_eq!(default(Scene::with(TWO)), None);
    assert_eq!(default(Scene::with(&format!("source = 'dev'\n{TWO}"))), Some(("dev".to_owned(), line(1))));
    let chosen = Scene::with(&format!("source = 'dev'\n{TWO}")).env("ALBSTATS_SOURCE", "prod");
    assert_eq!(default(chosen), Some(("prod".to_owned(), env("ALBSTATS_SOURCE"))));

    insta::assert_snapshot!(Scene::with(&format!("source = 'prd'\n{TWO}")).error(), @"
    albstats.toml:1:10: no such source
      1 | source = 'prd'
        |          ^^^^^
    hint: did you mean the source prod?
    ");
    insta::assert_snapshot!(Scene::with(TWO).env("ALBSTATS_SOURCE", "x").error(), @"
    no such source: x (ALBSTATS_SOURCE)
    hint: the sources are: dev, prod
    ");
}
