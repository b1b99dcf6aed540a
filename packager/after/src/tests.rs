use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;
use journal::{Group, Item, Journal};

/// An ingest folder with `shows/clip.mp4` and its sidecars, and folders for them to go to.
struct House {
    folder: TempDir,
    elsewhere: Option<TempDir>,
    settings: Settings,
}

const SOURCE: &str = "shows/clip.mp4";
const SIDECARS: [&str; 2] = ["shows/clip.jpg", "shows/clip.en.vtt"];

impl House {
    fn new(after: Setting) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mut settings = Settings::default();
        (settings.ingest.path, settings.library.path) = (at("ingest"), at("library"));
        (settings.ingest.after, settings.ingest.done) = (after, at("done"));
        let house = Self { folder, elsewhere: None, settings };
        house.fill("first");
        house
    }

    /// The same with `done` on another file system, where this one has one.
    fn across() -> Option<Self> {
        let elsewhere = tempfile::tempdir_in("/dev/shm").ok()?;
        let mut house = Self::new(Setting::Move);
        house.settings.ingest.done = elsewhere.path().join("done");
        let crosses = fs::hard_link(house.ingest(SOURCE), elsewhere.path().join("x")).is_err();
        house.elsewhere = Some(elsewhere);
        crosses.then_some(house)
    }

    fn fill(&self, content: &str) {
        for name in [SOURCE].iter().chain(&SIDECARS) {
            self.put(name, &format!("{content} {name}"));
        }
    }

    fn put(&self, below: &str, content: &str) {
        let path = self.ingest(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn ingest(&self, below: &str) -> PathBuf {
        self.settings.ingest.path.join(below)
    }

    fn mark(&self, below: &str) -> Mark {
        Mark::of(&fs::symlink_metadata(self.ingest(below)).unwrap())
    }

    fn sidecars(&self) -> Vec<PathBuf> {
        SIDECARS.iter().map(|name| self.ingest(name)).collect()
    }

    /// Tells that the source is published as it is.
    fn published(&self) {
        let after = After::start(&self.settings, || false, |_, _| ());
        after.published(Path::new(SOURCE), self.mark(SOURCE), || self.sidecars());
    }

    /// As if the program started again.
    fn restart(&self) {
        drop(After::start(&self.settings, || false, |_, _| ()));
        assert!(Journal::of(&self.settings.library.path).unfinished().unwrap().is_empty());
    }

    /// A group on its way to `done`, as the journal has it.
    fn group(&self) -> Group {
        let item = |name: &&str| Item {
            from: self.ingest(name),
            to: (self.settings.ingest.after == Setting::Move).then(|| self.settings.ingest.done.join(name)),
            mark: self.mark(name),
        };
        let files = [SOURCE].iter().chain(&SIDECARS).map(item).collect();
        let group = Group { id: "x".into(), below: SOURCE.into(), files, report: None };
        Journal::of(&self.settings.library.path).note(&group).unwrap();
        group
    }

    fn tree(&self, folder: &Path) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).into_iter().flatten() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => {
                        let name = path.strip_prefix(folder).unwrap().display().to_string();
                        found.push((name, fs::read_to_string(&path).unwrap()));
                    }
                }
            }
        }
        found.sort();
        found
    }

    fn left(&self) -> Vec<(String, String)> {
        self.tree(&self.settings.ingest.path)
    }

    fn done(&self) -> Vec<(String, String)> {
        self.tree(&self.settings.ingest.done)
    }
}

fn files(content: &str, stem: &str) -> Vec<(String, String)> {
    let named = |ending: &str| (format!("shows/{stem}.{ending}"), format!("{content} shows/clip.{ending}"));
    ["en.vtt", "jpg", "mp4"].map(named).to_vec()
}

#[test]
fn a_source_that_is_kept_stays() {
    let house = House::new(Setting::Keep);
    house.published();
    assert_eq!(house.left(), files("first", "clip"));
}

#[test]
fn a_source_that_is_deleted_goes_with_its_sidecars() {
    let house = House::new(Setting::Delete);
    house.put("shows/other.mp4", "other");
    house.published();
    assert_eq!(house.left(), [("shows/other.mp4".into(), "other".into())]);
    house.restart();
}

