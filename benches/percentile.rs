//! What `approx_percentile` costs for each row, apart from finding out which group a row belongs to.
//!
//! `cargo bench --bench percentile`; divan shows items (rows) per second. The values are latencies in whole
//! milliseconds, as load balancers write them, or bytes, of which there are many more different ones.

use std::sync::Arc;

use albstats::inside::{Rounding, register};
use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{Accumulator, AggregateUDF, EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, lit};
use datafusion::prelude::SessionContext;
use divan::Bencher;
use divan::counter::ItemsCount;

const ROWS: usize = 1_430_000;
const BATCH_ROWS: usize = 8192;

fn main() {
    divan::main();
}

/// The group and the value of each row, in batches.
struct Input {
    groups: usize,
    data_type: DataType,
    batches: Vec<(Vec<usize>, ArrayRef)>,
}

impl Input {
    /// Log-normal around 50 ms: p99 at half a second.
    fn latencies(groups: usize) -> Self {
        let latency = |random: &mut Random| (random.log_normal() * 50.0).round() / 1000.0;
        Self::new(groups, DataType::Float64, |random, rows| {
            Arc::new((0..rows).map(|_| Some(latency(random))).collect::<Float64Array>())
        })
    }

    /// Log-normal around 20 kB.
    fn bytes(groups: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "far below 2^63")]
        let bytes = |random: &mut Random| (random.log_normal() * 20_000.0) as i64;
        Self::new(groups, DataType::Int64, |random, rows| {
            Arc::new((0..rows).map(|_| Some(bytes(random))).collect::<Int64Array>())
        })
    }

    fn new(groups: usize, data_type: DataType, values: impl Fn(&mut Random, usize) -> ArrayRef) -> Self {
        let mut random = Random(1);
        let batch = |start| {
            let rows = BATCH_ROWS.min(ROWS - start);
            let group_indices = (0..rows).map(|_| random.below(groups)).collect();
            (group_indices, values(&mut random, rows))
        };
        Self { groups, data_type, batches: (0..ROWS).step_by(BATCH_ROWS).map(batch).collect() }
    }

    fn grouped(&self) -> Box<dyn GroupsAccumulator> {
        let mut accumulator = self.new_grouped();
        for (group_indices, values) in &self.batches {
            let values = [Arc::clone(values)];
            accumulator.update_batch(&values, group_indices, None, self.groups).expect("values of the right type");
        }
        accumulator
    }

    fn new_grouped(&self) -> Box<dyn GroupsAccumulator> {
        self.with_args(|function, args| function.create_groups_accumulator(args).expect("a valid call"))
    }

    fn new_ungrouped(&self) -> Box<dyn Accumulator> {
        self.with_args(|function, args| function.accumulator(args).expect("a valid call"))
    }

    fn with_args<R>(&self, make: impl FnOnce(&AggregateUDF, AccumulatorArgs) -> R) -> R {
        let context = SessionContext::new();
        register(&context, &Rounding::default());
        let x: FieldRef = Arc::new(Field::new("x", self.data_type.clone(), true));
        let share: FieldRef = Arc::new(Field::new("share", DataType::Float64, false));
        let schema = Schema::new(vec![Arc::clone(&x)]);
        let exprs: [Arc<dyn PhysicalExpr>; 2] = [Arc::new(Column::new("x", 0)), lit(0.99)];
        let function = context.udaf("approx_percentile").expect("it was registered");
        let args = AccumulatorArgs {
            return_field: Arc::clone(&x),
            schema: &schema,
            ignore_nulls: false,
            order_bys: &[],
            is_reversed: false,
            name: "p99",
            is_distinct: false,
            exprs: &exprs,
            expr_fields: &[x, share],
        };
        make(&function, args)
    }
}

/// Xorshift: the same numbers every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "less than a usize")]
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    #[expect(clippy::cast_precision_loss, reason = "as many bits as a double has")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn log_normal(&mut self) -> f64 {
        let (radius, angle) = ((-2.0 * self.unit().max(1e-12).ln()).sqrt(), std::f64::consts::TAU * self.unit());
        (radius * angle.cos()).exp()
    }
}

#[divan::bench(args = [10, 40, 400_000])]
fn update_latencies(bencher: Bencher, groups: usize) {
    let input = Input::latencies(groups);
    bencher.counter(ItemsCount::new(ROWS)).bench(|| input.grouped());
}

#[divan::bench]
fn update_latencies_ungrouped(bencher: Bencher) {
    let input = Input::latencies(1);
    bencher.counter(ItemsCount::new(ROWS)).bench(|| {
        let mut accumulator = input.new_ungrouped();
        for (_, values) in &input.batches {
            accumulator.update_batch(&[Arc::clone(values)]).expect("values of the right type");
        }
        accumulator
    });
}

#[divan::bench(args = [40])]
fn update_bytes(bencher: Bencher, groups: usize) {
    let input = Input::bytes(groups);
    bencher.counter(ItemsCount::new(ROWS)).bench(|| input.grouped());
}

/// What final aggregation does, with two partitions' states.
#[divan::bench(args = [40, 400_000])]
fn hand_on_and_evaluate(bencher: Bencher, groups: usize) {
    let input = Input::latencies(groups);
    let indices: Vec<usize> = (0..groups).collect();
    bencher.with_inputs(|| [input.grouped(), input.grouped()]).bench_local_values(|partials| {
        let mut last = input.new_grouped();
        for mut partial in partials {
            let state = partial.state(EmitTo::All).expect("a state");
            last.merge_batch(&state, &indices, groups).expect("a state that was just written");
        }
        last.evaluate(EmitTo::All).expect("percentiles")
    });
}
