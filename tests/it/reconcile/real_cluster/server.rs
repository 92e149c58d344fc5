//! A real API server: started, stopped, asked and put at odds.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::repository;

/// Kinds that the program reads: plural, group, and what one is called.
pub(super) fn kinds() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        ("ingresses", "networking.k8s.io", "Ingress"),
        ("ingressclasses", "networking.k8s.io", "IngressClass"),
        ("namespaces", "", "Namespace"),
        ("services", "", "Service"),
        ("ingressclassparams", "elbv2.k8s.aws", "IngressClassParams"),
        ("ingressclassparams", "eks.amazonaws.com", "IngressClassParams"),
        ("gateways", "gateway.networking.k8s.io", "Gateway"),
        ("gatewayclasses", "gateway.networking.k8s.io", "GatewayClass"),
        ("loadbalancerconfigurations", "gateway.k8s.aws", "LoadBalancerConfiguration"),
        ("loadbalancerconfigurations", "gateway.eks.amazonaws.com", "LoadBalancerConfiguration"),
        ("loadbalancerconfigurations", "eks.amazonaws.com", "LoadBalancerConfiguration"),
    ]
}

/// A definition of a kind whose objects may hold anything.
pub(super) fn crd(plural: &str, group: &str, called: &str) -> Value {
    let cluster_wide = ["ingressclassparams", "gatewayclasses"].contains(&plural);
    let schema = json!({ "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{plural}.{group}"),
            "annotations": { "api-approved.kubernetes.io": "unapproved, for tests" },
        },
        "spec": {
            "group": group,
            "scope": if cluster_wide { "Cluster" } else { "Namespaced" },
            "names": { "kind": called, "listKind": format!("{called}List"), "plural": plural, "singular": called.to_lowercase() },
            "versions": [{ "name": "v1", "served": true, "storage": true, "schema": schema }],
        },
    })
}

pub(super) struct Server {
    folder: TempDir,
    /// Where the tools lie.
    tools: PathBuf,
    flags: Vec<String>,
}

impl Server {
    pub(super) fn start(flags: &[&str]) -> Self {
        let tools =
            std::env::var_os("ALBSTATS_KUBE").expect("ALBSTATS_KUBE names the folder of kube-apiserver: just kube");
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let server = Self { folder: tempfile::tempdir().unwrap(), tools: tools.into(), flags };
        server.restart();
        server
    }

    /// Starts what of it does not run, on the same ports.
    pub(super) fn restart(&self) {
        let mut up = Command::new(repository("tests/kube/up"));
        up.arg(self.folder.path()).args(&self.flags);
        assert!(up.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success());
    }

    /// Stops the API server; etcd goes on.
    pub(super) fn stop(&self) {
        self.down(&["apiserver"]);
    }

    fn down(&self, names: &[&str]) {
        let mut down = Command::new(repository("tests/kube/down"));
        assert!(down.arg(self.folder.path()).args(names).status().unwrap().success());
    }

    /// Its kubeconfig, with a context `admin` and one `nobody`.
    pub(super) fn kubeconfig(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("kubeconfig")).unwrap()
    }

    pub(super) fn kubectl(&self, args: &[&str]) -> String {
        self.kubectl_with(args, "")
    }

    fn kubectl_with(&self, args: &[&str], stdin: &str) -> String {
        let mut command = Command::new(self.tools.join("kubectl"));
        command.arg("--kubeconfig").arg(self.folder.path().join("kubeconfig")).args(args);
        run(command, stdin)
    }

    pub(super) fn apply(&self, object: &Value) {
        self.apply_yaml(&object.to_string());
    }

    pub(super) fn apply_yaml(&self, objects: &str) {
        self.kubectl_with(&["apply", "-f", "-"], objects);
    }

    /// Asks etcd itself.
    pub(super) fn etcd(&self, args: &[&str], stdin: &str) -> String {
        let url = std::fs::read_to_string(self.folder.path().join("etcd.url")).unwrap();
        let mut command = Command::new(self.tools.join("etcdctl"));
        command.arg(format!("--endpoints={}", url.trim())).args(args);
        run(command, stdin)
    }

    /// Lets etcd forget everything but what there is now.
    pub(super) fn compact(&self) {
        let status: Value = serde_json::from_str(&self.etcd(&["endpoint", "status", "-w", "json"], "")).unwrap();
        let revision = status[0]["Status"]["header"]["revision"].to_string();
        self.etcd(&["compact", &revision], "");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.down(&[]);
    }
}

fn run(mut command: Command, stdin: &str) -> String {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
