//! Titles made of a real source by the real ffmpeg, whose calls are counted.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use config::settings::{Confine, Encode, Settings};
use config::tree::TitleName;
use media::steering::Pathway;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::*;
use crate::pipeline::outlook::Outlook;
use crate::pipeline::pool::{Need, Pool};
use crate::plan::plan;
use crate::source::samples::any_source;

/// A source of one second, a library, and an ffmpeg that writes down what it is called with.
struct House {
    folder: TempDir,
    settings: Settings,
    tools: Tools,
    library: Library,
    pool: Pool,
    source: Source,
}

impl House {
    fn new() -> Self {
        Self::with("clip.mp4")
    }

    fn with(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=1"])
            .args(["-f", "lavfi", "-i", "sine=duration=1:sample_rate=48000", "-pix_fmt", "yuv420p"])
            .args(["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata:s:a", "language=eng"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let mut settings = Settings::default();
        settings.encode.preset = "ultrafast".into();
        settings.ffmpeg.ffmpeg = written_down(folder.path());
        // In its sandbox it could write nothing down.
        settings.sandbox.confine = Confine::Off;
        let tools = tools::find(&settings, &Cancel::default()).unwrap();
        let library = Library::hold(&folder.path().join("library")).unwrap();
        let title = TitleName::parse("clip").unwrap();
        let source = Source { title, path, name: name.into(), recorded: name.into(), named: false, beside: Vec::new() };
        Self { folder, settings, tools, library, pool: Pool::new(1, 0), source }
    }

    fn share(&self) -> Share<'_> {
        Share { pool: &self.pool, title: 1, priority: 0 }
    }

    fn work(&self) -> Work<'_> {
        let Self { settings, tools, library, source, .. } = self;
        let (share, cancel) = (self.share(), Cancel::default());
        Work {
            settings,
            tools,
            library,
            share,
            titles: 1,
            cancel,
            source,
            decisions: 0,
            anew: false,
            is_last_try: false,
        }
    }

    /// The title as it is prepared, after `change`.
    fn prepared(&self, change: impl FnOnce(&mut Outlook)) -> Prepared {
        let work = self.work();
        let Prepared { mut outlook, digest, .. } = work.prepare().unwrap();
        change(&mut outlook);
        work.prepared(outlook, digest).unwrap()
    }

    fn make(&self, prepared: &Prepared) -> Result<Vec<String>, TitleError> {
        let work = self.work();
        work.make_visible(prepared, work.stamp()?, &mut |_| {})
    }

    /// Counts the calls of ffmpeg with this.
    fn calls(&self, with: &str) -> usize {
        let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap();
        calls.lines().filter(|call| call.contains(with)).count()
    }

    /// Counts the calls of ffmpeg for tracks.
    fn encodes(&self) -> usize {
        self.calls("-f mp4")
    }
}

