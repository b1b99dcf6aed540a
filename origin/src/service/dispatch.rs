//! One request, from its head to its answer.

use http::header::{CONNECTION, ORIGIN};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};

use super::answers::Answer;
use super::guard::names_title;
use super::state::{ACCESS, Service, answered};
use crate::access::without_tokens;
use crate::delivery::blocks::Outlet;
use crate::delivery::body::{Body, Content};
use crate::http::cmcd;
use crate::http::host;
use crate::http::kind::Kind;
use crate::http::request_id::X_REQUEST_ID;
use crate::observe::activity::guards::UnderWay;
use crate::observe::exchange::Asked;
use crate::observe::log::Line;

impl Service {
    /// Answers `request`, which is `under_way` until the answer is sent. Blocks of files are held within `outlet`.
    pub(crate) async fn answer<B: hyper::body::Body>(
        &self,
        request: &Request<B>,
        under_way: UnderWay,
        outlet: &Outlet,
    ) -> Response<Body> {
        let answer = {
            let _waits = under_way.wait();
            self.dispatch(request, outlet).await
        };
        self.complete(request, answer, under_way, outlet)
    }

    /// Answers `request` without waiting, if it takes none: most requests are for what is in the cache, and each future that waits
    /// takes two kilobytes, which a thousand connections have in no processor's cache.
    ///
    /// # Errors
    /// When it has to wait, `under_way` comes back for [`Service::answer`].
    pub(crate) fn answer_at_once<B: hyper::body::Body>(
        &self,
        request: &Request<B>,
        under_way: UnderWay,
        outlet: &Outlet,
    ) -> Result<Response<Body>, UnderWay> {
        match self.dispatch_at_once(request, outlet) {
            Some(answer) => Ok(self.complete(request, answer, under_way, outlet)),
            None => Err(under_way),
        }
    }

    /// Tells a client that it asks for too much at a time. Without content, which might have to wait for the client.
    pub(crate) fn shed<B>(&self, request: &Request<B>, under_way: UnderWay, outlet: &Outlet) -> Response<Body> {
        self.metrics.shed.inc();
        let mut answer = self.overloaded();
        *answer.response.body_mut() = Content::empty();
        self.complete(request, answer, under_way, outlet)
    }

    /// Has it counted and logged that something which was no request got `status`. Nothing is known of what was asked.
    pub(crate) fn note_unreadable(&self, status: StatusCode, under_way: UnderWay) {
        let (began, client) = (under_way.began(), under_way.client());
        let line = Line::begin(self.log.as_ref(), None, status.as_u16(), || {
            let address = client.address.map(|address| address.ip());
            let asked = Asked::read(("-", "-", Version::HTTP_11), [], address);
            (asked, answered(status, Kind::Other.label(), None, began))
        });
        drop(self.metrics.answer(Kind::Other, status, Version::HTTP_11, under_way).writing(line));
    }

    /// Adds the fields that depend on the asker, and has the answer counted and logged.
    fn complete<B>(
        &self,
        request: &Request<B>,
        answer: Answer,
        under_way: UnderWay,
        outlet: &Outlet,
    ) -> Response<Body> {
        let Answer { kind, found, mut response } = answer;
        self.policy.add_origin(response.headers_mut(), request.headers().get(ORIGIN));
        let status = response.status();
        tracing::debug!(target: ACCESS, status = status.as_u16(), method = %request.method(), path = %without_tokens(request.uri().path()));
        self.players.note(kind, &cmcd::read(request.uri().query(), request.headers()));
        let id = self.ids.as_ref().map(|ids| ids.of(request.headers()));
        if let Some(id) = &id {
            response.headers_mut().insert(X_REQUEST_ID, id.clone());
        }
        let (began, client) = (under_way.began(), under_way.client());
        let line = Line::begin(self.log.as_ref(), self.spans.as_deref(), status.as_u16(), || {
            let address = client.address.map(|address| address.ip());
            let asked = Asked { id: id.as_ref().map(HeaderValue::as_bytes), ..Asked::of(request, address) };
            (asked, answered(status, kind.label(), found.map(|found| found.is_hit()), began))
        });
        let meter = self.metrics.answer(kind, status, request.version(), under_way).writing(line);
        if request.method() == Method::HEAD {
            *response.body_mut() = Content::empty();
        }
        response.map(|content| content.sent(meter, outlet))
    }

    /// The answer from the cache, for a file that needs no token.
    fn dispatch_at_once<B: hyper::body::Body>(&self, request: &Request<B>, outlet: &Outlet) -> Option<Answer> {
        let is_plain = matches!(*request.method(), Method::GET | Method::HEAD);
        let path = request.uri().path().strip_prefix("/vod/")?;
        if !is_plain || self.refusal(request).is_some() || !self.is_open(path) {
            return None;
        }
        let entry = self.cache.hot(path, outlet.kernel_sends)?;
        self.entry_at_once(request, &entry)
    }

    async fn dispatch<B: hyper::body::Body>(&self, request: &Request<B>, outlet: &Outlet) -> Answer {
        let refusal = self.refusal(request);
        let mut answer = match refusal {
            Some(status) => self.failure(status),
            None => self.by_method(request, outlet).await,
        };
        // The bytes that follow on the connection can't be told from content that is not read.
        if (refusal.is_some() || !request.body().is_end_stream()) && request.version() != Version::HTTP_2 {
            answer.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }

    async fn by_method<B>(&self, request: &Request<B>, outlet: &Outlet) -> Answer {
        match *request.method() {
            Method::GET | Method::HEAD => self.guarded(request, outlet).await,
            // Sent without credentials, so that it can say nothing of the path.
            Method::OPTIONS => self.preflight(),
            // A title that does not exist, or might as well, has no methods: POST tells no more of it than GET.
            _ if names_title(request.uri().path()) => {
                let found = self.guarded(request, outlet).await;
                if found.response.status() == StatusCode::NOT_FOUND { found } else { self.not_allowed() }
            }
            _ => self.not_allowed(),
        }
    }

    /// The status that refuses `request`: no client of ours sends it, and two servers might read it in two ways.
    fn refusal<B: hyper::body::Body>(&self, request: &Request<B>) -> Option<StatusCode> {
        // The library takes no content. What is no method of its own is told so first.
        let ours = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
        let content = || (ours && !request.body().is_end_stream()).then_some(StatusCode::PAYLOAD_TOO_LARGE);
        self.head_refusal(request).or_else(content)
    }

    /// The status that refuses a request for its head alone.
    pub(crate) fn head_refusal<B>(&self, request: &Request<B>) -> Option<StatusCode> {
        if !host::is_sane(request.uri(), request.headers(), request.version()) {
            return Some(StatusCode::BAD_REQUEST);
        }
        // hyper's own bound has 8 KiB at the least, and none on the number of fields over HTTP/2.
        let fields = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
        let is_long = fields.sum::<usize>() as u64 > self.limits.head || request.headers().len() > self.limits.fields;
        is_long.then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    }
}
