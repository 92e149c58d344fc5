//! Events of `events.k8s.io/v1`: made, and continued by their series, as strictly as the real API server has it. Nothing else can be
//! done to them here: no reading, no listing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Refused;

#[derive(Default)]
pub(crate) struct Events {
    /// By `NAMESPACE/NAME`.
    pub(crate) there: BTreeMap<String, Value>,
    /// What was written, in order: `create` or `patch`, and which.
    pub(crate) written: Vec<(&'static str, String)>,
    /// Verbs to which nobody has the right.
    pub(crate) denied: BTreeSet<&'static str>,
}

impl Events {
    /// Reasons of Events of an object, in the order of their names.
    pub(crate) fn reasons(&self, name: &str) -> Vec<String> {
        self.of(name).iter().map(|event| event["reason"].as_str().unwrap().to_owned()).collect()
    }

    /// Events of an object.
    pub(crate) fn of(&self, name: &str) -> Vec<Value> {
        self.there.values().filter(|event| event["regarding"]["name"] == name).cloned().collect()
    }

    pub(super) fn answer(
        &mut self,
        method: &str,
        namespace: &str,
        name: Option<&str>,
        body: &Value,
    ) -> Result<Value, Refused> {
        let verb = match (method, name) {
            ("POST", None) => "create",
            ("PATCH", Some(_)) => "patch",
            _ => {
                return Err((
                    405,
                    "MethodNotAllowed",
                    "the server does not allow this method on the requested resource".to_owned(),
                ));
            }
        };
        if self.denied.contains(verb) {
            let text = format!(
                "events.events.k8s.io is forbidden: User \"u\" cannot {verb} resource \"events\" in API group \"events.k8s.io\" in the namespace \"{namespace}\""
            );
            return Err((403, "Forbidden", text));
        }
        let name = name.or(body["metadata"]["name"].as_str()).unwrap_or_default();
        let key = format!("{namespace}/{name}");
        match (verb, self.there.get_mut(&key)) {
            ("create", Some(_)) => {
                Err((409, "AlreadyExists", format!("events.events.k8s.io \"{name}\" already exists")))
            }
            ("create", None) => {
                check(body, namespace, name).map_err(invalid)?;
                self.written.push(("create", key.clone()));
                self.there.insert(key, body.clone());
                Ok(body.clone())
            }
            (_, None) => Err((404, "NotFound", format!("events.events.k8s.io \"{name}\" not found"))),
            (_, Some(there)) => {
                let changes = body.as_object().unwrap();
                if let Some(field) = changes.keys().find(|field| *field != "series") {
                    return Err(invalid(format!("{field}: field is immutable")));
                }
                if let Some(series) = changes.get("series") {
                    check_series(series).map_err(invalid)?;
                    there["series"] = series.clone();
                    self.written.push(("patch", key));
                }
                Ok(there.clone())
            }
        }
    }
}

fn invalid(why: String) -> Refused {
    (422, "Invalid", why)
}

/// What `ValidateEventCreate` of Kubernetes 1.37 asks for.
fn check(event: &Value, namespace: &str, name: &str) -> Result<(), String> {
    let subdomain = |name: &str| {
        let inner = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
        name.len() <= 253
            && name.split('.').all(|part| {
                part.starts_with(inner) && part.ends_with(inner) && part.chars().all(|char| inner(char) || char == '-')
            })
    };
    let bounded = |field: &str, most: usize| match event[field].as_str() {
        Some(text) if !text.is_empty() && text.len() <= most => Ok(()),
        _ => Err(format!("{field}: at most {most} characters, and at least one")),
    };
    if !subdomain(name) {
        return Err(format!("metadata.name: {name}"));
    }
    if event["regarding"]["namespace"] != namespace || event["metadata"]["namespace"] != namespace {
        return Err("involvedObject.namespace: does not match event.namespace".to_owned());
    }
    for (field, most) in [("reason", 128), ("action", 128), ("reportingInstance", 128), ("note", 1024)] {
        bounded(field, most)?;
    }
    let controller = event["reportingController"].as_str().unwrap_or_default();
    if !controller
        .split_once('/')
        .is_some_and(|(domain, name)| subdomain(domain) && subdomain(name) && name.len() <= 63)
    {
        return Err(format!("reportingController: {controller}"));
    }
    if !["Normal", "Warning"].contains(&event["type"].as_str().unwrap_or_default()) {
        return Err("type: has invalid value".to_owned());
    }
    let known = [
        "apiVersion",
        "kind",
        "metadata",
        "regarding",
        "type",
        "reason",
        "action",
        "note",
        "eventTime",
        "reportingController",
        "reportingInstance",
        "series",
    ];
    if let Some(field) = event.as_object().unwrap().keys().find(|field| !known.contains(&field.as_str())) {
        return Err(format!("{field}: needs to be unset"));
    }
    check_time(&event["eventTime"])?;
    event.get("series").map_or(Ok(()), check_series)
}

fn check_series(series: &Value) -> Result<(), String> {
    if series["count"].as_i64().is_none_or(|count| count < 2) {
        return Err("series.count: should be at least 2".to_owned());
    }
    check_time(&series["lastObservedTime"])
}

/// `2026-11-20T14:05:00.000000Z`
fn check_time(time: &Value) -> Result<(), String> {
    let text = time.as_str().unwrap_or_default();
    let is_time = text.len() == 27 && text.ends_with('Z') && text.as_bytes()[19] == b'.';
    is_time.then_some(()).ok_or_else(|| format!("not a MicroTime: {time}"))
}
