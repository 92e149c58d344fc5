//! Slots or batches that are read, put together as far as they can be: a scan for each of hundreds would take longer than reading
//! them.

use std::collections::BTreeSet;

use object_store::ObjectMeta;

use super::open::Part;
use crate::lake::export::Source;

/// What is read of one export or store.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts(Vec<(Part, BTreeSet<String>)>);

impl Parts {
    /// Takes the files of a slot or batch, if any of its objects is read there. The objects that are.
    pub(super) fn add(
        &mut self,
        sources: Vec<Source>,
        files: Vec<ObjectMeta>,
        without: BTreeSet<String>,
    ) -> Vec<Source> {
        let read: Vec<Source> = sources.into_iter().filter(|source| !without.contains(&source.log_object)).collect();
        if !read.is_empty() {
            let names = read.iter().map(|source| source.log_object.clone()).collect();
            self.0.push((Part { files, without }, names));
        }
        read
    }

    /// All that do without the same objects, or never had them, as one.
    pub(super) fn together(self) -> Vec<Part> {
        let without: BTreeSet<String> = self.0.iter().flat_map(|(part, _)| part.without.clone()).collect();
        let (alike, others): (Vec<_>, Vec<_>) = self.0.into_iter().partition(|(_, read)| read.is_disjoint(&without));
        let files = alike.into_iter().flat_map(|(part, _)| part.files).collect();
        let alike = Part { files, without };
        std::iter::once(alike)
            .chain(others.into_iter().map(|(part, _)| part))
            .filter(|part| !part.files.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use object_store::path::Path;

    use super::*;

    fn source(name: &str) -> Source {
        Source { log_object: name.to_owned(), ..Source::default() }
    }

    fn file(name: &str) -> ObjectMeta {
        let last_modified = std::time::SystemTime::UNIX_EPOCH.into();
        ObjectMeta { location: Path::from(name), last_modified, size: 1, e_tag: None, version: None }
    }

    #[test]
    fn what_one_leaves_out_another_still_has() {
        let mut parts = Parts::default();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        for (batch, objects, without) in
            [("1", &["a", "b"][..], &[][..]), ("2", &["b", "c"], &["b"]), ("3", &["d"], &["d"]), ("4", &["e"], &[])]
        {
            let sources = objects.iter().map(|name| source(name)).collect();
            let read = parts.add(sources, vec![file(batch)], names(without));
            assert_eq!(read.len(), objects.len() - without.len());
        }
        let parts = parts.together();
        let seen: Vec<(Vec<String>, BTreeSet<String>)> = parts
            .into_iter()
            .map(|part| (part.files.iter().map(|file| file.location.to_string()).collect(), part.without))
            .collect();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0], (vec!["2".to_owned(), "4".to_owned()], names(&["b"])));
        assert_eq!(seen[1], (vec!["1".to_owned()], names(&[])));
    }
}
