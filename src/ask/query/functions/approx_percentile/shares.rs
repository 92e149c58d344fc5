//! Which percentiles a call asks for: that of one share, a number, or those of several, an array.
//!
//! Knows how to read them from the call and how to answer for groups that have been counted; counts nothing itself.

use std::mem::size_of;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, PrimitiveArray};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Float64Type};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Literal;

use super::distribution::{Distribution, Rank};
use super::value::Value;

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shares {
    asked: Asked,
    rank: Rank,
}

/// Shares from 0 to 1.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    /// The answer is a value.
    One(f64),
    /// The answer is an array of values, in this order.
    Several(Vec<f64>),
}

impl Shares {
    /// The type that an argument with shares is turned into; `None` if it cannot hold any.
    pub(super) fn coerced(argument: &DataType) -> Option<DataType> {
        let number = |argument: &DataType| argument.is_numeric() || argument.is_null();
        match argument {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _)
                if number(item.data_type()) =>
            {
                Some(DataType::List(item_of(DataType::Float64)))
            }
            other => number(other).then_some(DataType::Float64),
        }
    }

    /// The type of the answer for shares of this (coerced) type and values that are counted as that type.
    pub(super) fn answered_as(shares: &DataType, values: DataType) -> DataType {
        if matches!(shares, DataType::List(_)) { DataType::List(item_of(values)) } else { values }
    }

    /// The type values are counted as, given that of the answer.
    pub(super) fn counted_as(answer: &DataType) -> &DataType {
        if let DataType::List(item) = answer { item.data_type() } else { answer }
    }

    /// The shares an argument names.
    pub(super) fn of(argument: &Arc<dyn PhysicalExpr>, rank: Rank) -> Result<Self> {
        Ok(Self { asked: Asked::of(argument)?, rank })
    }

    /// What is answered for each of these groups; NULL for one without values.
    pub(super) fn percentiles<T>(&self, groups: &[Distribution<T::Native>]) -> Result<ArrayRef>
    where
        T: ArrowPrimitiveType<Native: Value>,
    {
        let shares = match &self.asked {
            Asked::One(share) => {
                let percentiles = groups.iter().map(|group| group.ranked().percentile(*share, self.rank));
                return Ok(Arc::new(percentiles.collect::<PrimitiveArray<T>>()));
            }
            Asked::Several(shares) => shares,
        };
        let mut values = Vec::with_capacity(groups.len() * shares.len());
        let (mut lengths, mut known) = (Vec::with_capacity(groups.len()), Vec::with_capacity(groups.len()));
        for group in groups {
            let (ranked, before) = (group.ranked(), values.len());
            values.extend(shares.iter().filter_map(|share| ranked.percentile(*share, self.rank)));
            lengths.push(values.len() - before);
            known.push(!ranked.is_empty());
        }
        let values = PrimitiveArray::<T>::new(values.into(), None);
        let (offsets, nulls) = (OffsetBuffer::from_lengths(lengths), NullBuffer::from(known));
        Ok(Arc::new(ListArray::try_new(item_of(T::DATA_TYPE), offsets, Arc::new(values), Some(nulls))?))
    }

    /// The bytes held apart from the value itself.
    pub(super) fn heap_size(&self) -> usize {
        match &self.asked {
            Asked::One(_) => 0,
            Asked::Several(shares) => shares.capacity() * size_of::<f64>(),
        }
    }
}

impl Asked {
    fn of(argument: &Arc<dyn PhysicalExpr>) -> Result<Self> {
        let Some(literal) = argument.downcast_ref::<Literal>() else {
            return plan_err!("the share of approx_percentile has to be a constant: {argument}");
        };
        match literal.value() {
            ScalarValue::Float64(share) => Ok(Self::One(checked(*share)?)),
            ScalarValue::List(list) if list.len() == 1 && list.is_valid(0) => {
                let items = list.value(0);
                let items = items.as_primitive_opt::<Float64Type>().into_iter().flatten();
                Ok(Self::Several(items.map(checked).collect::<Result<_>>()?))
            }
            _ => Ok(Self::One(checked(None)?)),
        }
    }
}

fn item_of(values: DataType) -> FieldRef {
    Arc::new(Field::new_list_field(values, true))
}

fn checked(share: Option<f64>) -> Result<f64> {
    match share {
        Some(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Some(share) => plan_err!("the share of approx_percentile has to be from 0 to 1: {share}"),
        None => plan_err!("the share of approx_percentile has to be a number from 0 to 1: NULL"),
    }
}
