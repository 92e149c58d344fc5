//! Names that are told apart: of target groups that are called the same, each gets a piece of what they do not share.

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{target_group_id, target_group_name};
use super::{GeneratedName, TargetGroupName};

/// The shortest piece that looks like one, characters.
const SHORTEST: usize = 4;

/// By ARN, a name that no other has.
pub(super) fn names(shown: BTreeMap<&str, TargetGroupName>) -> BTreeMap<String, String> {
    let mut alike: BTreeMap<String, Vec<(&str, TargetGroupName)>> = BTreeMap::new();
    for (arn, name) in shown {
        alike.entry(name.to_string()).or_default().push((arn, name));
    }
    let mut names = BTreeMap::new();
    for (shared, group) in alike {
        match &group[..] {
            [(arn, _)] => {
                names.insert((*arn).to_owned(), shared);
            }
            _ => names.extend(told_apart(&group)),
        }
    }
    settle(&mut names);
    names
}

fn told_apart(group: &[(&str, TargetGroupName)]) -> BTreeMap<String, String> {
    let hash = |arn: &str| target_group_name(arn).and_then(GeneratedName::parse).map(|name| name.hash.to_owned());
    let id = |arn: &str| target_group_id(arn).map(ToOwned::to_owned);
    let all = |piece: &dyn Fn(&str) -> Option<String>| -> Vec<String> {
        group.iter().map(|(arn, _)| piece(arn).unwrap_or_default()).collect()
    };
    let pieces = shortest(&all(&hash)).or_else(|| shortest(&all(&id)));
    let named = |(index, (arn, name)): (usize, &(&str, TargetGroupName))| {
        let text = match pieces.as_ref().map(|pieces| pieces[index].as_str()) {
            None => (*arn).to_owned(),
            Some("") => name.to_string(),
            Some(piece) => TargetGroupName { text: format!("{} {piece}", name.text), ..name.clone() }.to_string(),
        };
        ((*arn).to_owned(), text)
    };
    group.iter().enumerate().map(named).collect()
}

/// As much of the beginnings as it takes for them to differ; `None` if they do not.
fn shortest(whole: &[String]) -> Option<Vec<String>> {
    let longest = whole.iter().map(|text| text.chars().count()).max()?;
    (SHORTEST..=longest.max(SHORTEST)).find_map(|length| {
        let pieces: Vec<String> = whole.iter().map(|text| text.chars().take(length).collect()).collect();
        let distinct: BTreeSet<&String> = pieces.iter().collect();
        (distinct.len() == whole.len()).then_some(pieces)
    })
}

/// What is still alike, since anything can stand in a log or an inventory, is called by its ARN.
fn settle(names: &mut BTreeMap<String, String>) {
    loop {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names.values() {
            *counts.entry(name).or_default() += 1;
        }
        let ambiguous: Vec<String> = names
            .iter()
            .filter(|(arn, name)| counts[name.as_str()] > 1 && arn != name)
            .map(|(arn, _)| arn.clone())
            .collect();
        if ambiguous.is_empty() {
            return;
        }
        names.extend(ambiguous.into_iter().map(|arn| (arn.clone(), arn)));
    }
}
