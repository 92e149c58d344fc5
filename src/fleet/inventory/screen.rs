//! The inventory for people: a line per load balancer, and how much is known of its target groups. Pure.

use std::collections::BTreeMap;

use super::model::{Inventory, KnownLoadBalancer, KnownTargetGroup, MadeFor};
use crate::fleet::inventory::target_groups::How;
use crate::output::document::{Block, Column, Document, Row, Table, Unit, Value};
use crate::output::human;

/// Load balancers shown when there are many more.
const SHOWN: usize = 20;

/// How many target groups are known, and how well.
#[derive(Clone, Copy, Default)]
struct Counts {
    all: u64,
    named: u64,
    guessed: u64,
    unnamed: u64,
}

impl Counts {
    fn of<'a>(groups: impl IntoIterator<Item = &'a KnownTargetGroup>) -> Self {
        let mut counts = Self::default();
        for group in groups {
            counts.all += 1;
            match group.purpose.derived {
                How::Tags | How::Binding => counts.named += 1,
                How::Likely | How::Guess => counts.guessed += 1,
                How::Ambiguous | How::Unknown => counts.unnamed += 1,
            }
        }
        counts
    }

    fn values(self) -> [Value; 4] {
        [self.all, self.named, self.guessed, self.unnamed]
            .map(|count| Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
    }
}

/// What is known; load balancers with the most target groups first.
pub fn document(inventory: &Inventory) -> Document {
    let mut of: BTreeMap<Option<&str>, Vec<&KnownTargetGroup>> = BTreeMap::new();
    for group in inventory.target_groups.values() {
        // The logs of other types of load balancers are not read here.
        let known = group.load_balancers.iter().filter(|arn| inventory.load_balancers.contains_key(*arn));
        let mut known = known.map(|arn| Some(arn.as_str())).peekable();
        if known.peek().is_none() {
            of.entry(None).or_default().push(group);
        }
        for arn in known {
            of.entry(arn).or_default().push(group);
        }
    }
    let groups = |arn: Option<&str>| Counts::of(of.get(&arn).into_iter().flatten().copied());
    let mut load_balancers: Vec<_> = inventory.load_balancers.iter().collect();
    load_balancers.sort_by_key(|(arn, known)| (std::cmp::Reverse(groups(Some(arn)).all), &known.name, *arn));
    // One more takes no more room than to say so.
    let shown = if load_balancers.len() > SHOWN + 1 { SHOWN } else { load_balancers.len() };
    let row = |(arn, known): &(&String, &KnownLoadBalancer)| {
        let text = |text: Option<String>| text.map_or(Value::Null, Value::Text);
        let name = Value::Name { id: (*arn).clone(), shown: known.name.clone() };
        let made_for = [name, text(known.made_for.cluster.clone()), text(purpose(&known.made_for))];
        Row::new(made_for.into_iter().chain(groups(Some(arn)).values()).collect())
    };
    let mut rows: Vec<Row> = load_balancers[..shown].iter().map(row).collect();
    if of.contains_key(&None) {
        rows.push(sum("(no load balancer)", groups(None)));
    }
    let rest = &load_balancers[shown..];
    let of_rest = rest.iter().flat_map(|(arn, _)| of.get(&Some(arn.as_str())).into_iter().flatten().copied());
    let more =
        (!rest.is_empty()).then(|| sum(&format!("{} more", human::count(rest.len() as u64)), Counts::of(of_rest)));
    // A target group of several load balancers counts once here.
    let total = Some(sum("total", Counts::of(inventory.target_groups.values())));
    let table = Table { columns: columns(), rows, more, total, ..Table::default() };
    Document {
        title: "Load balancers, and how well the names of their target groups are known".to_owned(),
        blocks: vec![Block::Table(table)],
        ..Document::default()
    }
}

fn columns() -> Vec<Column> {
    let column = |(name, heading, unit)| Column::new(name, heading, unit);
    let columns = [
        ("arn", "LOAD BALANCER", Unit::Text),
        ("cluster", "CLUSTER", Unit::Text),
        ("ingress", "INGRESS", Unit::Text),
        ("target_groups", "GROUPS", Unit::Count),
        ("named", "NAMED", Unit::Count),
        ("guessed", "GUESSED", Unit::Count),
        ("unnamed", "UNNAMED", Unit::Count),
    ];
    columns.map(column).to_vec()
}

/// Of several load balancers, or of none.
fn sum(label: &str, counts: Counts) -> Row {
    let texts = [label, "", ""].map(|text| Value::Text(text.to_owned()));
    Row::new(texts.into_iter().chain(counts.values()).collect())
}

/// `shop/web`, `group edge`, `gateway edge/gw`
fn purpose(made_for: &MadeFor) -> Option<String> {
    let MadeFor { namespace, ingress, ingress_group, gateway, .. } = made_for;
    let namespace = namespace.as_deref().unwrap_or_default();
    Some(match (ingress, ingress_group, gateway) {
        (Some(ingress), _, _) => format!("{namespace}/{ingress}"),
        (None, Some(group), _) => format!("group {group}"),
        (None, None, Some(gateway)) => format!("gateway {namespace}/{gateway}"),
        (None, None, None) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::inventory::Moment;
    use crate::fleet::inventory::model::Purpose;
    use crate::output::screen::{Look, screen};
    use crate::output::width;

    #[test]
    fn long_names_and_many_load_balancers_fit() {
        let mut inventory = Inventory::default();
        let (seen, long) = (Moment::new(0), "x".repeat(60));
        for number in 0..30 {
            let made_for = MadeFor {
                cluster: Some(long.clone()),
                namespace: Some(long.clone()),
                ingress: Some(long.clone()),
                ..MadeFor::default()
            };
            let (name, tags) = (format!("{number:02}{long}"), crate::fleet::aws::elbv2::Tags::new());
            let known = KnownLoadBalancer { name, tags, made_for, first_seen: seen, last_seen: seen };
            inventory.load_balancers.insert(format!("arn:{number:02}"), known);
        }
        // Of two load balancers, which come first, and of one that is of another type; it counts once.
        let known = KnownTargetGroup {
            name: "group".to_owned(),
            tags: crate::fleet::aws::elbv2::Tags::new(),
            load_balancers: vec!["arn:07".to_owned(), "arn:29".to_owned(), "arn:unknown".to_owned()],
            purpose: Purpose { derived: How::Likely, ..Purpose::default() },
            first_seen: seen,
            last_seen: seen,
        };
        inventory.target_groups.insert("arn".to_owned(), known);
        let text = screen(&document(&inventory), &Look { width: Some(80), ..Look::default() });
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        // Below the title, a blank line and the headings.
        assert_eq!((lines.len(), lines[3][0].get(..2)), (SHOWN + 5, Some("07")));
        assert_eq!(lines[SHOWN + 3], ["10", "more", "0", "0", "0", "0"]);
        assert_eq!(lines[SHOWN + 4], ["total", "1", "0", "1", "0"]);
    }
}
