//! The command line: what can be typed, and what it becomes. The only folder that imports `clap`.
//!
//! One file per subcommand. Each turns what was typed into the operation's own types, runs it, and says how it ended;
//! this file does what is common to all: parsing, errors, exit codes.

mod athena;
mod bucket;
mod completions;
mod config;
mod demo;
mod export;
mod fetch;
mod generate;
mod iam;
mod inventory;
mod kubernetes;
mod objects;
mod printing;
mod progress;
mod query;
mod reading;
mod reconcile;
mod report;
mod schema;
mod selecting;
mod summary;
mod target_groups;
mod time;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::base::bug;
use crate::base::config::{Config, Environment, Overrides};
use crate::base::outcome::{FAILED, Outcome};
use crate::base::telemetry;
use crate::output::{Destination, Format, harmless, is_broken_pipe};

const EXAMPLES: &str = "\
Examples:
  albstats demo
  albstats query --from ./logs \"SELECT elb, count(*) FROM requests GROUP BY elb\"
  albstats query --from ./logs --since 2h -o slow.csv \"SELECT * FROM requests WHERE target_processing_time > 5\"
  zcat *.log.gz | albstats query --from - \"SELECT elb_status_code, count(*) FROM requests GROUP BY 1 ORDER BY 1\"

Exit codes: 0 done, 1 the condition asked about holds, 2 could not do it, 3 done but something could not be read";

/// SQL over the logs of AWS Application Load Balancers
#[derive(Debug, Parser)]
#[command(name = "albstats", version, after_help = EXAMPLES, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: GlobalArgs,
}

/// What every subcommand understands.
#[derive(Debug, clap::Args)]
struct GlobalArgs {
    /// Read this configuration file [default: ./albstats.toml or an ancestor's, then ~/.config/albstats/albstats.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    config: Option<PathBuf>,
    /// Print no counts and hints on standard error, only errors and what could not be read
    #[arg(short, long, global = true, help_heading = "Global options")]
    quiet: bool,
    /// Say more about what is being done (-vv: even more)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    Query(query::QueryArgs),
    Report(Box<report::ReportArgs>),
    Export(export::ExportArgs),
    Objects(objects::ObjectsArgs),
    Fetch(fetch::FetchArgs),
    Inventory(inventory::InventoryArgs),
    Schema(schema::SchemaArgs),
    Athena(athena::AthenaArgs),
    Reconcile(reconcile::ReconcileArgs),
    Iam(iam::IamArgs),
    Bucket(bucket::BucketArgs),
    Config(config::ConfigArgs),
    Demo(demo::DemoArgs),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Generate(generate::GenerateArgs),
}

/// The engine plans by recursion: a statement of as many operators as it takes needs less. Only what is used is taken.
const STACK: usize = 512 << 20;

/// Runs the program.
pub fn main() -> ExitCode {
    bug::silence_panics();
    let program = std::thread::Builder::new().name("albstats".to_owned()).stack_size(STACK).spawn(parse_and_run);
    match program.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => {
            message(format_args!("error: {}", bug::MESSAGE));
            ExitCode::from(FAILED)
        }
        Err(error) => {
            message(format_args!("error: cannot start a thread: {error}"));
            ExitCode::from(FAILED)
        }
    }
}

fn parse_and_run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no errors. Nobody may be there to read them.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
        }
    };
    telemetry::init(cli.global.verbose);
    match run(cli) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            message(format_args!("error: {}", in_full(&error)));
            ExitCode::from(FAILED)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let Cli { command, global } = cli;
    match command {
        Command::Query(args) => query::run(&args, &global),
        Command::Report(args) => report::run(*args, &global),
        Command::Export(args) => export::run(&args, &global),
        Command::Objects(args) => objects::run(&args, &global),
        Command::Fetch(args) => fetch::run(&args, &global),
        Command::Inventory(args) => inventory::run(&args, &global),
        Command::Schema(args) => schema::run(&args),
        Command::Athena(args) => athena::run(&args, &global),
        Command::Reconcile(args) => reconcile::run(&args, &global),
        Command::Iam(args) => iam::run(&args, &global),
        Command::Bucket(args) => bucket::run(&args, &global),
        Command::Config(args) => {
            let config = global.load_config(Overrides::default())?;
            let mut text = Vec::new();
            args.run(&config, &mut text)?;
            print(&String::from_utf8_lossy(&text))?;
            Ok(Outcome::Done)
        }
        Command::Demo(args) => demo::run(&args, &global),
        Command::Completions(args) => completions::run(&args),
        Command::Generate(args) => generate::run(args, global.quiet),
    }
}

impl GlobalArgs {
    /// File, environment and flags; says what is odd about them.
    fn load_config(&self, flags: Overrides) -> anyhow::Result<Config> {
        let config = Config::load(self.config.as_deref(), &Environment::of_process()?, flags)?;
        for warning in &config.warnings {
            message(format_args!("warning: {warning}"));
        }
        Ok(config)
    }
}

/// Prints text that is an answer.
fn print(text: &str) -> anyhow::Result<()> {
    let mut destination = Destination::open(None, Format::Table)?;
    destination.write_all(text.as_bytes())?;
    destination.commit()
}

/// The error and its causes; some errors repeat their cause in their own text.
fn in_full(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&cause);
        }
    }
    text
}

/// Prints lines on standard error; nobody may be there to read them. Names of files can hold anything.
fn message(text: std::fmt::Arguments) {
    let text = text.to_string();
    let pieces = text.split_inclusive(['\n', '\t']).map(|piece| {
        let end = piece.len() - usize::from(piece.ends_with(['\n', '\t']));
        harmless(&piece[..end]) + &piece[end..]
    });
    let _ = writeln!(std::io::stderr(), "{}", pieces.collect::<String>());
}
