use proptest::prelude::*;

use super::*;

/// Version 2 with these bytes after the length, and this length said.
fn v2(command: u8, family: u8, said: u16, rest: &[u8]) -> Vec<u8> {
    let mut bytes = SIGNATURE.to_vec();
    bytes.extend([command, family]);
    bytes.extend(said.to_be_bytes());
    bytes.extend(rest);
    bytes
}

fn client(text: &str) -> Option<SocketAddr> {
    Some(text.parse().unwrap())
}

const V4: [u8; 12] = [192, 0, 2, 1, 10, 0, 0, 1, 0xdc, 0x04, 0x01, 0xbb];

fn v6() -> Vec<u8> {
    let mut bytes = "2001:db8::1".parse::<Ipv6Addr>().unwrap().octets().to_vec();
    bytes.extend("2001:db8::2".parse::<Ipv6Addr>().unwrap().octets());
    bytes.extend([0xdc, 0x04, 0x01, 0xbb]);
    bytes
}

#[test]
fn lines_of_version_1() {
    let at = |length, client| Ok(Some(ProxyHeader { length, client }));
    let v6_longest =
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    let unknown_longest = format!("PROXY UNKNOWN {}\r\n", "x".repeat(91));
    let too_long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    for (text, wanted) in [
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", at(41, client("192.0.2.1:56324"))),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\nGET / HTTP/1.1\r\n", at(41, client("192.0.2.1:56324"))),
        ("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", at(56, client("255.255.255.255:65535"))),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 0 0\r\n", at(35, client("192.0.2.1:0"))),
        ("PROXY TCP6 2001:db8::1 ::1 1 2\r\n", at(32, client("[2001:db8::1]:1"))),
        (v6_longest, at(104, client("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"))),
        ("PROXY UNKNOWN\r\n", at(15, None)),
        ("PROXY UNKNOWN whatever it says\r\n", at(32, None)),
        (&unknown_longest, at(107, None)),
        (&too_long, Err(Invalid::Unending)),
        ("", Ok(None)),
        ("P", Ok(None)),
        ("PROXY ", Ok(None)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r", Ok(None)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\n", Err(Invalid::Line)),
        ("PROXY UNKNOWNS\r\n", Err(Invalid::Line)),
        ("PROXY TCP4\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443 \r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443 1\r\n", Err(Invalid::Line)),
        ("PROXY  TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", Err(Invalid::Line)),
        ("PROXY TCP4  192.0.2.1 10.0.0.1 56324 443\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 2001:db8::1 ::1 1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.02.1 10.0.0.1 1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 nowhere 1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 +1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 1 02\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1 65536 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1 10.0.0.1  2\r\n", Err(Invalid::Line)),
        ("PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n", Err(Invalid::Line)),
        ("PROXY tcp4 192.0.2.1 10.0.0.1 1 2\r\n", Err(Invalid::Line)),
        ("PROXY TCP4 192.0.2.1\u{a0}10.0.0.1 1 2\r\n", Err(Invalid::Line)),
        ("proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n", Err(Invalid::Absent)),
        ("PROXY\tTCP4", Err(Invalid::Absent)),
        ("POST / HTTP/1.1\r\n", Err(Invalid::Absent)),
        ("GET / HTTP/1.1\r\n", Err(Invalid::Absent)),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Err(Invalid::Absent)),
        ("\x16\x03\x01", Err(Invalid::Absent)),
        ("\r\nGET", Err(Invalid::Absent)),
    ] {
        assert_eq!(parse(text.as_bytes()), wanted, "{text:?}");
    }
    assert_eq!(parse(b"PROXY TCP4 \xff 10.0.0.1 1 2\r\n"), Err(Invalid::Line));
}

