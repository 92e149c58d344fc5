//! `albstats generate`: realistic logs to try things on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use alblog::time::Iso;
use albsynth::{IncidentKind, SynthSpec, Truth};
use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use super::common::message;
use crate::base::config::TimeSpan;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use albsynth::files::{GenerateSpec, Generated, NotEmpty, generate_with_truth};

const EXAMPLE: &str = "\
Example: an hour of a busy site, about 1.1 GB of lines in 160 MB of objects, the same bytes on every run
  albstats generate /tmp/logs --rps 400 --duration 1h
  albstats query --from /tmp/logs \"SELECT elb_status_code, count(*) FROM requests GROUP BY 1\"

Example: two hours with an incident in them, and what a report should find, to hold it against
  albstats generate /tmp/night --rps 100 --duration 2h --noise 0.12 --incident bad-pod --truth /tmp/truth.json
  albstats report overview --from /tmp/night";

/// Write realistic access, connection and health check logs to a folder, laid out as AWS lays them out in a bucket.
///
/// Everything is invented, nothing is left to chance: the same options give the same bytes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct GenerateArgs {
    /// Folder to write to; created if it is missing.
    out: PathBuf,
    /// Requests per second, on average over all load balancers.
    #[arg(long, value_name = "N", default_value_t = SynthSpec::default().requests_per_second)]
    rps: f64,
    /// How long the logs are: 1h, 90m, 2 days.
    #[arg(long, value_name = "TIME", default_value = "1h")]
    duration: TimeSpan,
    /// When the logs begin, with a time zone.
    #[arg(long, value_name = "TIME", default_value = "2026-11-20T10:00:00Z")]
    start: Timestamp,
    /// Number of everything that looks like chance; another one gives other logs.
    #[arg(long, value_name = "S", default_value_t = SynthSpec::default().seed)]
    seed: u64,
    /// Number of load balancers.
    #[arg(long, value_name = "N", default_value_t = SynthSpec::default().load_balancers)]
    load_balancers: usize,
    /// Number of nodes of each load balancer; every node writes one object of each kind in five minutes.
    #[arg(long, value_name = "N", default_value_t = SynthSpec::default().nodes_per_load_balancer)]
    nodes: usize,
    /// Account number in names and ARNs.
    #[arg(long, value_name = "ID", default_value_t = SynthSpec::default().account)]
    account: String,
    /// Region in names and ARNs.
    #[arg(long, value_name = "REGION", default_value_t = SynthSpec::default().region)]
    region: String,
    /// Share of objects written as in earlier years, with fewer fields: 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = SynthSpec::default().old_widths)]
    old_widths: f64,
    /// Share of access lines with something odd in them, all of them readable: 0 to 1.
    #[arg(long, value_name = "SHARE", default_value_t = SynthSpec::default().odd_share)]
    odd_share: f64,
    /// Something that goes wrong, in the middle of the logs; whom it hits and how hard depends on the seed. May be repeated.
    #[arg(long = "incident", value_name = "NAME", value_parser = incident_parser(), hide_possible_values = true,
          long_help = incident_help())]
    incidents: Vec<IncidentKind>,
    /// Share of the failures of every day that there are: 0 to 1. Below 1 no service is in trouble by itself either, as one is
    /// in every hour of each load balancer.
    #[arg(long, value_name = "SHARE", default_value_t = SynthSpec::default().noise)]
    noise: f64,
    /// File to write to, as JSON, what goes wrong in the logs: kind, time, whom to name, how many lines it changed.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Write into a folder that is not empty; files of the same names are replaced.
    #[arg(long)]
    force: bool,
}

impl GenerateArgs {
    fn into_spec(self) -> GenerateSpec {
        // Too long a time saturates, and is then refused with what else makes no sense.
        let micros = |long: u128| i64::try_from(long).unwrap_or(i64::MAX);
        let logs = SynthSpec {
            seed: self.seed,
            start: self.start.as_microsecond(),
            duration: micros(self.duration.get().as_micros()),
            requests_per_second: self.rps,
            load_balancers: self.load_balancers,
            nodes_per_load_balancer: self.nodes,
            account: self.account,
            region: self.region,
            old_widths: self.old_widths,
            odd_share: self.odd_share,
            noise: self.noise,
            incidents: self.incidents,
        };
        GenerateSpec { out: self.out, logs, force: self.force }
    }
}

