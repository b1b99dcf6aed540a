//! One thread of the origin: its reactor, and the listeners that it accepts connections from.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::task::TaskTracker;

use super::listener::{Accepted, Accepting, Listener, Use};
use super::pulse::Pulse;
use crate::connection::running::{Open, Running};
use crate::connection::watchdog::{Timeouts, Watchdog};
use crate::connection::{self, Connection};

/// A reactor for the calling thread, with a pool of so many threads for work that waits for the file system.
pub(crate) fn reactor(pool: u32) -> io::Result<tokio::runtime::Runtime> {
    let pool = usize::try_from(pool).unwrap_or(usize::MAX).max(1);
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(pool).build()
}

/// One thread that accepts and serves.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    running: Arc<Running>,
    stop: watch::Receiver<bool>,
    connections: TaskTracker,
    watchdog: Watchdog,
    pulse: Pulse,
}

impl Worker {
    pub(super) fn new(running: Arc<Running>, stop: watch::Receiver<bool>, pulse: Pulse) -> Self {
        Self { running, stop, connections: TaskTracker::new(), watchdog: Watchdog::default(), pulse }
    }

    /// Accepts from `listeners`, each with what it is for, until the stop; then serves on until all connections
    /// have ended, but for no longer than the drain may take.
    pub(crate) fn run(self, listeners: Vec<(Listener, Use)>) -> io::Result<()> {
        let runtime = reactor(self.running.settings().limits.io_threads)?;
        let ended = runtime.block_on(self.work(listeners));
        // A read that hangs on a dead disk must not hold up the end.
        runtime.shutdown_background();
        ended
    }

    async fn work(self, listeners: Vec<(Listener, Use)>) -> io::Result<()> {
        tokio::spawn(self.pulse.clone().beat());
        tokio::spawn(watch_over(self.watchdog.clone(), self.running.clone(), self.stop.clone()));
        let mut accepting = JoinSet::new();
        for (listener, purpose) in listeners {
            accepting.spawn(self.clone().accept(Accepting::new(listener)?, purpose == Use::Tls));
        }
        for ended in accepting.join_all().await {
            ended?;
        }
        self.connections.close();
        let drain = Duration::from_secs(self.running.settings().drain_seconds.into());
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
        self.running.drain();
        // Clients in the queue connected before the end: closing it would reset them.
        for accepted in listener.rest()? {
            self.admit(accepted, tls);
        }
        Ok(())
    }

    fn admit(&self, (socket, from): Accepted, tls: bool) {
        let service = self.running.service();
        service.metrics.accepted.inc();
        match self.running.admission.admit() {
            Some(permit) => {
                let open = Open { permit, _gauge: service.metrics.opened(), _tracked: self.connections.token() };
                let connection = Connection::new(self.running.clone(), from, tls, self.watchdog.clone());
                tokio::spawn(connection.serve(socket, open));
            }
            None => drop(self.connections.spawn(connection::refuse(socket, service, tls))),
        }
    }
}

/// Ends connections whose clients take too long, again and again; from the stop on, every connection is to come to its
/// end.
async fn watch_over(watchdog: Watchdog, running: Arc<Running>, mut stop: watch::Receiver<bool>) {
    let mut draining = false;
    loop {
        let period = Timeouts::pause(&running.settings().limits, draining);
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = stopped(&mut stop), if !draining => draining = true,
        }
        running.service().metrics.timeouts.inc_by(watchdog.look(Instant::now(), draining));
    }
}

/// Leaves clients in the queue for a moment: without descriptors, accepting fails at once, again and again.
pub(crate) async fn pause_accepting(error: &io::Error) {
    tracing::warn!("can't accept a connection: {error}");
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Waits for the stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Nobody is left who could stop us.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
