//! Functions of text and of bytes.

mod bytes;
mod case;
mod format;
mod hash;
mod normalize;
mod places;
mod soundex;
mod split;
mod substr;
mod url_encode;

pub(super) use bytes::{FromBase64, FromBase64Url, FromHex, FromUtf8, ToBase64, ToBase64Url, ToUtf8, hex};
pub(super) use case::{Lower, Upper};
pub(super) use format::Format;
pub(super) use hash::{Crc32, Sha1, XxHash64};
pub(super) use normalize::Normalize;
pub(super) use places::{HammingDistance, Strpos};
pub(super) use soundex::Soundex;
pub(super) use split::{Split, SplitToMap};
pub(super) use substr::Substr;
pub(super) use url_encode::UrlEncode;
