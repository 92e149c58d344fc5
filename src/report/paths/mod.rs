//! Routes: how many, how slow, how many fail.

mod except;
mod learn;
#[cfg(test)]
mod tests;
