//! `/api/titles`.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use crate::delivery::entry::{Entry, Parts};
use crate::delivery::source::Source;
use crate::http::content::dated::Dated;
use crate::http::kind::Kind;
use crate::http::lifetime::Lifetime;
use crate::http::policy::Policy;

/// The list that `json` is, under `policy`.
pub(crate) fn entry(json: Bytes, policy: &Arc<Policy>) -> Entry {
    let parts = Parts {
        kind: Kind::Api,
        lifetime: Lifetime::Current,
        content_type: &HeaderValue::from_static("application/json"),
        len: json.len() as u64,
        digest: blake3::hash(&json),
        source: Source::Memory(json),
        dated: Dated::Never,
        cached: false,
        security_policy: None,
    };
    Entry::new(parts, policy)
}

/// `list` under another `policy`.
pub(crate) fn under(list: &Entry, policy: &Arc<Policy>) -> Entry {
    let json = match &list.uncoded().source {
        Source::Memory(json) => json.clone(),
        Source::File(_) => Bytes::new(),
    };
    entry(json, policy)
}
