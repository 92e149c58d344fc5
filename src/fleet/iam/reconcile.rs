//! What switching logs on needs: looking, and one action that writes.

use alblog::key::AWS_LOGS;
use serde_json::{Value, json};

use super::{Policy, Scope, Statement};

/// Load balancers whose attributes may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Writable {
    /// Those of any Kubernetes cluster, by the tags that their makers give them.
    OfAnyCluster,
    /// Those of this cluster.
    OfCluster(String),
    All,
}

/// Tags that name the cluster: of the AWS Load Balancer Controller, and of EKS Auto Mode.
const CLUSTER_TAGS: [(&str, &str); 2] =
    [("SwitchLogsOn", "elbv2.k8s.aws/cluster"), ("SwitchLogsOnInAutoMode", "eks:eks-cluster-name")];

impl Scope {
    /// Looking at load balancers, their buckets and what was delivered. Nothing in it changes anything.
    pub fn reconcile_plan(&self) -> Policy {
        Policy::of(self.looking())
    }

    /// Looking, and switching logs on. The one action that writes covers every attribute of a load balancer: no
    /// condition of IAM says which.
    pub fn reconcile_apply(&self, writable: &Writable) -> Policy {
        let load_balancers = self.arn("elasticloadbalancing", "loadbalancer/app/*/*");
        let switch = |sid, condition| Statement {
            condition,
            ..Statement::allow(sid, &["elasticloadbalancing:ModifyLoadBalancerAttributes"], [load_balancers.clone()])
        };
        let of_cluster = |condition: &dyn Fn(&str) -> Value| -> Vec<Statement> {
            CLUSTER_TAGS
                .iter()
                .map(|(sid, tag)| switch(sid, Some(condition(&format!("aws:ResourceTag/{tag}")))))
                .collect()
        };
        let writing = match writable {
            Writable::OfAnyCluster => of_cluster(&|key| json!({ "Null": { key: "false" } })),
            Writable::OfCluster(name) => of_cluster(&|key| json!({ "StringEquals": { key: name } })),
            Writable::All => vec![switch("SwitchLogsOn", None)],
        };
        Policy::of(self.looking().into_iter().chain(writing))
    }

    fn looking(&self) -> [Statement; 4] {
        let any = || ["*".to_owned()];
        [
            Statement::allow(
                "LookAtLoadBalancers",
                &[
                    "elasticloadbalancing:DescribeLoadBalancerAttributes",
                    "elasticloadbalancing:DescribeLoadBalancers",
                    "elasticloadbalancing:DescribeTags",
                    "elasticloadbalancing:DescribeTargetGroups",
                ],
                any(),
            ),
            // Without these, logs that CloudWatch delivers are not seen, and silence is not told from idleness.
            Statement::allow(
                "LookAtDelivery",
                &["cloudwatch:GetMetricData", "logs:DescribeDeliveries", "logs:DescribeDeliverySources"],
                any(),
            ),
            Statement::allow(
                "LookAtBucket",
                &[
                    "s3:GetBucketNotification",
                    "s3:GetBucketOwnershipControls",
                    "s3:GetBucketPolicy",
                    "s3:GetBucketPublicAccessBlock",
                    "s3:GetEncryptionConfiguration",
                    "s3:GetLifecycleConfiguration",
                    "s3:ListBucket",
                ],
                [self.bucket(&self.logs)],
            ),
            Statement::allow("ReadLogs", &["s3:GetObject"], [self.objects(&self.logs, &format!("{AWS_LOGS}/*"))]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::scope;
    use super::*;

    #[test]
    fn planning_changes_nothing_and_applying_adds_one_action() {
        let text = scope().reconcile_plan().to_json();
        for word in ["Modify", "Put", "Create", "Delete", "\"s3:*\""] {
            assert!(!text.contains(word), "{word}");
        }
        let one = scope().reconcile_apply(&Writable::OfCluster("prod".to_owned()));
        let added = &one.statement[scope().reconcile_plan().statement.len()..];
        assert!(added.iter().all(|it| it.action == ["elasticloadbalancing:ModifyLoadBalancerAttributes"]));
        let resource = "arn:aws:elasticloadbalancing:eu-west-1:111111111111:loadbalancer/app/*/*";
        assert!(added.iter().all(|it| it.resource == [resource]));
        let conditions: Vec<_> = added.iter().map(|it| it.condition.clone().unwrap()).collect();
        assert_eq!(conditions[0], json!({ "StringEquals": { "aws:ResourceTag/elbv2.k8s.aws/cluster": "prod" } }));
        assert_eq!(conditions[1], json!({ "StringEquals": { "aws:ResourceTag/eks:eks-cluster-name": "prod" } }));
        let any = scope().reconcile_apply(&Writable::OfAnyCluster).to_json();
        assert!(any.contains("\"Null\"") && !any.contains("StringEquals"), "{any}");
        assert!(!scope().reconcile_apply(&Writable::All).to_json().contains("Condition"));
    }
}
