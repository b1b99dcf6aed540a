//! Spans sent by OTLP over HTTP. They are gathered and sent by a thread of their own; what it can't keep up with, or the
//! collector does not take, is lost.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use config::origin::Tracing;
use http::{HeaderMap, Request, Response};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HeaderExtractor, HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use crate::Error;
use crate::log::Record;

/// How long the collector may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What sends spans. As it goes, it sends those that are left.
#[derive(Debug)]
pub struct Spans {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
    sample: u64,
    seen: AtomicU64,
}

/// A request's span.
#[derive(Debug)]
pub struct Span {
    tracer: SdkTracer,
    parent: Context,
}

impl Spans {
    /// Begins to send as `settings` say; `None` where they ask for no spans.
    ///
    /// # Errors
    /// When they can't be sent there.
    pub fn start(settings: &Tracing) -> Result<Option<Self>, Error> {
        if settings.otlp.is_empty() {
            return Ok(None);
        }
        let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false).build();
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Client(agent.into()))
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(&settings.otlp)
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| Error::Spans(error.to_string()))?;
        let resource = Resource::builder().with_service_name("pack").build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("pack");
        Ok(Some(Self { provider, tracer, sample: settings.sample.into(), seen: AtomicU64::new(0) }))
    }

    /// A span for a request with these `headers`: where they say what it is part of (W3C Trace Context), if that has
    /// spans; else for every so many-th.
    #[must_use]
    pub fn begin(&self, headers: &HeaderMap) -> Option<Span> {
        let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let wanted = match parent.span().span_context() {
            caller if caller.is_valid() => caller.is_sampled(),
            _ => self.seen.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.sample),
        };
        wanted.then(|| Span { tracer: self.tracer.clone(), parent })
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!("the last spans were not sent: {error}");
        }
    }
}

impl Span {
    /// Ends it with what is known of the answer, by the names of OpenTelemetry's conventions for HTTP servers.
    pub fn end(self, record: &Record) {
        let (path, query) = record.target.split_once('?').unwrap_or((&record.target, ""));
        let mut attributes = vec![
            KeyValue::new("http.request.method", record.method.to_string()),
            KeyValue::new("http.response.status_code", i64::from(record.status)),
            KeyValue::new("http.response.body.size", i64::try_from(record.bytes).unwrap_or(i64::MAX)),
            KeyValue::new("url.path", path.to_owned()),
            KeyValue::new("pack.kind", record.kind),
            KeyValue::new("pack.first_byte", record.first_byte.as_secs_f64()),
        ];
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let optional = [
            ("url.query", (!query.is_empty()).then(|| query.to_owned())),
            ("client.address", record.client.map(|client| client.to_string())),
            ("user_agent.original", record.agent.as_ref().map(text)),
            ("server.address", record.host.as_ref().map(text)),
            ("http.request.header.x-request-id", record.id.as_ref().map(text)),
            ("pack.cache", record.hit.map(|hit| if hit { "hit" } else { "miss" }.to_owned())),
        ];
        attributes.extend(optional.into_iter().filter_map(|(name, value)| Some(KeyValue::new(name, value?))));
        let name = format!("{} {}", record.method, record.kind);
        let builder = self.tracer.span_builder(name).with_kind(SpanKind::Server).with_start_time(record.began);
        let mut span = self.tracer.build_with_context(builder.with_attributes(attributes), &self.parent);
        if record.status >= 500 {
            span.set_status(Status::error(record.status.to_string()));
        }
        span.end_with_timestamp(record.began + record.duration);
    }
}

/// Sends what the exporter made. The exporter's thread has nothing else to do meanwhile.
#[derive(Debug)]
struct Client(ureq::Agent);

impl HttpClient for Client {
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
