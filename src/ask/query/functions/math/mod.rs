//! Functions of numbers.

mod bases;
mod bits;
mod buckets;
mod rounding;
mod sign;
mod special;

pub(super) use bases::{FromBase, ToBase};
pub(super) use bits::{
    BitCount, BitwiseAnd, BitwiseLeftShift, BitwiseNot, BitwiseOr, BitwiseRightShift, BitwiseRightShiftArithmetic,
    BitwiseXor,
};
pub(super) use buckets::WidthBucket;
pub(super) use rounding::all as rounding;
pub(super) use sign::Sign;
pub(super) use special::{Infinity, IsFinite, IsInfinite, IsNan, Nan};
