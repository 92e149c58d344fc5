//! `albstats generate`: realistic logs to try things on.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use albsynth::SynthSpec;
use clap::Args;
use indicatif::{DecimalBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::common::message;
use crate::base::config::TimeSpan;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use albsynth::files::{GenerateSpec, Generated, generate};

const EXAMPLE: &str = "\
Example: an hour of a busy site, about 1.1 GB of lines in 160 MB of objects, the same bytes on every run
  albstats generate /tmp/logs --rps 400 --duration 1h
  albstats query --from /tmp/logs \"SELECT elb_status_code, count(*) FROM requests GROUP BY 1\"";

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
        };
        GenerateSpec { out: self.out, logs, force: self.force }
    }
}

/// Generates logs, with a progress bar if standard error is a terminal, and says what was written.
pub(super) fn run(args: GenerateArgs, quiet: bool) -> anyhow::Result<Outcome> {
    let spec = args.into_spec();
    let bar = progress_bar(quiet);
    let begin = Instant::now();
    let generated = generate(&spec, |_, objects| {
        bar.set_length(objects as u64);
        bar.inc(1);
    });
    bar.finish_and_clear();
    let generated = generated?;
    if !quiet {
        message(format_args!("{}", closing_line(&spec, &generated, begin.elapsed())));
    }
    Ok(Outcome::Done)
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
