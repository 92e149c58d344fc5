//! The command line: what can be typed, and what it becomes. The only folder that imports `clap`.
//!
//! One file or folder per subcommand. Each turns what was typed into the operation's own types, runs it, and says how it
//! ended; `common` is what they share, and knows none of them. This file knows them all: it parses, chooses, and turns
//! errors and outcomes into exit codes.

#[cfg(test)]
mod amounts;
mod athena;
mod bucket;
mod cache;
mod common;
mod completions;
mod config;
mod demo;
mod export;
mod fetch;
mod generate;
mod iam;
mod ingest;
mod inventory;
mod objects;
mod query;
mod reconcile;
mod report;
mod schema;
mod serve;
mod shell;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser, Subcommand};

use crate::base::bug;
use crate::base::config::Overrides;
use crate::base::message::Message;
use crate::base::outcome::{FAILED, Outcome};
use crate::base::shown::Shown;
use crate::base::telemetry;
use crate::output::is_broken_pipe;
use common::interruption::{die_if_interrupted, listen};
use common::{GlobalArgs, message, print};

const EXAMPLES: &str = "\
Examples:
  albstats demo
  albstats query --from ./logs \"SELECT elb, count(*) FROM requests GROUP BY elb\"
  albstats shell --from ./logs
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

#[derive(Debug, Subcommand)]
enum Command {
    Query(Box<query::QueryArgs>),
    Shell(Box<shell::ShellArgs>),
    Report(Box<report::ReportArgs>),
    Export(export::ExportArgs),
    Ingest(Box<ingest::IngestArgs>),
    Serve(Box<serve::ServeArgs>),
    Objects(objects::ObjectsArgs),
    Fetch(fetch::FetchArgs),
    Inventory(inventory::InventoryArgs),
    Schema(schema::SchemaArgs),
    Athena(athena::AthenaArgs),
    Reconcile(reconcile::ReconcileArgs),
    Iam(iam::IamArgs),
    Bucket(bucket::BucketArgs),
    Config(config::ConfigArgs),
    Cache(cache::CacheArgs),
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
            message(bug::message().after("error: "));
            ExitCode::from(FAILED)
        }
        Err(error) => {
            message(format_args!("error: cannot start a thread: {error}"));
            ExitCode::from(FAILED)
        }
    }
}

fn parse_and_run() -> ExitCode {
    if let Some(code) = completions::answer(Cli::command) {
        return code;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no errors. Nobody may be there to read them.
            let is_mistake = error.use_stderr();
            let _ = with_harmless_words(error).print();
            return if is_mistake { ExitCode::from(FAILED) } else { ExitCode::SUCCESS };
        }
    };
    telemetry::init(cli.global.verbose);
    if let Err(error) = listen() {
        message(format_args!("warning: an interrupted run may leave unfinished files: {error}", error = Shown(error)));
    }
    let code = match run(cli) {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            message(Message::from(error).after("error: "));
            ExitCode::from(FAILED)
        }
    };
    die_if_interrupted();
    code
}

/// The error with what was typed as it may stand in a message.
fn with_harmless_words(mut error: clap::Error) -> clap::Error {
    let harmless = |text: &String| Shown(text).to_string();
    let words: Vec<(ContextKind, ContextValue)> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(harmless(text)))),
            ContextValue::Strings(texts) => Some((kind, ContextValue::Strings(texts.iter().map(harmless).collect()))),
            // Tips repeat what was typed; their colours are lost where they cannot be told from it.
            ContextValue::StyledStrs(tips) if tips.iter().any(|tip| tip.to_string() != Shown(tip).to_string()) => {
                let tips = tips.iter().map(|tip| Shown(tip).to_string().into()).collect();
                Some((kind, ContextValue::StyledStrs(tips)))
            }
            _ => None,
        })
        .collect();
    for (kind, value) in words {
        error.insert(kind, value);
    }
    error
}

fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let Cli { command, global } = cli;
    match command {
        Command::Query(args) => query::run(&args, &global),
        Command::Shell(args) => shell::run(&args, &global),
        Command::Report(args) => report::run(&args, &global),
        Command::Export(args) => export::run(&args, &global),
        Command::Ingest(args) => ingest::run(&args, &global),
        Command::Serve(args) => serve::run(&args, &global),
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
        Command::Cache(args) => cache::run(&args, &global),
        Command::Demo(args) => demo::run(&args, &global),
        Command::Completions(args) => completions::run(&args),
        Command::Generate(args) => generate::run(args, global.quiet),
    }
}
