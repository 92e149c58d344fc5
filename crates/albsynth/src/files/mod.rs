//! Writes generated logs to disk, laid out as AWS lays them out in a bucket.
//!
//! Responsible for folders, files, compression and the use of all cores. What the logs say is decided in
//! [`crate`]; what was typed, in `cli::generate`.

mod arriving;
mod file;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::{ObjectPlan, Synth, SynthSpec, Truth};
use alblog::LogKind;
use anyhow::{Context, bail};

pub use arriving::Arriving;
use file::Writer;

/// What to generate, and where.
#[derive(Debug, Clone)]
pub struct GenerateSpec {
    /// The folder that stands for the bucket.
    pub out: PathBuf,
    /// What the logs are to say.
    pub logs: SynthSpec,
    /// Write into a folder that is not empty. Files of the same names are replaced, others stay.
    pub force: bool,
}

/// The folder has something in it, and nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("{} is not empty", .0.display())]
pub struct NotEmpty(pub PathBuf);

/// What was generated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Generated {
    /// Log objects, without the test objects.
    pub objects: u64,
    /// Lines of access logs.
    pub requests: u64,
    /// Lines of connection logs.
    pub connections: u64,
    /// Lines of health check logs.
    pub health_checks: u64,
    /// Bytes of all lines.
    pub raw_bytes: u64,
    /// Bytes of all log objects as written.
    pub gzip_bytes: u64,
}

impl Generated {
    fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.requests += other.requests;
        self.connections += other.connections;
        self.health_checks += other.health_checks;
        self.raw_bytes += other.raw_bytes;
        self.gzip_bytes += other.gzip_bytes;
    }

    /// One object with these lines.
    fn object(plan: &ObjectPlan, text: &[u8], gzip_bytes: u64) -> Self {
        let lines = text.iter().map(|&byte| u64::from(byte == b'\n')).sum();
        let lines_of = |kind| if plan.key.kind == kind { lines } else { 0 };
        Self {
            objects: 1,
            requests: lines_of(LogKind::Access),
            connections: lines_of(LogKind::Connection),
            health_checks: lines_of(LogKind::HealthCheck),
            raw_bytes: text.len() as u64,
            gzip_bytes,
        }
    }
}

/// Generates logs. Calls `progress` from any thread after every object, with that object and the number of all objects.
///
/// The same specification gives the same files, byte for byte, on however many cores.
pub fn generate(spec: &GenerateSpec, progress: impl Fn(&Generated, usize) + Sync) -> anyhow::Result<Generated> {
    generate_with_truth(spec, progress).map(|(generated, _)| generated)
}

/// Generates logs as [`generate`] does, and tells what is true of them.
pub fn generate_with_truth(
    spec: &GenerateSpec,
    progress: impl Fn(&Generated, usize) + Sync,
) -> anyhow::Result<(Generated, Vec<Truth>)> {
    let synth = Synth::new(spec.logs.clone())?;
    if !spec.force {
        refuse_unless_empty(&spec.out)?;
    }
    let plans = synth.plan();
    make_folders(&spec.out, &plans)?;
    file::write_test_objects(&spec.out, &spec.logs, &plans)?;
    let next = AtomicUsize::new(0);
    let work = || {
        let mut writer = Writer::default();
        let (mut sum, mut effects) = (Generated::default(), Vec::new());
        while let Some(plan) = plans.get(next.fetch_add(1, Ordering::Relaxed)) {
            // After an error nobody needs to begin another object.
            let (written, done) =
                writer.write(&synth, plan, &spec.out).inspect_err(|_| next.store(plans.len(), Ordering::Relaxed))?;
            progress(&written, plans.len());
            sum.add(written);
            effects.push(done);
        }
        Ok((sum, effects))
    };
    let cores = thread::available_parallelism().map_or(1, usize::from).min(plans.len()).max(1);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let (mut total, mut effects) = (Generated::default(), Vec::new());
        for worker in workers {
            // A panic goes on in this thread.
            let done: anyhow::Result<_> = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let (sum, mut more) = done?;
            total.add(sum);
            effects.append(&mut more);
        }
        Ok((total, synth.truth(effects)))
    })
}

fn refuse_unless_empty(out: &Path) -> anyhow::Result<()> {
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => bail!(NotEmpty(out.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot write to {}", out.display())),
    }
}

fn make_folders(out: &Path, plans: &[ObjectPlan]) -> anyhow::Result<()> {
    let mut folders: Vec<PathBuf> = plans.iter().map(|plan| out.join(plan.key.folder())).collect();
    folders.sort_unstable();
    folders.dedup();
    folders.push(out.to_owned());
    for folder in folders {
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(())
}
