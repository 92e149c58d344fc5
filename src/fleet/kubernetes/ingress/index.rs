//! Which ingresses may have a say about a stack, found out once for all stacks: a look at every ingress for every load balancer
//! would take minutes where there are thousands of both.

use std::collections::{BTreeMap, BTreeSet};

use super::class::Doubt;
use super::{group, is_of_one, marks, taken};
use crate::fleet::kubernetes::objects::{Object, Objects};
use crate::fleet::kubernetes::opt_out;

/// The ingresses of a cluster, by the stacks that they may have a say about.
pub(in crate::fleet::kubernetes) struct Index<'a> {
    ingresses: Vec<&'a Object>,
    /// Numbers of ingresses, by the names of stacks: of whoever is a member, may be one, was one, or is called like it.
    by_name: BTreeMap<String, Vec<usize>>,
    /// Those of which nothing is known may belong to any group. The first says why it cannot be built; of those that opt out of
    /// one kind of log the last is the one that is told of. The others change nothing.
    of_any_group: BTreeSet<usize>,
    /// The first that stops the controller altogether.
    of_all: Option<usize>,
}

impl<'a> Index<'a> {
    pub(in crate::fleet::kubernetes) fn of(objects: &'a Objects) -> Self {
        let ingresses: Vec<&Object> = objects.of_kind("Ingress").collect();
        let mut index = Self { ingresses, by_name: BTreeMap::new(), of_any_group: BTreeSet::new(), of_all: None };
        let mut opted_out: BTreeMap<String, usize> = BTreeMap::new();
        for number in 0..index.ingresses.len() {
            let ingress = index.ingresses[number];
            let mut names: BTreeSet<String> = marks::stacks(ingress).collect();
            names.insert(ingress.full_name());
            match taken(objects, ingress) {
                Ok((reading, stack)) => {
                    names.extend(stack);
                    names.extend(reading.possible.iter().filter_map(|member| group(member).ok()?));
                }
                Err(Doubt::Unsure(member, _)) => names.extend(group(&member).ok().flatten()),
                Err(Doubt::Unread(_)) if !ingress.is_being_deleted() => {
                    if index.of_any_group.is_empty() {
                        index.of_any_group.insert(number);
                    }
                    opted_out.extend(opt_out::of(ingress).into_keys().map(|kind| (kind, number)));
                }
                Err(Doubt::Stops(_)) if !ingress.is_being_deleted() => drop(index.of_all.get_or_insert(number)),
                Err(Doubt::Unread(_) | Doubt::Stops(_) | Doubt::Invalid(_)) => {}
            }
            for name in names {
                index.by_name.entry(name).or_default().push(number);
            }
        }
        index.of_any_group.extend(opted_out.into_values());
        index
    }

    /// Whoever may have a say about a stack, in the order of all.
    pub(in crate::fleet::kubernetes) fn about(&self, stack: &str) -> impl Iterator<Item = &'a Object> {
        let named = self.by_name.get(stack).into_iter().flatten();
        let unknown = (!is_of_one(stack)).then_some(&self.of_any_group).into_iter().flatten();
        let numbers: BTreeSet<usize> = named.chain(unknown).chain(&self.of_all).copied().collect();
        numbers.into_iter().map(|number| self.ingresses[number])
    }
}
