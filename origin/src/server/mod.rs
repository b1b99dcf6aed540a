//! The origin's threads and their end.
//!
//! Each processor has a thread with a reactor and, for each TCP address, a listener of its own (SO_REUSEPORT): a
//! connection stays where it was accepted, and no thread waits for another.

mod admin;
mod assembly;
mod audience;
mod control;
mod handover;
mod heap;
mod housekeeping;
#[cfg(feature = "http3")]
mod http3;
mod listener;
mod pulse;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use config::origin::{Address, Origin};
use config::settings::Settings;
use prometheus::Registry;
use tokio::sync::watch;

use crate::connection::running::Running;
use crate::error::Error;
use crate::service::mounts::Mounts;
use admin::Admin;
use audience::CatalogKeeper;
pub use control::Control;
use handover::Takeover;
use listener::{Bound, Listener, Sharing, Use};
use worker::Worker;

/// The addresses that the origin listens on, with the ports that the system chose where the settings left it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The public listeners without TLS.
    pub public: Vec<Address>,
    /// Those with TLS.
    pub tls: Vec<Address>,
    /// The listener for metrics.
    pub admin: SocketAddr,
}

/// Serves the library of `settings`, and `mounts` beside it, until `control` stops it. Blocks.
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
    mounts: Mounts,
    on_ready: impl FnOnce(Addresses),
) -> Result<(), Error> {
    let running = Arc::new(assembly::assemble(settings, registry, mounts)?);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (bound, predecessor) = listen(&settings.origin, control.replaces, threads)?;
    let addresses = addresses(&bound, settings.origin.admin);
    let sockets = bound.iter().flat_map(|one| &one.sockets).map(Listener::try_clone).collect::<io::Result<Vec<_>>>()?;

    let _looking = housekeeping::look_after_library(running.clone())?;
    let (public, admin): (Vec<_>, Vec<_>) = bound.into_iter().partition(|one| one.purpose != Use::Admin);
    let mut workers = start_workers(&running, control, deal(public, threads)?)?;
    #[cfg(feature = "http3")]
    workers.extend(start_http3(&running, &addresses, control)?);
    // The admin address answers until the last request has ended: a drain can be watched.
    let ended = watch::Sender::new(false);
    let admin = start_admin(&running, registry, admin, &ended)?;
    if let Some(taken) = predecessor {
        taken.serving();
    }
    // Before anybody knows that this one serves, so that nobody looks for it in vain.
    let offer = handover::offer(addresses.admin)
        .inspect_err(|error| tracing::warn!("this pack's sockets can't be offered to a successor yet: {error}"));
    let (attended, admin_address) = (running.clone(), addresses.admin);
    workers.push(housekeeping::attend(attended, control.clone(), admin_address, sockets, offer.ok(), ended.clone())?);
    on_ready(addresses);
    let worked = workers.into_iter().try_for_each(join);
    ended.send_replace(true);
    join(admin)?;
    if let Some(log) = &running.service().log {
        log.finish();
    }
    worked?;
    Ok(())
}

type Thread = JoinHandle<io::Result<()>>;

/// Starts a thread for each hand of listeners, and one for the catalog.
fn start_workers(
    running: &Arc<Running>,
    control: &Control,
    hands: Vec<Vec<(Listener, Use)>>,
) -> io::Result<Vec<Thread>> {
    let mut workers = Vec::new();
    for hand in hands {
        let worker = Worker::new(running.clone(), control.drain.subscribe(), control.pulse.clone());
        workers.push(spawn("origin", move || worker.run(hand))?);
    }
    let (keeper, stop) = (CatalogKeeper::new(running.clone()), control.drain.subscribe());
    // Nobody waits for its end: a file system that hangs must not hold up the program's.
    drop(spawn("catalog", move || keeper.run(stop))?);
    Ok(workers)
}

fn start_admin(
    running: &Arc<Running>,
    registry: &Registry,
    bound: Vec<Bound>,
    ended: &watch::Sender<bool>,
) -> io::Result<Thread> {
    let (admin, until) = (Admin::new(registry.clone(), running.clone()), ended.subscribe());
    spawn("admin", move || admin.run(bound.into_iter().flat_map(|one| one.sockets), &until))
}

