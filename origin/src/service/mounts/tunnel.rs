//! The way between a stream of HTTP/2 and the mount that has upgraded it.
//!
//! hyper would hand such a stream to the mount, and tell nobody of its end, nor of a client that opens no window for what
//! the mount writes. So the origin keeps the stream, and the mount gets the other end of a pair of streams in memory.

use std::convert::Infallible;
use std::future::ready;
use std::io;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::time::timeout;

use super::content::BoxError;

/// Bytes that wait on each way.
const EACH_WAY: usize = 8 << 10;

/// A stream of HTTP/2 and a mount, to be joined.
#[derive(Debug)]
pub(crate) struct Tunnel {
    client: OnUpgrade,
    mount: DuplexStream,
}

/// The end of a tunnel before its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// The client took nothing for as long as it may.
    #[error("the client takes nothing")]
    Stalled,
    #[error("{0}")]
    Io(#[from] io::Error),
}

impl Tunnel {
    /// From `client` to a mount, which takes the upgrade that comes with it.
    pub(super) async fn new(client: OnUpgrade) -> Result<(Self, OnUpgrade), BoxError> {
        let (upgrade, mount) = upgrade().await?;
        Ok((Self { client, mount }, upgrade))
    }

    /// Passes on what either end says until both have ended: a client that the mount has nothing more for has `stall` to
    /// end, too.
    ///
    /// # Errors
    /// When the client has left, or takes nothing for `stall`.
    pub(crate) async fn run(self, stall: Duration) -> Result<(), Broken> {
        // An error when the answer never reached the client.
        let client = self.client.await.map_err(io::Error::other)?;
        let (mut from_client, mut to_client) = split(TokioIo::new(client));
        let (mut from_mount, mut to_mount) = split(self.mount);
        // However the client ends, the mount reads the end. It may take its time to read, and to end.
        let up = async {
            let _ = pass(&mut from_client, &mut to_mount, Duration::MAX).await;
            let _ = to_mount.shutdown().await;
        };
        let down = async {
            pass(&mut from_mount, &mut to_client, stall).await?;
            timeout(stall, to_client.shutdown()).await.map_err(|_| Broken::Stalled)?.map_err(Broken::from)
        };
        let (mut up, mut down) = (pin!(up), pin!(down));
        tokio::select! {
            () = &mut up => down.await,
            ended = &mut down => {
                ended?;
                let _ = timeout(stall, up).await;
                Ok(())
            }
        }
    }
}

/// Passes on what comes until nothing more does. Each part may wait for `patience` to be taken.
async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    patience: Duration,
) -> Result<(), Broken> {
    let mut room = vec![0; EACH_WAY];
    loop {
        let read = from.read(&mut room).await?;
        match room.get(..read) {
            None | Some([]) => return Ok(()),
            Some(part) => timeout(patience, to.write_all(part)).await.map_err(|_| Broken::Stalled)??,
        }
    }
}

/// An upgrade for a mount to take, and the stream that it talks with then.
///
/// hyper makes one for connections of its own alone. So it gets such a connection in memory, and a request on it.
async fn upgrade() -> Result<(OnUpgrade, DuplexStream), BoxError> {
    const ASKED: &[u8] = b"GET / HTTP/1.1\r\nhost: mount\r\nconnection: upgrade\r\nupgrade: tunnel\r\n\r\n";
    let (mut near, far) = duplex(EACH_WAY);
    near.write_all(ASKED).await?;
    let taken = Mutex::new(None);
    let service = service_fn(|request: Request<Incoming>| {
        *taken.lock().unwrap_or_else(PoisonError::into_inner) = Some(hyper::upgrade::on(request));
        let mut switching = Response::new(String::new());
        *switching.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        ready(Ok::<_, Infallible>(switching))
    });
    http1::Builder::new().serve_connection(TokioIo::new(far), service).with_upgrades().await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(near.read_u8().await?);
    }
    let upgrade = taken.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((upgrade.ok_or("hyper upgrades nothing")?, near))
}

#[cfg(test)]
mod tests {
    use hyper::upgrade::Upgraded;

    use super::*;

    const STALL: Duration = Duration::from_millis(100);

    /// A tunnel that runs, and its two ends.
    async fn tunnel() -> (TokioIo<Upgraded>, DuplexStream, tokio::task::JoinHandle<Result<(), Broken>>) {
        let (client, client_end) = upgrade().await.unwrap();
        let (tunnel, mount) = Tunnel::new(client).await.unwrap();
        (TokioIo::new(mount.await.unwrap()), client_end, tokio::spawn(tunnel.run(STALL)))
    }

    #[tokio::test]
    async fn what_either_end_says_comes_to_the_other_and_so_do_their_ends() {
        let (mut mount, mut client, running) = tunnel().await;
        let long = vec![7; 100_000];
        let sent = long.clone();
        let asks = tokio::spawn(async move {
            client.write_all(&sent).await.unwrap();
            client.shutdown().await.unwrap();
            let mut answer = Vec::new();
            client.read_to_end(&mut answer).await.unwrap();
            answer
        });
        let mut asked = Vec::new();
        mount.read_to_end(&mut asked).await.unwrap();
        assert!(asked == long);
        mount.write_all(&long).await.unwrap();
        drop(mount);
        assert!(asks.await.unwrap() == long);
        assert!(running.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn it_ends_when_the_mount_does_and_the_client_stays() {
        let (mut mount, mut client, running) = tunnel().await;
        mount.write_all(b"bye").await.unwrap();
        drop(mount);
        let mut last = Vec::new();
        client.read_to_end(&mut last).await.unwrap();
        assert_eq!(last, b"bye");
        assert!(running.await.unwrap().is_ok());
    }

    #[tokio::test]
    async fn it_ends_when_the_client_leaves() {
        let (mut mount, client, running) = tunnel().await;
        drop(client);
        assert_eq!(mount.read(&mut [0]).await.unwrap(), 0);
        mount.write_all(b"anybody?").await.unwrap();
        assert!(matches!(running.await.unwrap(), Err(Broken::Io(_))));
    }

    #[tokio::test]
    async fn a_client_may_be_silent_but_not_take_nothing() {
        let (mut mount, _client, running) = tunnel().await;
        tokio::time::sleep(2 * STALL).await;
        assert!(!running.is_finished());
        while mount.write_all(&[0; EACH_WAY]).await.is_ok() {}
        assert!(matches!(running.await.unwrap(), Err(Broken::Stalled)));
    }

    #[tokio::test]
    async fn a_mount_may_take_its_time_to_read() {
        let (mut mount, mut client, running) = tunnel().await;
        let sending = tokio::spawn(async move { client.write_all(&[1; 10 * EACH_WAY]).await.map(|()| client) });
        tokio::time::sleep(2 * STALL).await;
        assert!(!running.is_finished() && !sending.is_finished());
        mount.read_exact(&mut [0; 10 * EACH_WAY]).await.unwrap();
        drop(sending.await.unwrap().unwrap());
    }
}
