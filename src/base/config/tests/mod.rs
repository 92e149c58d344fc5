//! Configuration as a whole, in a folder and an environment made for each test.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;

use tempfile::TempDir;

use crate::base::config::{Config, Environment, Origin, Overrides};

mod find;
mod from;
mod layers;
mod messages;
mod sources;

/// A folder to stand in and variables, none of them this process's.
struct Scene {
    root: TempDir,
    environment: Environment,
}

impl Scene {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("work");
        fs::create_dir(&folder).unwrap();
        let cores = NonZeroUsize::new(2).unwrap();
        Self { root, environment: Environment { variables: BTreeMap::new(), folder, cores } }
    }

    /// With `albstats.toml` in the current folder.
    fn with(text: &str) -> Self {
        Self::new().file("work/albstats.toml", text)
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn path(&self, path: &str) -> String {
        self.root.path().join(path).to_string_lossy().into_owned()
    }

    fn load(&self) -> Config {
        Config::load(None, &self.environment, Overrides::default()).unwrap()
    }

    fn error(&self) -> String {
        format!("{:#}", Config::load(None, &self.environment, Overrides::default()).unwrap_err())
    }
}

fn line(line: usize) -> Origin {
    Origin::File { path: "albstats.toml".into(), line }
}

fn env(name: &str) -> Origin {
    Origin::Env(name.to_owned())
}

fn flag(name: &str) -> Origin {
    Origin::Flag(name.to_owned())
}
