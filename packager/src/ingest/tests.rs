//! Ingest folders as people fill them.

use super::*;

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
    let found = scan(dir.path(), |_| None);
    assert_eq!(titles(&found), [("b", "b.MP4"), ("shows/ep-1", "Shows/Ep 1.mov")]);
    assert!(found.refused.is_empty());
}

#[test]
fn a_library_in_the_ingest_folder_is_passed_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("library/.pack")).unwrap();
    fs::create_dir_all(dir.path().join("library/a/R0123456789abcdef/video/x")).unwrap();
    fs::write(dir.path().join("library/a/R0123456789abcdef/video/x/init.mp4"), "x").unwrap();
    fs::write(dir.path().join("b.mp4"), "x").unwrap();
    assert_eq!(titles(&scan(dir.path(), |_| None)), [("b", "b.mp4")]);
}

#[test]
fn of_two_sources_of_one_name_the_one_that_had_it_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    for file in ["a.mkv", "a.mp4", "A.mov"] {
        fs::write(dir.path().join(file), "x").unwrap();
    }
    assert_eq!(titles(&scan(dir.path(), |_| None)), [("a", "A.mov")]);
    let found = scan(dir.path(), |_| Some("a.mp4".into()));
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
    assert!(scan(dir.path(), |_| None).refused.is_empty());
    std::os::unix::fs::symlink(".", dir.path().join("circle")).unwrap();
    let refused: Vec<String> = scan(dir.path(), |_| None).refused.iter().map(ToString::to_string).collect();
    assert!(matches!(&refused[..], [one] if one.contains("circle: it is a link to a folder that it lies in")));
}

#[test]
fn a_name_that_nothing_is_left_of_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("日本.mp4"), "x").unwrap();
    assert!(matches!(scan(dir.path(), |_| None).refused[..], [Refused::Name { .. }]));
}
