//! Statements that were kept under a name: a file each, in a folder beside the configuration.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::base::shown::Shown;

/// A larger file is none of ours.
const LONGEST: u64 = 1 << 20;

/// The folder.
#[derive(Debug, Clone)]
pub(super) struct Queries {
    folder: Option<PathBuf>,
}

impl Queries {
    /// Below the user's folder for configuration; none where there is no home.
    pub(super) fn new(configuration: Option<PathBuf>) -> Self {
        Self { folder: configuration.map(|folder| folder.join("queries")) }
    }

    /// Names and statements, by name. What cannot be read is left out.
    pub(super) fn all(&self) -> Vec<(String, String)> {
        let entries = self.folder.as_ref().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten();
        let names = entries.flatten().filter_map(|entry| {
            let path = entry.path();
            let is_sql = path.extension().is_some_and(|extension| extension == "sql");
            path.file_stem()
                .and_then(|name| name.to_str())
                .filter(|name| is_sql && is_name(name))
                .map(ToOwned::to_owned)
        });
        let mut all: Vec<(String, String)> =
            names.filter_map(|name| self.read(&name).ok().map(|text| (name, text))).collect();
        all.sort();
        all
    }

    /// Names alone.
    pub(super) fn names(&self) -> Vec<String> {
        self.all().into_iter().map(|(name, _)| name).collect()
    }

    /// Keeps a statement; whether there was one of this name.
    pub(super) fn save(&self, name: &str, statement: &str) -> Result<bool> {
        let path = self.path(name)?;
        let folder = path.parent().context("a query lies in a folder")?;
        let existed = path.exists();
        let write = || -> io::Result<()> {
            fs::create_dir_all(folder)?;
            // Whole or not at all; only the user may read it.
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            writeln!(file, "{};", statement.trim())?;
            file.persist(&path)?;
            Ok(())
        };
        write().with_context(|| format!("cannot write {}", Shown(path.display())))?;
        Ok(existed)
    }

    /// The statement of this name.
    pub(super) fn find(&self, name: &str) -> Result<String> {
        match self.read(name) {
            Ok(text) => Ok(text),
            Err(error) if is_missing(&error) => {
                let names = self.names();
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                match nearest(name, &known) {
                    Some(meant) => bail!(
                        Message::new(format_args!("no query is called {}", Shown(name)))
                            .hint(format_args!("did you mean {meant}?"))
                    ),
                    None => bail!(
                        Message::new(format_args!("no query is called {}", Shown(name))).hint("\\queries lists them")
                    ),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn read(&self, name: &str) -> Result<String> {
        let path = self.path(name)?;
        let cannot = || format!("cannot read {}", Shown(path.display()));
        let metadata = fs::metadata(&path).with_context(cannot)?;
        if !metadata.is_file() || metadata.len() > LONGEST {
            bail!("{}: not a statement", cannot());
        }
        fs::read_to_string(&path).with_context(cannot)
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        if !is_name(name) {
            bail!(
                Message::new(format_args!("not a name for a query: {}", Shown(name))).hint("letters, digits, - and _")
            );
        }
        let folder: &Path = self.folder.as_deref().context("no home folder: queries cannot be kept")?;
        Ok(folder.join(format!("{name}.sql")))
    }
}

fn is_missing(error: &anyhow::Error) -> bool {
    error.root_cause().downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Names are the same wherever the file is taken, and lie in the folder.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !name.is_empty() && name.len() <= 64 && !name.starts_with('-') && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_kept_and_found() {
        let folder = tempfile::tempdir().unwrap();
        let queries = Queries::new(Some(folder.path().join("albstats")));
        assert!(queries.all().is_empty());
        assert!(!queries.save("slow", " SELECT 1 ").unwrap());
        assert!(queries.save("slow", "SELECT 2").unwrap());
        queries.save("errors", "SELECT 3").unwrap();
        assert_eq!(queries.find("slow").unwrap(), "SELECT 2;\n");
        assert_eq!(queries.names(), ["errors", "slow"]);
        let error = |name: &str| queries.find(name).unwrap_err().to_string();
        assert_eq!(error("slwo"), "no query is called slwo\nhint: did you mean slow?");
        assert_eq!(error("zzz"), "no query is called zzz\nhint: \\queries lists them");
    }

    #[test]
    fn names_stay_in_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let queries = Queries::new(Some(folder.path().to_owned()));
        for bad in ["", "../x", "a/b", "a b", "-x", ".x", "a\nb", &"x".repeat(65), "größe"] {
            assert!(queries.save(bad, "SELECT 1").unwrap_err().to_string().starts_with("not a name"), "{bad}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = Queries::new(None);
        assert!(nowhere.save("a", "SELECT 1").is_err() && nowhere.all().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn what_is_kept_is_the_users_own() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        Queries::new(Some(folder.path().to_owned())).save("a", "SELECT 1").unwrap();
        let mode = fs::metadata(folder.path().join("queries/a.sql")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
