//! Configuration: what the defaults, `albstats.toml`, the environment and the flags say, in this order of precedence,
//! as values that know where they came from.
//!
//! Responsible for finding and reading the file, for reading values from text, and for what a source's name stands
//! for. Not responsible for flags (they arrive as [`Overrides`]), for AWS, or for opening what `from` names.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use alblog::key::MARGIN;
use anyhow::Result;

mod alerts;
mod document;
mod environment;
mod file;
mod from;
mod hint;
mod inventory;
mod lengths;
mod policy;
mod policy_table;
mod serve;
mod setting;
mod size;
mod source;
mod tables;
#[cfg(test)]
mod tests;
mod timespan;
mod trust;
mod value;

pub use alerts::{AlertConfig, Alerts, Asks, Receiver};
pub use environment::Environment;
pub use lengths::{Keep, Pause, Stretch};
pub use policy::{Foreign, LogPolicy, ManualDisable, Matcher, OnRemoval, PLACEHOLDERS, Selector, Undeclared};
pub use serve::{ServeConfig, address};
pub use setting::{Origin, Setting};
pub use size::{ByteSize, StoreSize};
pub use source::{SourceConfig, Sources};
pub use tables::TableName;
pub use timespan::TimeSpan;
pub use value::threads;

use document::{Document, Entry};
use environment::last_part;
use file::File;
use value::{InFile, Value};

use crate::base::message::Message;

/// The settings' keys in the file. `read.margin` is `ALBSTATS_MARGIN` in the environment and `--margin` as a flag.
const SETTINGS: [&str; 11] = [
    "cache",
    "inventory",
    "read.fresh",
    "read.margin",
    "read.strict",
    "limits.memory",
    "limits.temp_disk",
    "limits.max_bytes",
    "limits.threads",
    "output.format",
    "output.max_rows",
];

/// What came later than this to an hour is taken in by the export of the next night.
const DEFAULT_FRESH: TimeSpan = TimeSpan::minutes(26 * 60);
const DEFAULT_MARGIN: TimeSpan = TimeSpan::micros(MARGIN);
const DEFAULT_MEMORY: ByteSize = ByteSize::mebibytes(64);
const DEFAULT_TEMP_DISK: ByteSize = ByteSize::gibibytes(10);
const DEFAULT_MAX_BYTES: ByteSize = ByteSize::gigabytes(5);
const DEFAULT_MAX_ROWS: usize = 1000;

/// Everything that is configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that was read, and who chose it.
    pub file: Option<Setting<PathBuf>>,
    pub sources: Sources,
    /// The source to read when nothing else is said: the one chosen, or the only one there is.
    pub default_source: Option<Setting<String>>,
    /// What `ALBSTATS_FROM` says in place of `--from`.
    pub from: Option<Setting<Vec<String>>>,
    /// Other names of tables of AWS's documentation.
    pub tables: Vec<TableName>,
    /// The file that `albstats inventory` keeps; none where no folder for it is known.
    pub inventory: Option<Setting<PathBuf>>,
    /// How much of the objects of buckets is kept on this machine, if any is.
    pub cache: Option<Setting<ByteSize>>,
    /// Where; none where no folder for it is known.
    pub cache_folder: Option<PathBuf>,
    /// How long after an hour its logs are listed although an export has it.
    pub fresh: Setting<TimeSpan>,
    /// How late after its interval an object may hold a row.
    pub margin: Setting<TimeSpan>,
    /// Whether a line or object that cannot be read ends the run.
    pub strict: Setting<bool>,
    /// Memory for sorting and grouping.
    pub memory: Setting<ByteSize>,
    /// What may be spilled to disk.
    pub temp_disk: Setting<ByteSize>,
    /// What may be read from S3.
    pub max_bytes: Setting<ByteSize>,
    pub threads: Setting<NonZeroUsize>,
    /// The output format's name, not yet checked.
    pub format: Option<Setting<String>>,
    /// Rows shown of a table; 0 is all of them.
    pub max_rows: Setting<usize>,
    /// Which load balancers are to log, if the file says so.
    pub reconcile: Option<Setting<LogPolicy>>,
    /// What a server looks at again and again, and whom it tells.
    pub alerts: Alerts,
    /// What `albstats serve` serves, and how.
    pub serve: ServeConfig,
    /// What should be said to the user about all this.
    pub warnings: Vec<Message>,
    /// The current folder, for paths given to `--from`.
    folder: PathBuf,
}

