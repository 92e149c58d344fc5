//! `albstats athena ddl`: tables as statements to paste.

use anyhow::{Result, bail};
use clap::Args;

use crate::ask::athena::ddl::FIRST_DAY;
use crate::ask::athena::{Export, RawLogs, is_day, raw};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::s3_address::S3Address;
use crate::base::shown::Shown;
use crate::base::tables::Table;
use crate::cli::common::print;
use crate::cli::schema;

const EXAMPLES: &str = "\
Examples:
  albstats athena ddl --location s3://acme-alb-lake/v1 --since 2026-01-01 \\
    --account 123456789012 --account 210987654321 --region eu-west-1
  albstats athena ddl requests --location s3://lake/v1 --account 123456789012 --region eu-west-1
  albstats athena ddl --raw s3://acme-alb-logs/eks --account 123456789012 --region eu-west-1";

/// Print CREATE EXTERNAL TABLE for an export, or for logs as AWS writes them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DdlArgs {
    /// Only these tables
    #[arg(value_name = "TABLE")]
    tables: Vec<String>,
    /// The export
    #[arg(long, value_name = "s3://…", required_unless_present = "raw")]
    location: Option<S3Address>,
    /// Logs as AWS writes them: the folder that holds AWSLogs
    #[arg(long, value_name = "s3://…", conflicts_with = "location")]
    raw: Option<S3Address>,
    /// AWS account; may be repeated
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = account, required = true)]
    accounts: Vec<String>,
    /// AWS region; may be repeated
    #[arg(long = "region", value_name = "REGION", value_parser = region, required = true)]
    regions: Vec<String>,
    /// First day, such as 2026-01-01; days before it do not exist for Athena
    #[arg(long, value_name = "DAY", value_parser = day, default_value = FIRST_DAY)]
    since: String,
}

pub(super) fn run(args: &DdlArgs) -> Result<Outcome> {
    let (accounts, regions, first_day) = (args.accounts.clone(), args.regions.clone(), args.since.clone());
    let statements: Vec<String> = match (&args.location, &args.raw) {
        (_, Some(raw)) => {
            let logs = RawLogs { location: raw.clone(), accounts, regions, first_day };
            raw_tables(&args.tables)?.iter().map(|table| logs.create(table)).collect()
        }
        (Some(location), None) => {
            let export = Export { location: location.clone(), accounts, regions, first_day };
            export_tables(&args.tables)?.into_iter().map(|table| export.create(table)).collect()
        }
        (None, None) => bail!("--location or --raw says where the files are"),
    };
    print(&statements.iter().map(|statement| format!("{statement};\n")).collect::<Vec<_>>().join("\n"))?;
    Ok(Outcome::Done)
}

fn export_tables(names: &[String]) -> Result<Vec<Table>> {
    if names.is_empty() {
        return Ok(Table::ALL.to_vec());
    }
    names.iter().map(|name| schema::find(name)).collect()
}

fn raw_tables(names: &[String]) -> Result<Vec<raw::RawTable>> {
    if names.is_empty() {
        return Ok(raw::TABLES.to_vec());
    }
    let known = raw::TABLES.map(|table| table.name);
    let find = |name: &String| match raw::TABLES.into_iter().find(|table| table.name == name) {
        Some(table) => Ok(table),
        None => {
            bail!(Message::new(format_args!("no raw table named {name}", name = Shown(name))).hint(known.join(", ")))
        }
    };
    names.iter().map(find).collect()
}

fn account(text: &str) -> Result<String, String> {
    let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| text.to_owned()).ok_or_else(|| "expected 12 digits".to_owned())
}

fn region(text: &str) -> Result<String, String> {
    let is_region =
        text.contains('-') && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    is_region.then(|| text.to_owned()).ok_or_else(|| "expected a region such as eu-west-1".to_owned())
}

fn day(text: &str) -> Result<String, String> {
    is_day(text).then(|| text.to_owned()).ok_or_else(|| "expected a day such as 2026-01-01".to_owned())
}
