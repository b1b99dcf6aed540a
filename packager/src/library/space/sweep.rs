//! Deleting revisions that are kept no longer.

use std::iter;
use std::time::SystemTime;

use config::tree::TitleName;

use crate::library::manage::walk;
use crate::library::space::expired::{Dated, Keep, expired};
use crate::library::space::prune::InForce;
use crate::library::{DiskError, Library, LibraryError, Pruned, revision_path};

impl Library {
    /// Deletes the revisions of all titles that are kept no longer.
    ///
    /// # Errors
    /// The file system's error.
    pub fn sweep(&self, keep: Keep, now: SystemTime) -> Result<Pruned, LibraryError> {
        let (mut swept, mut contents) = (Pruned::default(), Vec::new());
        for (title, _) in walk(self.store.as_ref())? {
            let gone = || Ok::<_, DiskError>(expired(&self.dated(&title)?, keep, now));
            if gone()?.is_empty() {
                continue;
            }
            // For each title anew, and asked again: publications and operators must not wait for a look through them all.
            let _tree = self.change()?;
            let gone = gone()?;
            contents.extend(self.contents(&title, None)?);
            for revision in gone {
                swept.bytes += self.stored_bytes(&revision_path(&title, &revision))?;
                swept.revisions += 1;
                self.discard(&title, &revision)?;
            }
        }
        self.empty_trash();
        self.drop_results_of(contents.iter().map(String::as_str))?;
        Ok(swept)
    }

    /// A title's revisions, and since when another is in the place of each; none where it is not known which is in force.
    fn dated(&self, title: &TitleName) -> Result<Vec<Dated>, DiskError> {
        let InForce::Shown(in_force) = self.in_force(title)? else { return Ok(Vec::new()) };
        let revisions = self.dated_revisions(title)?;
        let next = revisions.iter().skip(1).map(|(_, published, _)| Some(*published)).chain(iter::once(None));
        let dated = revisions.iter().zip(next).map(|((_, published, revision), next)| Dated {
            revision: revision.clone(),
            replaced: (!in_force.contains(revision)).then(|| next.unwrap_or(*published)),
        });
        Ok(dated.collect())
    }
}
