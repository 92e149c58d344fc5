//! `albstats serve token NAME`: makes a token, and shows it once.

use std::fs::OpenOptions;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::super::common::{GlobalArgs, message, print};
use crate::base::config::Overrides;
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::serve::{NewToken, Scope, make_token};

/// Make a token, print it once, and add its hash to the file of tokens; a server that runs takes it up by itself
#[derive(Debug, Args)]
pub(super) struct TokenArgs {
    /// What it is called in lists and logs
    name: String,
    /// What it allows beside reports without query strings and addresses of clients: private (those, and SQL), ops (other people's queries)
    #[arg(long, value_name = "SCOPE", value_delimiter = ',')]
    scope: Vec<Scope>,
    /// The file of tokens [default: tokens of [serve] in albstats.toml]
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
}

pub(super) fn run(args: &TokenArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let configured = config.serve.tokens.map(|tokens| tokens.value);
    let Some(file) = args.tokens.clone().or(configured) else {
        bail!(Message::new("there is no file of tokens").hint("--tokens FILE, or tokens = \"FILE\" of [serve]"));
    };
    let NewToken { token, line } = make_token(&args.name, &args.scope)?;
    add(&file, &args.name, &line).with_context(|| format!("cannot add to {}", Shown(file.display())))?;
    print(&format!("{token}\n"))?;
    if !global.quiet {
        message(format_args!("notice: {} has its hash; the token is not shown again", Shown(file.display())));
    }
    Ok(Outcome::Done)
}

/// Adds a line to a file that nobody else may read.
fn add(file: &Path, name: &str, line: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(file)?;
    file.lock()?;
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    if text.lines().any(|line| line.split_whitespace().next() == Some(name)) {
        bail!(Message::new(format_args!("there is a token named {name}")).hint("another name, or take its line out"));
    }
    let break_before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Ok(file.write_all(format!("{break_before}{line}\n").as_bytes())?)
}
