//! The commands that read a cluster: everything that it may declare of load balancers, and whose the addresses of targets are.
//! `kubectl get` prints nothing at all where the cluster does not know one of the kinds, and of two kinds of one name it prints
//! one: every kind goes by its full name, and kinds that come together are asked for by themselves.

/// What a cluster may declare, by `plural.group`: kinds that it has all of, or none.
const DECLARED: [&str; 5] = [
    "ingresses.networking.k8s.io,ingressclasses.networking.k8s.io,namespaces,services",
    "ingressclassparams.elbv2.k8s.aws",
    "ingressclassparams.eks.amazonaws.com",
    "gateways.gateway.networking.k8s.io,gatewayclasses.gateway.networking.k8s.io",
    "loadbalancerconfigurations.gateway.k8s.aws,targetgroupconfigurations.gateway.k8s.aws",
];

/// Whose the addresses of targets are, likewise.
const RUNNING: [&str; 3] = [
    "pods,endpointslices.discovery.k8s.io,nodes,services",
    "targetgroupbindings.elbv2.k8s.aws",
    "targetgroupbindings.eks.amazonaws.com",
];

/// For a shell, on one line: writes what a cluster declares to a file.
pub fn command(file: &str) -> String {
    format!("for kinds in {}; do kubectl get $kinds -A -o json; done > {file}", DECLARED.join(" "))
}

/// The same over several lines, each indented, for pages.
pub fn lines(indent: &str, file: &str) -> String {
    let kinds = DECLARED.join(&format!(" \\\n{indent}  "));
    format!("{indent}for kinds in \\\n{indent}  {kinds}\n{indent}do kubectl get $kinds -A -o json; done > {file}")
}

/// For a shell, on one line: prints which pods there are, and which target group belongs to which service, by the controller's own
/// word.
pub fn running_command() -> String {
    format!("for kinds in {}; do kubectl get $kinds -A -o json; done", RUNNING.join(" "))
}

/// The same over several lines, each indented, for pages.
pub fn running(indent: &str) -> String {
    let kinds = RUNNING.join(&format!(" \\\n{indent}  "));
    format!("{indent}for kinds in \\\n{indent}  {kinds}\n{indent}do kubectl get $kinds -A -o json; done")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_this_command() {
        let page = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let has = |path: &str, command: &str| assert!(page(path).contains(command), "{path} has not\n{command}");
        has("docs/reconciler.md", &lines("", "cluster.json"));
        has("tests/help/reconcile.txt", &lines("  ", "cluster.json"));
        has("docs/inventory.md", &running(""));
        has("tests/help/inventory.txt", &running("  "));
        for path in ["README.md", "docs/reconciler.md", "docs/inventory.md"] {
            let unqualified =
                page(path).contains("kubectl get ingress") || page(path).contains("get targetgroupbinding ");
            assert!(!unqualified, "{path}");
        }
    }

    #[test]
    fn one_line_and_several_are_one_command() {
        let plain = |text: &str| text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(plain(&lines("  ", "FILE")), plain(&command("FILE").replace("; do ", " do ")));
        assert_eq!(plain(&running("  ")), plain(&running_command().replace("; do ", " do ")));
    }
}
