//! Diagnostics on standard error (`-v`, `-vv`, or `ALBSTATS_LOG`). Never prints what clients sent.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts diagnostics: warnings by default, more with each `-v`; the filter in `ALBSTATS_LOG` overrides both.
pub fn init(verbosity: u8) {
    let level = match verbosity {
        0 => "albstats=warn",
        1 => "albstats=info",
        2 => "albstats=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("ALBSTATS_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // A second start (tests that run the program in one process) keeps the first subscriber.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .without_time()
        .with_target(false)
        .try_init();
}
