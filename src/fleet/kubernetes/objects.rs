//! Objects as `kubectl` prints them. Where a decision rests on a field, one of another type is an error; elsewhere it is as if
//! it were absent.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use serde_json::Value;

use super::annotations::{string_map, truth};
use super::targets::Running;
use super::{kubectl, stream};
use crate::base::message::Message;

/// What is read, and of which API groups: others have kinds of the same name (Istio's `Gateway`, Knative's `Service`).
const KINDS: [(&str, &[&str]); 12] = [
    ("EndpointSlice", &["discovery.k8s.io"]),
    ("Gateway", &["gateway.networking.k8s.io"]),
    ("GatewayClass", &["gateway.networking.k8s.io"]),
    ("Ingress", &["networking.k8s.io", "extensions"]),
    ("IngressClass", &["networking.k8s.io"]),
    ("IngressClassParams", &["elbv2.k8s.aws", "eks.amazonaws.com"]),
    ("LoadBalancerConfiguration", &["gateway.k8s.aws", "gateway.eks.amazonaws.com", "eks.amazonaws.com"]),
    ("Namespace", &[]),
    ("Node", &[]),
    ("Pod", &[]),
    ("Service", &[]),
    ("TargetGroupBinding", &["elbv2.k8s.aws", "eks.amazonaws.com"]),
];

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) kind: String,
    /// Empty for what is cluster-wide.
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: Value,
}

/// Kind, namespace, name, and the API group; that is empty if it was not said.
type Key = (String, String, String, String);

/// Everything that was read; of two with one name the last.
#[derive(Debug, Default)]
pub(super) struct Objects {
    by_key: BTreeMap<Key, Object>,
    running: Running,
    /// Kinds of which there may be more than was read.
    hidden: BTreeSet<String>,
}

impl Objects {
    pub(super) fn read(text: &str) -> Result<Self> {
        let mut found = Self::default();
        stream::read(text.trim_start_matches('\u{feff}'), &mut |object| found.add(object))?;
        if found.by_key.is_empty() && found.running.is_empty() && !text.contains("\"items\"") {
            bail!(Message::new("holds no objects").hint(kubectl::command("FILE")));
        }
        Ok(found)
    }

    fn add(&mut self, mut document: Value) -> Result<()> {
        if let Some(items) = document.get_mut("items").and_then(Value::as_array_mut) {
            return std::mem::take(items).into_iter().try_for_each(|item| self.add(item));
        }
        let text = |path: &str| document.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (kind, namespace, name) = (text("/kind"), text("/metadata/namespace"), text("/metadata/name"));
        let version = text("/apiVersion");
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let read = KINDS.iter().any(|(known, groups)| *known == kind && (group.is_empty() || groups.contains(&group)));
        if !read || name.is_empty() || self.running.take(&kind, &namespace, &name, &document) {
            return Ok(());
        }
        let key = (kind.clone(), namespace.clone(), name.clone(), group.replace("extensions", "networking.k8s.io"));
        let object = Object { kind, namespace, name, value: document };
        if let Some(other) = self.by_key.get(&key).filter(|other| other.is_another_than(&object)) {
            let name = other.full_name();
            bail!(
                Message::new(format_args!("holds objects of several clusters: {} {name} twice", object.kind))
                    .hint("--kubernetes CLUSTER=FILE for each")
            );
        }
        self.by_key.insert(key, object);
        Ok(())
    }

    pub(super) fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Object> {
        let from = (kind.to_owned(), String::new(), String::new(), String::new());
        self.by_key.range(from..).map(|(_, object)| object).take_while(move |object| object.kind == kind)
    }

    pub(super) fn hide(&mut self, kind: &str) {
        self.hidden.insert(kind.to_owned());
    }

    /// Whether there may be objects of a kind that could not be read.
    pub(super) fn hides(&self, kind: &str) -> bool {
        self.hidden.contains(kind)
    }

    /// What was read of pods and where they run.
    pub(super) fn running(&self) -> &Running {
        &self.running
    }

    /// By name, of whichever API group.
    pub(super) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        let from = (kind.to_owned(), namespace.to_owned(), name.to_owned(), String::new());
        let (key, object) = self.by_key.range(from..).next()?;
        (key.0 == kind && key.1 == namespace && key.2 == name).then_some(object)
    }

    /// By name, of one of these API groups, or of none that was said.
    pub(super) fn get_of(&self, groups: &[&str], kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        let key = |group: &str| (kind.to_owned(), namespace.to_owned(), name.to_owned(), group.to_owned());
        groups.iter().chain(&[""]).find_map(|group| self.by_key.get(&key(group)))
    }

    /// Whether anything of a kind was read that may be of this API group.
    pub(super) fn has(&self, group: &str, kind: &str) -> bool {
        let from = (kind.to_owned(), String::new(), String::new(), String::new());
        let of_kind = self.by_key.range(from..).map(|(key, _)| key).take_while(|key| key.0 == kind);
        of_kind.map(|key| &key.3).any(|of_group| of_group == group || of_group.is_empty())
    }
}

