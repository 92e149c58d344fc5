//! Exports and live stores as what a question reads: what has to be said of them, alone or beside logs.

use std::collections::BTreeSet;

use anyhow::Result;
use tokio::runtime::Runtime;

use super::messages::message;
use super::missed::not_in_export;
use super::source::limits;
use crate::ask::query::{ExportRun, load_balancers};
use crate::ask::selection::RowFilter;
use crate::base::config::Config;
use crate::base::shown::Shown;
use crate::base::tables::Layer;
use crate::lake::export::{OpenExport, Redaction};
use crate::lake::layers::Kept;
use crate::read::storage::{Listing, LogObject};

/// A layer, as far as these rows of it are asked about.
pub(super) fn stored_run(layer: Layer, stores: Vec<Kept>, rows: &RowFilter, config: &Config) -> ExportRun {
    ExportRun::new(layer, stores, rows.clone(), config.threads.value.get()).strictly(config.strict.value)
}

/// Says which load balancers were asked for that neither exports and stores nor other logs know.
pub(super) fn say_missed(
    rows: &RowFilter,
    stores: &[Kept],
    listed: BTreeSet<String>,
    config: &Config,
    runtime: &Runtime,
) -> Result<()> {
    if rows.elbs.is_empty() {
        return Ok(());
    }
    let limits = limits(config);
    let known = load_balancers(stores.to_vec(), rows.window.clone(), config.threads.value.get(), &limits);
    let known = runtime.block_on(known)?.into_iter().chain(listed).collect();
    if let Some(missed) = not_in_export(&rows.elbs, &known) {
        message(missed.after("warning: "));
    }
    Ok(())
}

/// Says that rows of one question differ in what they leave out.
pub(super) fn say_redacted<'a>(stores: impl Iterator<Item = &'a Kept> + Clone, raw: &Listing) {
    let all = stores.clone().map(|store| &store.export.settings.redact);
    let differ = |redact: &Redaction| !raw.objects.is_empty() || all.clone().any(|other| other != redact);
    for OpenExport { name, settings, .. } in stores.map(|store| &store.export) {
        if !settings.redact.is_empty() && differ(&settings.redact) {
            message(format_args!(
                "notice: {} leaves out {} (--redact); rows that are read elsewhere have it",
                Shown(name),
                settings.redact
            ));
        }
    }
}

/// Load balancers of these objects, as `app/<name>/<id>`.
pub(super) fn elbs_of(objects: &[LogObject]) -> BTreeSet<String> {
    objects.iter().filter_map(|object| Some(object.key.as_ref()?.elb())).collect()
}
