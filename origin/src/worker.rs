//! One thread of the origin: its reactor, and the listeners that it accepts connections from.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use crate::connection::{self, Connection};
use crate::listener::{Accepted, Accepting, Listener, Use};
use crate::live::Live;
use crate::watchdog::Watchdog;

/// Threads of a reactor's pool. They are few, since waking one costs as much as reading a small file does: measured with
/// cold ones, sixteen cost two fifths more than four.
pub(crate) const POOL: usize = 4;

/// A reactor for the calling thread, with a pool for what blocks.
pub(crate) fn reactor() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(POOL).build()
}

/// What a thread accepts with.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    live: Arc<Live>,
    stop: watch::Receiver<bool>,
    connections: TaskTracker,
    watchdog: Watchdog,
}

impl Worker {
    pub(crate) fn new(live: Arc<Live>, stop: watch::Receiver<bool>) -> Self {
        Self { live, stop, connections: TaskTracker::new(), watchdog: Watchdog::default() }
    }

    /// Accepts from `listeners`, each with what it is for, until the stop; then serves on until all connections
    /// have ended, but for no longer than the drain may take.
    pub(crate) fn run(self, listeners: Vec<(Listener, Use)>) -> io::Result<()> {
        let runtime = reactor()?;
        let ended = runtime.block_on(self.work(listeners));
        // A read that hangs on a dead disk must not hold up the end.
        runtime.shutdown_background();
        ended
    }

    async fn work(self, listeners: Vec<(Listener, Use)>) -> io::Result<()> {
        tokio::spawn(self.watchdog.clone().run(self.live.clone(), self.stop.clone()));
        let mut accepting = JoinSet::new();
        for (listener, purpose) in listeners {
            accepting.spawn(self.clone().accept(Accepting::new(listener)?, purpose == Use::Tls));
        }
        for ended in accepting.join_all().await {
            ended?;
        }
        self.connections.close();
        let drain = Duration::from_secs(self.live.settings().drain_seconds.into());
        let _late = tokio::time::timeout(drain, self.connections.wait()).await;
        Ok(())
    }

    async fn accept(mut self, listener: Accepting, tls: bool) -> io::Result<()> {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok(accepted) => self.admit(accepted, tls),
                    Err(error) => pause_accepting(&error).await,
                },
                () = stopped(&mut self.stop) => break,
            }
        }
        self.live.drain();
        // Who is in the queue connected before the end: closing it would reset them.
        for accepted in listener.rest()? {
            self.admit(accepted, tls);
        }
        Ok(())
    }

    fn admit(&self, (socket, from): Accepted, tls: bool) {
        let service = self.live.service();
        service.metrics.accepted.inc();
        match self.live.gate.admit() {
            Some(permit) => {
                let connection = Connection::new(self.live.clone(), from, tls, permit, self.watchdog.clone());
                self.connections.spawn(connection.serve(socket));
            }
            None => drop(self.connections.spawn(connection::refuse(socket, service, tls))),
        }
    }
}

/// Without descriptors, accepting fails at once and again and again; the client is left in the queue for a moment.
pub(crate) async fn pause_accepting(error: &io::Error) {
    tracing::warn!("can't accept a connection: {error}");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could stop us is gone: nobody will.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