impl Object {
    /// Text at a path such as `/spec/controller`.
    ///
    /// # Errors
    /// When something else is there: then nobody knows what was meant.
    pub(super) fn text(&self, path: &str) -> Result<Option<&str>, String> {
        let Some(value) = self.field(path)? else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| self.malformed(path))
    }

    /// What is at a path, unless it is absent or null.
    pub(super) fn field(&self, path: &str) -> Result<Option<&Value>, String> {
        let mut value = &self.value;
        for name in path.split('/').skip(1) {
            match value {
                Value::Object(fields) => value = fields.get(name).unwrap_or(&Value::Null),
                Value::Null => {}
                _ => return Err(self.malformed(path)),
            }
        }
        Ok(Some(value).filter(|value| !value.is_null()))
    }

    /// The object, if its annotations are texts.
    pub(super) fn checked(&self) -> Result<&Self, String> {
        let annotations = self.field("/metadata/annotations")?;
        let texts = |value: &Value| value.as_object().is_some_and(|all| all.values().all(Value::is_string));
        if annotations.is_none_or(texts) { Ok(self) } else { Err(self.malformed("/metadata/annotations")) }
    }

    pub(super) fn malformed(&self, path: &str) -> String {
        format!("{} {} has a malformed {}", self.kind, self.full_name(), path.trim_start_matches('/').replace('/', "."))
    }

    pub(super) fn annotation(&self, name: &str) -> Option<&str> {
        self.value.pointer("/metadata/annotations")?.get(name)?.as_str()
    }

    /// An annotation that holds a map; empty if there is none.
    ///
    /// # Errors
    /// What the controller says when it cannot read it, and builds nothing.
    pub(super) fn map_annotation(&self, name: &str) -> Result<BTreeMap<String, String>, String> {
        let Some(text) = self.annotation(name) else { return Ok(BTreeMap::new()) };
        string_map(text).ok_or_else(|| format!("failed to parse stringMap annotation, {name}: {text}"))
    }

    /// An annotation that holds truth; false if there is none.
    ///
    /// # Errors
    /// As those of [`Self::map_annotation`].
    pub(super) fn truth_annotation(&self, name: &str) -> Result<bool, String> {
        let Some(text) = self.annotation(name) else { return Ok(false) };
        truth(text).ok_or_else(|| format!("failed to parse bool annotation, {name}: {text}"))
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.value.pointer("/metadata/labels")?.get(name)?.as_str()
    }

    pub(super) fn finalizers(&self) -> impl Iterator<Item = &str> {
        let list = self.value.pointer("/metadata/finalizers").and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str)
    }

    /// `namespace/name`, or the name alone.
    pub(super) fn full_name(&self) -> String {
        if self.namespace.is_empty() { self.name.clone() } else { format!("{}/{}", self.namespace, self.name) }
    }

    pub(super) fn is_being_deleted(&self) -> bool {
        self.value.pointer("/metadata/deletionTimestamp").is_some_and(|time| !time.is_null())
    }

    /// Of the same name, and yet another: of another cluster, or made anew.
    fn is_another_than(&self, other: &Self) -> bool {
        let uid = |object: &Self| object.value.pointer("/metadata/uid").cloned();
        uid(self).zip(uid(other)).is_some_and(|(one, another)| one != another)
    }

    /// A list of `{key, value}` at a path; of a key that stands there twice the last.
    ///
    /// # Errors
    /// When it is there and is something else: the controller's own API server would have refused it.
    pub(super) fn pairs(&self, path: &str) -> Result<BTreeMap<String, String>, String> {
        Ok(self.list(path)?.into_iter().collect())
    }

    /// The same in its order.
    ///
    /// # Errors
    /// As those of [`Self::pairs`].
    pub(super) fn list(&self, path: &str) -> Result<Vec<(String, String)>, String> {
        let Some(list) = self.field(path)? else { return Ok(Vec::new()) };
        let pair = |pair: &Value| {
            let part = |name: &str| pair.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
            Some((part("key")?, part("value")?))
        };
        let pairs: Option<_> = list.as_array().ok_or_else(|| self.malformed(path))?.iter().map(pair).collect();
        pairs.ok_or_else(|| self.malformed(path))
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
