//! Connections and health checks as they are counted: what of them can be a sign of trouble.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int32Array, RecordBatch, StringViewArray, TimestampMicrosecondArray};
use arrow::datatypes::{Float64Type, Int32Type, TimestampMicrosecondType};

use super::dimension::{DIMENSIONS, Dimension};
use super::seeing::{Seeing, State, int, micros, mix, port, text};
use super::seen::{Class, Seen};
use crate::ask::query::Observer;
use crate::base::tables::Table;

/// Sees connections.
#[derive(Debug)]
pub(super) struct Connections(pub(super) Arc<Seeing>);

impl Observer for Connections {
    fn table(&self) -> Table {
        Table::Connections
    }

    fn columns(&self) -> &[&'static str] {
        &[
            "time",
            "elb",
            "client_ip",
            "client_port",
            "listener_port",
            "tls_protocol",
            "tls_verify_status",
            "tls_handshake_latency",
        ]
    }

    fn begin(&self) {
        self.0.forget(|state| &mut state.connections);
    }

    fn observe(&self, partition: usize, rows: &RecordBatch) {
        let Some(columns) = ConnectionColumns::of(rows) else { return };
        let mut state = self.0.state(partition);
        for row in 0..rows.num_rows() {
            let seen = columns.seen(&mut state, row, self.0.step());
            state.count(|state| &mut state.connections, seen);
        }
    }
}

struct ConnectionColumns<'a> {
    time: &'a TimestampMicrosecondArray,
    elb: &'a StringViewArray,
    client: &'a StringViewArray,
    client_port: &'a Int32Array,
    listener: &'a Int32Array,
    protocol: &'a StringViewArray,
    status: &'a StringViewArray,
    latency: &'a Float64Array,
}

impl<'a> ConnectionColumns<'a> {
    fn of(rows: &'a RecordBatch) -> Option<Self> {
        let text = |index: usize| rows.column(index).as_string_view_opt();
        let int = |index: usize| rows.column(index).as_primitive_opt::<Int32Type>();
        Some(Self {
            time: rows.column(0).as_primitive_opt::<TimestampMicrosecondType>()?,
            elb: text(1)?,
            client: text(2)?,
            client_port: int(3)?,
            listener: int(4)?,
            protocol: text(5)?,
            status: text(6)?,
            latency: rows.column(7).as_primitive_opt::<Float64Type>()?,
        })
    }

    fn seen(&self, state: &mut State, row: usize, step: i64) -> Seen {
        let time = self.time.value(row);
        let elb = state.values.id(text(self.elb, row).unwrap_or("(none)"));
        let mut keys = [None; DIMENSIONS];
        keys[Dimension::All as usize] = Some((0, 0, 0));
        keys[Dimension::LoadBalancer as usize] = Some((elb, 0, 0));
        keys[Dimension::Listener as usize] = Some((elb, 0, port(self.listener, row)));
        if let Some(address) = text(self.client, row) {
            let client = state.values.id(address);
            keys[Dimension::Client as usize] = Some((0, client, 0));
            keys[Dimension::Network as usize] = Some((0, state.network(client, address), 0));
        }
        let failure = match (text(self.status, row), text(self.protocol, row)) {
            (Some(status), _) => status.strip_prefix("Failed").map(|code| code.trim_start_matches(':')),
            // A client that spoke to a TLS port and got no version of TLS: it went away, or spoke something else.
            (None, None) if int(self.listener, row) == Some(443) => Some("ended before a version was agreed"),
            (None, _) => None,
        };
        let cause = failure.map_or(0, |code| state.values.id(&format!("- tls {code}")));
        let seconds = self.latency.is_valid(row).then(|| self.latency.value(row));
        Seen {
            bar: time.div_euclid(step),
            keys,
            class: failure.map(|_| Class::Failed),
            cause,
            micros: seconds.and_then(micros),
            mark: mix(time.cast_unsigned() ^ u64::from(port(self.client_port, row)) << 48),
        }
    }
}
