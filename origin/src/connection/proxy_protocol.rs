//! The PROXY protocol, versions 1 and 2: what a load balancer says, before anything else, about the client that it
//! connects for. Sections are those of HAProxy's `proxy-protocol.txt`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// §2.2: no byte sequence that a protocol in use begins with.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// §2.1: a header of version 1, with its line end.
const LONGEST_V1: usize = 107;
/// The longest header of version 2 that is taken, bytes. Addresses need 216; balancers add certificates' names and
/// more.
const LONGEST_V2: usize = 4096;

/// A whole header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProxyHeader {
    /// Its bytes; the client's own begin behind it.
    pub length: usize,
    /// The client; `None` where the balancer speaks for itself (a health check) or does not say.
    pub client: Option<SocketAddr>,
}

/// A connection without a valid header at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    /// It begins with something else.
    #[error("the connection does not begin with a PROXY header")]
    Absent,
    /// Version 1 without a line end where one must be.
    #[error("a PROXY header of version 1 is longer than {LONGEST_V1} bytes")]
    Unending,
    /// Version 1 with another line than there may be.
    #[error("a PROXY header of version 1 has no address, port or protocol where one must be")]
    Line,
    /// Version 2 with a version, command or family that there is not.
    #[error("a PROXY header of version 2 has an unknown version, command or family")]
    Unknown,
    /// Version 2 that announces less than its addresses need, or more than anybody sends.
    #[error("a PROXY header of version 2 has an impossible length")]
    Length,
}

/// Reads the header that `bytes`, the connection's first ones, begin with; `None` when more are needed.
///
/// # Errors
/// As soon as no header can begin like that.
pub(crate) fn parse(bytes: &[u8]) -> Result<Option<ProxyHeader>, Invalid> {
    if begins(bytes, b"PROXY ") {
        parse_v1(bytes)
    } else if begins(bytes, SIGNATURE) {
        parse_v2(bytes)
    } else {
        Err(Invalid::Absent)
    }
}

/// True if `bytes` begin with `start`, or may once there are more of them.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    bytes.iter().zip(start).all(|(byte, wanted)| byte == wanted)
}

fn parse_v1(bytes: &[u8]) -> Result<Option<ProxyHeader>, Invalid> {
    let Some(end) = bytes.iter().take(LONGEST_V1).position(|byte| *byte == b'\n') else {
        return if bytes.len() < LONGEST_V1 { Ok(None) } else { Err(Invalid::Unending) };
    };
    let line = bytes.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(Invalid::Line)?;
    let line = std::str::from_utf8(line).map_err(|_| Invalid::Line)?;
    let client = client_of(line).ok_or(Invalid::Line)?;
    Ok(Some(ProxyHeader { length: end + 1, client }))
}

/// `PROXY TCP4 <client> <server> <client's port> <server's port>`, with one space between each.
fn client_of(line: &str) -> Option<Option<SocketAddr>> {
    let rest = line.strip_prefix("PROXY ")?;
    // Whatever follows UNKNOWN is to be ignored.
    if rest == "UNKNOWN" || rest.starts_with("UNKNOWN ") {
        return Some(None);
    }
    let [family, client, server, client_port, server_port] = fields(rest)?;
    let address: fn(&str) -> Option<IpAddr> = match family {
        "TCP4" => |text| Some(text.parse::<Ipv4Addr>().ok()?.into()),
        "TCP6" => |text| Some(text.parse::<Ipv6Addr>().ok()?.into()),
        _ => return None,
    };
    address(server).zip(port(server_port))?;
    Some(Some(SocketAddr::new(address(client)?, port(client_port)?)))
}

fn fields(text: &str) -> Option<[&str; 5]> {
    let mut parts = text.split(' ');
    let fields = [parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(fields)
}

/// Decimal digits without a zero before them.
fn port(text: &str) -> Option<u16> {
    let canonical = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| canonical)
}

fn parse_v2(bytes: &[u8]) -> Result<Option<ProxyHeader>, Invalid> {
    let Some((&[command, family, high, low], rest)) = bytes.get(SIGNATURE.len()..).and_then(<[u8]>::split_first_chunk)
    else {
        return Ok(None);
    };
    let needed = match (command, family) {
        // LOCAL: the balancer's own connection, whatever stands in the addresses.
        (0x20, _) | (0x21, 0x00) => 0,
        (0x21, 0x11 | 0x12) => 12,
        (0x21, 0x21 | 0x22) => 36,
        (0x21, 0x31 | 0x32) => 216,
        _ => return Err(Invalid::Unknown),
    };
    let announced = usize::from(u16::from_be_bytes([high, low]));
    if !(needed..=LONGEST_V2).contains(&announced) {
        return Err(Invalid::Length);
    }
    let Some(addresses) = rest.get(..announced) else { return Ok(None) };
    let client = match needed {
        12 => ip::<4>(addresses).zip(u16_at(addresses, 8)),
        36 => ip::<16>(addresses).zip(u16_at(addresses, 32)),
        _ => None,
    };
    Ok(Some(ProxyHeader { length: bytes.len() - rest.len() + announced, client: client.map(SocketAddr::from) }))
}

fn ip<const N: usize>(addresses: &[u8]) -> Option<IpAddr>
where
    IpAddr: From<[u8; N]>,
{
    addresses.first_chunk::<N>().map(|octets| IpAddr::from(*octets))
}

fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().map(|two| u16::from_be_bytes(*two))
}

#[cfg(test)]
mod tests;
