//! Incidents with a known truth: what `report overview` finds of them.

mod grade;

use std::collections::BTreeSet;
use std::fs;

use albsynth::IncidentKind;
use serde::Deserialize;
use serde_json::Value;

use super::support::{Workspace, repository};
use grade::{Expected, Grade, grade};

/// A night, and what the report should say of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(skip)]
    name: String,
    /// What is to be told from what.
    about: String,
    incidents: Vec<String>,
    seed: u64,
    #[serde(default = "calm")]
    noise: f64,
    /// Of the nights that are small enough for every test run.
    small: bool,
    tolerance_minutes: i64,
    /// One for each incident.
    first: Vec<Expected>,
}

fn calm() -> f64 {
    0.12
}

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(repository("tests/incidents"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let mut case: Case = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            case.name = path.file_stem().unwrap().to_string_lossy().into_owned();
            case
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Generates a night; answers its truths.
fn generate(folder: &Workspace, incidents: &[String], seed: u64, noise: f64, size: [&str; 4]) -> Vec<Value> {
    let (seed, noise) = (seed.to_string(), noise.to_string());
    let mut args = vec!["generate", "logs", "--truth", "truth.json", "--seed", &seed, "--noise", &noise];
    args.extend(size);
    args.extend(incidents.iter().flat_map(|name| ["--incident", name]));
    folder.run(args).done();
    serde_json::from_str(&folder.read("truth.json")).unwrap()
}

/// The findings of the overview, best first.
fn findings(folder: &Workspace) -> Vec<Value> {
    let answer = folder.run(["report", "overview", "--from", "logs", "--format", "json"]);
    let report: Value = serde_json::from_str(&answer.stdout).unwrap();
    report["findings"].as_array().expect("the overview has a list of findings").clone()
}

const SMALL: [&str; 4] = ["--rps", "2", "--duration", "40m"];
const FULL: [&str; 4] = ["--rps", "100", "--duration", "2h"];

#[test]
fn every_kind_has_a_case_and_cases_ask_for_what_is_known() {
    let kinds: BTreeSet<String> = IncidentKind::all().map(|kind| kind.name().to_owned()).collect();
    let cases = cases();
    let asked: BTreeSet<String> = cases.iter().flat_map(|case| case.incidents.clone()).collect();
    assert_eq!(asked, kinds);
    assert!(cases.iter().filter(|case| case.small).count() >= 5);
    for case in cases {
        assert!(!case.about.is_empty());
        let folder = Workspace::new();
        let truths = generate(&folder, &case.incidents, case.seed, case.noise, SMALL);
        assert_eq!(case.first.len(), case.incidents.len(), "{}", case.name);
        for ((kind, truth), expected) in case.incidents.iter().zip(&truths).zip(&case.first) {
            assert_eq!(truth["kind"], kind.as_str());
            assert!(truth["from"].as_str() < truth["until"].as_str(), "{truth}");
            assert!(expected.who.iter().all(|dimension| truth["who"][dimension].is_string()), "{}: {truth}", case.name);
            let effect = truth["effect"].as_object().unwrap();
            assert!(effect.values().any(|count| count.as_u64() > Some(0)), "{}: {truth}", case.name);
        }
    }
}

/// Two nights at a fifth of the size.
#[test]
fn a_bad_pod_and_a_flood_are_the_first_finding() {
    for case in
        cases().into_iter().filter(|case| ["bad-pod-after-deploy", "client-flood"].contains(&case.name.as_str()))
    {
        let folder = Workspace::new();
        let size = ["--rps", "20", "--duration", "2h"];
        let truths = generate(&folder, &case.incidents, case.seed, case.noise, size);
        let found = findings(&folder);
        let Grade { ranks, false_likely, .. } = grade(&found, &truths, &case.first, case.tolerance_minutes);
        assert_eq!(ranks, [Some(1)], "{}: {found:#?}", case.name);
        assert!(false_likely.is_empty(), "{false_likely:#?}");
        // What a finding says can be counted.
        let finding = &found[0];
        assert!(finding["observed"].as_f64() > finding["usual"].as_f64() && finding["harm"].as_f64() > Some(0.0));
        assert!(finding["command"].as_str().unwrap().starts_with("albstats report "), "{finding}");
    }
}

/// Every night at full size and twenty quiet ones: `just incidents`.
#[test]
#[ignore = "minutes; run by `just incidents`"]
fn nights_are_told_as_they_were() {
    println!("{:24} {:6} {:>9} {:>5}", "night", "rank", "findings", "false");
    let (mut first, mut all, mut wrong) = (0, 0, Vec::new());
    for case in cases() {
        let folder = Workspace::new();
        let truths = generate(&folder, &case.incidents, case.seed, case.noise, FULL);
        let Grade { ranks, false_likely, findings } =
            grade(&findings(&folder), &truths, &case.first, case.tolerance_minutes);
        let shown: Vec<String> =
            ranks.iter().map(|rank| rank.map_or("-".to_owned(), |rank| rank.to_string())).collect();
        println!("{:24} {:6} {findings:9} {:5}", case.name, shown.join(","), false_likely.len());
        all += ranks.len();
        // Of several at once, each may be first.
        let places = ranks.len();
        first += ranks.iter().flatten().filter(|&&rank| rank <= places).count();
        wrong.extend(false_likely);
    }
    let quiet = (101..121).map(|seed| {
        let folder = Workspace::new();
        generate(&folder, &[], seed, calm(), FULL);
        findings(&folder).len()
    });
    let quiet: usize = quiet.sum();
    println!("found first: {first} of {all} · false likely: {} · findings in 20 quiet nights: {quiet}", wrong.len());
    assert!(first * 10 >= all * 9, "found first: {first} of {all}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(quiet <= 1, "{quiet} findings in quiet nights");
}
