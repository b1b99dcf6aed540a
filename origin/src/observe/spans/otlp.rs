//! Spans sent by OTLP over HTTP. They are gathered and sent by a thread of their own; what it can't keep up with, or the
//! collector does not take, is lost.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use config::origin::Tracing;
use http::{Request, Response};
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, Span as SdkSpan};
use tokio::runtime::Handle;

use crate::error::Error;
use crate::observe::exchange::{Answered, Asked};

/// The time that the collector may take.
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends spans. As it goes, it sends those that are left.
#[derive(Debug)]
pub(crate) struct Spans {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    sample: u64,
    seen: AtomicU64,
}

/// A request's span.
#[derive(Debug)]
pub(crate) struct Span {
    came: SystemTime,
    // Some hundred bytes, which a request without a span need not have room for.
    inner: Box<SdkSpan>,
}

impl Spans {
    /// Begins to send as `settings` say; `None` where they ask for no spans.
    ///
    /// # Errors
    /// When they can't be sent there.
    pub(crate) fn start(settings: &Tracing) -> Result<Option<Self>, Error> {
        if settings.otlp.is_empty() {
            return Ok(None);
        }
        let agent =
            ureq::Agent::config_builder().timeout_global(Some(COLLECTOR_TIMEOUT)).http_status_as_error(false).build();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(CollectorClient(agent.into()))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&settings.otlp)
            .with_timeout(COLLECTOR_TIMEOUT)
            .build()
            .map_err(|error| Error::Spans(error.to_string()))?;
        let resource = Resource::builder().with_service_name("pack").build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("pack");
        Ok(Some(Self { provider, tracer, sample: settings.sample.into(), seen: AtomicU64::new(0) }))
    }

    /// Begins a span, when the head of the answer is ready: as part of the caller's trace where the request names one
    /// (W3C Trace Context) that is sampled; else for every so many-th request.
    #[must_use]
    pub(crate) fn begin(&self, asked: &Asked<'_>, answered: &Answered) -> Option<Span> {
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Fields(asked));
        let wanted = match parent.span().span_context() {
            caller if caller.is_valid() => caller.is_sampled(),
            _ => self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.sample),
        };
        if !wanted {
            return None;
        }
        let came = answered.came();
        let name = format!("{} {}", asked.method, answered.kind);
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_start_time(came);
        let mut inner = self.tracer.build_with_context(builder.with_attributes(attributes(asked, answered)), &parent);
        if answered.status >= 500 {
            inner.set_status(Status::error(answered.status.to_string()));
        }
        Some(Span { came, inner: Box::new(inner) })
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        let provider = self.provider.clone();
        let shut_down = move || {
            if let Err(error) = provider.shutdown() {
                tracing::warn!("the last spans were not sent: {error}");
            }
        };
        // Shutting down waits for the collector. The last owner of the spans may have been a connection, on a thread
        // that serves others.
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(shut_down)),
            Err(_) => shut_down(),
        }
    }
}

impl Span {
    /// Ends it, when `bytes` of the body were sent, `duration` after the request had come.
    pub(crate) fn end(mut self, bytes: u64, duration: Duration) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.inner.set_attribute(KeyValue::new("http.response.body.size", bytes));
        self.inner.end_with_timestamp(self.came + duration);
    }
}

/// Attributes, by the names of OpenTelemetry's conventions for HTTP servers.
fn attributes(asked: &Asked<'_>, answered: &Answered) -> Vec<KeyValue> {
    let target = asked.safe_target();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let optional = [
        ("url.query", (!query.is_empty()).then(|| query.to_owned())),
        ("client.address", asked.client.map(|client| client.to_string())),
        ("user_agent.original", asked.safe_agent().as_deref().map(text)),
        ("server.address", asked.host.map(text)),
        ("http.request.header.x-request-id", asked.id.map(text)),
        ("pack.cache", answered.cache().map(str::to_owned)),
    ];
    let mut attributes = vec![
        KeyValue::new("http.request.method", asked.method.to_owned()),
        KeyValue::new("http.response.status_code", i64::from(answered.status)),
        KeyValue::new("url.path", path.to_owned()),
        KeyValue::new("pack.kind", answered.kind),
        KeyValue::new("pack.first_byte", answered.first_byte.as_secs_f64()),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some(KeyValue::new(name, value?))));
    attributes
}

/// The fields that tell of the caller's trace.
struct Fields<'a>(&'a Asked<'a>);

impl Extractor for Fields<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let [parent, state] = self.0.trace;
        let value = match name {
            "traceparent" => parent,
            "tracestate" => state,
            _ => None,
        };
        std::str::from_utf8(value?).ok()
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// Sends what the exporter made. The exporter's thread has nothing else to do meanwhile.
#[derive(Debug)]
struct CollectorClient(ureq::Agent);

impl HttpClient for CollectorClient {
    fn send_bytes<'client, 'answer>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'answer>>
    where
        'client: 'answer,
        Self: 'answer,
    {
        let answered = self.0.run(request.map(|body| body.to_vec())).map_err(HttpError::from).and_then(|answer| {
            let (head, mut body) = answer.into_parts();
            Ok(Response::from_parts(head, Bytes::from(body.read_to_vec()?)))
        });
        Box::pin(std::future::ready(answered))
    }
}

#[cfg(test)]
mod tests;
