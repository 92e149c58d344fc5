//! The inventory as tables.

use std::sync::Arc;

use anyhow::Result;
use arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::model::{Inventory, KnownLoadBalancer};
use crate::base::aws::Arn;
use crate::fleet::inventory::target_groups::{Entry, TargetGroups};

/// Name of the table of load balancers in SQL.
pub const LOAD_BALANCERS: &str = "load_balancers";

/// The columns of `load_balancers`; `elb` is what logs call it, `tags` a JSON object.
pub fn load_balancers_schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8View, nullable);
    let time = |name: &str| Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false);
    Arc::new(Schema::new(vec![
        text("arn", false),
        text("elb", false),
        text("name", false),
        text("cluster", true),
        text("namespace", true),
        text("ingress", true),
        text("ingress_group", true),
        text("gateway", true),
        text("tags", false),
        time("first_seen"),
        time("last_seen"),
    ]))
}

impl Inventory {
    /// A row per load balancer, by ARN.
    ///
    /// # Errors
    /// When Arrow refuses the columns.
    pub fn load_balancers_batch(&self) -> Result<RecordBatch> {
        let known = || self.load_balancers.values();
        let text = |of: fn(&KnownLoadBalancer) -> Option<&str>| -> ArrayRef {
            Arc::new(known().map(of).collect::<StringViewArray>())
        };
        let times = |of: fn(&KnownLoadBalancer) -> i64| -> ArrayRef {
            Arc::new(TimestampMicrosecondArray::from_iter_values(known().map(of)).with_timezone("UTC"))
        };
        let arns: StringViewArray = self.load_balancers.keys().map(Some).collect();
        let elb = |arn: &String| Arn::parse(arn).and_then(|arn| arn.load_balancer().map(ToOwned::to_owned));
        let elbs: StringViewArray =
            self.load_balancers.keys().map(|arn| Some(elb(arn).unwrap_or_else(|| arn.clone()))).collect();
        let tags = known().map(|one| serde_json::to_string(&one.tags)).collect::<Result<Vec<_>, _>>()?;
        let columns = vec![
            Arc::new(arns),
            Arc::new(elbs),
            text(|one| Some(&one.name)),
            text(|one| one.made_for.cluster.as_deref()),
            text(|one| one.made_for.namespace.as_deref()),
            text(|one| one.made_for.ingress.as_deref()),
            text(|one| one.made_for.ingress_group.as_deref()),
            text(|one| one.made_for.gateway.as_deref()),
            Arc::new(tags.into_iter().map(Some).collect::<StringViewArray>()),
            times(|one| one.first_seen.micros()),
            times(|one| one.last_seen.micros()),
        ];
        Ok(RecordBatch::try_new(load_balancers_schema(), columns)?)
    }

    /// What its target groups are called.
    pub fn target_groups(&self) -> TargetGroups {
        let entry = |(arn, known): (&String, &super::KnownTargetGroup)| {
            let purpose = known.purpose.clone();
            Entry {
                arn: arn.clone(),
                namespace: purpose.namespace,
                service: purpose.service,
                ingress: purpose.ingress,
                route: purpose.route,
                port: purpose.port,
                cluster: purpose.cluster,
                name: Some(known.name.clone()),
                derived: Some(purpose.derived),
            }
        };
        self.target_groups.iter().map(entry).collect()
    }
}