/// An ffmpeg that adds its arguments to the file `calls`.
fn written_down(folder: &Path) -> PathBuf {
    let path = folder.join("ffmpeg");
    let script = format!("#!/bin/sh\necho \"$*\" >>'{}'\nexec ffmpeg \"$@\"\n", folder.join("calls").display());
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_plan_whose_manifests_break_a_rule_is_refused_before_it_is_encoded() {
    let house = House::new();
    let broken = house.prepared(|outlook| {
        let audio = &mut outlook.plan.audio;
        let twin = media::track::AudioPlan { name: "en-2ch-2".into(), programme: 1, ..audio[0].clone() };
        audio.push(twin);
    });
    let error = house.make(&broken).unwrap_err();
    assert!(matches!(&error, TitleError::Manifests(told) if told.contains("stands twice in group")), "{error}");
    assert_eq!((house.encodes(), error.cause()), (0, crate::event::Cause::Check));

    // Encoded results are kept for when it is mended.
    house.make(&house.prepared(|_| {})).unwrap();
    let encodes = house.encodes();
    house.make(&broken).unwrap_err();
    house.library.remove_staging(&house.source.title).unwrap();
    house.make(&house.prepared(|outlook| outlook.plan.audio[0].label = "Mended".into())).unwrap();
    assert_eq!(house.encodes(), encodes);
}

/// The check before encoding must never refuse a plan that would come out right.
#[test]
fn no_plan_of_ours_breaks_a_rule_of_manifests() {
    let house = House::new();
    let (work, one) = (house.work(), house.prepared(|_| {}));
    let stamp = work.stamp().unwrap();
    let settings = (1u32..=10, 1u32..=30, 1u32..=60);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(12));
    let looked = runner.run(&(any_source(), settings), |(info, (gop_seconds, segment_gops, max_frame_rate))| {
        let encode = Encode { gop_seconds, segment_gops, max_frame_rate, ..house.settings.encode.clone() };
        let plan = plan(&info, &encode);
        let outlook = Outlook { encode, info, plan, ..one.outlook.clone() };
        let prepared = work.prepared(outlook, one.digest).unwrap();
        work.foresee(&prepared, stamp).map_err(|error| TestCaseError::fail(error.to_string()))
    });
    looked.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_package_that_fails_its_check_loses_nothing() {
    let house = House::new();
    let broken = house.prepared(|outlook| {
        // As if the plan had been made of another shape.
        outlook.info.video.as_mut().unwrap().height = 90;
    });
    let error = house.make(&broken).unwrap_err();
    assert!(matches!(error, TitleError::Check(_)), "{error}");
    assert!(!house.folder.path().join("library/clip").exists());
    let encodes = house.encodes();
    assert!(encodes > 0);
    house.make(&house.prepared(|_| {})).unwrap();
    assert_eq!(house.encodes(), encodes);
}

#[test]
fn what_manifests_alone_say_encodes_nothing_again() {
    let house = House::new();
    house.make(&house.prepared(|_| {})).unwrap();
    let (encodes, first) = (house.encodes(), house.library.current(&house.source.title).unwrap());
    let picture = house.folder.path().join("poster.jpg");
    fs::write(&picture, "none").unwrap();
    let steered = || {
        let pathway = Pathway { id: "a".into(), base: "https://a.example.com/clip/".into() };
        let steering = Steering { server: "https://www.example.com/steering".into(), pathways: vec![pathway] };
        Prepared { steering: Some(steering), revision: Revision::from_digest(1), ..house.prepared(|_| {}) }
    };
    for (what, changed) in [
        ("label", house.prepared(|outlook| outlook.plan.audio[0].label = "Other".into())),
        ("language", house.prepared(|outlook| outlook.plan.audio[0].language = "de".into())),
        ("poster", house.prepared(|outlook| outlook.sidecars.poster = Some(picture.clone()))),
        ("steering", steered()),
        ("rule of playlists", Prepared { revision: Revision::from_digest(2), ..house.prepared(|_| {}) }),
    ] {
        assert_ne!(changed.revision, first, "{what}");
        house.make(&changed).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(house.library.current(&house.source.title).unwrap(), changed.revision, "{what}");
        assert_eq!(house.encodes(), encodes, "{what}");
    }
}

#[test]
fn a_text_that_comes_makes_ffmpeg_decode_nothing_again() {
    let house = House::new();
    house.make(&house.prepared(|_| {})).unwrap();
    fs::write(house.folder.path().join("clip.en.srt"), "1\n00:00:00,100 --> 00:00:00,900\nHi\n").unwrap();
    let prepared = house.prepared(|_| {});
    let before = house.calls("");
    house.make(&prepared).unwrap();
    let current = house.library.current(&house.source.title).unwrap();
    assert_eq!(current, prepared.revision);
    assert!(house.folder.path().join("library/clip").join(current.as_str()).join("text/en/00001.vtt").is_file());
    assert_eq!(house.calls(""), before, "neither encoded nor compared with the source");
    // Another set of the same results is compared, and lacks what the source has.
    house.make(&house.prepared(|outlook| outlook.plan.audio.clear())).unwrap_err();
}

#[test]
fn audio_is_the_same_whatever_becomes_of_the_picture() {
    let house = House::new();
    house.make(&house.prepared(|_| {})).unwrap();
    let encodes = house.encodes();
    house.make(&house.prepared(|outlook| outlook.plan.grid.chunk_segments += 1)).unwrap();
    assert_eq!(house.encodes(), encodes + 1, "the chunk alone");
}

#[test]
fn a_poster_that_is_replaced_meanwhile_is_not_published() {
    let house = House::new();
    let picture = house.folder.path().join("poster.jpg");
    fs::write(&picture, "none").unwrap();
    let prepared = house.prepared(|outlook| outlook.sidecars.poster = Some(picture.clone()));
    fs::write(&picture, "another").unwrap();
    let error = house.make(&prepared).unwrap_err();
    assert!(matches!(&error, TitleError::Changed(path) if *path == picture), "{error}");
    assert!(!house.folder.path().join("library/clip").exists());
}

#[test]
fn what_has_failed_too_often_is_noted_as_given_up() {
    let mut house = House::new();
    house.tools.ffprobe.path = "/nowhere/ffprobe".into();
    let last = |is_last_try| {
        let error = Work { is_last_try, ..house.work() }.package(&mut |_| {}).unwrap_err();
        assert!(error.is_passing(), "{error}");
        house.library.entry(&house.source.title).unwrap().and_then(|entry| entry.last)
    };
    assert_eq!(last(false), None);
    assert_eq!(last(true).unwrap().outcome, Outcome::Failed);
}

#[test]
fn a_source_is_copied_when_the_pool_has_room() {
    let house = House::with("clip.ts");
    let prepared = house.prepared(|_| {});
    let room = house.share().enter(Need { cost: 1, memory: 0, video: false }, &Cancel::default());
    thread::scope(|scope| {
        let made = scope.spawn(|| house.make(&prepared));
        while house.pool.waiting() == 0 && !made.is_finished() {
            thread::yield_now();
        }
        assert_eq!(house.calls("copy.part"), 0, "it waits like any other job");
        drop(room);
        made.join().unwrap().unwrap();
    });
    assert_eq!(house.calls("copy.part"), 1);
}

#[test]
fn a_panic_fails_its_title_alone_and_until_something_changes() {
    let house = House::new();
    let error = house.work().package(&mut |_| panic!("no such box")).unwrap_err();
    let said = "a fault of pack's own ended the work on it (no such box); please report it, with the log; `pack retry` tries again";
    assert_eq!((error.to_string().as_str(), error.cause(), error.is_passing()), (said, Cause::Encode, false));
    let last = house.library.entry(&house.source.title).unwrap().unwrap().last.unwrap();
    assert_eq!((last.outcome, last.stamp), (Outcome::Failed, house.work().stamp().unwrap()));
}

#[test]
fn no_job_starts_after_one_that_failed() {
    let house = House::new();
    let ffmpeg = &house.settings.ffmpeg.ffmpeg;
    let script = fs::read_to_string(ffmpeg).unwrap();
    let killed = "case \"$*\" in *'-c:a aac'*) kill -KILL $$;; esac\nexec";
    fs::write(ffmpeg, script.replace("exec", killed)).unwrap();
    // Whoever is told of the chunk takes long over it, and hears of the audio's end late.
    let mut told_slowly = |event| {
        if matches!(event, Event::Progress(_)) {
            thread::sleep(Duration::from_millis(300));
        }
    };
    house.work().package(&mut told_slowly).unwrap_err();
    assert_eq!((house.calls("-profile:v high"), house.calls("-c:a aac"), house.calls("-q:v 4")), (1, 1, 0));
}