/// Generates logs, with a progress bar if standard error is a terminal, and says what was written.
pub(super) fn run(mut args: GenerateArgs, quiet: bool) -> anyhow::Result<Outcome> {
    let truth_file = args.truth.take();
    let spec = args.into_spec();
    let bar = progress_bar(quiet);
    let begin = Instant::now();
    let generated = generate_with_truth(&spec, |_, objects| {
        bar.set_length(objects as u64);
        bar.inc(1);
    });
    bar.finish_and_clear();
    let (generated, truths) = generated.map_err(|error| match error.downcast_ref::<NotEmpty>() {
        Some(not_empty) => Message::new(not_empty).hint("choose another folder").into(),
        None => error,
    })?;
    if let Some(path) = truth_file {
        write_truth(&path, &truths)?;
    }
    if !quiet {
        message(format_args!("{}", closing_line(&spec, &generated, begin.elapsed())));
    }
    Ok(Outcome::Done)
}

/// Names of incidents, as they are typed.
fn incident_parser() -> impl TypedValueParser<Value = IncidentKind> {
    let names: Vec<&str> = IncidentKind::all().map(IncidentKind::name).collect();
    PossibleValuesParser::new(names)
        .try_map(|name| IncidentKind::of_name(&name).ok_or_else(|| format!("no incident is called {name}")))
}

fn incident_help() -> String {
    let mut help =
        "Something that goes wrong, in the middle of the logs; whom it hits and how hard depends on the seed. May be \
                    repeated:\n"
            .to_owned();
    for kind in IncidentKind::all() {
        help.extend(["\n- ", kind.name(), ": ", kind.about()]);
    }
    help
}

/// Writes what is true of the logs: a list, in the order incidents were asked for.
fn write_truth(path: &Path, truths: &[Truth]) -> anyhow::Result<()> {
    let list: Vec<serde_json::Value> = truths.iter().map(truth_json).collect();
    let text = serde_json::to_string_pretty(&list)? + "\n";
    std::fs::write(path, text).with_context(|| format!("cannot write {}", Shown(path.display())))
}

fn truth_json(truth: &Truth) -> serde_json::Value {
    let Truth { kind, when, who, what, strength, effect } = truth;
    let statuses: BTreeMap<String, u64> =
        effect.statuses.iter().map(|(status, &count)| (format!("{status:03}"), count)).collect();
    json!({
        "kind": kind,
        "from": Iso(when.start).to_string(),
        "until": Iso(when.end).to_string(),
        "who": who,
        "what": what,
        "strength": strength,
        "effect": {
            "requests": effect.requests,
            "statuses": statuses,
            "requests_dropped": effect.requests_dropped,
            "connections_changed": effect.connections_changed,
            "connections_dropped": effect.connections_dropped,
            "checks_failed": effect.checks_failed,
            "checks_dropped": effect.checks_dropped,
            "objects_withheld": effect.objects_withheld,
        },
    })
}

fn progress_bar(quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} objects, {eta} left");
    ProgressBar::with_draw_target(Some(0), target).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn closing_line(spec: &GenerateSpec, generated: &Generated, elapsed: Duration) -> String {
    let Generated { objects, requests, connections, health_checks, raw_bytes, gzip_bytes } = *generated;
    let [objects, requests, connections, checks] = [objects, requests, connections, health_checks].map(HumanCount);
    let (raw, gzip, seconds) = (DecimalBytes(raw_bytes), DecimalBytes(gzip_bytes), elapsed.as_secs_f64());
    let out = Shown(spec.out.display());
    format!(
        "wrote {objects} objects in {seconds:.1} s: {requests} requests, {connections} connections, {checks} health \
         checks; {raw} of lines in {gzip} · next: albstats query --from {out} \"SELECT count(*) FROM requests\""
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        generate: GenerateArgs,
    }

    fn spec(args: &[&str]) -> GenerateSpec {
        let args = ["generate", "/tmp/logs"].iter().chain(args);
        Cli::try_parse_from(args).unwrap().generate.into_spec()
    }

    #[test]
    fn options_say_what_is_generated() {
        assert_eq!(spec(&[]).logs, SynthSpec::default());
        let logs = spec(&["--rps", "0.5", "--duration", "1 day 30m", "--start", "2026-01-01T00:00:00+01:00"]).logs;
        assert_eq!(logs.duration, 24 * alblog::time::HOUR + 30 * alblog::time::MINUTE);
        assert_eq!(Some(logs.start), alblog::time::parse(b"2025-12-31T23:00:00Z"));
        assert!(Cli::try_parse_from(["generate", "/tmp/logs", "--duration", "soon"]).is_err());
    }

    #[test]
    fn the_closing_line_adds_up_for_a_person() {
        let generated = Generated {
            objects: 3,
            requests: 7200,
            connections: 1584,
            health_checks: 9,
            raw_bytes: 6_500_000,
            gzip_bytes: 900_000,
        };
        assert_eq!(
            closing_line(&spec(&[]), &generated, Duration::from_millis(1234)),
            "wrote 3 objects in 1.2 s: 7,200 requests, 1,584 connections, 9 health checks; 6.50 MB of lines in \
             900.00 kB · next: albstats query --from /tmp/logs \"SELECT count(*) FROM requests\""
        );
    }
}
