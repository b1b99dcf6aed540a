//! Probing real files, made by ffmpeg's generators.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use config::settings::Settings;
use packager::plan::plan;
use packager::probe::{Ffprobe, ProbeError, probe};
use packager::source::{Scan, SourceInfo, VideoSource};
use tempfile::TempDir;
use tools::cancel::Cancel;
use tools::process::Bounds;
use tools::sandbox::Sandbox;

/// A folder of sources that is removed with the test.
struct Sources {
    folder: TempDir,
}

impl Sources {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }

    /// Runs ffmpeg with these arguments, separated by spaces; `name` is its output, and other sources are found as
    /// inputs by their names.
    fn make(&self, name: &str, args: &str) -> PathBuf {
        let status = Command::new("ffmpeg")
            .args(["-hide_banner", "-nostdin", "-v", "error", "-y"])
            .args(args.split_whitespace())
            .arg(name)
            .current_dir(self.folder.path())
            .status();
        assert!(status.unwrap().success(), "ffmpeg {args} {name}");
        self.path(name)
    }

    /// Two seconds of picture at `rate`, with `more` arguments for the output.
    fn picture(&self, name: &str, rate: &str, more: &str) -> PathBuf {
        let input = format!("-f lavfi -i testsrc2=size=320x180:rate={rate}:duration=2");
        self.make(name, &format!("{input} -c:v libx264 -preset ultrafast -bf 2 -g 30 {more}"))
    }

    /// Two seconds of picture at 25 frames a second and sound.
    fn picture_and_sound(&self, name: &str, more: &str) -> PathBuf {
        let inputs =
            "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -f lavfi -i sine=duration=2:sample_rate=48000";
        self.make(name, &format!("{inputs} -c:v libx264 -preset ultrafast -c:a aac {more}"))
    }
}

fn probe_with(program: &str, path: &Path) -> Result<SourceInfo, ProbeError> {
    let bounds = Bounds::new(Cancel::default(), Duration::from_secs(60), Sandbox::off());
    probe(Ffprobe { program: Path::new(program), bounds: &bounds }, path, 0)
}

fn read(path: &Path) -> SourceInfo {
    probe_with("ffprobe", path).unwrap()
}

fn video(info: &SourceInfo) -> &VideoSource {
    info.video.as_ref().unwrap()
}

fn refused(path: &Path) -> ProbeError {
    probe_with("ffprobe", path).unwrap_err()
}

fn frames(info: &SourceInfo) -> u64 {
    plan(info, &Settings::default().encode).grid.frames
}

#[test]
fn constant_rates_are_exact_in_every_container() {
    let sources = Sources::new();
    // Two seconds at each rate, rounded up to a whole frame.
    let rates = [("24000/1001", 48), ("25", 50), ("30000/1001", 60), ("60000/1001", 120), ("60", 120), ("25/2", 25)];
    for (rate, count) in rates {
        for container in ["mp4", "mkv", "ts"] {
            let name = format!("{}.{container}", rate.replace('/', "-"));
            let info = read(&sources.picture(&name, rate, ""));
            let seen = (video(&info).rate.to_string(), video(&info).variable_rate, frames(&info), info.seekable);
            assert_eq!(seen, (rate.to_owned(), false, count, container != "ts"), "{name}");
        }
    }
}

#[test]
fn containers_of_decode_times_alone_are_placed_where_ffmpeg_shows_them() {
    let sources = Sources::new();
    let info = read(&sources.picture("a.avi", "25", ""));
    let seen = (video(&info).rate.to_string(), video(&info).variable_rate, frames(&info), info.seekable);
    assert_eq!(seen, ("25".into(), false, 50, false));
    let first = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0", "a.avi"])
        .current_dir(sources.folder.path())
        .output();
    let first = String::from_utf8(first.unwrap().stdout).unwrap();
    let seconds: String = first.chars().take_while(|c| c.is_ascii_digit() || *c == '.').filter(|c| *c != '.').collect();
    assert_eq!(video(&info).start_us, seconds.parse::<i64>().unwrap(), "{first}");
    assert!(video(&info).start_us > 0, "the reordering of two B-frames delays the first");
}

#[test]
fn rates_above_sixty_are_divided_evenly() {
    let sources = Sources::new();
    for (rate, expected) in [("120", "60"), ("90", "45"), ("144", "48"), ("75", "75/2")] {
        let info = read(&sources.picture(&format!("{}.mp4", rate.replace('/', "-")), rate, ""));
        assert_eq!((video(&info).rate.to_string().as_str(), video(&info).variable_rate), (expected, false), "{rate}");
    }
}

