//! A WebSocket (RFC 6455), as far as an echo and its client need it: messages of one short frame.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{Request, Response, StatusCode};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use origin::RequestBody;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::client::{Client, Stream, Way};
use super::studio::{Content, status};
use crate::common::Running;

/// RFC 6455 §1.3.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// §4.1; any 16 bytes will do here.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK: [u8; 4] = [1, 2, 3, 4];

/// Opcodes (§5.2).
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A mount's end of a WebSocket.
type Accepted = TokioIo<Upgraded>;

/// Upgrades, and has `go_on` do the rest.
pub(super) fn accept<F>(mut request: Request<RequestBody>, go_on: fn(Accepted) -> F) -> Response<Content>
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY).map(|key| key.to_str().unwrap().to_owned()) else {
        return status(StatusCode::BAD_REQUEST, "no key");
    };
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move { go_on(TokioIo::new(upgraded.await.unwrap())).await });
    let mut response = status(StatusCode::SWITCHING_PROTOCOLS, "");
    let headers = response.headers_mut();
    headers.insert(CONNECTION, "upgrade".parse().unwrap());
    headers.insert(UPGRADE, "websocket".parse().unwrap());
    headers.insert(SEC_WEBSOCKET_ACCEPT, accepted(&key).parse().unwrap());
    response
}

/// Sends back what comes, until the client closes, or its connection.
pub(super) async fn echo(mut stream: Accepted) {
    while let Ok((opcode, payload)) = read(&mut stream).await {
        let echoed = if opcode == PING { PONG } else { opcode };
        if write(&mut stream, echoed, &payload, None).await.is_err() || opcode == CLOSE {
            break;
        }
    }
    let _ = stream.shutdown().await;
}

/// Listens in one task, and in another sends without end.
pub(super) async fn flood(stream: Accepted) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let listening = tokio::spawn(async move { while read(&mut reader).await.is_ok() {} });
    while write(&mut writer, TEXT, &[b'x'; 100], None).await.is_ok() {}
    let _ = listening.await;
}

fn accepted(key: &str) -> String {
    STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, format!("{key}{GUID}").as_bytes()))
}

/// A client's end of a WebSocket.
pub(super) struct Socket(Box<dyn Stream>);

impl Socket {
    /// One at `path`, over a connection of its own, which over HTTP/2 others may share.
    pub(super) async fn connect(way: Way, origin: &Running, path: &str) -> (Self, Option<Client>) {
        if !way.http2 {
            return (Self::shake_hands(path, way.open(origin).await).await.unwrap(), None);
        }
        let mut client = way.connect(origin).await;
        (Self::beside(&mut client, path).await, Some(client))
    }

    /// One over a stream of HTTP/2.
    pub(super) async fn beside(client: &mut Client, path: &str) -> Self {
        let opened = client.extended_connect(path, "websocket").await.unwrap();
        assert_eq!(opened.status(), 200);
        assert!(!opened.headers().contains_key(SEC_WEBSOCKET_ACCEPT));
        Self(Box::new(TokioIo::new(hyper::upgrade::on(opened).await.unwrap())))
    }

    /// Shakes hands over `stream`, and says what the answer's head was if it is not open then.
    pub(super) async fn shake_hands(path: &str, mut stream: Box<dyn Stream>) -> Result<Self, String> {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: origin.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        // A client that is refused early may find the connection closed; the answer is there all the same.
        let _ = stream.write_all(request.as_bytes()).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => break,
            }
        }
        let head = String::from_utf8(head).unwrap();
        let opened = head.starts_with("HTTP/1.1 101 ") && head.contains(&accepted(KEY));
        if opened { Ok(Self(stream)) } else { Err(head) }
    }

    /// True if `text` comes back.
    pub(super) async fn echoes(&mut self, text: &str) -> bool {
        self.turn(TEXT, text).await.is_ok_and(|came| came == (TEXT, text.as_bytes().to_vec()))
    }

    /// True if a ping is answered.
    pub(super) async fn lives(&mut self) -> bool {
        self.turn(PING, "?").await.is_ok_and(|came| came == (PONG, b"?".to_vec()))
    }

    /// Closes it, and waits until the other end has.
    pub(super) async fn close(mut self) {
        assert_eq!(self.turn(CLOSE, "").await.unwrap().0, CLOSE);
        assert_eq!(self.0.read(&mut [0]).await.unwrap(), 0);
    }

    async fn turn(&mut self, opcode: u8, text: &str) -> io::Result<(u8, Vec<u8>)> {
        write(&mut self.0, opcode, text.as_bytes(), Some(MASK)).await?;
        read(&mut self.0).await
    }
}

/// §5.2: the last bit of the first byte's upper half says that no fragment follows.
async fn write(
    stream: &mut (impl AsyncWrite + Unpin + ?Sized),
    opcode: u8,
    payload: &[u8],
    mask: Option<[u8; 4]>,
) -> io::Result<()> {
    let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).unwrap();
    let mut frame = vec![0x80 | opcode, if mask.is_some() { 0x80 | length } else { length }];
    frame.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    frame.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    stream.write_all(&frame).await?;
    stream.flush().await
}

async fn read(stream: &mut (impl AsyncRead + Unpin + ?Sized)) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let mut mask = [0; 4];
    if head[1] & 0x80 != 0 {
        stream.read_exact(&mut mask).await?;
    }
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    stream.read_exact(&mut payload).await?;
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Ok((head[0] & 0x0f, payload))
}
