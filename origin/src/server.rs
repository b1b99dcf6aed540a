//! The origin's threads and their end.
//!
//! Each processor has a thread with a reactor and, for each TCP address, a listener of its own (SO_REUSEPORT): a
//! connection stays where it was accepted, and no thread waits for another.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use config::origin::{Address, Origin};
use config::settings::Settings;
use prometheus::Registry;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::Error;
use crate::admin::Admin;
use crate::catalog::{Catalog, Changes, Folder};
use crate::listener::{self, Bound, Listener};
use crate::live::Live;
use crate::worker::{Worker, reactor, stopped};

/// How often certificates are looked at.
const CERTIFICATES: Duration = Duration::from_secs(1);

/// Where the origin listens, with the ports that the system chose where the settings left it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The public listeners without TLS.
    pub public: Vec<Address>,
    /// Those with TLS.
    pub tls: Vec<Address>,
    /// The listener for metrics.
    pub admin: SocketAddr,
}

/// Tells a running origin to end, or to change; clones tell the same one.
#[derive(Debug, Clone)]
pub struct Control {
    drain: watch::Sender<bool>,
    settings: watch::Sender<Option<Arc<Origin>>>,
}

impl Control {
    /// A control for one call of [`serve`].
    #[must_use]
    pub fn new() -> Self {
        Self { drain: watch::Sender::new(false), settings: watch::Sender::new(None) }
    }

    /// Begins the drain: not ready any more, no new connections, requests under way may end.
    pub fn stop(&self) {
        self.drain.send_replace(true);
    }

    /// Has new connections and requests treated as `settings` say, and certificates read again. Addresses stay. What
    /// can't be used is said in the log; then all stays as it is.
    pub fn reload(&self, settings: Origin) {
        self.settings.send_replace(Some(Arc::new(settings)));
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
    let live = Arc::new(Live::new(settings, registry)?);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bound = bind(&settings.origin, threads)?;
    let admin = settings.origin.admin;
    let admin_listener =
        listener::tcp(admin).map_err(|source| Error::Listen { address: admin.into(), setting: "--admin", source })?;
    let named = |tls| bound.iter().filter(|one| one.tls == tls).map(|one| one.address.clone()).collect();
    let addresses = Addresses { public: named(false), tls: named(true), admin: admin_listener.local_addr()? };

    let mut workers = Vec::new();
    for hand in deal(bound, threads)? {
        let (live, stop) = (live.clone(), control.drain.subscribe());
        let worker = Worker { live, stop, connections: TaskTracker::new() };
        workers.push(spawn("origin", move || worker.run(hand))?);
    }
    // The admin address answers until the last request has ended: a drain can be watched.
    let (admin, ended) = (Admin::new(registry.clone(), live.clone()), watch::Sender::new(false));
    let until = ended.subscribe();
    let admin = spawn("admin", move || admin.run(admin_listener, until))?;
    workers.push(watch_library(live.clone(), control.drain.subscribe())?);
    workers.push(watch_settings(live.clone(), control)?);
    on_ready(addresses);
    let worked = workers.into_iter().try_for_each(join);
    ended.send_replace(true);
    join(admin)?;
    if let Some(log) = &live.service().log {
        log.finish();
    }
    worked?;
    Ok(())
}

/// Listens on all public addresses.
fn bind(origin: &Origin, threads: usize) -> Result<Vec<Bound>, Error> {
    let plain = origin.listen.iter().map(|address| (address, false, "--listen"));
    let tls = origin.tls.listen.iter().map(|address| (address, true, "origin.tls.listen"));
    let bind = |(address, tls, setting): (&Address, bool, &'static str)| {
        let failed = |source| Error::Listen { address: address.clone(), setting, source };
        Bound::new(address, tls, threads).map_err(failed)
    };
    plain.chain(tls).map(bind).collect()
}

/// What each of `threads` listens on, and whether with TLS.
fn deal(bound: Vec<Bound>, threads: usize) -> io::Result<Vec<Vec<(Listener, bool)>>> {
    let mut hands: Vec<Vec<_>> = (0..threads).map(|_| Vec::new()).collect();
    for one in bound {
        let tls = one.tls;
        for (hand, dealt) in hands.iter_mut().zip(one.deal(threads)?) {
            hand.extend(dealt.into_iter().map(|listener| (listener, tls)));
        }
    }
    Ok(hands)
}

fn join(worker: JoinHandle<io::Result<()>>) -> io::Result<()> {
    worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread of the origin panicked")))
}

fn spawn(name: &str, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<JoinHandle<io::Result<()>>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// Looks at the library again and again; a look costs at most a fiftieth of the time.
fn watch_library(live: Arc<Live>, stop: watch::Receiver<bool>) -> io::Result<JoinHandle<io::Result<()>>> {
    const PERIOD: Duration = Duration::from_millis(500);
    spawn("catalog", move || {
        let mut found = Folder::default();
        let mut told: Option<Arc<Catalog>> = None;
        while !*stop.borrow() {
            let (began, service) = (Instant::now(), live.service());
            service.store.refresh();
            let mut changes = Changes::default();
            found.look(service.store.library(), "", crate::now(), &mut changes);
            if changes.any || !told.is_some_and(|told| Arc::ptr_eq(&told, &service.catalog)) {
                let titles = service.catalog.publish(&found);
                service.metrics.titles.set(i64::try_from(titles).unwrap_or(i64::MAX));
            }
            told = Some(service.catalog.clone());
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

/// Does what `control` says of settings, and looks at the certificates again and again.
fn watch_settings(live: Arc<Live>, control: &Control) -> io::Result<JoinHandle<io::Result<()>>> {
    let (mut stop, mut settings) = (control.drain.subscribe(), control.settings.subscribe());
    spawn("settings", move || {
        reactor()?.block_on(async {
            let mut look = tokio::time::interval(CERTIFICATES);
            loop {
                tokio::select! {
                    () = stopped(&mut stop) => return Ok(()),
                    Ok(()) = settings.changed() => {
                        let wanted = settings.borrow_and_update().clone();
                        if let Some(Err(error)) = wanted.map(|wanted| live.reload(&wanted)) {
                            tracing::error!("the new settings can't be used, so the old ones stay: {error}");
                        }
                    }
                    _ = look.tick() => live.refresh_certificates(),
                }
            }
        })
    })
}
