//! Who asks for logs to be left alone: an annotation of ours, a tag that the controller passes on, or a delivery by CloudWatch
//! that is declared in Kubernetes. In doubt it is a no.

use std::collections::BTreeMap;

use alblog::LogKind;
use serde_json::Value;

use super::objects::Object;
use crate::fleet::aws::vended;
use crate::fleet::opt_out::{NAME, by_annotation, by_tag};

/// Tags of an ingress's load balancer.
pub(super) const TAGS: &str = "alb.ingress.kubernetes.io/tags";
/// Tags of a service's load balancer.
pub(super) const SERVICE_TAGS: &str = "service.beta.kubernetes.io/aws-load-balancer-additional-resource-tags";
const DELIVERY: &str = "alb.ingress.kubernetes.io/log-delivery";

/// Kinds that are left alone, and by what.
pub(super) type OptOuts = BTreeMap<String, String>;

/// What one object opts out of.
pub(super) fn of(object: &Object) -> OptOuts {
    let of_whom = format!("{} {}", object.kind, object.full_name());
    let mut found = OptOuts::new();
    if let Some(value) = object.annotation(NAME) {
        let by = format!("annotation {NAME} of {of_whom} ({})", value.trim());
        found.extend(by_annotation(value).into_iter().map(|kind| (kind.to_string(), by.clone())));
    }
    // What cannot be read stops the controller; the declaration is broken then.
    let annotated = [TAGS, SERVICE_TAGS].map(|name| object.map_annotation(name).unwrap_or_default());
    let listed = object.pairs("/spec/tags").unwrap_or_else(|_| object.map("/spec/tags"));
    let tagged = annotated.iter().chain([&listed]).find(|tags| tags.contains_key(NAME));
    if let Some(value) = tagged.and_then(by_tag) {
        found.extend(all(&format!("tag {NAME} of {of_whom} ({value})")));
    }
    if let Some(delivery) = object.annotation(DELIVERY) {
        found.extend(by_delivery(serde_json::from_str(delivery).ok().as_ref(), &format!("log-delivery of {of_whom}")));
    }
    if let Some(delivery) = object.value.pointer("/spec/logDelivery").filter(|delivery| !delivery.is_null()) {
        found.extend(by_delivery(Some(delivery), &format!("logDelivery of {of_whom}")));
    }
    found
}

fn all(by: &str) -> OptOuts {
    LogKind::ALL.map(|kind| (kind.to_string(), by.to_owned())).into()
}

/// An empty list is off; any other is CloudWatch's, and whoever declared it pays for it: the kinds that it names, and all of
/// them if one of its entries is not understood.
fn by_delivery(delivery: Option<&Value>, by: &str) -> OptOuts {
    let Some(list) = delivery.and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        let words = if delivery.is_some_and(Value::is_array) { "switched off" } else { "CloudWatch delivers" };
        return all(&format!("{by}: {words}"));
    };
    let by = format!("{by}: CloudWatch delivers");
    let kinds: Option<Vec<LogKind>> = list.iter().map(|entry| vended::kind(entry.get("logType")?.as_str()?)).collect();
    kinds.map_or_else(|| all(&by), |kinds| kinds.iter().map(|kind| (kind.to_string(), by.clone())).collect())
}
