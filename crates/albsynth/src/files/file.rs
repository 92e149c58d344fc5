//! One file at a time: rendered, compressed, written under another name and then renamed, so that whoever reads the
//! folder meanwhile sees whole objects only.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::{Effect, ObjectPlan, Synth, SynthSpec};
use alblog::LogKind;
use alblog::key::account_folder;
use alblog::time::Iso;
use anyhow::Context;
use flate2::{Compression, GzBuilder};

use super::Generated;

/// Writes objects; keeps its buffers from one to the next.
#[derive(Default)]
pub(super) struct Writer {
    text: Vec<u8>,
    compressed: Vec<u8>,
}

impl Writer {
    /// Writes one object to its place below `out`, whose folders exist.
    pub(super) fn write(
        &mut self,
        synth: &Synth,
        plan: &ObjectPlan,
        out: &Path,
    ) -> anyhow::Result<(Generated, Vec<Effect>)> {
        self.text.clear();
        let effects = synth.render(plan, &mut self.text);
        self.compressed.clear();
        // AWS compresses with the usual level. No time in the header: the same text gives the same bytes.
        let mut encoder = GzBuilder::new().mtime(0).write(&mut self.compressed, Compression::new(6));
        encoder.write_all(&self.text)?;
        encoder.finish()?;
        put(&out.join(plan.key.folder()), &plan.key.to_string(), &self.compressed)?;
        Ok((Generated::object(plan, &self.text, self.compressed.len() as u64), effects))
    }
}

/// The objects AWS puts into a bucket when logging is switched on: plain text, above the folders of the logs.
pub(super) fn write_test_objects(out: &Path, logs: &SynthSpec, plans: &[ObjectPlan]) -> anyhow::Result<()> {
    let Some(first) = plans.first() else {
        return Ok(());
    };
    let folder = out.join(account_folder("", &logs.account));
    for name in LogKind::ALL.map(LogKind::test_object) {
        // `ELBAccessLogTestFile` is about `AccessLog`.
        let log = name.trim_start_matches("ELB").trim_end_matches("TestFile");
        let text = format!("Enable {log} for ELB: {} at {}", first.key.elb(), Iso(logs.start));
        put(&folder, name, text.as_bytes())?;
    }
    Ok(())
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    let partial = folder.join(format!(".{name}.partial"));
    let written = fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, &path));
    written
        // What was left half-written is of no use to anybody; the first error is the one to tell.
        .inspect_err(|_| drop(fs::remove_file(&partial)))
        .with_context(|| format!("cannot write {}", path.display()))
}
