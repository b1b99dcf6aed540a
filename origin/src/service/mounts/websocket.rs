//! WebSockets over HTTP/2 (RFC 8441), which mounts see as over HTTP/1.1 (RFC 6455): they need to know but the one way.

use std::time::Duration;

use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, request};
use hyper::ext::Protocol;
use hyper::upgrade::OnUpgrade;

use super::fallback;
use super::request_body::RequestBody;
use super::response_body::MountedBody;
use super::runtime::Mounted;
use super::tunnel::Tunnel;

/// Sixteen bytes in base64, as RFC 6455 §4.1 has them. HTTP/2 has no such field, and nobody looks at what the mount makes
/// of it (RFC 8441 §5).
const KEY: HeaderValue = HeaderValue::from_static("ZXh0ZW5kZWQgQ09OTkVDVA==");

/// True if `head` asks for a connection with another protocol over a stream of HTTP/2.
pub(crate) fn is_extended_connect(head: &request::Parts) -> bool {
    head.method == Method::CONNECT && head.extensions.get::<Protocol>().is_some()
}

impl Mounted {
    /// Has the mount answer `request`, which is an extended CONNECT. If it opens a WebSocket, there is a tunnel to run.
    pub(crate) async fn connect(
        &self,
        request: Request<RequestBody>,
        stall: Duration,
    ) -> (Response<MountedBody>, Option<Tunnel>) {
        let (mut head, body) = request.into_parts();
        let Some(client) = translate(&mut head) else {
            return (fallback::not_implemented(), None);
        };
        let tunnel = match Tunnel::new(client).await {
            Ok((tunnel, upgrade)) => {
                head.extensions.insert(upgrade);
                tunnel
            }
            Err(_) => return (fallback::failure(), None),
        };
        let mut response = self.call(Request::from_parts(head, body), stall).await;
        match response.status() {
            StatusCode::SWITCHING_PROTOCOLS => translate_answer(&mut response),
            // Any 2xx would open the socket. This one is of a page, which nobody asked for.
            status if status.is_success() => return (fallback::not_implemented(), None),
            _ => return (response, None),
        }
        (response, Some(tunnel))
    }
}

/// Makes of an extended CONNECT the GET that would open the same WebSocket over HTTP/1.1, and gives what the client's
/// stream comes from. `None` where the protocol is another, and none of ours (RFC 9220 §3).
fn translate(head: &mut request::Parts) -> Option<OnUpgrade> {
    let protocol = head.extensions.remove::<Protocol>()?;
    let client = head.extensions.remove::<OnUpgrade>()?;
    if !protocol.as_str().eq_ignore_ascii_case("websocket") {
        return None;
    }
    if let Some(host) = head.uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok()) {
        head.headers.insert(HOST, host);
    }
    head.uri = head.uri.path_and_query().cloned().map_or_else(Uri::default, |target: PathAndQuery| target.into());
    (head.method, head.version) = (Method::GET, Version::HTTP_11);
    head.headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    head.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    head.headers.insert(SEC_WEBSOCKET_KEY, KEY);
    Some(client)
}

/// Makes of a mount's answer that it switches protocols the answer to the CONNECT.
fn translate_answer<B>(response: &mut Response<B>) {
    *response.status_mut() = StatusCode::OK;
    for name in [CONNECTION, UPGRADE, SEC_WEBSOCKET_ACCEPT] {
        response.headers_mut().remove(name);
    }
}
