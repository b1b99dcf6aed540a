//! The outbox, `LIBRARY/.pack/outbox`: a file for each event that a receiver has not yet taken. It outlives whatever ends
//! the program.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use config::tree::PRIVATE;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::event::Event;
use crate::letter::{Letter, Name, Receiver};

/// Events that wait for one receiver at most: one that is away for good must not fill the disk.
const MOST: usize = 1000;
const FOLDER: &str = "outbox";
/// Begins the name of a file that is being written.
const UNFINISHED: &str = "new-";

/// A library's outbox.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    folder: PathBuf,
    most: usize,
}

impl Outbox {
    pub(crate) fn of(library: &Path) -> Self {
        Self { folder: library.join(PRIVATE).join(FOLDER), most: MOST }
    }

    /// Keeps `event`, which happened at `time`, for each of `receivers`. It lasts once this has returned. Where the last that
    /// waits of its title says the same, as after a crash, that is enough.
    pub(crate) fn put(&self, event: &Event, receivers: &[Receiver], time: SystemTime) -> io::Result<()> {
        let _held = self.hold()?;
        let id = self.id(event)?;
        let letter = Letter {
            body: event.body(&id, time),
            event: event.kind.name().into(),
            title: event.title.clone(),
            failed: 0,
            due: 0,
            id: id.clone(),
        };
        let waiting = self.list()?;
        if self.is_told_last(&waiting, event)? {
            return Ok(());
        }
        let number = waiting.iter().map(|name| name.number).max().unwrap_or(0).saturating_add(1);
        for receiver in receivers {
            self.make_room(&waiting, *receiver)?;
            self.write(&Name { number, id: id.clone(), receiver: *receiver }, &letter)?;
        }
        Ok(())
    }

    /// An id that no other event has, of this library or another's.
    fn id(&self, event: &Event) -> io::Result<String> {
        let Some(once) = &event.once else { return Ok(format!("msg_{}", hexadecimal(random()?))) };
        let place = self.folder.join("salt");
        let salt = match fs::read(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let salt = random()?.to_vec();
                self.replace(&place, &salt)?;
                salt
            }
            other => other?,
        };
        let named = [salt.as_slice(), event.kind.name().as_bytes(), event.title.as_bytes(), once.as_bytes()].join(&0);
        let mut half = [0; 16];
        half.copy_from_slice(&digest(&SHA256, &named).as_ref()[..16]);
        Ok(format!("msg_{}", hexadecimal(half)))
    }

    fn is_told_last(&self, waiting: &[Name], event: &Event) -> io::Result<bool> {
        let mut latest_first: Vec<&Name> = waiting.iter().collect();
        latest_first.sort_by_key(|name| std::cmp::Reverse(name.number));
        for name in latest_first {
            if let Some(letter) = self.read(name)?.filter(|letter| letter.title == event.title) {
                return Ok(event.is_told_by(&letter.body));
            }
        }
        Ok(false)
    }

    /// Drops the oldest where one more would be too many.
    fn make_room(&self, waiting: &[Name], receiver: Receiver) -> io::Result<()> {
        let mut waiting: Vec<&Name> = waiting.iter().filter(|name| name.receiver == receiver).collect();
        waiting.sort();
        for oldest in waiting.iter().take((waiting.len() + 1).saturating_sub(self.most)) {
            let told = self.read(oldest)?.map_or_else(String::new, |letter| letter.body);
            tracing::error!(
                "{} events wait for the {} already, so the oldest is dropped: {told}",
                self.most,
                receiver.name()
            );
            self.remove(oldest)?;
        }
        Ok(())
    }

    /// All that wait.
    pub(crate) fn list(&self) -> io::Result<Vec<Name>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.extend(entry?.file_name().to_str().and_then(Name::parse));
        }
        Ok(names)
    }

    /// A letter; `None` where it is gone, or damaged: then it is gone afterwards.
    pub(crate) fn read(&self, name: &Name) -> io::Result<Option<Letter>> {
        let path = self.folder.join(name.file_name());
        let json = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        match serde_json::from_slice(&json) {
            Ok(letter) => Ok(Some(letter)),
            Err(error) => {
                tracing::error!(
                    "an event that waits to be told is damaged, and is dropped: {}: {error}",
                    path.display()
                );
                self.remove(name).map(|()| None)
            }
        }
    }

    /// Writes a letter whole: a crash leaves all of it or nothing.
    pub(crate) fn write(&self, name: &Name, letter: &Letter) -> io::Result<()> {
        self.replace(&self.folder.join(name.file_name()), &serde_json::to_vec(letter)?)
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        File::open(&self.folder)?.sync_all()
    }

    /// Removes a letter. Should a crash bring it back it is delivered again, under the same id.
    pub(crate) fn remove(&self, name: &Name) -> io::Result<()> {
        match fs::remove_file(self.folder.join(name.file_name())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Removes what a crash left half-written, and what waits for a receiver that is none any more.
    pub(crate) fn tidy(&self, receivers: &[Receiver]) -> io::Result<()> {
        if !self.folder.is_dir() {
            return Ok(());
        }
        let _held = self.hold()?;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(UNFINISHED)) {
                fs::remove_file(entry.path())?;
            }
        }
        for name in self.list()?.iter().filter(|name| !receivers.contains(&name.receiver)) {
            tracing::warn!("no {} is set any more, so an event for it is dropped", name.receiver.name());
            self.remove(name)?;
        }
        Ok(())
    }

    /// The right to deliver to a receiver, for as long as the file lives; `None` while another process has it.
    pub(crate) fn claim(&self, receiver: Receiver) -> io::Result<Option<File>> {
        let claim = self.lock_file(receiver.name())?;
        match claim.try_lock() {
            Ok(()) => Ok(Some(claim)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    /// Waits for the right to add to it. The folder is made where it is missing.
    fn hold(&self) -> io::Result<File> {
        let held = self.lock_file("adding")?;
        held.lock().map(|()| held)
    }

    fn lock_file(&self, name: &str) -> io::Result<File> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let path = self.folder.join(format!("{name}.lock"));
        File::options().create(true).truncate(false).write(true).open(path)
    }
}

/// A number that nobody has drawn before.
fn random() -> io::Result<[u8; 16]> {
    let mut random = [0; 16];
    SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("the system gives no random numbers"))?;
    Ok(random)
}

