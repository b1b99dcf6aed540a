//! Work beside requests: looks at certificates, at the library's folder and at the memory held, new settings, and the offer
//! of our sockets to a successor.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::{self, UnixStream};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use config::access::IN_FORCE;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::audience::look_at_library;
use super::handover;
use super::heap::Heap;
use super::listener::Listener;
use super::worker::{reactor, stopped};
use super::{Control, spawn};
use crate::connection::running::Running;

/// Applies new settings from `control`, looks at the certificates again and again, and offers `sockets` to a successor.
/// When one serves, `ended` stops the admin address, and `control` the others.
pub(super) fn attend(
    running: Arc<Running>,
    control: Control,
    admin: SocketAddr,
    sockets: Vec<Listener>,
    offer: Option<net::UnixListener>,
    ended: watch::Sender<bool>,
) -> io::Result<JoinHandle<io::Result<()>>> {
    /// The time between two looks at certificates, at the memory held, and at the place of a predecessor that is about to end.
    const PERIOD: Duration = Duration::from_millis(500);
    let (mut stop, mut settings) = (control.drain.subscribe(), control.settings.subscribe());
    let sockets = Arc::new(sockets);
    spawn("settings", move || {
        let runtime = reactor(running.settings().limits.io_threads)?;
        runtime.block_on(async {
            let (mut look, mut heap) = (tokio::time::interval(PERIOD), Heap::default());
            look.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut offer = offer.and_then(|offer| UnixListener::from_std(offer).ok());
            let (mut giving, mut reading) = (JoinSet::new(), JoinSet::new());
            loop {
                tokio::select! {
                    () = stopped(&mut stop) => break,
                    // In the pool, since the library's records belong to it: a disk that hangs must not hold up the end.
                    Ok(()) = settings.changed(), if reading.is_empty() => {
                        let (running, wanted) = (running.clone(), settings.borrow_and_update().clone());
                        reading.spawn_blocking(move || wanted.map(|wanted| running.reload(&wanted)));
                    }
                    Some(read) = reading.join_next() => {
                        if let Ok(Some(Err(error))) = read {
                            tracing::error!("the new settings can't be used, so the old ones stay: {error}");
                        }
                    }
                    successor = accept(offer.as_ref()) => {
                        giving.spawn(give(successor, sockets.clone()));
                    }
                    Some(Ok(Some(successor))) = giving.join_next() => {
                        tracing::info!("another pack serves in this one's place; this one ends");
                        // The successor waits for the second to do what the first is in the way of.
                        drop(offer.take());
                        drop(successor);
                        ended.send_replace(true);
                        control.stop();
                        break;
                    }
                    _ = look.tick() => {
                        running.refresh_certificates();
                        let connections = u64::try_from(running.service().metrics.connections.get()).unwrap_or(0);
                        heap.give_back(running.settings().cache_bytes, connections);
                        // Another process of this admin address may have ended.
                        offer = offer.or_else(|| UnixListener::from_std(handover::offer(admin).ok()?).ok());
                    }
                }
            }
        });
        let drain = running.settings().drain_seconds;
        tracing::info!("no new connections; what is open may end within {drain} s");
        // A successor that takes its time must not hold up the end.
        runtime.shutdown_background();
        Ok(())
    })
}

/// Starts a thread that looks at the library again and again until the returned sender is dropped, at the end of the
/// drain. Nobody waits for the thread: a look that hangs on a dead disk is the last.
pub(super) fn look_after_library(running: Arc<Running>) -> io::Result<mpsc::Sender<()>> {
    /// The time between two looks at the library's folder and its records of access: changes are in force within a
    /// second.
    const LIBRARY: Duration = IN_FORCE.saturating_sub(Duration::from_millis(100));
    let (kept, over) = mpsc::channel();
    drop(spawn("library", move || {
        while over.recv_timeout(LIBRARY) == Err(RecvTimeoutError::Timeout) {
            look_at_library(&running);
        }
        Ok(())
    })?);
    Ok(kept)
}

async fn accept(offer: Option<&UnixListener>) -> io::Result<UnixStream> {
    match offer {
        Some(offer) => offer.accept().await?.0.into_std(),
        None => std::future::pending().await,
    }
}

/// Gives a successor our sockets; what [`handover::give`] has given back if it serves now.
async fn give(successor: io::Result<UnixStream>, sockets: Arc<Vec<Listener>>) -> Option<UnixStream> {
    let given = tokio::task::spawn_blocking(move || handover::give(successor?, &sockets)).await;
    match given.map_err(io::Error::other).flatten() {
        Ok(None) => tracing::warn!("a pack that was to take this one's place ended before it served"),
        Ok(serves) => return serves,
        Err(error) => tracing::warn!("a hand-over to another pack came to nothing: {error}"),
    }
    None
}