#[test]
fn variable_rates_take_what_most_frames_have() {
    let sources = Sources::new();
    // A phone that drops a frame now and then, and one whose container counts in milliseconds too.
    let drops = "-vf select=gt(mod(n\\,17)\\,0) -fps_mode vfr";
    for (name, rate) in [("a.mp4", "30"), ("b.mkv", "30"), ("c.mp4", "30000/1001"), ("d.mkv", "30000/1001")] {
        let info = read(&sources.picture(name, rate, drops));
        assert_eq!((video(&info).rate.to_string().as_str(), video(&info).variable_rate), (rate, true), "{name}");
    }
}

#[test]
fn pictures_that_a_broadcast_lacks_are_told_of() {
    let sources = Sources::new();
    sources.picture("whole.ts", "25", "");
    let warnings = |name: &str| read(&sources.path(name)).warnings;
    assert_eq!(warnings("whole.ts"), [""; 0]);
    sources.make("lost.ts", "-i whole.ts -c copy -bsf:v noise=drop=eq(n\\,40)");
    let told = "the source has holes near 0:01 in video track 0: the picture before is held";
    assert_eq!(warnings("lost.ts"), [told]);
}

#[test]
fn what_was_measured_of_picture_and_sound() {
    let sources = Sources::new();
    for name in ["a.mp4", "a.mkv", "a.ts"] {
        let path = sources.picture_and_sound(name, "-metadata:s:a language=ger -metadata:s:a title=Ton");
        let info = read(&path);
        let [sound] = info.audio.as_slice() else { panic!("{name}: one sound track") };
        let length = video(&info).end_us - video(&info).start_us;
        assert!((1_999_000..=2_001_000).contains(&length), "{name}: {length}");
        assert_eq!((video(&info).width, video(&info).height, video(&info).codec.as_str()), (320, 180, "h264"));
        assert_eq!((sound.channels, sound.sample_rate, sound.language.as_str()), (1, 48_000, "de"), "{name}");
        let bits = std::fs::metadata(&path).unwrap().len() * 8;
        assert!(
            video(&info).bit_rate > bits / 8 && video(&info).bit_rate < bits / 2,
            "{name}: {}",
            video(&info).bit_rate
        );
        assert_eq!(info.warnings, [""; 0], "{name}");
    }
    // Priming is not heard: MP4 says how much there is, and the sound begins with the picture.
    let mp4 = read(&sources.path("a.mp4"));
    assert_eq!((mp4.audio[0].start_us, mp4.audio[0].end_us), (video(&mp4).start_us, video(&mp4).end_us));
}

#[test]
fn sound_that_begins_late_or_ends_late_is_placed() {
    let sources = Sources::new();
    // Samples without priming, so that the file's times are the times of what is heard.
    sources.picture_and_sound("a.mov", "-c:a pcm_s16le");
    let path = sources.make("late.mov", "-i a.mov -itsoffset 0.7 -i a.mov -map 0:v -map 1:a -c copy");
    let info = read(&path);
    assert_eq!((video(&info).start_us, info.audio[0].start_us, info.audio[0].end_us), (0, 700_000, 2_700_000));
    assert_eq!(frames(&info), 68, "2.7 s: the last frame is held");
}

#[test]
fn pictures_are_measured_as_they_are_displayed() {
    let sources = Sources::new();
    sources.picture("a.mp4", "25", "");
    let turned = sources.make("turned.mp4", "-i a.mp4 -c copy -metadata:s:v rotate=90");
    // ffmpeg 6 and newer take the matrix instead of the tag.
    if video(&read(&turned)).width == 320 {
        sources.make("turned.mp4", "-display_rotation 90 -i a.mp4 -c copy");
    }
    let info = read(&turned);
    assert_eq!((video(&info).width, video(&info).height), (180, 320));

    let wide = read(&sources.picture("wide.mp4", "25", "-vf setsar=4/3"));
    assert_eq!((video(&wide).width, video(&wide).height), (427, 180));

    let fields = sources.picture("fields.mkv", "25", "-vf setfield=tff -flags +ilme+ildct");
    assert!(video(&read(&fields)).scan == Scan::Interlaced);

    let high = "-color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc";
    let info = read(&sources.picture("high.mp4", "25", high));
    assert_eq!(video(&info).color.transfer, Some(16));
    assert!(plan(&info, &Settings::default().encode).video.is_some_and(|video| video.tone_map.is_some()));
}

#[test]
fn cover_art_is_no_picture() {
    let sources = Sources::new();
    sources.picture_and_sound("a.mp4", "");
    sources.make("cover.jpg", "-f lavfi -i color=red:size=640x640 -frames:v 1");
    let both = "-i cover.jpg -i a.mp4 -map 0:v -map 1:v -map 1:a -c copy -disposition:v:0 attached_pic";
    let info = read(&sources.make("both.mp4", both));
    assert_eq!((video(&info).width, video(&info).codec.as_str()), (320, "h264"));

    let song = "-i cover.jpg -i a.mp4 -map 0:v -map 1:a -c copy -disposition:v:0 attached_pic";
    let song = sources.make("song.mp4", song);
    let song = read(&song);
    assert_eq!((song.video.is_none(), song.cover.is_some(), song.audio.len()), (true, true, 1));
    assert!(matches!(refused(&sources.path("cover.jpg")), ProbeError::StillImage(_)));
}

