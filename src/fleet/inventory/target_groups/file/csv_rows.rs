//! Target groups as CSV: columns by the names in the header, in any order.

use anyhow::{Result, bail};
use csv::{ReaderBuilder, StringRecord, Trim};

use super::{EXPECTED, INGRESS, Listed, REQUIRED, filled};
use crate::base::message::Message;
use crate::base::nearest::nearest;
use crate::fleet::inventory::target_groups::Entry;

pub(super) fn read(listed: &mut Listed) -> Result<()> {
    let mut reader = ReaderBuilder::new().flexible(true).trim(Trim::All).from_reader(listed.text.as_bytes());
    let header = reader.headers()?.clone();
    let columns = Columns::of(&header, listed.file)?;
    for record in reader.records() {
        let record = record?;
        let start = start(&record, listed.text);
        if record.len() != header.len() {
            bail!("{}: {} values for {} columns", listed.place(start), record.len(), header.len());
        }
        listed.add(columns.entry(&record), start)?;
    }
    Ok(())
}

/// The byte a record begins at. The reader's own position is in front of any empty lines.
fn start(record: &StringRecord, text: &str) -> usize {
    let start = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.len() - rest.trim_start_matches(['\r', '\n']).len()
}

/// Where the columns are.
struct Columns {
    arn: usize,
    namespace: usize,
    service: usize,
    ingress: Option<usize>,
}

impl Columns {
    fn of(header: &StringRecord, file: &str) -> Result<Self> {
        let find = |wanted: &str| {
            let mut places = header.iter().enumerate().filter(|(_, name)| name.eq_ignore_ascii_case(wanted));
            let place = places.next().map(|(index, _)| index);
            match places.next() {
                Some(_) => bail!("{file}:1: two columns are named {wanted}"),
                None => Ok(place),
            }
        };
        let required = |wanted: &str| {
            let place = find(wanted)?;
            place.ok_or_else(|| {
                anyhow::anyhow!(
                    Message::new(format_args!("{file}:1: no column named {wanted}")).hint(advice(wanted, header))
                )
            })
        };
        let [arn, namespace, service] = REQUIRED.map(required);
        Ok(Self { arn: arn?, namespace: namespace?, service: service?, ingress: find(INGRESS)? })
    }

    fn entry(&self, record: &StringRecord) -> Entry {
        let value = |place| record.get(place).and_then(filled);
        Entry {
            arn: value(self.arn).unwrap_or_default(),
            namespace: value(self.namespace),
            service: value(self.service),
            ingress: self.ingress.and_then(value),
            ..Entry::default()
        }
    }
}

fn advice(wanted: &str, header: &StringRecord) -> String {
    let names: Vec<&str> = header.iter().collect();
    if let [only] = names[..]
        && only.contains([';', '\t'])
    {
        return format!("columns are separated by commas; expected {EXPECTED}");
    }
    match nearest(wanted, &names) {
        Some(name) => format!("rename column {name:?}; expected {EXPECTED}"),
        None => format!("the first line names the columns: {EXPECTED}, in any order"),
    }
}
