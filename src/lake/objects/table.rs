//! A row per load balancer, those that are not shown as one, and the total. Pure: counts in, a table out.

use std::collections::{BTreeMap, BTreeSet};

use alblog::LogKind;
use alblog::time::{Date, Iso};

use super::cells::Cells;
use super::heading::Heading;
use super::summary::{LoadBalancer, Owner, Summary};
use super::verify::State;
use crate::base::clock::time_of_day;
use crate::output::document::{Column, Point, Row, Table, Tone, Unit, Value};
use crate::output::human;

/// Load balancers shown when there are many more.
const SHOWN: usize = 10;
/// Cells of a bar: an hour each of a day.
const CELLS: usize = 24;

/// What the names of objects say of a load balancer, and stands in a column if there are several.
type OfOwner = fn(&Owner) -> &String;

/// What stands in a row.
struct Rows<'a> {
    heading: &'a Heading,
    owners: Vec<(Column, OfOwner)>,
    cells: Option<Cells>,
    is_verified: bool,
}

/// The load balancers and their total. Of many only the first are shown, unless `all` are.
pub(super) fn table(summary: &Summary, heading: &Heading, all: bool) -> Table {
    let load_balancers = &summary.load_balancers;
    if load_balancers.is_empty() {
        return Table { empty: Some("no logs of Application Load Balancers".to_owned()), ..Table::default() };
    }
    // One more takes no more room than to say so.
    let shown = if all || load_balancers.len() <= SHOWN + 1 { load_balancers.len() } else { SHOWN };
    let (shown, rest) = load_balancers.split_at(shown);
    let rows = Rows::new(summary, heading);
    let names = names(load_balancers);
    let more = format!("{} more (--all)", human::count(rest.len() as u64));
    Table {
        columns: rows.columns(),
        rows: shown.iter().zip(names).map(|(one, name)| rows.one(one, name)).collect(),
        more: (!rest.is_empty()).then(|| rows.rest(rest, more)),
        total: Some(rows.total(&summary.total())),
        ..Table::default()
    }
}

/// What gives way where there is no room: account and region first, then kinds, then bars.
fn column(name: &str, heading: &str, unit: Unit, expendable: u8) -> Column {
    Column { expendable, ..Column::new(name, heading, unit) }
}

impl<'a> Rows<'a> {
    fn new(summary: &Summary, heading: &'a Heading) -> Self {
        let owners: [(Column, OfOwner); 2] = [
            (column("account", "ACCOUNT", Unit::Text, 3), |owner| &owner.account),
            (column("region", "REGION", Unit::Text, 3), |owner| &owner.region),
        ];
        Self {
            heading,
            owners: owners.into_iter().filter(|(_, of)| summary.distinct(of).len() > 1).collect(),
            cells: heading.span.clone().map(|span| Cells::new(span, CELLS)),
            is_verified: summary.load_balancers.iter().any(|one| one.verdict.is_some()),
        }
    }

    fn columns(&self) -> Vec<Column> {
        let number = |name, heading, unit| Column { sparse: true, ..column(name, heading, unit, 0) };
        let mut columns = vec![column("load_balancer", "LOAD BALANCER", Unit::Text, 0)];
        columns.extend(self.owners.iter().map(|(column, _)| column.clone()));
        columns.push(column("kinds", "KINDS", Unit::Text, 2));
        columns.push(number("objects", "OBJECTS", Unit::Count));
        columns.push(number("bytes", "SIZE", Unit::Bytes));
        if let Some(cells) = &self.cells {
            let step = Some(cells.length());
            columns.push(column("newest", "NEWEST", Unit::Text, 0));
            columns.push(Column { step, ..column("objects_over_time", "BY", Unit::Series, 1) });
        }
        columns.extend(self.is_verified.then(|| column("state", "STATE", Unit::Text, 0)));
        columns
    }

    fn one(&self, one: &LoadBalancer, name: String) -> Row {
        let of_owner = |of: &OfOwner| one.owner.as_ref().map_or(Value::Null, |owner| Value::Text(of(owner).clone()));
        let owners = self.owners.iter().map(|(_, of)| of_owner(of)).collect();
        let state = one.verdict.as_ref().map(|verdict| verdict.state);
        let shown = state.map_or(Value::Null, |state| Value::Text(state.name().to_owned()));
        Row { tone: state.map_or(Tone::Plain, tone), ..self.row(one, Value::Text(name), owners, shown) }
    }

