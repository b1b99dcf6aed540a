//! Changes of the published tree that are cut short anywhere, as by a machine that stops.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::space::prune::InForce;
use super::super::store::Listed;
use super::*;

/// A store whose changes fail from a certain one on, as if the machine had stopped there.
#[derive(Debug)]
struct Cut {
    disk: Disk,
    left: AtomicUsize,
}

impl Cut {
    fn change<T>(&self, change: impl FnOnce(&Disk) -> Result<T, DiskError>) -> Result<T, DiskError> {
        let went = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        went.map_err(|_| io::Error::other("cut")).at("change", Path::new("library"))?;
        change(&self.disk)
    }
}

impl Store for Cut {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, DiskError> {
        self.disk.read(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<Listed>, DiskError> {
        self.disk.list(folder)
    }

    fn put(&self, made: &Path, path: &str) -> Result<(), DiskError> {
        self.change(|disk| disk.put(made, path))
    }

    fn replace(&self, path: &str, bytes: &[u8]) -> Result<(), DiskError> {
        self.change(|disk| disk.replace(path, bytes))
    }

    fn discard(&self, path: &str) -> Result<(), DiskError> {
        self.change(|disk| disk.discard(path))
    }

    fn empty_trash(&self) -> Result<(), DiskError> {
        self.change(Disk::empty_trash)
    }
}

/// Does `work` in a library whose one title is at its first revision, cut short after each number of changes in turn, and
/// looks at what is left of each; until it is not cut short any more.
fn cut_short<T, E>(work: impl Fn(&Library, &TitleName) -> Result<T, E>, look: impl Fn(&Library, &TitleName)) -> usize {
    let title = name("shows/a");
    for changes in 0.. {
        let (dir, mut library) = held();
        publish(&library, &title, 1);
        library.store = Box::new(Cut { disk: Disk::new(dir.path()), left: AtomicUsize::new(changes) });
        if work(&library, &title).is_ok() {
            return changes;
        }
        library.store = Box::new(Disk::new(dir.path()));
        look(&library, &title);
    }
    unreachable!()
}

#[test]
fn a_publication_cut_short_anywhere_leaves_what_players_get_whole() {
    let new = Revision::from_digest(2);
    let work = |library: &Library, title: &TitleName| try_to_publish(library, title, 2);
    let cuts = cut_short(work, |library, title| {
        let InForce::Shown(revisions) = library.in_force(title).unwrap() else { panic!("nothing is shown") };
        for revision in revisions {
            let small_files = library.kept_small_files(title, &revision).unwrap().unwrap();
            assert!(library.is_whole(title, &revision, &small_files[2].1));
        }
        assert_eq!(library.prune().unwrap().staged, 0);
        publish(library, title, 2);
        assert_eq!(library.published(title).as_ref(), Some(&new));
    });
    assert!(cuts > 6, "three small files, twice, and the revision: {cuts}");
}

#[test]
fn a_removal_cut_short_anywhere_can_be_done_again() {
    let cuts = cut_short(Library::remove, |library, title| {
        assert!(library.published(title).is_none() || library.current(title).is_ok());
        library.remove(title).unwrap();
        assert!(!folder(library, title).exists() && library.revisions(title).unwrap().is_empty());
    });
    assert!(cuts > 4, "three small files, their copies, the revision: {cuts}");
}
