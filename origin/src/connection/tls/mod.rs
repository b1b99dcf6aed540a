//! TLS 1.2 and 1.3: certificates that are exchanged while connections go on, and what is measured of it.

pub(crate) mod certificates;
pub(crate) mod stream;

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use config::origin::Certificate;
use prometheus::{IntCounter, IntCounterVec, IntGauge, Opts, Registry};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{HandshakeKind, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{Accept, TlsAcceptor};

use certificates::Certificates;

use crate::error::TlsError;

/// The acceptor and the certificates that all TLS connections share.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<CurrentCertificates>,
    /// The files, and how they looked when they were last read.
    files: Mutex<(Vec<Certificate>, Vec<FileStamp>)>,
    metrics: TlsMetrics,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("current", &self.current).finish_non_exhaustive()
    }
}

/// The certificates in force.
#[derive(Debug)]
struct CurrentCertificates(ArcSwap<Certificates>);

impl ResolvesServerCert for CurrentCertificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.load().choose(hello.server_name(), hello.signature_schemes())
    }
}

impl Tls {
    /// Reads `files`; its metrics are registered with `registry`.
    pub(crate) fn new(files: &[Certificate], registry: &Registry, now: u64) -> Result<Self, crate::error::Error> {
        let stamps = stamps(files);
        let certificates = Certificates::load(files)?;
        let metrics = TlsMetrics::new(registry)?;
        metrics.tell(&certificates, now);
        let current = Arc::new(CurrentCertificates(ArcSwap::from_pointee(certificates)));
        let acceptor = TlsAcceptor::from(Arc::new(configuration(current.clone())?));
        Ok(Self { acceptor, current, files: Mutex::new((files.to_vec(), stamps)), metrics })
    }

    /// Reads `files`, now and from now on.
    ///
    /// # Errors
    /// When one can't be used. Then nothing changes.
    pub(crate) fn reload(&self, files: &[Certificate], now: u64) -> Result<(), TlsError> {
        // Held meanwhile: a refresh of the old files must not come in between.
        let mut known = self.files();
        let stamps = stamps(files);
        self.read(files, now)?;
        *known = (files.to_vec(), stamps);
        Ok(())
    }

    /// Reads the files again if they look otherwise than when they were last read, or tried to.
    pub(crate) fn refresh(&self, now: u64) {
        let mut known = self.files();
        let stamps = stamps(&known.0);
        if stamps == known.1 {
            return;
        }
        known.1 = stamps;
        match self.read(&known.0, now) {
            Ok(()) => tracing::info!("certificates changed and were read again"),
            Err(error) => tracing::error!("the changed certificates can't be used, so the old ones stay: {error}"),
        }
    }

    fn read(&self, files: &[Certificate], now: u64) -> Result<(), TlsError> {
        let certificates = Certificates::load(files).inspect_err(|_| self.metrics.failures.inc())?;
        self.metrics.tell(&certificates, now);
        self.current.0.store(Arc::new(certificates));
        Ok(())
    }

    fn files(&self) -> MutexGuard<'_, (Vec<Certificate>, Vec<FileStamp>)> {
        // Each is replaced in one step, whoever panicked.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The configuration for QUIC: the same certificates, for HTTP/3 alone.
    #[cfg(feature = "http3")]
    pub(crate) fn quic(&self) -> Result<ServerConfig, TlsError> {
        let mut configuration = configuration(self.current.clone())?;
        configuration.alpn_protocols = vec![b"h3".to_vec()];
        Ok(configuration)
    }

    /// Begins a handshake.
    pub(crate) fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> Accept<S> {
        self.acceptor.accept(stream)
    }

    /// Counts a handshake: of this kind, or failed.
    pub(crate) fn count(&self, kind: Option<HandshakeKind>) {
        let [full, resumed, failed] = &self.metrics.handshakes;
        match kind {
            Some(HandshakeKind::Resumed) => resumed.inc(),
            Some(_) => full.inc(),
            None => failed.inc(),
        }
    }
}

fn configuration(current: Arc<CurrentCertificates>) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut configuration = versions.with_no_client_auth().with_cert_resolver(current);
    // RFC 7301: the first of these that the client has too.
    configuration.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Session tickets, sealed and kept by the client: no memory here, whichever thread it comes back to.
    configuration.ticketer = rustls::crypto::ring::Ticketer::new()?;
    Ok(configuration)
}

/// Device, inode, size and change time of a file: they differ when it was replaced or written to.
type FileStamp = Option<(u64, u64, u64, i64, i64)>;

fn stamps(files: &[Certificate]) -> Vec<FileStamp> {
    // Links are followed: certificates are often exchanged by moving one.
    let look = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.dev(), file.ino(), file.size(), file.ctime(), file.ctime_nsec()))
    };
    files.iter().flat_map(|pair| [look(&pair.certificate), look(&pair.key)]).collect()
}

/// Metrics of certificates and handshakes.
pub(crate) struct TlsMetrics {
    expiry: IntGauge,
    failures: IntCounter,
    /// Full, resumed, failed.
    handshakes: [IntCounter; 3],
}

impl TlsMetrics {
    /// Registers them with `registry`.
    pub(crate) fn new(registry: &Registry) -> prometheus::Result<Self> {
        let handshakes = IntCounterVec::new(
            Opts::new("pack_tls_handshakes_total", "TLS handshakes, by how they ended"),
            &["outcome"],
        )?;
        let metrics = Self {
            expiry: IntGauge::new(
                "pack_tls_certificate_expiry_timestamp_seconds",
                "When the first of the certificates ends, seconds since 1970",
            )?,
            failures: IntCounter::new(
                "pack_tls_reload_failures_total",
                "Times that changed certificates could not be used",
            )?,
            handshakes: ["full", "resumed", "failed"].map(|outcome| handshakes.with_label_values(&[outcome])),
        };
        registry.register(Box::new(handshakes))?;
        registry.register(Box::new(metrics.expiry.clone()))?;
        registry.register(Box::new(metrics.failures.clone()))?;
        Ok(metrics)
    }

    /// Shows when `certificates` end; says so in the log where that has been or is not far.
    fn tell(&self, certificates: &Certificates, now: u64) {
        if let Some(first) = certificates.all().iter().map(|loaded| loaded.expires).min() {
            self.expiry.set(i64::try_from(first).unwrap_or(i64::MAX));
        }
        for loaded in certificates.all() {
            if let Some(warning) = loaded.warning(now) {
                tracing::warn!("{warning}");
            }
        }
    }
}
