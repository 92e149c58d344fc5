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

#[cfg(unix)]
fn set_mode(scene: &Scene, path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(scene.path(path), std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_write_is_ignored_unless_it_is_named() {
    let open = || {
        let scene = Scene::new().file("albstats.toml", "output.max_rows = 5").file("work/albstats.toml", "");
        set_mode(&scene, "work/albstats.toml", 0o666);
        scene
    };
    let scene = open();
    let config = scene.load();
    assert_eq!(config.max_rows.value, 5, "the next one above");
    let warning =
        "albstats.toml is ignored: other users can write it\nhint: --config albstats.toml, if it is to be taken";
    assert_eq!(config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), [warning]);
    let named = scene.env("ALBSTATS_CONFIG", "albstats.toml").load();
    assert_eq!((named.max_rows.value, named.warnings), (1000, vec![]));

    let scene = open();
    set_mode(&scene, "albstats.toml", 0o606);
    let config = scene.load();
    assert_eq!((config.max_rows.value, config.file, config.warnings.len()), (1000, None, 2));

    // Its folder: others can put another file there, unless they may only add to it.
    let scene = Scene::new().file("work/albstats.toml", "output.max_rows = 6");
    set_mode(&scene, "work", 0o777);
    assert!(
        scene.load().warnings[0]
            .to_string()
            .starts_with("albstats.toml is ignored: other users can write its folder\n")
    );
    set_mode(&scene, "work", 0o1777);
    assert_eq!(scene.load().max_rows.value, 6);
}

#[cfg(unix)]
#[test]
fn a_file_of_another_user_is_ignored() {
    use std::os::unix::fs::{MetadataExt, chown};
    let scene = Scene::new().file("work/albstats.toml", "output.max_rows = 6");
    let path = scene.path("work/albstats.toml");
    // Nobody but root can give a file away; for others, root's own files must do.
    let given = chown(&path, Some(1234), None).is_ok();
    let config = scene.load();
    let owner = std::fs::metadata(&path).unwrap().uid();
    assert_eq!(config.max_rows.value, if given { 1000 } else { 6 }, "of {owner}");
    assert_eq!(config.warnings.len(), usize::from(given));
    if given {
        assert!(
            config.warnings[0].to_string().starts_with("albstats.toml is ignored: it belongs to another user (1234)\n")
        );
        // Who became root by sudo is still the same person.
        assert_eq!(scene.env("SUDO_UID", "1234").load().max_rows.value, 6);
    }
}

#[test]
fn a_policy_is_not_taken_from_above_the_repository_or_home() {
    const POLICY: &str = "output.max_rows = 5\n[reconcile]\nbucket = \"acme-logs\"\n[reconcile.select.all]\nregions = \
                          [\"eu-west-1\"]\nnames = [\"*\"]\n";
    let scene = Scene::new().file("albstats.toml", POLICY);
    let config = scene.load();
    assert_eq!((config.max_rows.value, config.reconcile), (5, None), "all but the policy");
    let ignored = format!("[reconcile] of {} is ignored: ", scene.path("albstats.toml"));
    assert!(config.warnings[0].to_string().starts_with(&ignored), "{:?}", config.warnings);
    // Named, it is what is wanted.
    let above = scene.path("albstats.toml");
    assert!(scene.env("ALBSTATS_CONFIG", &above).load().reconcile.is_some());

    let scene = Scene::new().file("albstats.toml", POLICY).file(".git/config", "");
    assert!(scene.load().reconcile.is_some(), "at the top of the repository");
    let scene = scene.file("work/.git", "gitdir: elsewhere");
    assert!(scene.load().reconcile.is_none(), "above the nearest repository");

    let scene = Scene::new().file("albstats.toml", POLICY);
    let home = scene.path("");
    let scene = scene.env("HOME", home.trim_end_matches('/'));
    assert!(scene.load().reconcile.is_some(), "in the home folder");
}
