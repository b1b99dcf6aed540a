//! A client of HTTP/1.1 and HTTP/2, with and without TLS, whose bodies stream both ways.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{HOST, SEC_WEBSOCKET_VERSION};
use http::{Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::{http1, http2};
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::common::Running;

/// A connection's bytes.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

type Upload = UnsyncBoxBody<Bytes, io::Error>;

/// A protocol to speak with an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) tls: bool,
    pub(super) http2: bool,
}

impl Way {
    pub(super) const ALL: [Self; 4] = [
        Self { tls: false, http2: false },
        Self { tls: false, http2: true },
        Self { tls: true, http2: false },
        Self { tls: true, http2: true },
    ];

    /// A connection to an origin whose certificate is for `origin.example`.
    pub(super) async fn open(self, origin: &Running) -> Box<dyn Stream> {
        if !self.tls {
            return Box::new(TcpStream::connect(origin.addresses.public).await.unwrap());
        }
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(origin.folder.path().join("ca.pem")).unwrap()).unwrap();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![if self.http2 { b"h2".to_vec() } else { b"http/1.1".to_vec() }];
        let stream = TcpStream::connect(origin.addresses.tls[0]).await.unwrap();
        let name = ServerName::try_from("origin.example").unwrap();
        Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap())
    }

    pub(super) async fn connect(self, origin: &Running) -> Client {
        let stream = TokioIo::new(self.open(origin).await);
        if self.http2 {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            return Client(Sender::Http2(sender));
        }
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Client(Sender::Http1(sender))
    }
}

/// A connection of HTTP/2 whose streams have no window: nothing of an answer but its head may come.
pub(super) async fn without_room(tls: bool, origin: &Running) -> Client {
    let stream = TokioIo::new(Way { tls, http2: true }.open(origin).await);
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let (sender, connection) = builder.initial_stream_window_size(0).handshake(stream).await.unwrap();
    tokio::spawn(connection);
    Client(Sender::Http2(sender))
}

/// One connection.
pub(super) struct Client(Sender);

enum Sender {
    Http1(http1::SendRequest<Upload>),
    Http2(http2::SendRequest<Upload>),
}

impl Client {
    /// The same connection for another request at the same time; HTTP/2 alone has that.
    pub(super) fn beside(&self) -> Option<Self> {
        match &self.0 {
            Sender::Http1(_) => None,
            Sender::Http2(sender) => Some(Self(Sender::Http2(sender.clone()))),
        }
    }

    pub(super) async fn get(&mut self, path: &str) -> Response<Incoming> {
        self.ask(Method::GET, path).await
    }

    pub(super) async fn ask(&mut self, method: Method, path: &str) -> Response<Incoming> {
        let empty = Empty::new().map_err(|never| match never {}).boxed_unsync();
        self.send(method, path, empty).await.unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    /// Asks for another protocol over a stream of HTTP/2 (RFC 8441). An answer of 200 can be upgraded.
    pub(super) async fn extended_connect(
        &mut self,
        path: &str,
        protocol: &'static str,
    ) -> hyper::Result<Response<Incoming>> {
        let Sender::Http2(sender) = &mut self.0 else { panic!("HTTP/1.1 has no such thing") };
        // It waits for the settings that come first.
        let empty = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let mut request = Request::connect(format!("https://origin.example{path}")).body(empty).unwrap();
        request.headers_mut().insert(SEC_WEBSOCKET_VERSION, "13".parse().unwrap());
        request.extensions_mut().insert(Protocol::from_static(protocol));
        sender.ready().await?;
        sender.send_request(request).await
    }

    /// The status that a GET of a whole `uri` gets, which names a host in the field, too, if there is a `host`.
    pub(super) async fn status_of(&mut self, uri: &str, host: Option<&str>) -> u16 {
        let fields = host.map(|host| (HOST, host.parse().unwrap()));
        let empty = Empty::new().map_err(|never| match never {}).boxed_unsync();
        let mut request = Request::get(uri).body(empty).unwrap();
        request.headers_mut().extend(fields);
        let response = match &mut self.0 {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        response.unwrap().status().as_u16()
    }

    pub(super) async fn post<B>(&mut self, path: &str, body: B) -> hyper::Result<Response<Incoming>>
    where
        B: Body<Data = Bytes, Error = io::Error> + Send + 'static,
    {
        self.send(Method::POST, path, body.boxed_unsync()).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Upload) -> hyper::Result<Response<Incoming>> {
        let request = Request::builder().method(method);
        match &mut self.0 {
            Sender::Http1(sender) => {
                sender.ready().await?;
                sender.send_request(request.uri(path).header("host", "origin.example").body(body).unwrap()).await
            }
            Sender::Http2(sender) => {
                sender.ready().await?;
                sender.send_request(request.uri(format!("https://origin.example{path}")).body(body).unwrap()).await
            }
        }
    }
}

/// All of a response's body, as text.
pub(super) async fn whole(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

/// Content of numbered blocks, made when it is asked for.
pub(super) struct Repeated {
    blocks: u64,
    left: u64,
    /// Once all blocks have gone, nothing more comes, not even the end.
    stalls: bool,
    taken: Arc<AtomicU64>,
}

impl Repeated {
    pub(super) const BLOCK: u64 = 64 << 10;

    /// Of so many blocks.
    pub(super) fn new(blocks: u64) -> Self {
        Self { blocks, left: blocks, stalls: false, taken: Arc::default() }
    }

    /// Of one block of two that are promised.
    pub(super) fn stalling() -> Self {
        Self { left: 1, stalls: true, ..Self::new(2) }
    }

    /// The counter of bytes that were taken to be sent.
    pub(super) fn taken(&self) -> Arc<AtomicU64> {
        self.taken.clone()
    }

    /// Its length and hash, as the test's mount tells them.
    pub(super) fn sum(blocks: u64) -> String {
        let mut hasher = blake3::Hasher::new();
        for number in (1..=blocks).rev() {
            hasher.update(&block(number));
        }
        format!("{} {}", hasher.count(), hasher.finalize())
    }
}

fn block(number: u64) -> Bytes {
    number.to_be_bytes().repeat(8 << 10).into()
}

impl Body for Repeated {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left == 0 {
            return if self.stalls { Poll::Pending } else { Poll::Ready(None) };
        }
        let block = block(self.left);
        self.left -= 1;
        self.taken.fetch_add(block.len() as u64, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(block))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(if self.stalls { self.blocks } else { self.left } * Self::BLOCK)
    }
}
