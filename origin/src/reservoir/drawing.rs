//! The pipes that are drawn into, one for each thread that sends, and one for the pool. All are made before anything is
//! kept, for what is kept has to be had again when no more pipes are given.

use std::cell::RefCell;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::param::page_size;

use crate::pipes::Pipe;

/// Pages that one has room for: twice what a pool takes in whole runs, since memory may be in pieces.
pub(super) const PAGES: usize = 2 * super::POOL.div_ceil(super::RUN);

/// Those that no thread has taken yet; `None` before they are made.
static STOCK: Mutex<Option<Vec<Pipe>>> = Mutex::new(None);
/// The pool's. Its threads come and go.
static POOLS: Mutex<Option<Pipe>> = Mutex::new(None);

thread_local! {
    static OWN: RefCell<Option<Pipe>> = const { RefCell::new(None) };
}

/// Which thread draws.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// One that sends.
    Sender,
    /// One of the pool, which may have to wait for others.
    Pool,
}

/// How many there are.
pub(super) fn all() -> usize {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    1 + if cfg!(feature = "http3") { 2 * threads } else { threads }
}

/// Sees that they are made.
///
/// # Errors
/// When the system does not give all.
pub(super) fn prepare() -> io::Result<()> {
    let mut stock = stock();
    if stock.is_none() {
        *stock = Some((0..all()).map(|_| make()).collect::<io::Result<_>>()?);
    }
    Ok(())
}

/// Has `work` done with the thread's pipe, which is empty before and after.
pub(super) fn with<R>(by: By, work: impl FnOnce(&mut Pipe) -> io::Result<R>) -> io::Result<R> {
    match by {
        By::Sender => OWN.with_borrow_mut(|own| draw(own, work)),
        By::Pool => draw(&mut POOLS.lock().unwrap_or_else(PoisonError::into_inner), work),
    }
}

fn draw<R>(own: &mut Option<Pipe>, work: impl FnOnce(&mut Pipe) -> io::Result<R>) -> io::Result<R> {
    let mut pipe = match own.take().or_else(|| stock().as_mut()?.pop()) {
        Some(pipe) => pipe,
        None => make()?,
    };
    let done = work(&mut pipe);
    // What is left in it is nobody else's.
    if pipe.skip(pipe.len()).is_ok() {
        *own = Some(pipe);
    }
    done
}

fn make() -> io::Result<Pipe> {
    Pipe::new(PAGES * page_size())
}

fn stock() -> MutexGuard<'static, Option<Vec<Pipe>>> {
    STOCK.lock().unwrap_or_else(PoisonError::into_inner)
}
