//! `albstats demo`: three answers over logs made up on the spot, for somebody who has none at hand.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use alblog::time::MINUTE;
use albsynth::SynthSpec;
use anyhow::{Context, Result, bail};
use clap::Args;

use super::common::answer::{Bound, answer};
use super::common::messages::next;
use super::common::printing::Printing;
use super::common::source::{limits, runtime};
use super::common::{GlobalArgs, message, summary};
use crate::ask::query::{Engine, RunOptions, Source, prepare};
use crate::ask::selection::Window;
use crate::base::config::Overrides;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::place::Place;
use crate::base::shell::quoted;
use crate::base::shown::Shown;
use crate::output::{Destination, Format};
use crate::read::storage::{self, KeyFilter};
use albsynth::files::{GenerateSpec, generate};

/// Make up half an hour of logs in a temporary folder, and answer three questions about them
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Make the logs in this folder, and keep them
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// What people ask first.
const QUESTIONS: [(&str, &str); 3] = [
    (
        "How slow, and how broken, is each target group?",
        "\
SELECT split_part(target_group_arn, '/', 2) AS target_group,
       count(*) AS requests,
       count_if(elb_status_code >= 500) AS \"5xx\",
       approx_percentile(target_processing_time, 0.5) AS p50,
       approx_percentile(target_processing_time, 0.99) AS p99
FROM requests WHERE target_group_arn IS NOT NULL
GROUP BY 1 ORDER BY p99 DESC, target_group",
    ),
    (
        "Which errors did the load balancer make, and which came from a target?",
        "\
SELECT elb_status_code AS status,
       CASE WHEN target_status_code IS NULL THEN 'load balancer' ELSE 'target' END AS made_by,
       count(*) AS requests, min(time) AS first_seen, max(time) AS last_seen
FROM requests WHERE elb_status_code >= 500
GROUP BY 1, 2 ORDER BY requests DESC, status, made_by",
    ),
    (
        "Who would break if TLS 1.2 were switched off?",
        "\
SELECT r.domain_name, c.tls_protocol, count(DISTINCT c.client_ip) AS clients, count(*) AS requests
FROM connections c JOIN requests r ON r.conn_trace_id = c.conn_trace_id
WHERE c.tls_protocol <> 'TLSv1.3'
GROUP BY 1, 2 ORDER BY clients DESC, r.domain_name LIMIT 8",
    ),
];

pub(super) fn run(args: &DemoArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let folder = args.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    let logs = SynthSpec { requests_per_second: 20.0, duration: 30 * MINUTE, ..SynthSpec::default() };
    let load_balancers = logs.load_balancers;
    let spec = GenerateSpec { out: folder.clone(), logs, force: false };
    if let Some(kept) = args.keep.as_deref().filter(|kept| has_something(kept)) {
        let folder = quoted(&kept.display().to_string());
        let folder = Shown(&folder);
        bail!(Message::new(format_args!("{} is not empty", Shown(kept.display()))).hint(format_args!(
            "another folder; if these are the logs of an earlier demo: albstats report overview --from {folder}"
        )));
    }
    let generated = generate(&spec, |_, _| {})?;
    message(format_args!("made up {} log objects: {load_balancers} load balancers, half an hour", generated.objects));

    let runtime = runtime(&config)?;
    let mut outcome = Outcome::Done;
    for (question, sql) in QUESTIONS {
        let mut destination = Destination::open(None, Format::Table)?;
        writeln!(destination, "\n{question}\n\n{}\n", indented(sql))?;
        destination.flush()?;
        let started = Instant::now();
        let place = Place::new(folder.to_string_lossy());
        let listing = runtime.block_on(storage::list(&[place], &KeyFilter::default()))?;
        let threads = config.threads.value.get();
        let options = RunOptions {
            kind: None,
            window: Window::default(),
            strict: true,
            threads,
            max_bytes: None,
            kept: None,
            cache: None,
        };
        let source = Source::logs(prepare(listing, options));
        let engine = Engine::new(&source, &limits(&config))?;
        let printing = Printing::new(Format::Table, destination, &config);
        answer(&Bound::plain(sql), &engine, &runtime, printing, true)?;
        outcome = summary::finish(&source, started.elapsed(), global.quiet);
    }
    if !global.quiet {
        say_what_next(args.keep.as_deref());
    }
    Ok(outcome)
}

fn indented(sql: &str) -> String {
    sql.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// What can be typed after this run: these logs are gone if they were not kept.
fn say_what_next(kept: Option<&Path>) {
    let mut commands = match kept {
        Some(folder) => {
            let folder = quoted(&folder.display().to_string());
            vec![
                format!("albstats report overview --from {folder}"),
                format!("albstats query --from {folder} \"SELECT * FROM requests LIMIT 1\""),
            ]
        }
        None => vec!["albstats demo --keep ./logs       keeps these logs, to ask more of them".to_owned()],
    };
    commands.push("albstats schema requests".to_owned());
    next(&commands);
}

fn has_something(folder: &Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
