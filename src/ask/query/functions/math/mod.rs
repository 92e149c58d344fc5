//! Functions of numbers.

mod bits;
mod rounding;
mod sign;
mod special;

pub(super) use bits::{BitwiseAnd, BitwiseNot, BitwiseOr, BitwiseXor};
pub(super) use rounding::all as rounding;
pub(super) use sign::Sign;
pub(super) use special::{Infinity, IsFinite, IsInfinite, IsNan, Nan};
