//! Ids of requests, by which a line in one program's log is found in another's.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries one, there and back.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Ids of others above this are not theirs to fill our log with.
const LONGEST_ID: usize = 128;

/// Makes ids: those of one process have the same first half, by which they differ from another's.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u64,
    next: AtomicU64,
}

impl Default for RequestIds {
    fn default() -> Self {
        Self { process: RandomState::new().hash_one(std::process::id()), next: AtomicU64::new(0) }
    }
}

impl RequestIds {
    /// The id of the request with `headers`: the one that it has, where that can be repeated without harm, or a new one.
    #[must_use]
    pub(crate) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        headers.get(X_REQUEST_ID).filter(|id| is_sane(id.as_bytes())).cloned().unwrap_or_else(|| self.make())
    }

    fn make(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:016x}{number:016x}", self.process);
        HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-"))
    }
}

/// True if `id` has the characters of ids in use: UUIDs, ULIDs, base64, trace parents.
fn is_sane(id: &[u8]) -> bool {
    let usual = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:+/=".contains(b);
    (1..=LONGEST_ID).contains(&id.len()) && id.iter().all(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_taken_over_and_no_other() {
        let ids = RequestIds::default();
        let long = "a".repeat(LONGEST_ID);
        let longer = "a".repeat(LONGEST_ID + 1);
        for (given, taken) in [
            ("6f1b2c3d-0000-4000-8000-000000000000", true),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", true),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true),
            ("Root=1:67891233-abcdef012345678912345678", true),
            ("YWJj/+Q==", true),
            ("a", true),
            (long.as_str(), true),
            (longer.as_str(), false),
            ("", false),
            ("a b", false),
            ("a\"b", false),
            ("<script>", false),
            ("a,b", false),
            ("a;b", false),
            ("{}", false),
        ] {
            let headers = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_str(given).unwrap())]);
            assert_eq!(ids.of(&headers) == given, taken, "{given}");
        }
        let bytes = HeaderMap::from_iter([(X_REQUEST_ID, HeaderValue::from_bytes(b"\xff").unwrap())]);
        assert_eq!(ids.of(&bytes).len(), 32);
    }

    #[test]
    fn no_two_are_the_same() {
        let (ids, others, none) = (RequestIds::default(), RequestIds::default(), HeaderMap::new());
        let made: std::collections::HashSet<_> =
            (0..1000).flat_map(|_| [ids.of(&none), others.of(&none)]).map(|id| id.as_bytes().to_vec()).collect();
        assert_eq!(made.len(), 2000);
    }
}
