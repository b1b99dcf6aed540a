//! Ingest folders as people fill them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use config::settings::Settings;

use super::*;

/// A look at `ingest` with `library` elsewhere, unless it is there.
fn look_with(ingest: &Path, library: &Path, owner: Option<&str>) -> Found {
    let mut settings = Settings::default();
    (settings.ingest.path, settings.library.path) = (ingest.into(), library.into());
    scan(&settings, |_| owner.map(Into::into))
}

fn look(ingest: &Path) -> Found {
    look_with(ingest, Path::new("/nowhere"), None)
}

fn titles(found: &Found) -> Vec<(&str, &str)> {
    found.sources.iter().map(|s| (s.title.as_str(), s.name.as_str())).collect()
}

#[test]
fn sources_are_found_by_name_and_sidecars_and_hidden_files_are_not() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("Shows/.trash")).unwrap();
    for file in
        ["b.MP4", "b.en.vtt", "b.jpg", "b.toml", ".hidden.mp4", "Shows/Ep 1.mov", "Shows/.trash/x.mp4", "notes.txt"]
    {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = look(dir.path());
    assert_eq!(titles(&found), [("b", "b.MP4"), ("shows/ep-1", "Shows/Ep 1.mov")]);
    assert!(found.refused.is_empty() && found.ignored.is_empty());
}

#[test]
fn sound_of_another_language_is_no_title() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("b")).unwrap();
    for file in
        ["clip.mp4", "clip.fr.m4a", "b/clip.fr.m4a", "clip.live version.m4a", "song.m4a", "song.de.m4a", "clip.fr.mp3"]
    {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = look(dir.path());
    let names: Vec<_> = titles(&found).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["b/clip.fr.m4a", "clip.mp4", "clip.live version.m4a", "song.m4a", "song.de.m4a"]);
    let beside: Vec<_> = found.sources.iter().map(|source| source.beside.len()).collect();
    assert_eq!(beside, [0, 2, 0, 0, 0]);
    // One that was a title before it could be a sidecar stays one.
    let found = look_with(dir.path(), Path::new("/nowhere"), Some("clip.fr.mp3"));
    assert!(titles(&found).contains(&("clip.fr", "clip.fr.mp3")));
}