fn moves_and_overwrites_nothing(house: &House) {
    let when = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    fs::File::open(house.ingest(SOURCE)).unwrap().set_modified(when).unwrap();
    fs::set_permissions(house.ingest(SOURCE), fs::Permissions::from_mode(0o640)).unwrap();
    house.published();
    assert_eq!(house.left(), []);
    assert_eq!(house.done(), files("first", "clip"));
    let moved = fs::metadata(house.settings.ingest.done.join(SOURCE)).unwrap();
    assert_eq!((moved.modified().unwrap(), moved.permissions().mode() & 0o777), (when, 0o640));
    // The same again is another source of that name, whatever is in it.
    house.fill("first");
    house.published();
    house.fill("third");
    house.published();
    assert_eq!(house.left(), []);
    let mut all = [files("first", "clip"), files("first", "clip-2"), files("third", "clip-3")].concat();
    all.sort();
    assert_eq!(house.done(), all);
    house.restart();
}

#[test]
fn a_move_keeps_the_path_and_overwrites_nothing() {
    moves_and_overwrites_nothing(&House::new(Setting::Move));
}

#[test]
fn a_move_to_another_file_system_does_too() {
    let Some(house) = House::across() else { return };
    moves_and_overwrites_nothing(&house);
}

#[test]
fn only_what_was_packaged_goes() {
    for after in [Setting::Move, Setting::Delete] {
        let house = House::new(after);
        let mark = house.mark(SOURCE);
        house.put("shows/new.mp4", "another recording");
        fs::rename(house.ingest("shows/new.mp4"), house.ingest(SOURCE)).unwrap();
        let told = After::start(&house.settings, || false, |_, _| ());
        told.published(Path::new(SOURCE), mark, || house.sidecars());
        drop(told);
        assert_eq!(house.left().len(), 3);
        assert_eq!(fs::read_to_string(house.ingest(SOURCE)).unwrap(), "another recording");
    }
}

#[test]
fn what_is_replaced_while_it_is_taken_stays() {
    for after in [Setting::Move, Setting::Delete] {
        let house = House::new(after);
        let group = house.group();
        let (_, aside) = group.items().next().unwrap();
        // Another recording was renamed over the source just before it was taken; and then a third came.
        fs::remove_file(house.ingest(SOURCE)).unwrap();
        fs::write(&aside, "second").unwrap();
        house.restart();
        assert_eq!(fs::read_to_string(house.ingest(SOURCE)).unwrap(), "second");
        Journal::of(&house.settings.library.path).note(&group).unwrap();
        fs::rename(house.ingest(SOURCE), &aside).unwrap();
        house.put(SOURCE, "third");
        house.restart();
        assert_eq!(fs::read_to_string(house.ingest(SOURCE)).unwrap(), "third");
        assert_eq!(fs::read_to_string(house.ingest("shows/clip-2.mp4")).unwrap(), "second");
        assert_eq!(house.left().len(), 4, "its sidecars stay with it");
        // A sidecar that changed stays alone.
        let house = House::new(after);
        house.group();
        house.put(SIDECARS[0], "another poster");
        house.restart();
        assert_eq!(house.left(), [(SIDECARS[0].into(), "another poster".into())]);
    }
}

/// Every state that a crash leaves is gone on from: all of it is done, or was, and nothing is lost.
fn goes_on_from_every_crash(house: impl Fn() -> House) {
    let count = 1 + SIDECARS.len();
    for crashed in 0..=count {
        for half in 0..5 {
            let house = house();
            let group = house.group();
            for (at, (item, aside)) in group.items().enumerate() {
                let unfinished = |to: &Path| to.with_file_name(aside.file_name().unwrap());
                let text = fs::read_to_string(&item.from).unwrap();
                let to = item.to.as_deref();
                to.map_or(Ok(()), disk::make_folder_of).unwrap();
                match (at.cmp(&crashed), half) {
                    (std::cmp::Ordering::Less, _) => {
                        if let Some(to) = to {
                            fs::write(to, &text).unwrap();
                        }
                        fs::remove_file(&item.from).unwrap();
                    }
                    // Taken.
                    (std::cmp::Ordering::Equal, 1) => fs::rename(&item.from, &aside).unwrap(),
                    // Half copied, or whole, or with its own name already.
                    (std::cmp::Ordering::Equal, 2..) => {
                        fs::rename(&item.from, &aside).unwrap();
                        let made = |to: &Path| match half {
                            2 => fs::write(unfinished(to), &text[..4]),
                            3 => fs::write(unfinished(to), &text),
                            _ if house.elsewhere.is_some() => fs::write(to, &text),
                            _ => fs::hard_link(&aside, to),
                        };
                        if let Some(to) = to {
                            made(to).unwrap();
                        }
                    }
                    _ => {}
                }
            }
            house.restart();
            assert_eq!(house.left(), [], "{crashed} {half}");
            let done = house.done().into_iter().filter(|(name, _)| !name.contains("/.")).collect::<Vec<_>>();
            let wanted = if group.files[0].to.is_some() { files("first", "clip") } else { Vec::new() };
            assert_eq!(done, wanted, "{crashed} {half}");
        }
    }
}

