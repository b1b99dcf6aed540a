//! The origin as it runs: what all threads share, and what of it another reading of the settings replaces.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arc_swap::{ArcSwap, Guard};
use config::origin::Origin;
use http::HeaderValue;
use tokio::sync::Semaphore;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::admission::{Admission, Permit};
use super::socket::Loans;
use super::tls::Tls;
use crate::delivery::blocks::Blocks;
use crate::observe::metrics::meters::OpenConnection;
use crate::service::mounts::MountRuntime;
use crate::service::state::Service;

/// The origin as it runs.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) service: ArcSwap<Service>,
    pub(crate) settings: ArcSwap<Origin>,
    pub(crate) admission: Arc<Admission>,
    pub(crate) blocks: Blocks,
    pub(crate) loans: Loans,
    /// Streams beyond the few that each connection may have.
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) mounts: MountRuntime,
    pub(crate) tls: Option<Tls>,
    /// `Alt-Svc` of answers over TLS, where HTTP/3 is served too.
    pub(crate) alternative: OnceLock<HeaderValue>,
    /// True when the list of titles has to be made anew, since access to one has changed.
    pub(crate) relist: AtomicBool,
    /// Open files that the system allows.
    pub(crate) files: u64,
}

impl Running {
    /// The service in force.
    pub(crate) fn service(&self) -> Arc<Service> {
        self.service.load_full()
    }

    /// The service in force, borrowed for as long as a request takes to read.
    pub(crate) fn current(&self) -> Guard<Arc<Service>> {
        self.service.load()
    }

    /// Notes that the program is about to end.
    pub(crate) fn drain(&self) {
        self.service().draining.store(true, Ordering::Relaxed);
    }

    /// The settings of new connections.
    pub(crate) fn settings(&self) -> Arc<Origin> {
        self.settings.load_full()
    }
}

/// A connection counts as open for as long as this lives: for the limits, for the metrics, and for the drain.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) permit: Permit,
    pub(crate) _gauge: OpenConnection,
    pub(crate) _tracked: TaskTrackerToken,
}

impl Open {
    /// Has it count for `address`; false when there are too many from there.
    #[must_use]
    pub(crate) fn count_for(&mut self, address: IpAddr) -> bool {
        self.permit.count_for(address)
    }
}