fn hexadecimal(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;

    fn event(title: &str) -> Event {
        Event { kind: Kind::Published, title: title.into(), facts: serde_json::Map::new(), once: None }
    }

    fn titles(outbox: &Outbox, receiver: Receiver) -> Vec<String> {
        let mut names: Vec<_> = outbox.list().unwrap().into_iter().filter(|name| name.receiver == receiver).collect();
        names.sort();
        names.iter().map(|name| outbox.read(name).unwrap().unwrap().title).collect()
    }

    #[test]
    fn events_wait_in_order_for_each_receiver() {
        let library = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(library.path());
        assert!(outbox.list().unwrap().is_empty());
        for title in ["b", "a", "c"] {
            outbox.put(&event(title), &Receiver::ALL, SystemTime::UNIX_EPOCH).unwrap();
        }
        for receiver in Receiver::ALL {
            assert_eq!(titles(&outbox, receiver), ["b", "a", "c"]);
        }
        let ids: std::collections::BTreeSet<_> = outbox.list().unwrap().into_iter().map(|name| name.id).collect();
        assert_eq!(ids.len(), 3, "the same id for both");
    }

    #[test]
    fn what_is_told_again_has_its_id_again() {
        let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let id = |library: &tempfile::TempDir, once: &str| {
            let outbox = Outbox::of(library.path());
            let event = Event { once: Some(once.into()), ..event("a") };
            outbox.put(&event, &[Receiver::Webhook], SystemTime::UNIX_EPOCH).unwrap();
            let name = outbox.list().unwrap().pop().unwrap();
            outbox.remove(&name).unwrap();
            name.id
        };
        assert_eq!(id(&one, "R1 1 0"), id(&one, "R1 1 0"));
        assert_ne!(id(&one, "R1 1 0"), id(&one, "R1 1 1"));
        assert_ne!(id(&one, "R1 1 0"), id(&other, "R1 1 0"), "another library's");
    }

    #[test]
    fn what_waits_already_is_not_kept_twice() {
        let library = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(library.path());
        let removed = Event { kind: Kind::Removed, ..event("a") };
        for event in [&event("a"), &event("b"), &event("a"), &removed, &event("a")] {
            outbox.put(event, &[Receiver::Webhook], SystemTime::UNIX_EPOCH).unwrap();
        }
        assert_eq!(titles(&outbox, Receiver::Webhook), ["a", "b", "a", "a"]);
    }

    #[test]
    fn the_oldest_is_dropped_where_there_are_too_many() {
        let library = tempfile::tempdir().unwrap();
        let outbox = Outbox { most: 2, ..Outbox::of(library.path()) };
        for title in ["a", "b", "c"] {
            outbox.put(&event(title), &[Receiver::Webhook], SystemTime::UNIX_EPOCH).unwrap();
        }
        assert_eq!(titles(&outbox, Receiver::Webhook), ["b", "c"]);
    }

    #[test]
    fn what_is_half_written_or_damaged_or_for_nobody_goes() {
        let library = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(library.path());
        outbox.tidy(&[]).unwrap();
        assert!(!library.path().join(PRIVATE).exists(), "nothing is made without need");
        outbox.put(&event("a"), &Receiver::ALL, SystemTime::UNIX_EPOCH).unwrap();
        fs::write(outbox.folder.join("new-x"), "half").unwrap();
        let damaged = Name { number: 9, id: "x".into(), receiver: Receiver::Webhook };
        fs::write(outbox.folder.join(damaged.file_name()), "half").unwrap();
        assert_eq!(outbox.read(&damaged).unwrap(), None);
        outbox.tidy(&[Receiver::Webhook]).unwrap();
        assert!(titles(&outbox, Receiver::Command).is_empty());
        assert_eq!(titles(&outbox, Receiver::Webhook), ["a"]);
        let unfinished = fs::read_dir(&outbox.folder)
            .unwrap()
            .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(UNFINISHED));
        assert_eq!(unfinished.count(), 0);
    }

    #[test]
    fn one_process_delivers_to_a_receiver() {
        let library = tempfile::tempdir().unwrap();
        let outbox = Outbox::of(library.path());
        let claim = outbox.claim(Receiver::Webhook).unwrap();
        assert!(claim.is_some());
        assert!(outbox.claim(Receiver::Webhook).unwrap().is_none());
        assert!(outbox.claim(Receiver::Command).unwrap().is_some());
        drop(claim);
        assert!(outbox.claim(Receiver::Webhook).unwrap().is_some());
    }
}