#[test]
fn headers_of_version_2() {
    let at = |length, client| Ok(Some(ProxyHeader { length, client }));
    let with_tlv = [&V4[..], &[0x04, 0, 1, 0]].concat();
    for (bytes, wanted) in [
        (v2(0x21, 0x11, 12, &V4), at(28, client("192.0.2.1:56324"))),
        (v2(0x21, 0x12, 12, &V4), at(28, client("192.0.2.1:56324"))),
        (v2(0x21, 0x11, 16, &with_tlv), at(32, client("192.0.2.1:56324"))),
        (v2(0x21, 0x11, 12, &with_tlv), at(28, client("192.0.2.1:56324"))),
        (v2(0x21, 0x21, 36, &v6()), at(52, client("[2001:db8::1]:56324"))),
        (v2(0x21, 0x22, 36, &v6()), at(52, client("[2001:db8::1]:56324"))),
        (v2(0x21, 0x31, 216, &[b'/'; 216]), at(232, None)),
        (v2(0x21, 0x00, 0, &[]), at(16, None)),
        (v2(0x21, 0x00, 5, &[9; 5]), at(21, None)),
        (v2(0x20, 0x00, 0, &[]), at(16, None)),
        (v2(0x20, 0x11, 12, &V4), at(28, None)),
        (v2(0x20, 0xff, 3, &[1, 2, 3]), at(19, None)),
        (v2(0x21, 0x11, 4096, &[7; 4096]), at(4112, client("7.7.7.7:1799"))),
        (v2(0x21, 0x11, 4097, &[7; 4097]), Err(Invalid::Length)),
        (v2(0x21, 0x11, 11, &V4), Err(Invalid::Length)),
        (v2(0x21, 0x21, 12, &V4), Err(Invalid::Length)),
        (v2(0x21, 0x31, 36, &v6()), Err(Invalid::Length)),
        (v2(0x21, 0x13, 12, &V4), Err(Invalid::Unknown)),
        (v2(0x21, 0x41, 12, &V4), Err(Invalid::Unknown)),
        (v2(0x22, 0x11, 12, &V4), Err(Invalid::Unknown)),
        (v2(0x11, 0x11, 12, &V4), Err(Invalid::Unknown)),
        (v2(0x31, 0x11, 12, &V4), Err(Invalid::Unknown)),
        (v2(0x21, 0x11, 12, &V4[..11]), Ok(None)),
        (SIGNATURE.to_vec(), Ok(None)),
        (b"\r".to_vec(), Ok(None)),
        (b"\r\n\r\n\0\r\nQUIX".to_vec(), Err(Invalid::Absent)),
    ] {
        assert_eq!(parse(&bytes), wanted, "{bytes:?}");
    }
}

fn any_header() -> impl Strategy<Value = (Vec<u8>, Option<SocketAddr>)> {
    let v1 = (any::<SocketAddr>(), any::<u16>()).prop_map(|(address, port)| {
        let (family, ip) = (if address.is_ipv4() { "TCP4" } else { "TCP6" }, address.ip());
        let line = format!("PROXY {family} {ip} {ip} {} {port}\r\n", address.port());
        (line.into_bytes(), Some(SocketAddr::new(ip, address.port())))
    });
    let v2 = (any::<SocketAddr>(), prop::collection::vec(any::<u8>(), 0..50)).prop_map(|(address, tlv)| {
        let (family, octets) = match address.ip() {
            IpAddr::V4(ip) => (0x11, ip.octets().to_vec()),
            IpAddr::V6(ip) => (0x21, ip.octets().to_vec()),
        };
        let rest = [&octets[..], &octets, &address.port().to_be_bytes(), &[1, 187], &tlv].concat();
        let said = u16::try_from(rest.len()).unwrap();
        (v2(0x21, family, said, &rest), Some(SocketAddr::new(address.ip(), address.port())))
    });
    prop_oneof![v1, v2]
}

proptest! {
    #[test]
    fn what_a_balancer_says_is_read_wherever_it_is_cut((header, client) in any_header(), body in prop::collection::vec(any::<u8>(), 0..20)) {
        let whole = [&header[..], &body].concat();
        prop_assert_eq!(parse(&whole), Ok(Some(ProxyHeader { length: header.len(), client })));
        for cut in 0..header.len() {
            prop_assert_eq!(parse(&header[..cut]), Ok(None), "cut at {}", cut);
        }
    }

    #[test]
    fn any_bytes_are_a_header_or_not(start in prop::sample::select(vec![&b""[..], b"PROXY ", b"PROXY TCP4 ", SIGNATURE]), rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = [start, &rest].concat();
        if let Ok(Some(header)) = parse(&bytes) {
            prop_assert!(header.length <= bytes.len());
            // Nothing that follows changes what was read.
            prop_assert_eq!(parse(&bytes[..header.length]), Ok(Some(header)));
        }
    }
}
