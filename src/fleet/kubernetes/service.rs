//! Services of type `LoadBalancer`: Network Load Balancers, whose annotations name attributes in two ways.

use std::collections::BTreeMap;

use super::intent::{Declaration, Undeclared};
use super::objects::{Object, Objects};
use super::opt_out;

const ATTRIBUTES: &str = "service.beta.kubernetes.io/aws-load-balancer-attributes";
/// The older three: `-enabled`, `-s3-bucket-name`, `-s3-bucket-prefix`.
const OLDER: &str = "service.beta.kubernetes.io/aws-load-balancer-access-log";

/// What a service declares, by `namespace/name`.
///
/// # Errors
/// When it was not read.
pub(super) fn declaration(objects: &Objects, stack: &str) -> Result<Declaration, Undeclared> {
    let (namespace, name) = stack.split_once('/').ok_or(Undeclared::NotRead)?;
    let service = objects.get("Service", namespace, name).filter(|service| !service.is_being_deleted());
    let service = service.ok_or(Undeclared::NotRead)?;
    let opt_outs = opt_out::of(service);
    Ok(Declaration::of(format!("service {stack}"), attributes(service), opt_outs))
}

fn attributes(service: &Object) -> Result<BTreeMap<String, String>, String> {
    let mut attributes = service.checked()?.map_annotation(ATTRIBUTES)?;
    service.map_annotation(opt_out::SERVICE_TAGS)?;
    // The older three go before the newer one, and only when they switch logs on.
    if service.truth_annotation(&format!("{OLDER}-enabled"))? {
        attributes.insert("access_logs.s3.enabled".to_owned(), "true".to_owned());
        for (name, key) in [("bucket-name", "bucket"), ("bucket-prefix", "prefix")] {
            let value = service.annotation(&format!("{OLDER}-s3-{name}"));
            attributes.extend(value.map(|value| (format!("access_logs.s3.{key}"), value.to_owned())));
        }
    }
    Ok(attributes)
}
