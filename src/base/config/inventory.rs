//! Where the inventory is kept: as the environment or the file says, else among the user's data.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::setting::{Origin, Setting};

/// The file, as seen from the current folder. A relative path of the configuration file starts from that file's folder.
pub(super) fn place(setting: Option<Setting<String>>, environment: &Environment) -> Option<Setting<PathBuf>> {
    let Some(Setting { value, origin }) = setting else { return in_home(environment).map(Setting::default) };
    let place = match &origin {
        Origin::File { path, .. } => path.parent().unwrap_or(Path::new("")).join(value),
        _ => PathBuf::from(value),
    };
    Some(Setting::new(place, origin))
}

fn in_home(environment: &Environment) -> Option<PathBuf> {
    Some(environment.user_folder("XDG_DATA_HOME", ".local/share")?.join("inventory.json"))
}
