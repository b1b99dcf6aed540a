//! A service as a mount, and all mounts of an origin.

use std::convert::Infallible;
use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tower::util::BoxCloneSyncService;
use tower::{Service, ServiceExt as _};

use super::claims::{Claim, ClaimTable, MountError};
use super::content::{BoxError, MountContent};
use super::request_body::RequestBody;

pub(super) type Boxed = BoxCloneSyncService<Request<RequestBody>, Response<MountContent>, Infallible>;

/// A service, and the paths that it is asked for.
///
/// It answers every request below its claims, whatever the method and the headers; what it does not know is its own
/// 404. Each header of a response is the mount's. Only where one is missing are `Cache-Control: private, no-store` and
/// `X-Content-Type-Options: nosniff` put in, and to a HEAD the length that its body would have had.
pub struct Mount {
    pub(super) name: &'static str,
    claims: Vec<Claim>,
    pub(super) service: Boxed,
}

impl Mount {
    /// `service` for all paths of `claims`. `name` is the mount's in the access log and the metrics.
    ///
    /// Service and bodies run on the mounts' runtime, in a Tokio context. A request whose client has left is dropped at
    /// its next await. A panic gives 500 before the response, and an interrupted body after it. Processes and threads
    /// that the service starts have its low priority.
    pub fn new<S, B>(name: &'static str, claims: impl IntoIterator<Item = Claim>, service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let boxed = |response: Response<B>| response.map(|body| body.map_err(Into::into).boxed_unsync());
        Self {
            name,
            claims: claims.into_iter().collect(),
            service: BoxCloneSyncService::new(service.map_response(boxed)),
        }
    }
}

impl fmt::Debug for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mount").field("name", &self.name).field("claims", &self.claims).finish_non_exhaustive()
    }
}

/// All mounts of an origin. No two of them claim the same.
#[derive(Debug, Default)]
pub struct Mounts {
    pub(super) mounts: Vec<Mount>,
    pub(super) claims: ClaimTable,
}

impl Mounts {
    /// The origin alone.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// `mounts`, in any order.
    ///
    /// # Errors
    /// When two have the same name or the same claim, or a claim is the library's or no path.
    pub fn new(mounts: Vec<Mount>) -> Result<Self, MountError> {
        for (at, mount) in mounts.iter().enumerate() {
            if mounts.iter().take(at).any(|other| other.name == mount.name) {
                return Err(MountError::Name(mount.name));
            }
        }
        let claims = ClaimTable::new(mounts.iter().map(|mount| (mount.name, mount.claims.as_slice())))?;
        Ok(Self { mounts, claims })
    }

    /// Their names, which are labels of metrics.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.mounts.iter().map(|mount| mount.name)
    }
}
