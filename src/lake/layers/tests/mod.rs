//! The pure parts of layers, compared with what is obviously so.

mod catalogue;
mod settled;