/// Serves HTTP/3 on the UDP ports of the TLS listeners; those are told of the first.
#[cfg(feature = "http3")]
fn start_http3(running: &Arc<Running>, addresses: &Addresses, control: &Control) -> Result<Vec<Thread>, Error> {
    let mut workers = Vec::new();
    if !running.mounts.is_empty() {
        // HTTP/3 serves only the library, but a browser takes an alternative for the whole origin (RFC 7838 §2): it
        // would find a 404 where something is mounted.
        tracing::info!("no HTTP/3, which has the library alone, since other services are mounted beside it");
        return Ok(workers);
    }
    for address in &addresses.tls {
        let Address::Ip(at) = address else { continue };
        let failed = |source| Error::Listen { address: address.clone(), setting: "origin.tls.listen", source };
        let socket = http3::bind(*at, control.replaces).map_err(failed)?;
        if let Some(alternative) = http3::alternative(at.port()) {
            let _first = running.alternative.get_or_init(|| alternative);
        }
        let (running, stop) = (running.clone(), control.drain.subscribe());
        workers.push(spawn("http3", move || http3::run(&running, socket, stop))?);
    }
    Ok(workers)
}

/// Listens on all addresses: with sockets that systemd or a predecessor has for them, else with new ones.
fn listen(origin: &Origin, replaces: bool, threads: usize) -> Result<(Vec<Bound>, Option<Takeover>), Error> {
    let mut passed = handover::from_systemd()?;
    let mut taken = if replaces { handover::take(origin.admin).map_err(Error::Handover)? } else { None };
    let cleartext = origin.listen.iter().map(|address| (address.clone(), Use::Cleartext, "--listen"));
    let tls = origin.tls.listen.iter().map(|address| (address.clone(), Use::Tls, "origin.tls.listen"));
    let all = cleartext.chain(tls).chain([(Address::Ip(origin.admin), Use::Admin, "--admin")]);
    let sharing = if replaces { Sharing::WithPredecessor } else { Sharing::No };
    let mut bound = Vec::new();
    for (address, purpose, setting) in all {
        let given = taken.as_mut().map(|taken| &mut taken.sockets).filter(|_| passed.is_empty()).unwrap_or(&mut passed);
        let threads = if purpose == Use::Admin { 1 } else { threads };
        let failed = |source| Error::Listen { address: address.clone(), setting, source };
        bound.push(Bound::new(&address, purpose, threads, sharing, given).map_err(failed)?);
    }
    match passed.first() {
        // A TLS socket served as cleartext would expose everything; left unserved, it would hang.
        Some(stray) => Err(Error::Stray(stray.address()?)),
        None => Ok((bound, taken)),
    }
}

fn addresses(bound: &[Bound], admin: SocketAddr) -> Addresses {
    let all = |purpose| bound.iter().filter(move |one| one.purpose == purpose).map(|one| one.address.clone());
    let chosen = all(Use::Admin).find_map(|address| match address {
        Address::Ip(chosen) => Some(chosen),
        Address::Unix(_) => None,
    });
    Addresses { public: all(Use::Cleartext).collect(), tls: all(Use::Tls).collect(), admin: chosen.unwrap_or(admin) }
}

/// The listeners of each of `threads`, and their purposes.
fn deal(bound: Vec<Bound>, threads: usize) -> io::Result<Vec<Vec<(Listener, Use)>>> {
    let mut hands: Vec<Vec<_>> = (0..threads).map(|_| Vec::new()).collect();
    for one in bound {
        for (hand, dealt) in hands.iter_mut().zip(one.deal(threads)?) {
            hand.extend(dealt.into_iter().map(|listener| (listener, one.purpose)));
        }
    }
    Ok(hands)
}

fn join(worker: Thread) -> io::Result<()> {
    worker.join().unwrap_or_else(|_| Err(io::Error::other("a thread of the origin panicked")))
}

fn spawn(name: &str, work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<Thread> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)
}
