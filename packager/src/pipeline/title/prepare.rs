//! Preparation of a title: everything that is known before it is encoded.

use std::path::Path;
use std::thread;

use config::tree::Revision;

use super::Work;
use crate::ingest;
use crate::library::Stamp;
use crate::pipeline::error::TitleError;
use crate::pipeline::identity;
use crate::pipeline::outlook::Outlook;
use crate::probe::{ProbeError, refuse_unreadable};
use media::steering::Steering;
use tools::cancel::Cancel;

/// A title as known before it is encoded.
pub(super) struct Prepared {
    pub outlook: Outlook,
    /// BLAKE3 of the source.
    pub digest: blake3::Hash,
    /// The same, hexadecimal.
    pub content: String,
    /// BLAKE3 of the operator's own poster, hexadecimal.
    pub poster: Option<String>,
    /// The same file's stamp, from before it was read.
    pub poster_stamp: Option<Stamp>,
    pub revision: Revision,
    pub steering: Option<Steering>,
}

impl Work<'_> {
    /// Probes, plans and names what will be made.
    pub(super) fn prepare(&self) -> Result<Prepared, TitleError> {
        let path = &self.source.path;
        // Whoever opens a pipe waits for somebody who writes to it.
        refuse_unreadable(path)?;
        // Both read the whole source: at the same time, it comes from the disk once. One that fails ends the other.
        let both = self.cancel.scope();
        let ended = |failed: bool| {
            if failed {
                both.cancel();
            }
        };
        let (outlook, content) = thread::scope(|scope| {
            let content = scope.spawn(|| {
                let content = digest(path, &both);
                ended(content.is_err());
                content
            });
            let outlook = Outlook::of(path, self.settings, self.tools, &both);
            ended(outlook.is_err());
            (outlook, content.join().unwrap_or(Err(TitleError::Cancelled)))
        });
        // The other was only stopped by the one that failed.
        match (outlook, content) {
            (Err(error), Err(TitleError::Cancelled)) | (Err(TitleError::Probe(ProbeError::Stopped(_))), Err(error)) => {
                Err(error)
            }
            (outlook, content) => self.prepared(outlook?, content?),
        }
    }

    /// Names the revision of what is planned for a source of this content.
    pub(super) fn prepared(&self, outlook: Outlook, content: blake3::Hash) -> Result<Prepared, TitleError> {
        let own = outlook.sidecars.poster.as_deref();
        let poster_stamp = own.map(stamp).transpose()?;
        let poster = own.map(|path| digest(path, &self.cancel)).transpose()?;
        // ffmpeg's arguments, wherever the source and its poster lie.
        let nowhere = Path::new("");
        let asked = outlook.commands_from(nowhere, nowhere, own.map(|_| nowhere));
        let contents = [Some(content), poster];
        let steering = self.steering();
        let revision = identity::revision(contents, &outlook.plan, &asked, self.tools, steering.as_ref())?;
        let hex = |hash: blake3::Hash| hash.to_hex().to_string();
        let (poster, content, digest) = (poster.map(hex), hex(content), content);
        Ok(Prepared { outlook, digest, content, poster, poster_stamp, revision, steering })
    }
}

/// The stamp of a source, or of what belongs to it.
pub(super) fn stamp(path: &Path) -> Result<Stamp, TitleError> {
    ingest::stamp(path).map_err(|source| TitleError::Read { path: path.into(), source })
}

fn digest(path: &Path, cancel: &Cancel) -> Result<blake3::Hash, TitleError> {
    let read = |source| TitleError::Read { path: path.into(), source };
    identity::content_digest(path, cancel).map_err(read)?.ok_or(TitleError::Cancelled)
}
