//! What shells complete: asked as each shell's script asks, and by bash itself where it is there.

use std::process::Command;

use super::support::{Workspace, finish};

/// A folder with two sources, and an inventory that knows a load balancer.
fn workspace() -> Workspace {
    let folder = Workspace::new();
    folder.write("albstats.toml", "[sources.prod]\nfrom = [\"logs\"]\n[sources.\"pr-test\"]\nfrom = [\"logs\"]\n");
    folder.write("logs/a.log", "");
    let seen = r#""first_seen":"2026-11-20T10:00:00Z","last_seen":"2026-11-20T10:00:00Z""#;
    let elb = |id: u8, name: &str| {
        format!(
            r#""arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/x{id}/50dc6c495c0c9188":{{"name":"{name}",{seen}}}"#
        )
    };
    // Nobody has such a load balancer; a file can say so.
    let elbs = [elb(1, "k8s-shop-1f2e"), elb(2, "k8s-pay-77aa"), elb(3, "k8s-$(touch pwned)")].join(",");
    let inventory = format!(r#"{{"version":1,"load_balancers":{{{elbs}}},"target_groups":{{}}}}"#);
    folder.write(".local/share/albstats/inventory.json", inventory);
    folder
}

/// What is offered for the last word, as the scripts of fish ask.
fn offered(folder: &Workspace, words: &[&str]) -> Vec<String> {
    let mut command = folder.command([&["--", "albstats"], words].concat());
    command.env("ALBSTATS_COMPLETE", "fish");
    let answer = finish(command, b"").done();
    assert_eq!(answer.stderr, "");
    answer.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn what_the_program_knows_is_offered() {
    let folder = workspace();
    let offered = |words: &[&str]| offered(&folder, words);
    assert_eq!(offered(&["rep"]), ["report"]);
    assert_eq!(offered(&["report", "laten"]), ["latency"]);
    assert!(!offered(&["report", "trace"]).contains(&"trace-connections".to_owned()));
    assert_eq!(offered(&["report", "latency", "--by", "el"]), ["elb"]);
    assert!(offered(&["report", "paths", "--by", ""]).len() < offered(&["report", "--by", ""]).len());
    assert_eq!(offered(&["query", "--format", "nd"]), ["ndjson"]);
    assert_eq!(offered(&["query", "--kind", "conn"]), ["connection"]);
    assert_eq!(offered(&["query", "--tz", "Europe/Berl"]), ["Europe/Berlin"]);
    assert_eq!(offered(&["schema", "req"]), ["requests"]);
    assert_eq!(offered(&["schema", "--format", "ath"]), ["athena"]);
    assert_eq!(offered(&["shell", "--keep"]), ["--keep-going"]);
    assert_eq!(offered(&["export", "--from", "pro"]), ["prod"]);
    assert_eq!(offered(&["query", "--from", "lo"]), ["logs/"]);
    assert_eq!(offered(&["report", "errors", "--elb", "k8s-s"]), ["k8s-shop-1f2e"]);
    // What a shell would run is not offered.
    assert_eq!(offered(&["query", "--elb", "k8s-"]), ["k8s-shop-1f2e", "k8s-pay-77aa"]);
}

#[test]
fn a_broken_configuration_completes_what_needs_none() {
    let folder = workspace();
    folder.write("albstats.toml", "[sources");
    assert!(offered(&folder, &["query", "--from", "pro"]).is_empty());
    assert_eq!(offered(&folder, &["report", "laten"]), ["latency"]);
}

#[test]
fn every_script_asks_the_program() {
    let folder = Workspace::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.run(["completions", shell]).done().stdout;
        assert!(script.contains("ALBSTATS_COMPLETE") && script.contains("albstats"), "{shell}:\n{script}");
    }
    let mut command = folder.command(["--", "albstats", ""]);
    command.env("ALBSTATS_COMPLETE", "tcsh");
    finish(command, b"").exits(2).says("error: ");
}

/// Runs the script in a shell that is there; nothing to see where it is not.
#[cfg(unix)]
#[test]
fn bash_completes() {
    if Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    let folder = workspace();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_albstats"));
    let script = r#"
        PATH="$1:$PATH"; shift
        source <(albstats completions bash)
        COMP_WORDS=(albstats "$@"); COMP_CWORD=$#; COMP_TYPE=9
        _clap_complete_albstats albstats "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
        complete -p albstats
    "#;
    let complete = |words: &[&str]| {
        let mut command = Command::new("bash");
        command.args(["--norc", "-c", script, "bash"]).arg(program.parent().unwrap()).args(words);
        command
            .current_dir(folder.path("."))
            .env("HOME", folder.path("."))
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CONFIG_HOME");
        let answer = finish(command, b"").done();
        assert_eq!(answer.stderr, "", "{words:?}");
        let mut lines: Vec<String> = answer.stdout.lines().map(|line| line.trim_end().to_owned()).collect();
        assert!(lines.pop().unwrap().contains("_clap_complete_albstats"));
        lines
    };
    assert_eq!(complete(&["report", "laten"]), ["latency"]);
    assert_eq!(complete(&["report", "latency", "--by", "target_"]), ["target_group"]);
    assert_eq!(complete(&["query", "--from", "pr"]), ["pr-test", "prod"]);
    assert_eq!(complete(&["query", "--elb", "k8s-"]), ["k8s-shop-1f2e", "k8s-pay-77aa"]);
    assert!(!folder.path("pwned").exists());
}

/// The same in fish, where it is there.
#[cfg(unix)]
#[test]
fn fish_completes() {
    if Command::new("fish").arg("--version").output().is_err() {
        return;
    }
    let folder = workspace();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_albstats"));
    let script = "set -p PATH $argv[1]; albstats completions fish | source; complete -C \"$argv[2]\"";
    let complete = |line: &str| {
        let mut command = Command::new("fish");
        command.args(["--no-config", "-c", script]).arg(program.parent().unwrap()).arg(line);
        let home = folder.path(".");
        command.current_dir(&home).env("HOME", &home).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
        let answer = finish(command, b"").done();
        answer.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(complete("albstats report laten"), ["latency"]);
    assert_eq!(complete("albstats query --elb k8s-sh"), ["k8s-shop-1f2e"]);
    assert_eq!(complete("albstats query --from pro"), ["prod"]);
}
