//! PROXY headers, however they are cut.

use crate::connection::proxy_protocol::{Invalid, ProxyHeader, parse};

/// `data`: a connection's first bytes.
///
/// # Panics
/// When a property does not hold.
pub fn proxy_headers(data: &[u8]) {
    let whole = parse(data);
    if let Ok(Some(header)) = whole {
        assert!(header.length <= data.len(), "{header:?} of {} bytes", data.len());
        // §2.1, §2.2: what follows belongs to the client and changes nothing.
        assert_eq!(parse(&data[..header.length]), whole);
    }
    // However the bytes come in pieces, what is known once does not change.
    let mut known: Option<Result<ProxyHeader, Invalid>> = None;
    for end in 0..=data.len().min(256) {
        let now = parse(&data[..end]).transpose();
        assert!(known.is_none() || known == now, "{known:?}, with more {now:?}");
        known = known.or(now);
    }
}
