//! The inventory for people: a line per load balancer, and how much is known of its target groups. Pure.

use std::collections::BTreeMap;

use super::model::{Inventory, KnownTargetGroup, MadeFor};
use crate::fleet::inventory::target_groups::How;
use crate::output::{cut, harmless, human, width};

/// What a line takes up.
const WIDTH: usize = 80;
/// Load balancers shown when there are many more.
const SHOWN: usize = 20;
const GAP: &str = "  ";

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

    fn cells(self) -> [String; 4] {
        [self.all, self.named, self.guessed, self.unnamed].map(human::count)
    }
}

/// The screen; load balancers with the most target groups first.
pub fn screen(inventory: &Inventory) -> String {
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
    let row = |name: &str, cluster: &str, made_for: &str, counts: Counts| {
        let text = [name, cluster, made_for].map(|text| harmless(text).into_owned());
        text.into_iter().chain(counts.cells()).collect::<Vec<_>>()
    };
    let mut load_balancers: Vec<_> = inventory.load_balancers.iter().collect();
    load_balancers.sort_by_key(|(arn, known)| (std::cmp::Reverse(groups(Some(arn)).all), &known.name, *arn));
    let header = ["LOAD BALANCER", "CLUSTER", "INGRESS", "GROUPS", "NAMED", "GUESSED", "UNNAMED"];
    let mut rows = vec![header.map(ToOwned::to_owned).to_vec()];
    let shown = if load_balancers.len() > SHOWN + 1 { SHOWN } else { load_balancers.len() };
    for (arn, known) in &load_balancers[..shown] {
        let cluster = known.made_for.cluster.as_deref().unwrap_or("–");
        rows.push(row(&known.name, cluster, &purpose(&known.made_for), groups(Some(arn))));
    }
    if let rest @ 1.. = load_balancers.len() - shown {
        let groups =
            load_balancers[shown..].iter().flat_map(|(arn, _)| of.get(&Some(arn.as_str())).into_iter().flatten());
        rows.push(row(&format!("{} more", human::count(rest as u64)), "", "", Counts::of(groups.copied())));
    }
    if of.contains_key(&None) {
        rows.push(row("(no load balancer)", "", "", groups(None)));
    }
    // A target group of several load balancers counts once here.
    rows.push(row("total", "", "", Counts::of(inventory.target_groups.values())));
    lines(rows)
}

/// `shop/web`, `group edge`, `gateway edge/gw`
fn purpose(made_for: &MadeFor) -> String {
    let MadeFor { namespace, ingress, ingress_group, gateway, .. } = made_for;
    let namespace = namespace.as_deref().unwrap_or_default();
    match (ingress, ingress_group, gateway) {
        (Some(ingress), _, _) => format!("{namespace}/{ingress}"),
        (None, Some(group), _) => format!("group {group}"),
        (None, None, Some(gateway)) => format!("gateway {namespace}/{gateway}"),
        (None, None, None) => "–".to_owned(),
    }
}

/// Aligned, with the longest of the texts cut until all fit.
fn lines(mut rows: Vec<Vec<String>>) -> String {
    let widest = |rows: &[Vec<String>], column: usize| rows.iter().map(|row| width(&row[column])).max().unwrap_or(0);
    let columns = rows.first().map_or(0, Vec::len);
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(&rows, column)).collect();
    while widths.iter().map(|wide| GAP.len() + wide).sum::<usize>() > WIDTH {
        let Some(longest) = (0..3).max_by_key(|&column| widths[column]).filter(|&column| widths[column] > 1) else {
            break;
        };
        widths[longest] -= 1;
    }
    let mut text = String::new();
    for row in &mut rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let cell = cut(cell, widths[column]);
            let blanks = " ".repeat(widths[column].saturating_sub(width(&cell)));
            let (before, after) = if column < 3 { ("", blanks.as_str()) } else { (blanks.as_str(), "") };
            line.extend([GAP, before, &cell, after]);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::inventory::{KnownLoadBalancer, Moment, Purpose};

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
        let text = screen(&inventory);
        assert!(text.lines().all(|line| width(line) <= WIDTH), "{text}");
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!((lines.len(), lines[1][0].get(..2)), (SHOWN + 3, Some("07")));
        assert_eq!(lines[SHOWN + 1], ["10", "more", "0", "0", "0", "0"]);
        assert_eq!(lines[SHOWN + 2], ["total", "1", "0", "1", "0"]);
    }
}
