//! An object as it is kept: JSON as `kubectl` prints it, without what nobody reads. Ten thousand of them take a few MB.

use std::collections::BTreeMap;

use kube::api::{ApiResource, DynamicObject, TypeMeta};
use serde_json::Value;

use super::kinds::Kind;

/// What `kubectl apply` was given, whole.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Namespace, empty for what is cluster-wide, and name.
pub(super) type Key = (String, String);

/// Objects of a kind, as they are kept.
pub(super) type Objects = BTreeMap<Key, Box<str>>;

pub(super) fn key(object: &DynamicObject) -> Key {
    let metadata = &object.metadata;
    (metadata.namespace.clone().unwrap_or_default(), metadata.name.clone().unwrap_or_default())
}

/// The object as JSON. What changes with every write, whatever was written, is left out, too: two that are alike say the same.
pub(super) fn compact(mut object: DynamicObject, kind: &Kind, resource: &ApiResource) -> Box<str> {
    // Items of lists do not say what they are.
    object
        .types
        .get_or_insert_with(|| TypeMeta { api_version: resource.api_version.clone(), kind: resource.kind.clone() });
    let metadata = &mut object.metadata;
    metadata.managed_fields = None;
    metadata.resource_version = None;
    metadata.generation = None;
    if let Some(annotations) = &mut metadata.annotations {
        annotations.remove(APPLIED);
    }
    for path in kind.unread {
        remove(&mut object.data, path);
    }
    // Text, lists and maps with keys of text always have a JSON form.
    serde_json::to_string(&object).unwrap_or_default().into_boxed_str()
}

/// Takes away what is at a path such as `/spec/rules`.
fn remove(value: &mut Value, path: &str) {
    let Some((above, name)) = path.rsplit_once('/') else { return };
    if let Some(Value::Object(fields)) = value.pointer_mut(above) {
        fields.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fleet::cluster::kinds::DECLARATIONS;

    fn kept(object: Value) -> Value {
        let resource = ApiResource {
            group: "networking.k8s.io".to_owned(),
            version: "v1".to_owned(),
            api_version: "networking.k8s.io/v1".to_owned(),
            kind: "Ingress".to_owned(),
            plural: "ingresses".to_owned(),
        };
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        serde_json::from_str(&compact(object, &DECLARATIONS[0], &resource)).unwrap()
    }

    #[test]
    fn what_nobody_reads_is_not_kept() {
        let object = |version: &str, rules: Value| {
            json!({
                "metadata": {
                    "name": "shop", "namespace": "a", "uid": "u", "resourceVersion": version, "generation": 3,
                    "managedFields": [{ "manager": "kubectl" }],
                    "annotations": { APPLIED: "{}", "alb.ingress.kubernetes.io/group.name": "g" },
                    "finalizers": ["f"], "labels": { "l": "1" },
                },
                "spec": { "ingressClassName": "alb", "rules": rules, "tls": [] },
                "status": { "loadBalancer": { "ingress": [{ "hostname": "h" }] } },
            })
        };
        let expected = json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {
                "name": "shop", "namespace": "a", "uid": "u", "finalizers": ["f"], "labels": { "l": "1" },
                "annotations": { "alb.ingress.kubernetes.io/group.name": "g" },
            },
            "spec": { "ingressClassName": "alb" },
            "status": { "loadBalancer": { "ingress": [{ "hostname": "h" }] } },
        });
        assert_eq!(kept(object("1", json!([{ "host": "a" }]))), expected);
        assert_eq!(kept(object("2", json!([]))), expected);
        let bare = json!({ "metadata": { "name": "bare" } });
        assert_eq!(kept(bare)["metadata"]["name"], "bare");
    }
}
