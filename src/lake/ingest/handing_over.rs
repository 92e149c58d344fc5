//! Hours that are complete go to the export: by the export's own code, from the logs themselves.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use super::input::Exported;
use crate::lake::export::target::Target;
use crate::lake::export::{ExportProgress, ExportSpec, Slot, SlotLength, Source, run, sources_of_slots};
use crate::read::storage::LogObject;

/// The export behind a live store.
pub struct Export {
    /// How it is brought up to date; `since` and `until` are those of each run.
    pub spec: ExportSpec,
    pub target: Box<dyn Target>,
    /// Set to end a run.
    pub progress: ExportProgress,
    /// Closed when no request is waited for any more.
    pub ended: Arc<Semaphore>,
}

impl Export {
    /// Brings the slots up to date that begin in this time, and says what the records of some name.
    pub(super) fn bring_up_to_date(
        self: &Arc<Self>,
        starts: Range<i64>,
        slots: &[Slot],
        runtime: &Handle,
    ) -> Result<Exported> {
        let spec = ExportSpec { since: starts.start, until: starts.end, ..self.spec.clone() };
        let report = run(&spec, self.target.as_ref(), &self.progress, runtime)?;
        let problem = report.incomplete.first().map(|problem| {
            let more = report.incomplete.len() - 1;
            let message = problem.message.clone().after(format_args!("the export is incomplete: {}: ", problem.object));
            if more > 0 { message.then(format_args!(" (and {more} more)")) } else { message }
        });
        let sources = self.recorded(slots)?;
        Ok(Exported { sources, written: report.written.len(), problem })
    }

    /// The objects that the records of these slots name.
    pub(super) fn recorded(&self, slots: &[Slot]) -> Result<Vec<Source>> {
        sources_of_slots(self.target.as_ref(), slots)
    }

    /// The slots of the export that slots of the store belong to.
    pub(super) fn slots_of<'a>(&self, slots: impl Iterator<Item = &'a Slot>) -> Vec<Slot> {
        let length = self.spec.settings.slot;
        let of_export = |slot: &Slot| Slot { start: length.start_of(slot.start), length, ..slot.clone() };
        slots.map(of_export).collect::<BTreeSet<Slot>>().into_iter().collect()
    }
}

/// What the export has of the hours of these objects, if that was not asked before.
pub(super) fn recall(
    export: Option<&Arc<Export>>,
    recalled: &mut HashSet<Slot>,
    objects: &[LogObject],
) -> Result<Vec<Source>> {
    let Some(export) = export else { return Ok(Vec::new()) };
    let slots = objects.iter().filter_map(|object| Some(Slot::of(object.key.as_ref()?, SlotLength::Hour)));
    let slots: BTreeSet<Slot> = slots.collect();
    let asked: Vec<Slot> = export.slots_of(slots.iter()).into_iter().filter(|slot| !recalled.contains(slot)).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let sources = export.recorded(&asked)?;
    recalled.extend(asked);
    Ok(sources)
}
