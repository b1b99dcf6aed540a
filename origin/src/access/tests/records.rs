//! Reading of a library's records, at the start and later.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

use config::access::{RecordId, folder};

use super::*;
use Visibility::{Public, Restricted, Unlisted};

/// A time at which every change is long past. Tests that use it wait for the clock of the file system to go on.
const LATER: u128 = u128::MAX;

fn tick() {
    std::thread::sleep(std::time::Duration::from_millis(20));
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

fn open_house() -> House {
    let mut house = House::new(&[]);
    house.settings.visibility = Public;
    house
}

fn file(house: &House, title: &str) -> PathBuf {
    folder(house.library.path()).join(RecordId::of(title).file_name())
}

#[test]
fn a_title_stands_as_was_decided_or_else_by_default() {
    let mut house = open_house();
    let access = house.access();
    assert!(access.is_open_to_all() && access.refresh(LATER) && !access.refresh(LATER), "new for once");
    assert_eq!(access.of("a"), Standing::Public);
    house.decide("a", Unlisted, false);
    assert!(access.refresh(LATER) && access.is_open_to_all());
    assert_eq!((access.of("a"), access.of("b")), (Standing::Unlisted, Standing::Public));
    tick();
    house.decide("b", Restricted, true);
    assert!(access.refresh(LATER) && !access.is_open_to_all());
    assert_eq!((access.of("a"), access.of("b")), (Standing::Unlisted, Standing::Restricted { epoch: 1 }));
    tick();
    house.decide("b", Public, false);
    assert!(access.refresh(LATER) && access.is_open_to_all());
    house.settings.visibility = Restricted;
    let access = house.access();
    assert!(!access.is_open_to_all());
    assert_eq!((access.of("b"), access.of("c")), (Standing::Public, Standing::Restricted { epoch: 0 }));
}

#[test]
fn other_settings_count_at_once() {
    let mut house = open_house();
    house.decide("a", Unlisted, false);
    let own = house.sign("b", 0, 1000);
    let access = house.access();
    house.settings.visibility = Restricted;
    let access = access.reopen(&house.settings).unwrap();
    assert_eq!((access.of("a"), access.of("b")), (Standing::Unlisted, Standing::Restricted { epoch: 0 }));
    assert_eq!(ask(&access, "b", &own, 1), Ok(1000));
    house.settings.signing_keys = vec![house.key("k1")];
    let access = access.reopen(&house.settings).unwrap();
    assert_eq!(ask(&access, "b", &own, 1), Err(Denied::Invalid));
    assert_eq!(ask(&access, "b", &house.sign("b", 0, 1000), 1), Ok(1000));
    house.settings.signing_keys = vec!["none.key".into()];
    assert!(access.reopen(&house.settings).is_err());
}

#[test]
fn nothing_is_read_while_nothing_changes() {
    let house = open_house();
    house.decide("a", Restricted, false);
    let access = house.access();
    tick();
    access.refresh(LATER);
    // A file that is written to in place moves no time of the folder: so it shows whether it is read.
    fs::write(file(&house, "a"), "{").unwrap();
    assert!(!access.refresh(LATER));
    assert_eq!(access.of("a"), Standing::Restricted { epoch: 0 });
    // The manual on a damaged record: it counts once it is read.
    assert_eq!(access.reopen(&house.settings).unwrap().of("a"), Standing::Closed);
    house.decide("b", Public, false);
    assert!(access.refresh(LATER));
    assert_eq!(access.of("a"), Standing::Closed);
}

#[test]
fn two_changes_in_one_tick_are_both_seen() {
    let house = open_house();
    house.decide("a", Restricted, false);
    let access = house.access();
    for epoch in 1..=50 {
        house.decide("a", Restricted, true);
        assert!(access.refresh(now()));
        assert_eq!(access.of("a"), Standing::Restricted { epoch });
    }
    assert!(!access.refresh(now()), "read again, and the same");
}

#[test]
fn a_damaged_record_closes_its_title_alone() {
    let house = open_house();
    house.decide("a", Public, false);
    house.decide("b", Public, false);
    fs::write(file(&house, "a"), "{").unwrap();
    let access = house.access();
    let token = house.sign("a", 0, 1000);
    access.refresh(LATER);
    assert_eq!(
        (access.of("a"), access.of("b"), access.of("c")),
        (Standing::Closed, Standing::Public, Standing::Public)
    );
    assert!(!access.is_open_to_all());
    assert_eq!(ask(&access, "a", &token, 1), Err(Denied::Closed));
    tick();
    house.decide("a", Restricted, true);
    assert!(access.refresh(LATER));
    assert_eq!(access.of("a"), Standing::Restricted { epoch: 1 });
}

#[test]
fn what_is_no_record_is_passed_over() {
    let house = open_house();
    house.decide("a", Unlisted, false);
    for name in ["new", "lock", "x.json", ".json", "0123.json", "6DB0DACCC13A24FCB08119A08A69E27F.json"] {
        fs::write(folder(house.library.path()).join(name), "{").unwrap();
    }
    let access = house.access();
    assert!(access.is_open_to_all());
    assert_eq!(access.of("a"), Standing::Unlisted);
}

#[test]
fn records_that_are_gone_open_nothing() {
    let house = open_house();
    house.decide("a", Restricted, false);
    let access = house.access();
    access.refresh(LATER);
    let (there, away) = (house.library.path().join(".pack"), house.library.path().join("away"));
    fs::rename(&there, &away).unwrap();
    assert!(!access.refresh(LATER) && !access.refresh(LATER));
    assert_eq!(access.of("a"), Standing::Restricted { epoch: 0 });
    let access = access.reopen(&house.settings).unwrap();
    assert!(access.refresh(LATER), "new for once");
    assert_eq!(access.of("a"), Standing::Restricted { epoch: 0 });
    fs::rename(&away, &there).unwrap();
    tick();
    house.decide("a", Public, false);
    assert!(access.refresh(LATER));
    assert_eq!(access.of("a"), Standing::Public);
}

#[test]
fn the_librarys_own_key_is_known_under_other_settings_while_its_disk_is_away() {
    let mut house = open_house();
    house.decide("a", Restricted, false);
    let (own, access) = (house.sign("a", 0, 1000), house.access());
    access.refresh(LATER);
    fs::rename(house.library.path().join(".pack"), house.library.path().join("away")).unwrap();
    let same = access.reopen(&house.settings).unwrap();
    assert_eq!(ask(&same, "a", &own, 1), Ok(1000));
    house.settings.signing_keys = vec![house.key("k1")];
    let named = same.reopen(&house.settings).unwrap();
    let by_name = house.sign("a", 0, 1000);
    assert_eq!(ask(&named, "a", &by_name, 1), Ok(1000));
    house.settings.signing_keys.clear();
    let unnamed = named.reopen(&house.settings).unwrap();
    assert_eq!(ask(&unnamed, "a", &by_name, 1), Err(Denied::Invalid), "what settings name no more is dead");
}

/// A record that is a folder can't be read by anyone, root included.
#[test]
fn what_cannot_be_read_is_an_error_at_the_start_and_later_changes_nothing() {
    let house = open_house();
    house.decide("a", Unlisted, false);
    let access = house.access();
    access.refresh(LATER);
    fs::remove_file(file(&house, "a")).unwrap();
    fs::create_dir(file(&house, "a")).unwrap();
    fs::create_dir(file(&house, "b")).unwrap();
    let error = Access::open(&house.settings, house.library.path()).unwrap_err().to_string();
    assert!(error.contains(".pack/access/") && error.contains("can't read"), "{error}");
    tick();
    house.decide("c", Restricted, false);
    assert!(access.refresh(LATER), "the others are read");
    assert_eq!((access.of("a"), access.of("b")), (Standing::Unlisted, Standing::Closed));
    assert_eq!(access.of("c"), Standing::Restricted { epoch: 0 });
    // It heals without the folder's change time.
    fs::remove_dir(file(&house, "b")).unwrap();
    access.refresh(LATER);
    assert_eq!(access.of("b"), Standing::Public);
}

#[test]
fn what_was_never_read_and_can_not_be_is_closed() {
    let mut house = open_house();
    let access = house.access();
    let folder = folder(house.library.path());
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    fs::write(&folder, "").unwrap();
    assert!(access.refresh(LATER) && !access.refresh(LATER));
    assert!(!access.is_open_to_all() && access.of("a") == Standing::Closed);
    house.settings.visibility = Unlisted;
    let access = access.reopen(&house.settings).unwrap();
    assert_eq!(access.of("a"), Standing::Closed, "other settings open nothing");
    fs::remove_file(&folder).unwrap();
    access.refresh(LATER);
    assert_eq!(access.of("a"), Standing::Unlisted, "there are none");
    house.decide("a", Restricted, false);
    assert!(access.refresh(LATER));
    assert_eq!((access.of("a"), access.of("b")), (Standing::Restricted { epoch: 0 }, Standing::Unlisted));
}

#[test]
fn a_damaged_key_is_an_error_at_the_start_and_later_hides_no_record() {
    let house = open_house();
    house.decide("a", Restricted, false);
    let token = house.sign("a", 0, 1000);
    let access = house.access();
    fs::write(folder(house.library.path()).join("key"), "x").unwrap();
    assert!(Access::open(&house.settings, house.library.path()).unwrap_err().to_string().contains("is damaged"));
    house.decide("b", Restricted, false);
    assert!(access.refresh(LATER));
    assert_eq!(access.of("b"), Standing::Restricted { epoch: 0 });
    assert_eq!(ask(&access, "a", &token, 1), Ok(1000), "the old one is still known");
}

/// Root may look everywhere, and passes over this.
#[test]
fn a_private_folder_that_is_somebody_elses_is_an_error_at_the_start() {
    let house = open_house();
    house.decide("a", Restricted, false);
    let private = house.library.path().join(".pack");
    fs::set_permissions(&private, fs::Permissions::from_mode(0o000)).unwrap();
    let opened = Access::open(&house.settings, house.library.path());
    let looked_in = fs::read_dir(&private).is_ok();
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).unwrap();
    if !looked_in {
        let error = opened.unwrap_err().to_string();
        assert!(error.contains("run pack as the user whom it belongs to"), "{error}");
    }
}

proptest! {
    #[test]
    fn any_file_is_a_record_or_closes_its_title(content in "\\{?\"?[a-z:\"{}, 0-9]{0,40}|\\PC{0,20}") {
        let house = open_house();
        house.decide("a", Restricted, false);
        fs::write(file(&house, "a"), content).unwrap();
        prop_assert_eq!(house.access().of("a"), Standing::Closed);
    }
}