#[test]
fn a_move_goes_on_from_every_crash() {
    goes_on_from_every_crash(|| House::new(Setting::Move));
}

#[test]
fn a_delete_goes_on_from_every_crash() {
    goes_on_from_every_crash(|| House::new(Setting::Delete));
}

#[test]
fn a_move_to_another_file_system_goes_on_from_every_crash() {
    if House::across().is_some() {
        goes_on_from_every_crash(|| House::across().unwrap());
    }
}

#[test]
fn a_place_that_was_taken_meanwhile_is_left_to_whoever_has_it() {
    for house in [Some(House::new(Setting::Move)), House::across()].into_iter().flatten() {
        let group = house.group();
        let to = group.files[0].to.as_ref().unwrap();
        disk::write(to, b"somebody's own").unwrap();
        house.restart();
        assert_eq!(house.left(), []);
        let mut all = files("first", "clip-2");
        all.push((SOURCE.into(), "somebody's own".into()));
        all.sort();
        assert_eq!(house.done(), all);
    }
}

#[test]
fn a_stop_leaves_the_rest_for_the_next_start() {
    let Some(house) = House::across() else { return };
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    // It comes in the middle of the copy.
    let after = After::start(&house.settings, move || stopped.swap(true, Ordering::Relaxed), |_, _| ());
    after.published(Path::new(SOURCE), house.mark(SOURCE), || house.sidecars());
    drop(after);
    assert_eq!(house.done(), []);
    assert_eq!(house.left().len(), 3);
    house.restart();
    assert_eq!((house.left(), house.done()), (Vec::new(), files("first", "clip")));
}

#[test]
fn what_links_lead_to_is_left_alone() {
    let house = House::new(Setting::Delete);
    symlink(house.ingest("shows"), house.ingest("linked")).unwrap();
    symlink(house.ingest(SOURCE), house.ingest("link.mp4")).unwrap();
    let after = After::start(&house.settings, || false, |_, _| ());
    for below in ["linked/clip.mp4", "link.mp4"] {
        let mark = Mark::of(&fs::metadata(house.ingest(below)).unwrap());
        after.published(Path::new(below), mark, Vec::new);
    }
    drop(after);
    assert!(house.ingest(SOURCE).is_file() && house.ingest("link.mp4").is_symlink());
}

#[test]
fn what_can_t_be_packaged_goes_to_quarantine_with_its_report() {
    let mut house = House::new(Setting::Delete);
    house.settings.ingest.quarantine = house.folder.path().join("quarantine");
    for content in ["first", "second"] {
        house.fill(content);
        let after = After::start(&house.settings, || false, |_, _| ());
        let report = || format!("why {content}");
        after.failed(Path::new(SOURCE), house.mark(SOURCE), || house.sidecars(), report);
        drop(after);
        assert_eq!(house.left(), []);
    }
    let mut all = [files("first", "clip"), files("second", "clip-2")].concat();
    for (stem, content) in [("clip", "first"), ("clip-2", "second")] {
        all.push((format!("shows/{stem}.mp4.json"), format!("why {content}")));
    }
    all.sort();
    assert_eq!(house.tree(&house.settings.ingest.quarantine), all);
}

#[test]
fn a_folder_that_can_t_be_written_keeps_the_source_where_it_is() {
    let house = House::new(Setting::Move);
    fs::write(&house.settings.ingest.done, "no folder").unwrap();
    house.published();
    assert_eq!(house.left(), files("first", "clip"));
    fs::remove_file(&house.settings.ingest.done).unwrap();
    house.published();
    assert_eq!((house.left(), house.done()), (Vec::new(), files("first", "clip")));
}
