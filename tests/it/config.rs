//! `albstats.toml`, the environment and the flags: which counts, and what is said about mistakes.

use super::logs::access_lines;
use super::support::{Answer, Workspace, finish};

const COUNT: &str = "SELECT count(*) FROM requests";

fn with_environment(folder: &Workspace, args: &[&str], variables: &[(&str, &str)]) -> Answer {
    let mut command = folder.command(args);
    command.envs(variables.iter().copied());
    finish(command, b"")
}

fn sources() -> Workspace {
    let folder = Workspace::new();
    folder.write("prod/a.log", access_lines(3)).write("dev/a.log", access_lines(4)).write("dev/b.log", access_lines(5));
    folder.write(
        "albstats.toml",
        "source = \"prod\"\n[sources.prod]\nfrom = [\"prod\"]\n[sources.dev]\nfrom = [\"dev/a.log\", \"dev/b.log\"]\n",
    );
    folder
}

#[test]
fn sources_are_read_by_name() {
    let folder = sources();
    let count = |args: &[&str], variables: &[(&str, &str)]| {
        let args = [&["query", "--format", "csv"], args, &[COUNT]].concat();
        with_environment(&folder, &args, variables).done().value()
    };
    assert_eq!(count(&[], &[]), "3");
    assert_eq!(count(&["--from", "dev"], &[]), "9");
    assert_eq!(count(&["--from", "dev", "--from", "prod"], &[]), "12");
    assert_eq!(count(&["--from", "./dev/a.log"], &[]), "4");
    assert_eq!(count(&["--from", "dev", "--from", "dev/a.log"], &[]), "9");
    assert_eq!(count(&[], &[("ALBSTATS_SOURCE", "dev")]), "9");
    assert_eq!(count(&[], &[("ALBSTATS_FROM", "dev/a.log, prod")]), "7");
    assert_eq!(count(&["--from", "prod"], &[("ALBSTATS_FROM", "dev")]), "3");
}

#[test]
fn a_slip_in_a_sources_name_is_answered_with_the_name() {
    let folder = sources();
    folder.csv("prd", COUNT).exits(2).says("hint: did you mean the source prod?");
    with_environment(&folder, &["query", COUNT], &[("ALBSTATS_SOURCE", "de")]).exits(2).says("no such source: de");
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let folder = Workspace::new();
    folder.write("albstats.toml", "[limits]\nmemory = \"32MiB\"\nthreads = 5\n[output]\nformat = \"json\"\n");
    let shown = with_environment(&folder, &["config", "show"], &[("ALBSTATS_THREADS", "3")]).done().stdout;
    let origin = |key: &str| {
        let line = shown.lines().find(|line| line.starts_with(key)).unwrap();
        line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(origin("limits.memory"), "32MiB albstats.toml:2");
    assert_eq!(origin("limits.threads"), "3 ALBSTATS_THREADS");
    assert_eq!(origin("limits.temp_disk"), "10GiB default");
    folder.write("a.log", access_lines(1));
    let query = ["query", "--from", "a.log", "SELECT 1 AS n"];
    assert_eq!(folder.run(query).done().stdout, "[\n{\"n\":1}\n]\n");
    assert_eq!(with_environment(&folder, &query, &[("ALBSTATS_FORMAT", "ndjson")]).done().stdout, "{\"n\":1}\n");
    let flag = ["query", "--from", "a.log", "--format", "csv", "SELECT 1 AS n"];
    assert_eq!(with_environment(&folder, &flag, &[("ALBSTATS_FORMAT", "ndjson")]).done().stdout, "n\n1\n");
}

#[test]
fn the_file_is_found_above_and_at_home_or_named() {
    let folder = Workspace::new();
    folder.write(".config/albstats/albstats.toml", "[limits]\nthreads = 7\n").write("deep/er/x", "");
    let threads = |variables: &[(&str, &str)], args: &[&str], below: &str| {
        let mut command = folder.command([args, &["config", "show"]].concat());
        command.envs(variables.iter().copied()).current_dir(folder.path(below));
        let shown = finish(command, b"").done().stdout;
        let line = shown.lines().find(|line| line.starts_with("limits.threads")).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(threads(&[], &[], "deep/er"), "7");
    folder.write("albstats.toml", "[limits]\nthreads = 8\n");
    assert_eq!(threads(&[], &[], "deep/er"), "8");
    folder.write("other.toml", "[limits]\nthreads = 9\n");
    assert_eq!(threads(&[("ALBSTATS_CONFIG", "../../other.toml")], &[], "deep/er"), "9");
    assert_eq!(threads(&[("ALBSTATS_CONFIG", "nowhere")], &["--config", "../../other.toml"], "deep/er"), "9");
}

#[test]
fn mistakes_are_shown_with_file_and_line() {
    let folder = Workspace::new();
    folder.write("a.log", access_lines(1));
    for (file, said) in [
        ("[read]\nmargn = \"2h\"\n", "albstats.toml:2:1: unknown key `margn`"),
        ("[read]\nmargin = \"soon\"\n", "albstats.toml:2"),
        ("[limits]\nthreads = 0\n", "albstats.toml:2"),
        ("[sources.prod]\nfrm = [\"x\"]\n", "albstats.toml:"),
        ("[sources.prod]\nfrom = []\n", "albstats.toml:2"),
        ("[sources.2h]\nfrom = [\"x\"]\n", "albstats.toml:1"),
        ("source = \"prd\"\n[sources.prod]\nfrom = [\"x\"]\n", "hint: did you mean the source prod?"),
        ("x = \n", "albstats.toml:1"),
        ("[output]\nformat = \"jsn\"\n", "unknown format \"jsn\""),
    ] {
        folder.write("albstats.toml", file);
        folder.run(["query", "--from", "a.log", COUNT]).exits(2).says(said);
    }
}

#[test]
fn odd_variables_are_named() {
    let folder = Workspace::new();
    folder.write("a.log", access_lines(1));
    let args = ["query", "--from", "a.log", COUNT];
    with_environment(&folder, &args, &[("ALBSTATS_MEMROY", "1GiB")]).done().says("did you mean ALBSTATS_MEMORY?");
    let answer = with_environment(&folder, &args, &[("ALBSTATS_MEMORY", "much")]).exits(2);
    answer.says("error: cannot read ALBSTATS_MEMORY=much: expected a size such as 128MiB");
}
