//! Which file is read, and what its relative paths start from.

use std::path::Path;

use super::{Scene, env, flag};
use crate::base::config::{Config, Overrides, Setting};

#[test]
fn the_file_is_the_named_one_or_the_nearest_or_the_users() {
    let rows = |scene: &Scene, named: Option<&str>| {
        let config = Config::load(named.map(Path::new), &scene.environment, Overrides::default()).unwrap();
        (config.max_rows.value, config.file)
    };
    let scene = Scene::new()
        .file("home/.config/albstats/albstats.toml", "output.max_rows = 1")
        .file("xdg/albstats/albstats.toml", "output.max_rows = 2")
        .file("named/a.toml", "output.max_rows = 3")
        .file("named/b.toml", "output.max_rows = 4");
    assert_eq!(rows(&scene, None), (1000, None));

    let home = scene.path("home");
    let scene = scene.env("HOME", &home).env("XDG_CONFIG_HOME", "not/absolute");
    let users = scene.path("home/.config/albstats/albstats.toml");
    assert_eq!(rows(&scene, None), (1, Some(Setting::default(users.into()))));

    let xdg = scene.path("xdg");
    let scene = scene.env("XDG_CONFIG_HOME", &xdg);
    assert_eq!(rows(&scene, None).0, 2);

    let scene = scene.file("albstats.toml", "output.max_rows = 5");
    let above = scene.path("albstats.toml");
    assert_eq!(rows(&scene, None), (5, Some(Setting::default(above.into()))));

    let scene = scene.file("work/albstats.toml", "output.max_rows = 6");
    assert_eq!(rows(&scene, None), (6, Some(Setting::default("albstats.toml".into()))));

    let scene = scene.env("ALBSTATS_CONFIG", "../named/a.toml");
    assert_eq!(rows(&scene, None), (3, Some(Setting::new("../named/a.toml".into(), env("ALBSTATS_CONFIG")))));
    assert_eq!(rows(&scene, Some("../named/b.toml")).1.unwrap().origin, flag("--config"));
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let scene = Scene::new().env("ALBSTATS_CONFIG", "gone.toml");
    assert_eq!(scene.error(), "cannot read gone.toml (ALBSTATS_CONFIG): No such file or directory (os error 2)");
    let named = Config::load(Some(Path::new("other.toml")), &scene.environment, Overrides::default());
    assert!(named.unwrap_err().to_string().starts_with("cannot read other.toml (--config)"));
}

#[test]
fn relative_places_start_from_the_files_folder() {
    let text = "[sources.a]\nfrom = ['logs', './x/*.gz', '/srv/logs', '../up', 's3://b/k', '-']";
    let from = |config: Config| config.sources["a"].from.value.clone();

    let here = Scene::with(text).load();
    assert_eq!(from(here), ["logs", "./x/*.gz", "/srv/logs", "../up", "s3://b/k", "-"]);

    let scene = Scene::new().file("albstats.toml", text);
    let at = |path| scene.path(path);
    let expected = [at("logs"), at("x/*.gz"), "/srv/logs".into(), at("../up"), "s3://b/k".into(), "-".into()];
    assert_eq!(from(scene.load()), expected);

    let scene = Scene::new().file("named/a.toml", text).env("ALBSTATS_CONFIG", "../named/a.toml");
    assert_eq!(from(scene.load())[..2], ["../named/logs", "../named/x/*.gz"]);
}