    /// Several as one: what they have in common, or how many different ones there are; of states, every one.
    fn rest(&self, rest: &[LoadBalancer], name: String) -> Row {
        let of_owners = |of: &OfOwner| {
            let different: BTreeSet<Option<&String>> = rest.iter().map(|one| one.owner.as_ref().map(of)).collect();
            match different.len() {
                1 => different.into_iter().flatten().next().map_or(Value::Null, |only| Value::Text(only.clone())),
                several => Value::Text(several.to_string()),
            }
        };
        let owners = self.owners.iter().map(|(_, of)| of_owners(of)).collect();
        let states: BTreeSet<State> =
            rest.iter().filter_map(|one| one.verdict.as_ref()).map(|verdict| verdict.state).collect();
        let states = states.into_iter().map(State::name).collect::<Vec<_>>().join(", ");
        self.row(&LoadBalancer::together(rest), Value::Text(name), owners, Value::Text(states))
    }

    /// Only what is a sum: not the bars of everything, nor what is newest of all.
    fn total(&self, total: &LoadBalancer) -> Row {
        let counts = LoadBalancer { objects: total.objects, bytes: total.bytes, ..LoadBalancer::default() };
        let owners = vec![Value::Null; self.owners.len()];
        let mut row = self.row(&counts, Value::Text("total".to_owned()), owners, Value::Null);
        row.values.iter_mut().filter(|value| matches!(value, Value::Series(_))).for_each(|bars| *bars = Value::Null);
        row
    }

    fn row(&self, one: &LoadBalancer, name: Value, owners: Vec<Value>, state: Value) -> Row {
        let mut values = vec![name];
        values.extend(owners);
        values.extend([kinds(&one.kinds), Value::count(one.objects), Value::count(one.bytes)]);
        if let (Some(cells), Some(span)) = (&self.cells, &self.heading.span) {
            values.push(one.newest().map_or(Value::Null, |end| newest(end, span.end)));
            values.push(Value::Series(cells.counts(&one.ends).into_iter().map(Point::count).collect()));
        }
        values.extend(self.is_verified.then_some(state));
        Row::new(values)
    }
}

/// How a state is meant.
pub(super) fn tone(state: State) -> Tone {
    match state {
        State::Silent | State::Off => Tone::Bad,
        State::Gone => Tone::Dim,
        State::Elsewhere | State::Unknown | State::Idle | State::Fresh => Tone::Plain,
    }
}

/// What each is called: its name, with its id if another one is called the same.
fn names(load_balancers: &[LoadBalancer]) -> Vec<String> {
    let mut called: BTreeMap<&str, usize> = BTreeMap::new();
    for owner in load_balancers.iter().filter_map(|one| one.owner.as_ref()) {
        *called.entry(&owner.name).or_default() += 1;
    }
    let name = |one: &LoadBalancer| match &one.owner {
        Some(Owner { name, id, .. }) if called[name.as_str()] > 1 => format!("{name}/{id}"),
        Some(Owner { name, .. }) => name.clone(),
        None => "(other names)".to_owned(),
    };
    load_balancers.iter().map(name).collect()
}

/// `a c h`: first letters, each in its place.
fn kinds(kinds: &BTreeSet<LogKind>) -> Value {
    if kinds.is_empty() {
        return Value::Null;
    }
    let letter = |kind: LogKind| kind.to_string().chars().next().filter(|_| kinds.contains(&kind)).unwrap_or(' ');
    Value::Text(LogKind::ALL.map(|kind| letter(kind).to_string()).join(" "))
}

/// When the newest interval ends: with its date, if that is not the day on which the window ends. Midnight ends a day.
fn newest(end: i64, window_end: i64) -> Value {
    let (date, last) = (Date::of(end), Date::of(window_end - 1));
    let time = time_of_day(end);
    let shown = if Date::of(end - 1) == last {
        time
    } else if date.year == last.year {
        format!("{:02}-{:02} {time}", date.month, date.day)
    } else {
        date.to_string()
    };
    Value::Name { id: Iso(end).to_string(), shown }
}
