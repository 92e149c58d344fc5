//! `albstats inventory`: what load balancers and target groups are for, kept for reports.

use std::collections::BTreeSet;
use std::path::Path;

use alblog::time::MINUTE;
use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use tokio::runtime::Runtime;

use super::common::kubernetes::Cluster;
use super::common::printing::PrintingArgs;
use super::common::{GlobalArgs, candidates, kubernetes, message, warn};
use crate::base::aws::Identity;
use crate::base::clock::now;
use crate::base::config::{Config, Overrides, TimeSpan};
use crate::base::message::Message;
use crate::base::outcome::Outcome;
use crate::base::shown::Shown;
use crate::cli::common::presenting::Output;
use crate::fleet::cluster::RUNNING;
use crate::fleet::inventory::targets::{Holders, TargetHistory, beside, cluster_of};
use crate::fleet::inventory::{Bindings, Inventory, Moment, ask, document, hold};
use crate::fleet::kubernetes::{Binding, kubectl};
use crate::output::{Format, human};

/// What is printed after the options.
fn examples() -> String {
    format!(
        "\
Reports call target groups NAMESPACE/SERVICE by what is kept, and targets by the pod that had the address then; queries \
have it as tables target_groups, load_balancers and targets. What is gone stays: logs still speak of it. Nothing but files is \
written: the inventory, which -o FILE.json keeps elsewhere, and pods beside it, in FILE.targets.parquet; and with --table, \
--format or another extension, one of its tables.

Asks for elasticloadbalancing:DescribeLoadBalancers, DescribeTargetGroups and DescribeTags.

Examples:
  albstats inventory
  albstats inventory --kubernetes prod=live
  albstats inventory --from prod --from partner --region eu-west-1 --region us-east-1
{running} | albstats inventory --kubernetes prod=-
  albstats inventory -o team.json
  albstats inventory --table targets -o targets.csv

Exit codes: 0 done, 2 could not do it, 3 done but an account or a region could not be asked",
        running = kubectl::running("  ")
    )
}

const ASKING: &str = "Whom to ask";

/// Keep what load balancers and target groups are for: cluster, namespace, service, ingress
#[derive(Debug, Args)]
#[command(after_help = examples())]
pub(super) struct InventoryArgs {
    /// Ask as this source of albstats.toml does: its profile, role and region; may be repeated
    #[arg(long, value_name = "SOURCE", add = ArgValueCompleter::new(candidates::sources), help_heading = ASKING)]
    from: Vec<String>,
    /// Ask as this profile of ~/.aws/config
    #[arg(long, value_name = "NAME", conflicts_with = "from", help_heading = ASKING)]
    profile: Option<String>,
    /// Ask in this region; may be repeated [default: the source's, else the environment's]
    #[arg(long, value_name = "REGION", help_heading = ASKING)]
    region: Vec<String>,
    /// The cluster's pods, services and TargetGroupBindings: `live`, the cluster itself (`live:CONTEXT` for another context's); a file as
    /// kubectl prints them with -A -o json; `-` for standard input; may be repeated
    #[arg(long, value_name = "[CLUSTER=]FILE|live", help_heading = ASKING)]
    kubernetes: Vec<String>,
    /// Forget pods that were last seen longer ago [default: never]
    #[arg(long, value_name = "AGE", help_heading = ASKING)]
    keep_pods: Option<TimeSpan>,
    /// Write this table, too; in a format of programs, target_groups unless said otherwise
    #[arg(long, value_name = "TABLE", help_heading = "Output")]
    table: Option<TableName>,
    #[command(flatten)]
    printing: PrintingArgs,
}

/// A table of the inventory.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum TableName {
    TargetGroups,
    LoadBalancers,
    Targets,
}

