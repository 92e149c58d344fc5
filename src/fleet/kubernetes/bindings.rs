//! `TargetGroupBindings`: the controller's own word on which target group belongs to which service.

use super::objects::Objects;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Binding {
    /// The target group, if its ARN is in it.
    pub target_group_arn: Option<String>,
    /// The target group's name, if that is in it.
    pub target_group_name: Option<String>,
    /// The cluster that it was read from, where that was said: the object does not tell.
    pub cluster: Option<String>,
    /// Namespace of the service.
    pub namespace: String,
    pub service: String,
    /// Its port, by number or name.
    pub port: Option<String>,
    /// The ingress or group that made it, if it was one.
    pub ingress: Option<String>,
}

pub(super) fn bindings(objects: &Objects) -> Vec<Binding> {
    let binding = objects.of_kind("TargetGroupBinding").filter_map(|object| {
        let text = |path: &str| object.text(path).ok().flatten().filter(|text| !text.is_empty()).map(ToOwned::to_owned);
        let port = object.value.pointer("/spec/serviceRef/port");
        let port = port
            .and_then(|port| port.as_str().map(ToOwned::to_owned).or_else(|| port.as_u64().map(|it| it.to_string())));
        let group = object.label("ingress.k8s.aws/stack").map(ToOwned::to_owned);
        let own = object.label("ingress.k8s.aws/stack-namespace").zip(object.label("ingress.k8s.aws/stack-name"));
        Some(Binding {
            target_group_arn: text("/spec/targetGroupARN"),
            target_group_name: text("/spec/targetGroupName"),
            cluster: None,
            namespace: object.namespace.clone(),
            service: text("/spec/serviceRef/name")?,
            port,
            ingress: own.map(|(namespace, name)| format!("{namespace}/{name}")).or(group),
        })
    });
    binding.filter(|binding| binding.target_group_arn.is_some() || binding.target_group_name.is_some()).collect()
}