/// What flags say; they have the last word.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--cache`
    pub cache: Option<ByteSize>,
    /// `--fresh`
    pub fresh: Option<TimeSpan>,
    /// `--margin`
    pub margin: Option<TimeSpan>,
    /// `--strict`
    pub strict: Option<bool>,
    /// `--memory`
    pub memory: Option<ByteSize>,
    /// `--temp-disk`
    pub temp_disk: Option<ByteSize>,
    /// `--max-bytes`
    pub max_bytes: Option<ByteSize>,
    /// `--threads`
    pub threads: Option<NonZeroUsize>,
    /// `--format`
    pub format: Option<String>,
    /// `--max-rows`
    pub max_rows: Option<usize>,
}

impl Config {
    /// Finds and reads the file (`named` is `--config`) and lays environment and flags over it.
    pub fn load(named: Option<&Path>, environment: &Environment, flags: Overrides) -> Result<Self> {
        let file::Found { file: found, may_reconcile, mut warnings } = file::find(named, environment);
        let file = found.as_ref().map(|found| File::read(found, environment)).transpose()?.unwrap_or_default();
        let Document {
            source,
            sources,
            tables,
            inventory,
            cache,
            read,
            limits,
            output,
            reconcile,
            serve,
            alert,
            notify,
        } = file.document()?;
        let reconcile = match reconcile {
            Some(_) if !may_reconcile => {
                warnings.push(file.policy_from_above());
                None
            }
            reconcile => reconcile,
        };
        warnings.extend(environment.warnings());
        let sources = source::sources(sources, &file)?;
        let default_source = source::default(source, &sources, &file, environment)?;
        let layers = Layers { file: &file, environment };
        Ok(Self {
            serve: serve::serve(serve, &sources, &file, environment)?,
            default_source,
            sources,
            from: from::in_environment(environment)?,
            tables: tables::tables(tables, &file)?,
            inventory: inventory::place(layers.top("inventory", inventory, None)?, environment),
            cache: layers.top("cache", cache, flags.cache)?,
            cache_folder: environment.user_folder("XDG_CACHE_HOME", ".cache").map(|folder| folder.join("objects")),
            fresh: layers.resolve("read.fresh", DEFAULT_FRESH, read.fresh, flags.fresh)?,
            margin: layers.resolve("read.margin", DEFAULT_MARGIN, read.margin, flags.margin)?,
            strict: layers.resolve("read.strict", false, read.strict, flags.strict)?,
            memory: layers.resolve("limits.memory", DEFAULT_MEMORY, limits.memory, flags.memory)?,
            temp_disk: layers.resolve("limits.temp_disk", DEFAULT_TEMP_DISK, limits.temp_disk, flags.temp_disk)?,
            max_bytes: layers.resolve("limits.max_bytes", DEFAULT_MAX_BYTES, limits.max_bytes, flags.max_bytes)?,
            threads: layers.resolve("limits.threads", environment.cores, limits.threads, flags.threads)?,
            format: layers.top("output.format", output.format, flags.format)?,
            max_rows: layers.resolve("output.max_rows", DEFAULT_MAX_ROWS, output.max_rows, flags.max_rows)?,
            reconcile: reconcile.map(|table| policy_table::policy(table, &file)).transpose()?,
            alerts: alerts::alerts(alert, notify, &file)?,
            warnings,
            folder: environment.folder.clone(),
            file: found,
        })
    }
}

/// Who may set a value: the file, the environment over it, and a flag over both.
struct Layers<'a> {
    file: &'a File,
    environment: &'a Environment,
}

impl Layers<'_> {
    /// The value that counts, if any layer has one. An unreadable variable is an error even below a flag.
    fn top<T: Value>(&self, key: &str, in_file: Entry<T>, flag: Option<T>) -> Result<Option<Setting<T>>> {
        let name = last_part(key);
        let in_environment = self.environment.setting(name)?;
        let flag = flag.map(|value| Setting::new(value, Origin::Flag(format!("--{}", name.replace('_', "-")))));
        Ok(flag.or(in_environment).or_else(|| in_file.map(|value| self.file.setting(value).map(InFile::get))))
    }

    fn resolve<T: Value>(&self, key: &str, default: T, in_file: Entry<T>, flag: Option<T>) -> Result<Setting<T>> {
        Ok(self.top(key, in_file, flag)?.unwrap_or_else(|| Setting::default(default)))
    }
}
