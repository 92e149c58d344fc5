//! What a server is started with: flags over configuration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};

use super::super::STACK;
use super::super::common::message;
use super::{LogName, ServeArgs};
use crate::base::config::{Config, Setting};
use crate::base::message::Message;
use crate::serve::{Access, Door, Limits, Settings, Tls};

pub(super) fn settings(args: &ServeArgs, config: &Config, log: LogName) -> Settings {
    let serve = &config.serve;
    Settings {
        listen: args.listen.unwrap_or(serve.listen.value),
        hosts: if args.host.is_empty() { serve.hosts.value.clone() } else { args.host.clone() },
        limits: Limits {
            slots: serve.slots.value.get(),
            queue: serve.queue.value,
            timeout: serve.timeout.value.get(),
            max_rows: serve.max_rows.value as u64,
            max_bytes: serve.max_answer.value.0,
            cache: serve.answers.value.0,
            stack: STACK,
        },
        log: log.form(),
        grace: serve.grace.value.get(),
    }
}

/// Who may ask. Whoever can be reached from elsewhere asks for tokens.
pub(super) fn door(args: &ServeArgs, config: &Config, listen: SocketAddr) -> Result<Door> {
    let serve = &config.serve;
    let configured = |path: &Option<Setting<PathBuf>>| path.clone().map(|path| path.value);
    let tokens = args.tokens.clone().or_else(|| configured(&serve.tokens));
    let is_reachable = !listen.ip().to_canonical().is_loopback();
    if is_reachable && tokens.is_none() {
        let message = format_args!("{listen} can be reached from elsewhere, and anybody could ask");
        let hint =
            "albstats serve token NAME --tokens FILE makes one for --tokens FILE; 127.0.0.1 is for this machine alone";
        bail!(Message::new(message).hint(hint));
    }
    let certificate = args.certificate.clone().or_else(|| configured(&serve.certificate));
    let tls = match (certificate, args.key.clone().or_else(|| configured(&serve.key))) {
        (Some(certificate), Some(key)) => Some(Arc::new(Tls::open(certificate, key)?)),
        _ => None,
    };
    if is_reachable && tls.is_none() {
        message(
            Message::new(
                "warning: tokens and answers travel as they are: without TLS, whoever is on the way can read them",
            )
            .hint("--certificate and --key, or a proxy that speaks TLS"),
        );
    }
    Ok(Door { access: Arc::new(Access::open(tokens, serve.session.value.get())?), tls })
}
