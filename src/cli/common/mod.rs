//! What subcommands have in common: flags, messages and the ways of printing. Nothing here knows a subcommand.

pub(in crate::cli) mod answer;
pub(in crate::cli) mod athena;
pub(in crate::cli) mod cache;
pub(in crate::cli) mod candidates;
pub(in crate::cli) mod engine;
pub(in crate::cli) mod export_target;
pub(in crate::cli) mod following;
pub(in crate::cli) mod global;
pub(in crate::cli) mod intake;
pub(in crate::cli) mod interruption;
pub(in crate::cli) mod kubernetes;
pub(in crate::cli) mod messages;
pub(in crate::cli) mod missed;
pub(in crate::cli) mod presenting;
pub(in crate::cli) mod printing;
pub(in crate::cli) mod progress;
pub(in crate::cli) mod replacing;
pub(in crate::cli) mod selection;
pub(in crate::cli) mod source;
pub(in crate::cli) mod stored;
pub(in crate::cli) mod summary;
pub(in crate::cli) mod target_groups;
pub(in crate::cli) mod time;

pub(in crate::cli) use global::GlobalArgs;
pub(in crate::cli) use messages::{message, overheard, print, say_in_json, warn};
