//! Bounds on the number of connections, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use config::origin::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::http::client::network;

/// Descriptors that logs, certificates, watches and standard streams need beside connections.
const RESERVE: u64 = 256;
/// Descriptors of one processor's thread: its reactor, its listeners and what it reads at the moment.
const RESERVE_PER_THREAD: u64 = 48;

/// Counts connections.
#[derive(Debug)]
pub(crate) struct Admission(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    most: usize,
    most_per_address: u32,
    total: usize,
    addresses: HashMap<IpAddr, u32>,
}

/// The right to one connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    admission: Arc<Admission>,
    address: Option<IpAddr>,
}

impl Admission {
    /// Admits as many as `limits` say, and no more than `descriptors` are enough for.
    #[must_use]
    pub(crate) fn new(limits: &Limits, descriptors: u64) -> Self {
        let admission = Self(Mutex::default());
        admission.limit(limits, descriptors);
        admission
    }

    /// Sets the limits from now on. Who is admitted stays so.
    pub(crate) fn limit(&self, limits: &Limits, descriptors: u64) {
        let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let reserve = RESERVE + RESERVE_PER_THREAD * threads;
        let enough = usize::try_from(descriptors.saturating_sub(reserve).max(1)).unwrap_or(usize::MAX);
        let mut open = self.open();
        open.most = usize::try_from(limits.connections).unwrap_or(usize::MAX).min(enough);
        open.most_per_address = limits.connections_per_address;
    }

    /// A permit for one more connection; `None` when there are too many. It counts for no address yet.
    #[must_use]
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Permit> {
        let mut open = self.open();
        if open.total >= open.most {
            return None;
        }
        open.total += 1;
        Some(Permit { admission: self.clone(), address: None })
    }

    fn open(&self) -> MutexGuard<'_, Counts> {
        // Counts are whole whoever panicked while holding them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Has the connection count for `address`; false when there are too many from there.
    #[must_use]
    pub(crate) fn count_for(&mut self, address: IpAddr) -> bool {
        let address = network(address);
        let mut open = self.admission.open();
        let most = open.most_per_address;
        let from_here = open.addresses.entry(address).or_insert(0);
        if *from_here >= most {
            return false;
        }
        *from_here += 1;
        self.address = Some(address);
        true
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.admission.open();
        open.total = open.total.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(from_here) = open.addresses.get_mut(&address) {
            *from_here = from_here.saturating_sub(1);
            if *from_here == 0 {
                open.addresses.remove(&address);
            }
        }
    }
}

/// Raises this process's limit of open files as far as the system allows, and returns it.
#[must_use]
pub(crate) fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    if setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).is_err() {
        return limit.current.unwrap_or(u64::MAX);
    }
    limit.maximum.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_hold_and_are_given_back() {
        let limits = Limits { connections: 3, connections_per_address: 2, ..Limits::default() };
        let admission = Arc::new(Admission::new(&limits, 10_000));
        let admit = |address: [u8; 4]| {
            let mut permit = admission.admit()?;
            permit.count_for(IpAddr::from(address)).then_some(permit)
        };
        let (here, there) = ([10, 0, 0, 1], [10, 0, 0, 2]);
        let first = admit(here).unwrap();
        let _second = admit(here).unwrap();
        assert!(admit(here).is_none(), "two from one address");
        let _third = admit(there).unwrap();
        assert!(admit(there).is_none(), "three in all");
        drop(first);
        let _fourth = admission.admit().unwrap();
        assert!(admission.admit().is_none(), "three in all, one of no address");
        assert_eq!(admission.open().addresses.len(), 2);
        admission.limit(&Limits { connections: 4, connections_per_address: 1, ..limits }, 10_000);
        assert!(admit(there).is_none(), "one from one address now");
        assert_eq!(admission.open().total, 3);
        assert!(admission.admit().is_some());
    }

    #[test]
    fn descriptors_are_not_exhausted() {
        let limits = Limits { connections: 1000, connections_per_address: 1000, ..Limits::default() };
        let admission = Arc::new(Admission::new(&limits, RESERVE + 1));
        let _one = admission.admit().unwrap();
        assert!(admission.admit().is_none());
    }
}
