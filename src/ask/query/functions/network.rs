//! `ip_in(address, network)`: whether an address lies in a network such as `10.0.0.0/8`, which Trino writes
//! `contains('10.0.0.0/8', CAST(address AS IPADDRESS))`.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StringViewArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_datafusion_err};
use datafusion::logical_expr::ColumnarValue;

use super::scalar::{Argument, Function, constant};

/// The name of [`InOrder`].
pub(in crate::ask::query) const IN_ORDER: &str = "address_in_order";

/// `ip_in`. NULL where the text is no address, such as the `-` of a log.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct IpIn;

impl Function for IpIn {
    const NAME: &'static str = "ip_in";
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text, Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Boolean
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let (addresses, networks) = (arguments[0].to_array(rows)?, arguments[1].to_array(rows)?);
        let (addresses, networks) = (addresses.as_string_view(), networks.as_string_view());
        let fixed = constant(&arguments[1]).map(Network::parse).transpose()?;
        let is_in = |row: usize| {
            if addresses.is_null(row) || networks.is_null(row) {
                return Ok(None);
            }
            let network = match fixed {
                Some(network) => network,
                None => Network::parse(networks.value(row))?,
            };
            let address = addresses.value(row).parse::<IpAddr>().ok();
            Ok(address.map(|address| network.has(address)))
        };
        let answer: BooleanArray = (0..rows).map(is_in).collect::<Result<_>>()?;
        Ok(Arc::new(answer))
    }
}

/// `address_in_order`: text that is in the order of addresses, those of version 4 mapped into version 6.
#[derive(Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct InOrder;

impl Function for InOrder {
    const NAME: &'static str = IN_ORDER;
    const ARGUMENTS: &'static [&'static [Argument]] = &[&[Argument::Text]];

    fn answer(_arguments: &[DataType]) -> DataType {
        DataType::Utf8View
    }

    fn call(arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let texts = arguments[0].to_array(rows)?;
        let bits = |text: &str| match text.parse::<IpAddr>().ok()? {
            IpAddr::V4(address) => Some(address.to_ipv6_mapped().to_bits()),
            IpAddr::V6(address) => Some(address.to_bits()),
        };
        let in_order = |text: Option<&str>| text.and_then(bits).map(|bits| format!("{bits:032x}"));
        Ok(Arc::new(texts.as_string_view().iter().map(in_order).collect::<StringViewArray>()))
    }
}

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy)]
struct Network {
    is_v4: bool,
    bits: u128,
    shift: u32,
}

/// The bits of an address, those of version 4 at the top as well, and whether it is of version 4, mapped into version 6 or not.
fn bits(address: IpAddr) -> (bool, u128) {
    match address.to_canonical() {
        IpAddr::V4(address) => (true, u128::from(address.to_bits()) << 96),
        IpAddr::V6(address) => (false, address.to_bits()),
    }
}

impl Network {
    fn parse(text: &str) -> Result<Self> {
        let refused = || exec_datafusion_err!("ip_in takes a network such as 10.0.0.0/8 or 2001:db8::/32");
        let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
        let (is_v4, bits) = bits(address.parse().map_err(|_| refused())?);
        let longest = if is_v4 { 32 } else { 128 };
        let length = length.map_or(Ok(longest), str::parse).ok().filter(|length| *length <= longest);
        let shift = 128 - length.ok_or_else(refused)?;
        Ok(Self { is_v4, bits, shift })
    }

    fn has(self, address: IpAddr) -> bool {
        let (is_v4, bits) = bits(address);
        // A shift by all bits leaves nothing to differ.
        is_v4 == self.is_v4 && (bits ^ self.bits).checked_shr(self.shift).unwrap_or(0) == 0
    }
}

#[cfg(test)]
mod tests {
    use crate::ask::query::functions::testing::{error, rows, session};

    #[test]
    fn addresses_lie_in_networks() {
        let context = session(1, 10, None);
        for (call, expected) in [
            ("ip_in('10.1.2.3', '10.0.0.0/8'), ip_in('11.1.2.3', '10.0.0.0/8')", "true false"),
            (
                "ip_in('10.1.2.3', '10.1.2.3'), ip_in('10.1.2.3', '0.0.0.0/0'), ip_in('::1', '0.0.0.0/0')",
                "true true false",
            ),
            ("ip_in('2001:db8::5', '2001:db8::/32'), ip_in('::ffff:10.1.2.3', '10.0.0.0/8')", "true true"),
            ("ip_in('-', '10.0.0.0/8') IS NULL, ip_in(NULL, '10.0.0.0/8') IS NULL", "true true"),
            ("ip_in('10.255.255.255', '10.0.0.1/8'), ip_in('2001:db8::', '::/0')", "true true"),
        ] {
            assert_eq!(rows(&context, &format!("SELECT {call}")), [expected], "{call}");
        }
        for network in ["10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/-1"] {
            let sql = format!("SELECT ip_in('10.0.0.1', '{network}')");
            assert!(error(&context, &sql).contains("ip_in takes a network such as"), "{network}");
        }
    }
}
