//! Sockets, threads and their end.
//!
//! Each processor has a thread with a reactor and a listener of its own on the same address (SO_REUSEPORT): a
//! connection stays where it was accepted, and no thread waits for another.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use config::origin::Limits;
use config::settings::Settings;
use prometheus::Registry;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::task::TaskTracker;

use crate::Error;
use crate::access::Access;
use crate::admin::Admin;
use crate::admission::{self, Admission};
use crate::cache::Cache;
use crate::catalog::{Catalog, Changes, Folder};
use crate::connection::{Connection, refuse};
use crate::metrics::Metrics;
use crate::pages::Pages;
use crate::players::Players;
use crate::policy::Policy;
use crate::service::Service;
use crate::store::Store;
use crate::wire::WORTH;

/// Where the origin listens, with the ports that the system chose where the settings left it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The public listener.
    pub public: SocketAddr,
    /// The listener for metrics.
    pub admin: SocketAddr,
}

/// Tells a running origin to end; clones tell the same one.
#[derive(Debug, Clone)]
pub struct Control {
    drain: watch::Sender<bool>,
}

impl Control {
    /// A control for one call of [`serve`].
    #[must_use]
    pub fn new() -> Self {
        Self { drain: watch::Sender::new(false) }
    }

    /// Begins the drain: not ready any more, no new connections, requests under way may end.
    pub fn stop(&self) {
        self.drain.send_replace(true);
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new()
    }
}

/// Serves the library of `settings` until `control` stops it. Blocks.
///
/// `registry` gets the origin's metrics; all that it holds is served on the admin address. `on_ready` is called once
/// connections are accepted.
///
/// # Errors
/// When an address can't be listened on, a setting can't be used, or the system gives no thread.
pub fn serve(
    settings: &Settings,
    control: &Control,
    registry: &Registry,
    on_ready: impl FnOnce(Addresses),
) -> Result<(), Error> {
    let service = Arc::new(assemble(settings, registry)?);
    let limits = &settings.origin.limits;
    // Each object that is sent from its file keeps that open.
    let descriptors = admission::raise_descriptors().saturating_sub(settings.origin.cache_bytes / WORTH);
    let gate = Arc::new(Admission::new(limits, descriptors));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let listen = |address, flag| move |source| Error::Listen { address, flag, source };
    let (address, admin) = (settings.origin.listen, settings.origin.admin);
    let first = listener(address).map_err(listen(address, "--listen"))?;
    let public = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..threads {
        listeners.push(listener(public).map_err(listen(address, "--listen"))?);
    }
    let admin_listener = listener(admin).map_err(listen(admin, "--admin"))?;
    let addresses = Addresses { public, admin: admin_listener.local_addr()? };

    let drain = Duration::from_secs(settings.origin.drain_seconds.into());
    let mut workers = Vec::new();
    for listener in listeners {
        let (service, gate, limits) = (service.clone(), gate.clone(), limits.clone());
        let worker = Worker { service, gate, limits, stop: control.drain.subscribe(), drain };
        workers.push(spawn("origin", move || worker.run(listener))?);
    }
    // The admin address answers until the last request has ended: a drain can be watched.
    let (admin, ended) = (Admin::new(registry.clone(), service.clone()), watch::Sender::new(false));
    let until = ended.subscribe();
    let admin = spawn("admin", move || admin.run(admin_listener, until))?;
    workers.push(watch_library(service, control.drain.subscribe())?);
    on_ready(addresses);
    let worked = workers.into_iter().try_for_each(join);
    ended.send_replace(true);
    join(admin)?;
    worked?;
    Ok(())
}

fn join(worker: JoinHandle<io::Result<()>>) -> io::Result<()> {
    worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread of the origin panicked")))
}

fn spawn(name: &str, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<JoinHandle<io::Result<()>>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

fn assemble(settings: &Settings, registry: &Registry) -> Result<Service, Error> {
    let origin = &settings.origin;
    let policy = Arc::new(Policy::new(origin)?);
    let metrics = Arc::new(Metrics::new(registry)?);
    let store = Arc::new(Store::new(settings.library.clone()));
    let cache = Cache::new(store.clone(), policy.clone(), metrics.clone(), origin.cache_bytes)?;
    Ok(Service {
        catalog: Arc::new(Catalog::new(policy.clone())),
        pages: Pages::default(),
        players: Players::new(registry)?,
        access: Access::load(origin)?,
        policy,
        store,
        cache: Arc::new(cache),
        metrics,
        ranges: count(origin.limits.ranges),
        waiting: Semaphore::new(count(origin.limits.waiting)),
        draining: AtomicBool::new(false),
    })
}

fn count(setting: u32) -> usize {
    usize::try_from(setting).unwrap_or(usize::MAX)
}

/// Looks at the library again and again; a look costs at most a fiftieth of the time.
fn watch_library(service: Arc<Service>, stop: watch::Receiver<bool>) -> io::Result<JoinHandle<io::Result<()>>> {
    const PERIOD: Duration = Duration::from_millis(500);
    spawn("catalog", move || {
        let mut found = Folder::default();
        while !*stop.borrow() {
            let began = Instant::now();
            service.store.refresh();
            let mut changes = Changes::default();
            found.look(service.store.library(), "", crate::now(), &mut changes);
            if changes.any {
                let titles = service.catalog.publish(&found);
                service.metrics.titles.set(i64::try_from(titles).unwrap_or(i64::MAX));
            }
            for revision in &changes.gone {
                service.cache.forget(revision);
            }
            pause(PERIOD.max(began.elapsed() * 50), &stop);
        }
        Ok(())
    })
}

fn pause(time: Duration, stop: &watch::Receiver<bool>) {
    const STEP: Duration = Duration::from_millis(50);
    let began = Instant::now();
    while began.elapsed() < time && !*stop.borrow() {
        std::thread::sleep(STEP.min(time));
    }
}

/// A listener that shares its address with the other threads', and for a hand-over with another process's.
fn listener(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// A reactor for the calling thread, with a bounded pool for what blocks.
pub(crate) fn reactor() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(16).build()
}

struct Worker {
    service: Arc<Service>,
    gate: Arc<Admission>,
    limits: Limits,
    stop: watch::Receiver<bool>,
    drain: Duration,
}

impl Worker {
    fn run(self, listener: std::net::TcpListener) -> io::Result<()> {
        let runtime = reactor()?;
        let ended = runtime.block_on(self.accept(listener));
        // A read that hangs on a dead disk must not hold up the end.
        runtime.shutdown_background();
        ended
    }

    async fn accept(self, listener: std::net::TcpListener) -> io::Result<()> {
        let listener = TcpListener::from_std(listener)?;
        let connections = TaskTracker::new();
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, from)) => self.admit(stream, from, &connections),
                    Err(error) => pause_accepting(&error).await,
                },
                () = stopped(&mut stop) => break,
            }
        }
        self.service.draining.store(true, Ordering::Relaxed);
        drop(listener);
        connections.close();
        let _late = tokio::time::timeout(self.drain, connections.wait()).await;
        Ok(())
    }

    fn admit(&self, stream: TcpStream, from: SocketAddr, connections: &TaskTracker) {
        self.service.metrics.accepted.inc();
        let Some(permit) = self.gate.admit(from.ip()) else {
            self.service.metrics.refused.inc();
            connections.spawn(refuse(stream, self.service.clone()));
            return;
        };
        let connection = Connection::new(self.service.clone(), &self.limits, permit);
        connections.spawn(connection.serve(stream, self.stop.clone()));
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
