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

    /// Telling load balancers that write no logs from those that have no requests: `objects --verify`, and the alert `not-logged`.
    pub(super) fn verifying() -> [Statement; 2] {
        let any = || ["*".to_owned()];
        [
            Statement::allow(
                "LookAtLoadBalancers",
                &[
                    "elasticloadbalancing:DescribeLoadBalancerAttributes",
                    "elasticloadbalancing:DescribeLoadBalancers",
                    "elasticloadbalancing:DescribeTags",
                ],
                any(),
            ),
            // Without these, logs that CloudWatch delivers are not seen, and silence is not told from idleness.
            Statement::allow(
                "LookAtDelivery",
                &["cloudwatch:GetMetricData", "logs:DescribeDeliveries", "logs:DescribeDeliverySources"],
                any(),
            ),
        ]
    }

    fn looking(&self) -> [Statement; 4] {
        let [load_balancers, delivery] = Self::verifying();
        [
            load_balancers,
            delivery,
            Statement::allow(
                "LookAtBucket",
                &[
                    "s3:GetBucketNotification",
                    "s3:GetBucketObjectLockConfiguration",
                    "s3:GetBucketOwnershipControls",
                    "s3:GetBucketPolicy",
                    "s3:GetBucketPublicAccessBlock",
                    "s3:GetEncryptionConfiguration",
                    "s3:GetLifecycleConfiguration",
                ],
                [self.bucket(&self.logs)],
            ),
            // Names of logs prove that they arrive; what stands in them is nobody's business here.
            Statement::allow("ListLogs", &["s3:ListBucket"], [self.bucket(&self.logs)])
                .with_prefixes(&[anything_for_placeholders(&self.logs.below(&format!("{AWS_LOGS}/*")))]),
        ]
    }
}

/// `eks/*` for `eks/{cluster}`, as the policy in `albstats.toml` may have it.
fn anything_for_placeholders(prefix: &str) -> String {
    let mut pieces = prefix.split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |before, piece| match piece.split_once('}') {
        Some((_, after)) => format!("{before}*{after}"),
        None => format!("{before}{{{piece}"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{folder, scope};
    use super::*;

    /// Whoever may list the bucket, may list what is not about logs; whoever reads objects, reads who visited what.
    #[test]
    fn only_names_below_awslogs_are_listed_and_no_object_is_read() {
        let policy = |prefix: &str| Scope { logs: folder("logs", prefix), ..scope() }.reconcile_plan();
        let text = policy("eks").to_json();
        assert!(!text.contains("s3:GetObject") && !text.contains("DescribeTargetGroups"), "{text}");
        for (prefix, listed) in [
            ("eks", "eks/AWSLogs/*"),
            ("", "AWSLogs/*"),
            ("eks/{cluster}", "eks/*/AWSLogs/*"),
            ("{account}-{name}/x", "*-*/x/AWSLogs/*"),
            ("odd{", "odd{/AWSLogs/*"),
        ] {
            let statements = policy(prefix).statement;
            let lists: Vec<_> = statements.iter().filter(|it| it.action.contains(&"s3:ListBucket")).collect();
            assert_eq!(lists.len(), 1);
            assert_eq!(lists[0].condition, Some(json!({ "StringLike": { "s3:prefix": [listed] } })), "{prefix}");
        }
    }

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
        assert_eq!(scope().reconcile_apply(&Writable::All).statement.last().unwrap().condition, None);
    }
}
