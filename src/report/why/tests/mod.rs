//! The report from lines of logs on: which rule a line has, what bursts are told apart, and that no rows break it.

mod ask;
mod bursts;
mod concentration;
mod documentation;
mod lines;
mod properties;
mod scene;
mod shares;
mod versions;