#[test]
fn texts_belong_to_the_recording_of_their_name_with_video_or_without() {
    let dir = tempfile::tempdir().unwrap();
    let texts = ["clip.en.vtt", "clip.old.de.sdh.srt", "song.fr.vtt", "clip.vtt", "clip.en.loud.srt", "x.en.vtt"];
    for file in ["clip.mp4", "clip.old.mp4", "song.m4a"].iter().chain(&texts) {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = look(dir.path());
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let beside: Vec<_> =
        found.sources.iter().map(|s| (s.name.as_str(), s.beside.iter().map(name).collect::<Vec<_>>())).collect();
    let expected = [
        ("clip.mp4", vec!["clip.en.vtt".to_owned()]),
        ("clip.old.mp4", vec!["clip.old.de.sdh.srt".into()]),
        ("song.m4a", vec!["song.fr.vtt".into()]),
    ];
    assert_eq!(beside, expected);
    let ignored: Vec<_> = found.ignored.iter().map(|ignored| (name(&ignored.path), ignored.why.clone())).collect();
    let mark = Why::Mark("loud".into());
    let expected = [("clip.en.loud.srt", mark), ("clip.vtt", Why::NoLanguage), ("x.en.vtt", Why::NoRecording)];
    assert_eq!(ignored, expected.map(|(name, why)| (name.to_owned(), why)));
    let named = named(dir.path(), &[dir.path().join("clip.mp4")], |_| None);
    assert_eq!(named.sources[0].beside, [dir.path().join("clip.en.vtt")]);
}

#[test]
fn sound_without_a_language_is_a_title_only_where_it_was_one() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["clip.m4a", "clip.mp4"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = look(dir.path());
    assert_eq!(titles(&found), [("clip", "clip.mp4")]);
    assert_eq!(found.ignored, [Ignored { path: dir.path().join("clip.m4a"), why: Why::NoLanguage }]);
    let found = look_with(dir.path(), Path::new("/nowhere"), Some("clip.m4a"));
    assert_eq!(titles(&found), [("clip", "clip.m4a")]);
    assert!(matches!(found.refused[..], [Refused::Taken { .. }]));
}

#[test]
fn what_is_left_out_is_neither_taken_nor_named() {
    let dir = tempfile::tempdir().unwrap();
    for file in
        ["#recycle/a.mp4", "a.part.mp4", "x/@eaDir/a.mp4/SYNOVIDEO.gif", "x/a.mp4.part", "drafts/a.mp4", "b.mp4"]
    {
        fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let mut settings = Settings::default();
    settings.ingest.path = dir.path().into();
    settings.ingest.exclude = vec!["drafts".into()];
    let found = scan(&settings, |_| None);
    assert_eq!(titles(&found), [("b", "b.mp4")]);
    assert!(found.refused.is_empty() && found.ignored.is_empty());
}

#[test]
fn what_is_not_taken_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["a.mp4", "a.gif", "a.vtt", "b.toml", "c.trp", "d.3g2", "e.mpe", "f.wtv", "g.rmvb", "h.tod"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = look(dir.path());
    let named: Vec<_> = found.ignored.iter().map(|i| i.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(named, ["a.gif", "a.vtt", "b.toml"]);
    assert_eq!(found.sources.len(), 7, "what ffmpeg reads is a title");
}

#[test]
fn a_library_in_the_ingest_folder_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    let (library, other, foreign) = ("library", "other", "foreign");
    for folder in [library, other, foreign] {
        fs::create_dir_all(dir.path().join(folder).join(".pack")).unwrap();
        fs::write(dir.path().join(folder).join("init.mp4"), "x").unwrap();
    }
    fs::write(dir.path().join("other/.pack/lock"), "").unwrap();
    fs::write(dir.path().join("b.mp4"), "x").unwrap();
    // The library is known by what it is, however it is spelt.
    let link = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(dir.path().join(library), link.path().join("library")).unwrap();
    let found = look_with(dir.path(), &link.path().join("library"), None);
    assert_eq!(titles(&found), [("b", "b.mp4"), ("foreign/init", "foreign/init.mp4")]);
    assert_eq!(found.ignored, [Ignored { path: dir.path().join(other), why: Why::Library }]);
}

#[test]
fn of_two_sources_of_one_name_the_one_that_had_it_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["a.mkv", "a.mp4", "A.mov"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    assert_eq!(titles(&look(dir.path())), [("a", "A.mov")]);
    let found = look_with(dir.path(), Path::new("/nowhere"), Some("a.mp4"));
    assert_eq!(titles(&found), [("a", "a.mp4")]);
    let refused: Vec<String> = found.refused.iter().map(ToString::to_string).collect();
    assert_eq!(refused.len(), 2);
    assert!(refused[0].contains("A.mov would be the title 'a', which"), "{refused:?}");
}

#[test]
fn a_file_named_on_the_command_line_does_not_take_another_one_s_title() {
    let dir = tempfile::tempdir().unwrap();
    let (ingest, other) = (dir.path().join("ingest"), dir.path().join("other"));
    let paths = [ingest.join("a.mp4"), ingest.join("a.mov"), other.join("a.mp4")];
    for path in &paths {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    let taken = |path: &PathBuf, owner: &str| {
        let found = named(&ingest, std::slice::from_ref(path), |_| Some(owner.into()));
        assert_eq!(found.sources.len() + found.refused.len(), 1);
        found.refused.into_iter().next().map(|refused| match refused {
            Refused::Taken { first, .. } => first,
            other => panic!("{other}"),
        })
    };
    let [mp4, mov, outside] = &paths;
    assert_eq!(taken(mp4, "a.mp4"), None);
    assert_eq!(taken(mov, "a.mp4").as_ref(), Some(mp4));
    assert_eq!(taken(outside, "a.mp4").as_ref(), Some(mp4));
    assert_eq!(taken(mov, "gone.mp4"), None);
    let whole = fs::canonicalize(&other).unwrap().join("a.mp4");
    assert_eq!(taken(outside, whole.to_str().unwrap()), None);
    assert_eq!(taken(mp4, whole.to_str().unwrap()), Some(whole));
}

#[test]
fn what_would_belong_to_a_file_on_the_command_line_but_is_not_taken_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["clip.mp4", "clip.srt", "clip.m4a", "clip.de.srt", "clip.JPG", "other.srt", "clip2.srt", "clip.mkv"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = named(dir.path(), &[dir.path().join("clip.mp4")], |_| None);
    let ignored: Vec<_> = found.ignored.iter().map(|i| i.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(ignored, ["clip.JPG", "clip.m4a", "clip.srt"]);
}

#[test]
fn a_link_is_called_as_it_is_itself() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("big file.mp4"), "x").unwrap();
    std::os::unix::fs::symlink("big file.mp4", dir.path().join("small.mp4")).unwrap();
    let found = named(dir.path(), &[dir.path().join("small.mp4")], |_| None);
    assert_eq!(titles(&found), [("small", "small.mp4")]);
}

#[test]
fn a_link_to_nowhere_is_passed_over_and_one_in_a_circle_told_of() {
    let dir = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("nowhere.mp4", dir.path().join("a.mp4")).unwrap();
    assert!(look(dir.path()).refused.is_empty());
    std::os::unix::fs::symlink(".", dir.path().join("circle")).unwrap();
    let refused: Vec<String> = look(dir.path()).refused.iter().map(ToString::to_string).collect();
    assert!(matches!(&refused[..], [one] if one.contains("circle: it is a link to a folder that it lies in")));
}

#[test]
fn a_name_that_nothing_is_left_of_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("(!).mp4"), "x").unwrap();
    assert!(matches!(look(dir.path()).refused[..], [Refused::Name { .. }]));
}

#[test]
fn names_that_look_the_same_are_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["été.mp4", "e\u{301}te\u{301}.mp4"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    let found = look(dir.path());
    assert_eq!(
        found.sources.iter().map(|s| (s.title.as_str(), s.label())).collect::<Vec<_>>(),
        [("ete", "été".to_owned())]
    );
    let refused: Vec<String> = found.refused.iter().map(ToString::to_string).collect();
    assert!(matches!(&refused[..], [one] if one.contains("their accents are encoded in another way")), "{refused:?}");
}

#[test]
fn names_that_are_not_utf_8_are_taken_each_for_itself() {
    let dir = tempfile::tempdir().unwrap();
    for name in [&b"\xe9t\xe9.mp4"[..], b"\xe8t\xe8.mp4", b"clip.\xff"] {
        fs::write(dir.path().join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let found = look(dir.path());
    assert_eq!(titles(&found), [("xe8t-xe8", "\\xE8t\\xE8.mp4"), ("xe9t-xe9", "\\xE9t\\xE9.mp4")]);
    assert!(found.refused.is_empty());
}

#[test]
fn what_is_no_file_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["pipe.mp4", "pipe.txt"] {
        let made = std::process::Command::new("mkfifo").arg(dir.path().join(name)).status();
        assert!(made.unwrap().success());
    }
    let found = look(dir.path());
    let ignored: Vec<_> = found.ignored.iter().map(|ignored| ignored.path.file_name().unwrap()).collect();
    assert_eq!((ignored, found.sources.len()), (vec![OsStr::new("pipe.mp4")], 0));
}
