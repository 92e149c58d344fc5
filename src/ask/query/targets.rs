//! Whose the addresses of targets were: table `targets`, read when a statement asks for it, and the function `holder_of`.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Int64Type, SchemaRef, TimestampMicrosecondType};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, exec_datafusion_err, plan_err};
use datafusion::datasource::{MemTable, TableType};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use super::functions::{Extent, utc};
use super::message::cannot_read;
use crate::ask::sql::HOLDER_OF;
use crate::fleet::inventory::targets::{Holders, KeptTargets, TARGETS, Target, schema};

/// Makes what is kept of targets a table, and a function.
///
/// # Errors
/// When it is one already.
pub(super) fn register(context: &SessionContext, kept: &Arc<KeptTargets>) -> Result<()> {
    context.register_table(TARGETS, Arc::new(Targets { kept: Arc::clone(kept) }))?;
    context.register_udf(ScalarUDF::from(HolderOf::new(Arc::clone(kept))));
    Ok(())
}

fn read(kept: &KeptTargets) -> Result<&Holders> {
    kept.holders().map_err(cannot_read)
}

/// The table.
#[derive(Debug)]
struct Targets {
    kept: Arc<KeptTargets>,
}

#[async_trait]
impl TableProvider for Targets {
    fn schema(&self) -> SchemaRef {
        schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let batch = read(&self.kept)?.batch().map_err(cannot_read)?;
        MemTable::try_new(schema(), vec![vec![batch]])?.scan(state, projection, filters, limit).await
    }
}

/// What is told of a holder, and how: of the pod and the workload with the namespace before.
type Told = fn(&Target) -> Option<String>;

const TOLD: [(&str, Told); 5] = [
    ("pod", |target| Some(format!("{}/{}", target.namespace, target.pod.as_deref()?))),
    ("workload", |target| Some(format!("{}/{}", target.namespace, target.workload.as_deref()?))),
    ("node", |target| target.node.as_deref().map(ToOwned::to_owned)),
    ("zone", |target| target.zone.as_deref().map(ToOwned::to_owned)),
    ("version", |target| target.version.as_deref().map(ToOwned::to_owned)),
];

/// `holder_of(what, target_group, ip, port, time)`: the pod, workload, node, zone or version that had an address then.
#[derive(Debug)]
struct HolderOf {
    signature: Signature,
    kept: Arc<KeptTargets>,
}

impl HolderOf {
    fn new(kept: Arc<KeptTargets>) -> Self {
        let signature = Signature::exact(
            vec![DataType::Utf8View, DataType::Utf8View, DataType::Utf8View, DataType::Int64, utc()],
            Volatility::Immutable,
        );
        Self { signature, kept }
    }
}

impl PartialEq for HolderOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kept, &other.kept)
    }
}

impl Eq for HolderOf {}

impl Hash for HolderOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name().hash(state);
    }
}

impl ScalarUDFImpl for HolderOf {
    fn name(&self) -> &'static str {
        HOLDER_OF
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let extent = Extent::of(&args);
        let ColumnarValue::Scalar(what) = &args.args[0] else {
            return plan_err!("{HOLDER_OF} takes as its first argument a constant");
        };
        let what = what.try_as_str().flatten().unwrap_or_default();
        let Some((_, told)) = TOLD.iter().find(|(name, _)| *name == what) else {
            let names = TOLD.map(|(name, _)| format!("'{name}'")).join(", ");
            return plan_err!("{HOLDER_OF} takes as its first argument one of {names}");
        };
        let columns: Vec<ArrayRef> =
            args.args[1..].iter().map(|argument| argument.to_array(extent.rows)).collect::<Result<_>>()?;
        let (groups, ips) = (columns[0].as_string_view(), columns[1].as_string_view());
        let ports = columns[2].as_primitive::<Int64Type>();
        let times = columns[3].as_primitive_opt::<TimestampMicrosecondType>();
        let times = times.ok_or_else(|| exec_datafusion_err!("{HOLDER_OF} takes a time in microseconds"))?;
        let holders = read(&self.kept)?;
        let holder = |row: usize| {
            let is_told = ips.is_valid(row) && ports.is_valid(row) && times.is_valid(row);
            let ip: IpAddr = is_told.then(|| ips.value(row))?.parse().ok()?;
            let port = u16::try_from(ports.value(row)).ok()?;
            let group = groups.is_valid(row).then(|| groups.value(row));
            told(holders.at(group, ip, port, times.value(row))?.target)
        };
        let answer: StringViewArray = if holders.is_empty() {
            StringViewArray::new_null(extent.rows)
        } else {
            (0..extent.rows).map(holder).collect()
        };
        extent.answer(Arc::new(answer))
    }
}
