//! The fast way through the service, for plain requests of the cache: no request of the http crate is made, and the head
//! of the answer was made before.

use std::sync::Arc;

use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{Method, StatusCode, Version};
use httparse::Header;

use super::state::{Service, answered};
use crate::delivery::blocks::Outlet;
use crate::delivery::body::{Body, Content};
use crate::delivery::entry::Entry;
use crate::http::cache_status::Found;
use crate::http::cmcd;
use crate::http::content::negotiate::{self, Encoding};
use crate::http::content::range::ByteRange;
use crate::observe::activity::guards::UnderWay;
use crate::observe::exchange::Asked;
use crate::observe::log::Line;

/// A GET or HEAD in which nothing but the path and the codings decides the answer, borrowed from where it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain<'a> {
    pub(crate) method: &'a Method,
    /// Path and query.
    pub(crate) target: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) fields: &'a [Header<'a>],
}

/// An object of the cache, in the coding that it is sent in.
pub(crate) struct Hot {
    entry: Arc<Entry>,
    encoding: Encoding,
}

/// An answer with all of its head but the tail.
pub(crate) struct Ready {
    pub(crate) head: Bytes,
    pub(crate) body: Body,
}

impl<'a> Plain<'a> {
    fn values(&self, name: &'static str) -> impl Iterator<Item = &'a [u8]> {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }
}

impl Service {
    /// The object that `request` asks for, if it is in the cache and no asker is answered in another way.
    pub(crate) fn find(&self, request: &Plain<'_>, outlet: &Outlet) -> Option<Hot> {
        if !self.answers_all_alike() {
            return None;
        }
        let path = request.path.strip_prefix("/vod/").filter(|path| self.is_open(path))?;
        let entry = self.cache.hot(path, outlet.kernel_sends)?;
        let coding = || negotiate::choose(request.values(ACCEPT_ENCODING.as_str()));
        let encoding = if entry.varies() { coding() } else { Encoding::Identity };
        entry.made(encoding)?;
        Some(Hot { entry, encoding })
    }

    /// The answer with `hot`.
    pub(crate) fn ready(&self, hot: &Hot, request: &Plain<'_>, under_way: UnderWay, outlet: &Outlet) -> Ready {
        let Hot { entry, encoding } = hot;
        let chosen = entry.made(*encoding).unwrap_or(entry.uncoded());
        self.count(Found::Hot);
        if let Some(query) = request.query {
            self.players.note(entry.kind, &cmcd::read_with(Some(query), []));
        }
        let (began, client) = (under_way.began(), under_way.client());
        let line = Line::begin(self.log.as_ref(), None, 200, || {
            let address = client.address.map(|address| address.ip());
            let fields = request.fields.iter().map(|field| (field.name, field.value));
            let asked = Asked::read((request.method.as_str(), request.target, Version::HTTP_11), fields, address);
            (asked, answered(StatusCode::OK, entry.kind.label(), Some(true), began))
        });
        let meter = self.metrics.answer(entry.kind, StatusCode::OK, Version::HTTP_11, under_way).writing(line);
        let content = match *request.method {
            Method::HEAD => Content::empty(),
            _ => Content::part(&chosen.source, ByteRange { start: 0, end: chosen.len }),
        };
        Ready { head: chosen.head().clone(), body: content.sent(meter, outlet) }
    }
}
