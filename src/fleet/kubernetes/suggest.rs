//! Settings as YAML, for those who would rather declare them in Kubernetes. What is printed declares exactly that.

use alblog::LogKind;

use crate::fleet::aws::elbv2::Change;

/// An Ingress annotation, `IngressClassParams` and a Gateway's `LoadBalancerConfiguration`, for kinds, buckets and prefixes.
pub fn suggest(settings: &[(LogKind, String, String)]) -> String {
    let pairs: Vec<(String, String)> = settings
        .iter()
        .filter_map(|(kind, bucket, prefix)| Some(Change::enable(bucket, prefix)?.attributes(*kind)))
        .flatten()
        .collect();
    let annotation = pairs.iter().map(|(key, value)| format!("{}={}", escaped(key), escaped(value)));
    let annotation = quoted(&annotation.collect::<Vec<_>>().join(","));
    let list = pairs.iter().map(|(key, value)| format!("    - key: {key}\n      value: {}\n", quoted(value)));
    let list = list.collect::<Vec<_>>().concat();
    format!(
        "\
# One of these three. A wrong bucket here stops the controller from updating rules and targets, not only the logs:
# albstats bucket check first. What is declared once is put back by the controller; taking it away again changes nothing.
#
# An Ingress: on one member of a group only, or alike on all of them. Class parameters go before it.
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: NAME
  annotations:
    alb.ingress.kubernetes.io/load-balancer-attributes: {annotation}
---
# A class of Ingresses: goes before every annotation; of a group only the class of the first member counts.
apiVersion: elbv2.k8s.aws/v1beta1
kind: IngressClassParams
metadata:
  name: NAME
spec:
  loadBalancerAttributes:
{list}---
# A Gateway, through spec.infrastructure.parametersRef, or its class, through spec.parametersRef.
apiVersion: gateway.k8s.aws/v1beta1
kind: LoadBalancerConfiguration
metadata:
  name: NAME
spec:
  loadBalancerAttributes:
{list}"
    )
}

/// Text as YAML takes it for text, whatever it holds: JSON's strings are YAML's, too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Text as part of an annotation that holds a map.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(',', "\\,")
}
