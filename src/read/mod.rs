//! From where objects lie to record batches: storage, and the scan that inflates and decodes.

pub mod scan;
pub mod storage;