#[test]
fn audio_alone_has_its_name_and_says_so_where_video_was_expected() {
    let sources = Sources::new();
    let tagged = "-f lavfi -i sine=duration=1 -c:a aac -metadata title=Waves";
    let song = read(&sources.make("song.m4a", tagged));
    assert_eq!((song.video.is_none(), song.name.as_deref(), song.warnings.len()), (true, Some("Waves"), 0));
    let meeting = read(&sources.make("meeting.mp4", tagged));
    assert!(meeting.warnings.iter().any(|warning| warning.contains("no video")), "{:?}", meeting.warnings);
}

#[test]
fn what_cannot_be_entered_in_the_middle_is_known() {
    let sources = Sources::new();
    let fragmented = "-movflags +frag_keyframe+empty_moov+default_base_moof";
    assert!(!read(&sources.picture("fragmented.mp4", "25", fragmented)).seekable);
    assert!(!read(&sources.picture("live.mkv", "25", "-live 1")).seekable);
    assert!(read(&sources.picture("plain.mov", "25", "")).seekable);
}

#[test]
fn files_that_are_no_recordings_are_refused_by_name() {
    let sources = Sources::new();
    let text = sources.write("text.mp4", b"Not a film, but a letter about one.\n");
    let empty = sources.write("empty.mp4", b"");
    let list = sources.write("list.ffconcat", b"ffconcat version 1.0\nfile text.mp4\n");
    assert!(matches!(refused(&text), ProbeError::NotMedia { .. }), "{}", refused(&text));
    assert!(matches!(refused(&empty), ProbeError::Empty(_)));
    assert!(matches!(refused(&list), ProbeError::Playlist { .. } | ProbeError::NotMedia { .. }), "{}", refused(&list));
    assert!(matches!(refused(sources.folder.path()), ProbeError::Folder(_)));
    assert!(matches!(refused(&sources.path("none.mp4")), ProbeError::NotFound(_)));
    assert!(matches!(refused(Path::new("/dev/null")), ProbeError::NotAFile(_)));
    for path in [&text, &empty] {
        let message = refused(path).to_string();
        assert!(message.starts_with(path.to_str().unwrap()), "{message}");
    }
    let missing = probe_with("no-such-ffprobe", &text).unwrap_err();
    assert!(matches!(&missing, ProbeError::Spawn { .. }), "{missing}");
}

#[test]
fn files_cut_short_are_refused_wherever_the_cut_is() {
    let sources = Sources::new();
    for (name, more) in [("last.mp4", ""), ("first.mp4", "-movflags +faststart"), ("cut.mkv", "")] {
        let whole = std::fs::read(sources.picture_and_sound(name, more)).unwrap();
        for share in [50, 90] {
            let cut = sources.write(&format!("{share}-{name}"), &whole[..whole.len() * share / 100]);
            let error = refused(&cut);
            assert!(matches!(error, ProbeError::CutShort { .. }), "{name}: {error}");
            assert!(!error.to_string().contains(" @ 0x"), "the same file gives the same message: {error}");
        }
    }
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let sources = Sources::new();
    let mut bytes = std::fs::read(sources.picture("a.mp4", "25", "")).unwrap();
    let entry = bytes.windows(4).position(|kind| kind == b"avc1").unwrap();
    // The first is a brand in `ftyp`; the second is the sample entry.
    let next = bytes[entry + 4..].windows(4).position(|kind| kind == b"avc1").unwrap() + entry + 4;
    bytes[next..next + 4].copy_from_slice(b"zzz1");
    let unknown = sources.write("unknown.mp4", &bytes);
    assert!(matches!(refused(&unknown), ProbeError::Undecodable { codec, .. } if codec == "zzz1"));

    sources.picture_and_sound("clear.mp4", "");
    let keys = "-encryption_scheme cenc-aes-ctr -encryption_key 00112233445566778899aabbccddeeff \
                -encryption_kid 00112233445566778899aabbccddeeff";
    let locked = sources.make("locked.mp4", &format!("-i clear.mp4 -c copy {keys}"));
    assert!(matches!(refused(&locked), ProbeError::Encrypted { track: 0, .. }), "{}", refused(&locked));
}

#[test]
fn names_are_never_read_as_anything_else() {
    let sources = Sources::new();
    let plain = sources.picture("plain.mp4", "25", "");
    for name in ["-i.mp4", "http:x.mp4", "two words %d.mp4", "ü\u{1F3AC}.mp4"] {
        std::fs::copy(&plain, sources.path(name)).unwrap();
        assert_eq!(video(&read(&sources.path(name))).width, 320, "{name}");
    }
}
