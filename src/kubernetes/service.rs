//! Services of type `LoadBalancer`: Network Load Balancers, whose annotations name attributes in two ways.

use std::collections::BTreeMap;

use super::annotations::string_map;
use super::intent::Declaration;
use super::objects::Objects;
use super::opt_out;

const PREFIX: &str = "service.beta.kubernetes.io/aws-load-balancer-";

/// What a service declares, by `namespace/name`; `None` if it was not read.
pub(super) fn declaration(objects: &Objects, stack: &str) -> Option<Declaration> {
    let (namespace, name) = stack.split_once('/')?;
    let service = objects.get("Service", namespace, name)?;
    let annotation = |name: &str| service.annotation(&format!("{PREFIX}{name}"));
    let (mut attributes, broken) = match annotation("attributes").map(string_map).transpose() {
        Ok(attributes) => (attributes.unwrap_or_default(), None),
        Err(broken) => (BTreeMap::new(), Some(broken)),
    };
    // The older three go before the newer one, and only when they switch logs on.
    if annotation("access-log-enabled") == Some("true") {
        let older = [
            ("bucket", annotation("access-log-s3-bucket-name")),
            ("prefix", annotation("access-log-s3-bucket-prefix")),
        ];
        attributes.insert("access_logs.s3.enabled".to_owned(), "true".to_owned());
        let older = older
            .into_iter()
            .map(|(key, value)| (format!("access_logs.s3.{key}"), value.unwrap_or_default().to_owned()));
        attributes.extend(older);
    }
    let opt_outs = opt_out::of(service);
    Some(Declaration { stack: format!("service {stack}"), attributes, broken, opt_outs })
}
