//! The threads that mounts run on.

use std::io;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use http::{Method, Request, Response};
use hyper::body::Body as _;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use super::claims::ClaimTable;
use super::fallback;
use super::mount::{Boxed, Mount, Mounts};
use super::request_body::RequestBody;
use super::response_body::{self, MountedBody, Work};

/// Threads for what does not block: two at least, so that a mount which computes leaves one for others.
const THREADS: (usize, usize) = (2, 8);
/// Threads for what blocks.
const BLOCKING: usize = 32;
/// Their priority (setpriority(2)): a thread of delivery that wakes runs before them, and where both want a processor,
/// they get a tenth of it. Measured while a mount computes on both of two processors, the library's 99th percentile is
/// below 1.0 × that at rest; with the priority of all, it is 6 ×.
const NICE: i32 = 10;

/// Mounts that are ready to be asked, and the threads that they run on. Dropping it ends these without waiting.
#[derive(Debug)]
pub struct MountRuntime {
    mounted: Vec<Mounted>,
    claims: ClaimTable,
    /// `None` where nothing is mounted.
    runtime: Option<Runtime>,
}

/// One mount that can be asked.
#[derive(Debug, Clone)]
pub struct Mounted {
    name: &'static str,
    service: Boxed,
    handle: Handle,
}

impl Mounts {
    /// Starts the threads that they all run on; none where nothing is mounted.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(self) -> io::Result<MountRuntime> {
        if self.mounts.is_empty() {
            return Ok(MountRuntime { mounted: Vec::new(), claims: self.claims, runtime: None });
        }
        let runtime = runtime()?;
        let mounted = |mount: Mount| {
            let handle = runtime.handle().clone();
            Mounted { name: mount.name, service: mount.service, handle }
        };
        let mounted = self.mounts.into_iter().map(mounted).collect();
        Ok(MountRuntime { mounted, claims: self.claims, runtime: Some(runtime) })
    }
}

fn runtime() -> io::Result<Runtime> {
    let (fewest, most) = THREADS;
    Builder::new_multi_thread()
        .thread_name("mounts")
        .worker_threads(available_parallelism().map_or(fewest, NonZero::get).clamp(fewest, most))
        .max_blocking_threads(BLOCKING)
        .on_thread_start(be_nice)
        .enable_all()
        .build()
}

/// Lowers the calling thread's priority.
fn be_nice() {
    // Linux gives each thread a priority of its own; elsewhere this would be the process's, delivery's too.
    #[cfg(target_os = "linux")]
    {
        // Where the system refuses, mounts go on with the priority that they have.
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}

impl MountRuntime {
    /// True where nothing is mounted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mounted.is_empty()
    }

    /// The mount that `path` belongs to, which is a request's without its query; `None` when it is the library's.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Mounted> {
        self.mounted.get(self.claims.find(path)?)
    }
}

impl Drop for MountRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A mount that blocks must not hold up the end.
            runtime.shutdown_background();
        }
    }
}

impl Mounted {
    /// The mount's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Has `work` done on the mounts' threads.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(work);
    }

    /// Has the mount answer `request`, on its own threads, beginning at once. What is returned borrows nothing; once it
    /// or the body is dropped, because the client has left, the mount's work ends. A client may leave the body's bytes
    /// for `stall` at a time.
    pub fn call(
        &self,
        request: Request<RequestBody>,
        stall: Duration,
    ) -> impl Future<Output = Response<MountedBody>> + Send + use<> {
        let (answer, is_answered) = oneshot::channel();
        let work = Work(self.handle.spawn(work(self.service.clone(), request, answer, stall)).abort_handle());
        async move {
            match is_answered.await {
                Ok(response) => response.map(|body| body.made_by(work)),
                // It panicked, or the runtime is at its end.
                Err(_) => fallback::failure(),
            }
        }
    }
}

/// All that a request costs on the mount's threads: one task, that has the service answer and then passes its body on.
async fn work(
    service: Boxed,
    request: Request<RequestBody>,
    answer: oneshot::Sender<Response<MountedBody>>,
    stall: Duration,
) {
    let is_head = request.method() == Method::HEAD;
    let Ok(response) = service.oneshot(request).await;
    let (mut head, content) = response.into_parts();
    fallback::complete(&mut head.headers);
    if is_head {
        fallback::tell_length(&mut head.headers, &content);
    }
    // The client may have left.
    if is_head || content.is_end_stream() {
        let _ = answer.send(Response::from_parts(head, MountedBody::empty()));
        return;
    }
    let (pump, body) = response_body::pump(content.size_hint(), stall);
    if answer.send(Response::from_parts(head, body)).is_ok() {
        pump.run(content).await;
    }
}
