//! Receiving bytes: a request's body goes to the file, and is told of once it outlives a power loss.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt as _;
use ring::digest::Context;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use super::file;
use super::protocol::Checksum;
use super::turns::Turn;
use crate::http::App;
use crate::http::problem::Problem;
use crate::store::uploads::{self, Upload};

/// Bytes that are written at a time.
const BLOCK: usize = 512 << 10;
/// The time after which bytes are put on disk for good, so that a killed server loses little.
const PACE: Duration = Duration::from_secs(2);
/// Bytes after which they are, whatever the time.
const STRIDE: u64 = 64 << 20;

/// A body that is being received.
pub(super) struct Receiving {
    app: App,
    upload: Upload,
    file: Arc<File>,
    /// Bytes that came and are not written yet.
    block: Vec<u8>,
    /// Offset of the first byte that is not written yet.
    written: u64,
    /// Offset of the first byte that is not on disk for good.
    kept: u64,
    /// When bytes are next put on disk for good.
    due: Instant,
    check: Option<(Context, Checksum)>,
}

/// Why no more comes.
enum End {
    /// The body is whole.
    Whole,
    /// The client broke off, or a newer request took the turn: what came is kept.
    Broken(Problem),
    /// What came is worth nothing.
    Worthless(Problem),
}

impl Receiving {
    /// Goes on with `upload` at `offset`, which is what it has.
    pub(super) async fn begin(
        app: &App,
        upload: Upload,
        offset: u64,
        checksum: Option<Checksum>,
    ) -> Result<Self, Problem> {
        let path = file::path(&app.state, &upload.id);
        let opened = blocking(move || file::go_on(&path, offset)).await?;
        Ok(Self {
            app: app.clone(),
            upload,
            file: Arc::new(opened),
            block: Vec::with_capacity(BLOCK),
            written: offset,
            kept: offset,
            due: Instant::now() + PACE,
            check: checksum.map(|checksum| (Context::new(checksum.algorithm), checksum)),
        })
    }

    /// Receives `body` to its end, and tells the offset that was reached.
    pub(super) async fn all(mut self, mut body: Body, turn: &mut Turn) -> Result<u64, Problem> {
        match self.take(&mut body, turn).await {
            End::Whole => self.finish().await,
            // Part of what a checksum is of can't be checked.
            End::Broken(problem) if self.check.is_some() => self.drop_all(problem).await,
            End::Broken(problem) => {
                self.keep().await?;
                Err(problem)
            }
            End::Worthless(problem) => self.drop_all(problem).await,
        }
    }

    async fn take(&mut self, body: &mut Body, turn: &mut Turn) -> End {
        loop {
            let frame = tokio::select! {
                biased;
                () = turn.is_over() => return End::Broken(overtaken()),
                frame = timeout_at(self.due, body.frame()) => frame,
            };
            let taken = match frame {
                Err(_) => self.keep_if_due().await,
                Ok(None) => return End::Whole,
                Ok(Some(Err(error))) => return End::Broken(broken(&error)),
                Ok(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) if data.len() as u64 > self.room() => return End::Worthless(too_long()),
                    Ok(data) => self.add(&data).await,
                    Err(_) => Ok(()),
                },
            };
            if let Err(problem) = taken {
                return End::Worthless(problem);
            }
        }
    }

    /// Bytes that the upload still lacks.
    fn room(&self) -> u64 {
        let has = self.written + self.block.len() as u64;
        u64::try_from(self.upload.length).unwrap_or(0).saturating_sub(has)
    }

    async fn add(&mut self, data: &Bytes) -> Result<(), Problem> {
        if let Some((context, _)) = &mut self.check {
            context.update(data);
        }
        self.block.extend_from_slice(data);
        if self.block.len() >= BLOCK {
            self.write().await?;
        }
        if self.written - self.kept >= STRIDE || Instant::now() >= self.due { self.keep_if_due().await } else { Ok(()) }
    }

    /// Writes what came.
    async fn write(&mut self) -> Result<(), Problem> {
        let (file, block) = (Arc::clone(&self.file), std::mem::take(&mut self.block));
        let length = block.len() as u64;
        self.block = blocking(move || file::write(&file, &block).map(|()| block)).await?;
        self.block.clear();
        self.written += length;
        Ok(())
    }

    async fn keep_if_due(&mut self) -> Result<(), Problem> {
        self.due = Instant::now() + PACE;
        // Nothing of a body with a checksum counts before all of it came.
        if self.check.is_some() { Ok(()) } else { self.keep().await }
    }

    /// Puts what came on disk for good, and notes it.
    async fn keep(&mut self) -> Result<(), Problem> {
        self.write().await?;
        if self.written == self.kept {
            return Ok(());
        }
        let file = Arc::clone(&self.file);
        blocking(move || file.sync_data()).await?;
        let mut db = self.app.store.write().await?;
        let received = i64::try_from(self.written).unwrap_or(i64::MAX);
        if !uploads::advance(&mut db, &self.upload.id, received, self.app.now()).await? {
            return Err(gone());
        }
        db.commit().await?;
        self.app.meters.received(self.written - self.kept);
        self.kept = self.written;
        Ok(())
    }

    async fn finish(mut self) -> Result<u64, Problem> {
        if let Some((context, claimed)) = self.check.take()
            && context.finish().as_ref() != claimed.digest.as_slice()
        {
            return self.drop_all(mismatch()).await;
        }
        self.keep().await?;
        Ok(self.kept)
    }

    /// Takes back what was not kept.
    async fn drop_all(self, problem: Problem) -> Result<u64, Problem> {
        let (file, kept) = (self.file, self.kept);
        blocking(move || file.set_len(kept)).await?;
        Err(problem)
    }
}

/// Does what may block where that is allowed; a failure of the disk is the client's answer.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Problem> {
    let done = spawn_blocking(work).await.map_err(|error| Problem::internal(&error.to_string()))?;
    done.map_err(|error| disk(&error))
}

fn disk(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            tracing::error!("an upload can't be written: {error}");
            let detail = "the disk here is full; what came is kept, go on later";
            Problem::new(StatusCode::INSUFFICIENT_STORAGE, "no-room", detail)
        }
        _ => Problem::internal(&format!("an upload's file: {error}")),
    }
}

/// 410: the upload takes no more bytes.
pub(super) fn gone() -> Problem {
    let detail = "this upload was ended, or no byte came for too long; begin a new one";
    Problem::new(StatusCode::GONE, "upload-ended", detail)
}

fn overtaken() -> Problem {
    Problem::conflict("overtaken", "a newer request goes on with this upload; ask for its offset")
}

fn too_long() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "more bytes came than the upload's length has room for")
}

/// 460 is tus's own.
fn mismatch() -> Problem {
    let status = StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST);
    let problem = Problem::new(status, "checksum-mismatch", "the bytes that came are not those of the checksum");
    Problem { title: "Checksum Mismatch", ..problem }
}

/// The connection broke: hardly anybody reads this.
fn broken(error: &axum::Error) -> Problem {
    let detail = format!("the body broke off: {error}; ask for the offset and go on");
    Problem::new(StatusCode::REQUEST_TIMEOUT, "broken-off", &detail)
}
