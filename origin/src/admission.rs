//! How many connections there may be, in total and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use config::origin::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that files, listeners and reactors need beside connections.
const RESERVE: u64 = 256;

/// Counts connections.
#[derive(Debug)]
pub struct Admission {
    total: usize,
    per_address: u32,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    addresses: HashMap<IpAddr, u32>,
}

/// The right to one connection, until it is dropped.
#[derive(Debug)]
pub struct Permit {
    admission: Arc<Admission>,
    address: IpAddr,
}

impl Admission {
    /// Admits as many as `limits` say, and no more than `descriptors` are enough for.
    #[must_use]
    pub fn new(limits: &Limits, descriptors: u64) -> Self {
        let enough = usize::try_from(descriptors.saturating_sub(RESERVE).max(1)).unwrap_or(usize::MAX);
        let total = usize::try_from(limits.connections).unwrap_or(usize::MAX).min(enough);
        Self { total, per_address: limits.connections_per_address, open: Mutex::default() }
    }

    /// A permit for one more connection from `address`; `None` when that is too many.
    #[must_use]
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.total >= self.total {
            return None;
        }
        let from_here = open.addresses.entry(address).or_insert(0);
        if *from_here >= self.per_address {
            return None;
        }
        *from_here += 1;
        open.total += 1;
        Some(Permit { admission: self.clone(), address })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.admission.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total = open.total.saturating_sub(1);
        if let Some(from_here) = open.addresses.get_mut(&self.address) {
            *from_here = from_here.saturating_sub(1);
            if *from_here == 0 {
                open.addresses.remove(&self.address);
            }
        }
    }
}

/// Raises this process's limit of open files as far as it may, and says what it then is.
#[must_use]
pub fn raise_descriptors() -> u64 {
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
        let (here, there) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = admission.admit(here).unwrap();
        let _second = admission.admit(here).unwrap();
        assert!(admission.admit(here).is_none(), "two from one address");
        let _third = admission.admit(there).unwrap();
        assert!(admission.admit(there).is_none(), "three in all");
        drop(first);
        assert!(admission.admit(there).is_some());
        assert_eq!(admission.open.lock().unwrap().addresses.len(), 2);
    }

    #[test]
    fn descriptors_are_not_exhausted() {
        let limits = Limits { connections: 1000, connections_per_address: 1000, ..Limits::default() };
        let admission = Arc::new(Admission::new(&limits, RESERVE + 1));
        let here = IpAddr::from([10, 0, 0, 1]);
        let _one = admission.admit(here).unwrap();
        assert!(admission.admit(here).is_none());
    }
}