pub(super) fn run(args: &InventoryArgs, global: &GlobalArgs) -> Result<Outcome> {
    let config = global.load_config(Overrides::default())?;
    let identities = args.identities(&config)?;
    let rows = args.rows()?;
    let place = match (&args.printing.output, &rows, &config.inventory) {
        (Some(output), None, _) => output.clone(),
        (_, _, Some(setting)) => setting.value.clone(),
        (_, _, None) => bail!(
            Message::new("there is no folder for the inventory").hint("-o FILE.json, or inventory = \"FILE.json\"")
        ),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let read = runtime.block_on(kubernetes::read(&args.kubernetes, RUNNING))?;
    warn(&read.problems);
    let unread = read.problems.len();
    let bindings = bindings(&read.clusters);
    let _held = hold(&place, || {
        if !global.quiet {
            message(format_args!("waiting for another albstats inventory that writes {}", Shown(place.display())));
        }
    })?;
    let mut inventory = Inventory::read(&place)?.unwrap_or_default();
    let mut targets = TargetHistory::read(&beside(&place))?;
    let refused = fill(&mut inventory, &identities, &bindings, &runtime);
    let looks = args.look(&mut targets, &read.clusters, &inventory)?;
    let is_asked = refused < identities.len();
    if !is_asked && looks == 0 {
        bail!("no account could be queried; {} is as it was", Shown(place.display()));
    }
    inventory.write(&place)?;
    if looks > 0 || args.keep_pods.is_some() {
        targets.write(&beside(&place))?;
    }
    match rows {
        Some((table, format)) => {
            write_rows(&inventory, &targets, table, format, args.printing.output.as_deref())?;
        }
        None => Output::to(None, Format::Table)?.write(&document(&inventory))?,
    }
    if !global.quiet {
        let counts =
            [(inventory.load_balancers.len(), "load balancer"), (inventory.target_groups.len(), "target group")];
        let [load_balancers, groups] = counts.map(|(count, noun)| human::plural(count as u64, noun));
        if is_asked {
            message(format_args!("{load_balancers} and {groups} kept in {}", Shown(place.display())));
        }
        if looks > 0 {
            let targets = human::plural(targets.count() as u64, "target");
            message(format_args!("{targets} kept in {}", Shown(beside(&place).display())));
        }
    }
    Ok(if refused + unread == 0 { Outcome::Done } else { Outcome::Incomplete })
}

impl InventoryArgs {
    /// Who is asked, and in which region; each once.
    fn identities(&self, config: &Config) -> Result<Vec<Identity>> {
        let sources: Vec<&String> = match &config.default_source {
            _ if !self.from.is_empty() => self.from.iter().collect(),
            Some(source) if self.profile.is_none() => vec![&source.value],
            _ => Vec::new(),
        };
        let mut asked = BTreeSet::new();
        for name in &sources {
            let Some(source) = config.sources.get(*name) else {
                bail!(
                    Message::new(format_args!("no such source: {name}"))
                        .hint("--from takes a source of albstats.toml; --profile, a profile of AWS")
                );
            };
            asked.insert(source.identity());
        }
        if sources.is_empty() {
            asked.insert(Identity { profile: self.profile.clone(), ..Identity::default() });
        }
        if self.region.is_empty() {
            return Ok(asked.into_iter().collect());
        }
        let in_regions = |identity: &Identity| -> Vec<Identity> {
            self.region.iter().map(|region| Identity { region: Some(region.clone()), ..identity.clone() }).collect()
        };
        let asked: BTreeSet<Identity> = asked.iter().flat_map(in_regions).collect();
        Ok(asked.into_iter().collect())
    }

    /// Takes over whose addresses there are in clusters of which pods were read; how many these are.
    fn look(&self, targets: &mut TargetHistory, clusters: &[Cluster], inventory: &Inventory) -> Result<usize> {
        let mut looks = 0;
        for Cluster { name, kubernetes, seen } in clusters {
            let Some(endpoints) = kubernetes.endpoints() else { continue };
            let cluster = match name {
                Some(cluster) => cluster.clone(),
                None => cluster_of(&kubernetes.bindings(), inventory)?,
            };
            let now = now();
            if *seen > now + MINUTE {
                message("warning: what was read of a cluster is of a later time than now, and is taken for one of now");
            }
            // A look of the future would tell more surely than all that come, until then.
            targets.look(&cluster, Moment::new((*seen).min(now)), &endpoints);
            looks += 1;
        }
        if let Some(age) = &self.keep_pods {
            targets.forget(Moment::new(now().saturating_sub(i64::try_from(age.get().as_micros()).unwrap_or(i64::MAX))));
        }
        Ok(looks)
    }

    /// The table to write and its format, if rows are asked for.
    fn rows(&self) -> Result<Option<(TableName, Format)>> {
        let PrintingArgs { format, output } = &self.printing;
        let chosen = Format::choose(*format, output.as_deref())?;
        let is_kept_form = format.is_none() && chosen == Format::Json;
        let wanted = self.table.is_some() || format.is_some() || output.is_some() && !is_kept_form;
        Ok(wanted.then(|| (self.table.unwrap_or(TableName::TargetGroups), chosen)))
    }
}

/// What clusters say of target groups.
fn bindings(clusters: &[Cluster]) -> Bindings {
    let bindings = clusters.iter().flat_map(|Cluster { name, kubernetes, .. }| {
        kubernetes.bindings().into_iter().map(move |bound| Binding {
            cluster: name.clone(),
            // A group is no ingress; which of its ingresses it is, tags tell.
            ingress: in_namespace(bound.ingress.as_deref(), &bound.namespace),
            ..bound
        })
    });
    bindings.collect()
}

/// Asks one after another; how many refused.
fn fill(inventory: &mut Inventory, identities: &[Identity], bindings: &Bindings, runtime: &Runtime) -> usize {
    let mut refused = 0;
    for identity in identities {
        match runtime.block_on(ask(identity)) {
            Ok(seen) => inventory.merge(seen, Moment::new(now()), bindings),
            Err(error) => {
                refused += 1;
                message(Message::of(error.as_ref()).after(format_args!("warning: {}", asked_as(identity))));
            }
        }
    }
    refused
}

/// The name in `NAMESPACE/NAME`.
fn in_namespace(stack: Option<&str>, namespace: &str) -> Option<String> {
    stack?.strip_prefix(namespace)?.strip_prefix('/').map(ToOwned::to_owned)
}

/// `profile prod, eu-west-1: `
fn asked_as(identity: &Identity) -> String {
    let Identity { profile, role_arn, region } = identity;
    let parts = [profile.as_ref().map(|name| format!("profile {name}")), role_arn.clone(), region.clone()];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    if text.is_empty() { text } else { text + ": " }
}

fn write_rows(
    inventory: &Inventory,
    targets: &TargetHistory,
    table: TableName,
    format: Format,
    output: Option<&Path>,
) -> Result<()> {
    let batch = match table {
        TableName::TargetGroups => inventory.target_groups().batch()?,
        TableName::LoadBalancers => inventory.load_balancers_batch()?,
        TableName::Targets => Holders::new(targets, inventory).batch()?,
    };
    Output::to(output, format)?.write_rows(&batch)
}
