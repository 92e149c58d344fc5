//! Objects as `kubectl` prints them. Fields are looked up by name; one of another type than expected is as if it were absent,
//! and those on which a decision rests say so themselves.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, bail};
use serde_json::{Deserializer, Value};

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) kind: String,
    /// Empty for what is cluster-wide.
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: Value,
}

/// Everything that was read, in the order in which it was read; of two with one name the last.
#[derive(Debug, Default)]
pub(super) struct Objects(BTreeMap<(String, String, String), Object>);

impl Objects {
    pub(super) fn read(text: &str) -> Result<Self> {
        let mut found = Self::default();
        for document in Deserializer::from_str(text).into_iter::<Value>() {
            let document = document.map_err(|error| {
                anyhow!("not JSON: {error}\nhint: kubectl get ingress,ingressclass,… -A -o json > FILE")
            })?;
            found.add(document);
        }
        if found.0.is_empty() && !text.contains("\"items\"") {
            bail!("holds no objects\nhint: kubectl get ingress,ingressclass,… -A -o json > FILE");
        }
        Ok(found)
    }

    fn add(&mut self, mut document: Value) {
        if let Some(items) = document.get_mut("items").and_then(Value::as_array_mut) {
            for item in std::mem::take(items) {
                self.add(item);
            }
            return;
        }
        let text = |path: &str| document.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
        if !kind.is_empty() && !name.is_empty() {
            let key = (kind.clone(), namespace.clone(), name.clone());
            self.0.insert(key, Object { kind, namespace, name, value: document });
        }
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        self.0.values().filter(move |object| object.kind == kind)
    }

    pub(super) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        self.0.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }
}

impl Object {
    /// Text at a path such as `/spec/controller`.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.value.pointer(path).and_then(Value::as_str)
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.value.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.value.pointer("/metadata/labels")?.get(name)?.as_str()
    }

    /// `namespace/name`, or the name alone.
    pub(super) fn full_name(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) }
    }

    pub(super) fn is_being_deleted(&self) -> bool {
        self.value.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
    }

    /// A list of `{key, value}` at a path.
    ///
    /// # Errors
    /// When it is there and is something else: the controller's own API server would have refused it.
    pub(super) fn pairs(&self, path: &str) -> Result<BTreeMap<String, String>, String> {
        let malformed =
            || format!("{} {} has a malformed {}", self.kind, self.full_name(), path.trim_start_matches('/'));
        let Some(list) = self.value.pointer(path).filter(|list| !list.is_null()) else { return Ok(BTreeMap::new()) };
        let pair = |pair: &Value| {
            let part = |name: &str| pair.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            Some((part("key")?, part("value")?))
        };
        let pairs: Option<_> = list.as_array().ok_or_else(malformed)?.iter().map(pair).collect();
        pairs.ok_or_else(malformed)
    }

    /// A map of text to text at a path; what is no text is left out.
    pub(super) fn map(&self, path: &str) -> BTreeMap<String, String> {
        let map = self.value.pointer(path).and_then(Value::as_object);
        let pairs = map.into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    }

    /// Host names in the status: what its load balancer is called.
    pub(super) fn hostnames(&self) -> Vec<String> {
        let lists = [("/status/loadBalancer/ingress", "hostname"), ("/status/addresses", "value")];
        let names = lists.into_iter().flat_map(|(path, field)| {
            let list = self.value.pointer(path).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(move |one| one.get(field)?.as_str())
        });
        names.filter(|name| !name.is_empty()).map(str::to_lowercase).collect()
    }
}
