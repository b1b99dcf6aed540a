use std::collections::BTreeMap;

use proptest::prelude::*;
use toml::{Table, Value};

use super::*;

fn file(text: &str) -> Result<Layer, SettingsError> {
    Layer::file(Path::new("pack.toml"), text)
}

fn environment(variables: &[(&str, &str)]) -> Result<Layer, SettingsError> {
    Layer::environment(&variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect())
}

fn place_of(resolved: &Resolved, key: &str) -> String {
    resolved.entries.iter().find(|e| e.key == key).unwrap().place.to_string()
}

#[test]
fn every_field_is_in_the_default_file_and_every_key_is_a_field() {
    let mut fields = BTreeMap::new();
    keys::flatten("", &Table::try_from(Settings::default()).unwrap(), &mut fields);
    assert_eq!(fields, *keys::DEFAULTS, "default.toml and the fields differ, in key or in written form");
}

#[test]
fn every_key_is_documented() {
    let mut documented = false;
    for line in DEFAULT_FILE.lines() {
        match line.trim() {
            "" => documented = false,
            line if line.starts_with('#') => documented = true,
            line => assert!(documented, "no comment above {line}"),
        }
    }
}

#[test]
fn no_two_keys_share_an_environment_variable() {
    let variables: std::collections::BTreeSet<_> =
        keys::DEFAULTS.keys().map(|k| keys::environment_variable(k)).collect();
    assert_eq!(variables.len(), keys::DEFAULTS.len());
    assert_eq!(keys::variables().len(), keys::DEFAULTS.len() + 2, "those of plain paths are no others'");
}

#[test]
fn the_stronger_layer_wins_and_is_named() {
    let file = file("library = \"f\"\n[encode]\npreset = \"slow\"\ngop_seconds = 4\nsegment_gops = 2").unwrap();
    let environment =
        environment(&[("PACK_ENCODE_PRESET", "medium"), ("PACK_ENCODE_GOP_SECONDS", "3"), ("HOME", "/root")]).unwrap();
    let flags = Layer::default().with_flag("encode.preset", "--preset", Some("veryfast")).with_flag(
        "ingest.path",
        "--ingest",
        None,
    );
    let resolved = resolve([file, environment, flags]).unwrap();
    assert_eq!(resolved.settings.encode.preset, "veryfast");
    assert_eq!(resolved.settings.encode.gop_seconds, 3);
    assert_eq!(resolved.settings.encode.segment_gops, 2);
    assert_eq!(resolved.settings.library.path, PathBuf::from("f"));
    for (key, place) in [
        ("encode.preset", "--preset"),
        ("encode.gop_seconds", "environment variable PACK_ENCODE_GOP_SECONDS"),
        ("encode.segment_gops", "pack.toml:5"),
        ("library.path", "pack.toml:1"),
        ("ingest.path", "default"),
    ] {
        assert_eq!(place_of(&resolved, key), place, "{key}");
    }
}

#[test]
fn the_default_file_is_the_default() {
    let resolved = resolve([file(DEFAULT_FILE).unwrap()]).unwrap();
    assert_eq!(resolved.settings, Settings::default());
}

#[test]
fn what_is_wrong_in_a_file_is_said_with_its_line() {
    for (text, expected) in [
        ("\npreset = \"fast\"", "pack.toml:2: there is no setting preset; did you mean encode.preset?"),
        (
            "[encode]\npresett = \"fast\"",
            "pack.toml:2: there is no setting encode.presett; did you mean encode.preset?",
        ),
        ("[colours]\n", "pack.toml:1: there is no setting colours; `pack config --default` lists all"),
        (
            "encode = 3",
            "pack.toml:1: there is no setting encode; it is a section: write [encode] and its settings below",
        ),
        (
            "[encode.preset]\nx = 1",
            "pack.toml:1: encode.preset = { x = 1 }: expected a preset of x264: ultrafast, superfast, veryfast, faster, \
             fast, medium, slow, slower, veryslow, placebo",
        ),
        ("[encode]\ngop_seconds = 0", "pack.toml:2: encode.gop_seconds = 0: expected a whole number from 1 to 10"),
        (
            "[encode]\nrungs = [\"720p\"]",
            "pack.toml:2: encode.rungs = [\"720p\"]: expected a list of different rungs of 144 to 4320 lines and 50 to 100000 kb/s, such as [\"1080p-6000\", \"720p-3000\"]",
        ),
        (
            "[encode]\nframe_rate = \"61\"",
            "pack.toml:2: encode.frame_rate = \"61\": expected \"source\", or frames a second from 1 to 60, such as \"25\" or \"30000/1001\"",
        ),
        (
            "[encode]\ndeinterlace = \"yes\"",
            "pack.toml:2: encode.deinterlace = \"yes\": expected \"frame\", \"field\" or \"off\"",
        ),
        ("[encode]\ncrf_offset = -13", "pack.toml:2: encode.crf_offset = -13: expected a whole number from -12 to 12"),
        ("[encode]\ngop_seconds = 11", "pack.toml:2: encode.gop_seconds = 11: expected a whole number from 1 to 10"),
        ("[encode]\ngop_seconds = 2.5", "pack.toml:2: encode.gop_seconds = 2.5: expected a whole number from 1 to 10"),
        (
            "[encode]\ngop_seconds = \"2s\"",
            "pack.toml:2: encode.gop_seconds = \"2s\": expected a whole number from 1 to 10",
        ),
        ("library = \"\"", "pack.toml:1: library.path = \"\": expected a path, such as \"./library\""),
        (
            "[origin]\n\nlisten = \"localhost\"",
            "pack.toml:3: origin.listen = \"localhost\": expected an IP address and a port, such as \"127.0.0.1:8080\" or \
             \"[::]:8080\", a Unix socket, such as \"unix:/run/pack/origin.sock\", or a list of these",
        ),
        (
            "origin.cache = 512",
            "pack.toml:1: origin.cache = 512: expected a size with a unit (B, KiB, MiB, GiB, TiB), such as \"512MiB\"",
        ),
        (
            "library = \"ingest\"\ningest = \"ingest\"",
            "pack.toml:1: library.path = \"ingest\" lies in the ingest folder ingest: \
          pack would package what it made",
        ),
        (
            "library = \"a\"\ningest = \"a/b\"",
            "pack.toml:2: ingest.path = \"a/b\" lies in the library a: \
          sources would be served as if published",
        ),
        (
            "[ingest]\nafter = \"move\"",
            "pack.toml:2: ingest.after = \"move\" has no folder to move sources to: name one in ingest.done",
        ),
        (
            "[ingest]\nafter = \"burn\"",
            "pack.toml:2: ingest.after = \"burn\": expected \"keep\", \"move\" or \"delete\"",
        ),
        (
            "[ingest]\npath = \"in\"\ndone = \"in/done\"",
            "pack.toml:3: ingest.done = \"in/done\" must be apart from the ingest folder in: neither may lie in the other",
        ),
        (
            "library = \"srv/out\"\n[ingest]\nquarantine = \"./srv\"",
            "pack.toml:3: ingest.quarantine = \"./srv\" must be apart from the library srv/out: neither may lie in the other",
        ),
        (
            "[hooks]\nwebhook = \"https://a.example/\"",
            "pack.toml:2: hooks.webhook = \"https://a.example/\" is signed, so it needs a secret: name the file with it in \
             hooks.secret_file",
        ),
        (
            "[hooks]\nwebhook = \"a.example\"",
            "pack.toml:2: hooks.webhook = \"a.example\": expected a URL such as \"https://www.example.com/hooks/pack\", or \"\"",
        ),
        (
            "[hooks]\ncommand = \"notify\"",
            "pack.toml:2: hooks.command = \"notify\": expected a program and its arguments, such as \
             [\"/usr/local/bin/notify\", \"--quiet\"], or []",
        ),
        (
            "[origin]\nadmin = \"127.0.0.1:8080\"",
            "pack.toml:2: origin.admin = \"127.0.0.1:8080\" is the address of \
          origin.listen too; metrics need their own",
        ),
        (
            "[origin]\nlisten = []",
            "pack.toml:2: origin.listen = [] leaves no address to serve at; name one here or in origin.tls.listen",
        ),
        (
            "[origin.tls]\nlisten = \"[::]:443\"",
            "pack.toml:2: origin.tls.listen = \"[::]:443\" needs a certificate; name one in origin.tls.certificates",
        ),
        (
            "[origin.tls]\nlisten = [\"[::]:443\", \"127.0.0.1:8080\"]\ncertificates = [{ certificate = \"c\", key = \"k\" }]",
            "pack.toml:2: origin.tls.listen = [\"[::]:443\", \"127.0.0.1:8080\"] has 127.0.0.1:8080, which is \
             origin.listen's or origin.admin's already",
        ),
        (
            "[origin.tls]\ncertificates = [{ certificate = \"c\" }]",
            "pack.toml:2: origin.tls.certificates = [{ certificate = \"c\" }]: expected a list of pairs of PEM files, \
             such as [{ certificate = \"./tls/www.crt\", key = \"./tls/www.key\" }]",
        ),
        (
            "[origin]\nproxy_protocol = [\"10.0.0.0/33\"]",
            "pack.toml:2: origin.proxy_protocol = [\"10.0.0.0/33\"]: expected a list of networks, such as \
             [\"10.0.0.0/8\", \"fd00::/8\", \"unix\"]",
        ),
    ] {
        let error = file(text).and_then(|layer| resolve([layer])).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn what_is_no_toml_is_said_with_its_line() {
    for (text, line) in [("\n\nlibrary = ", 3), ("library = \"a\"\nlibrary = \"b\"", 2), ("[encode\n", 1), ("\u{1}", 1)]
    {
        let error = file(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("pack.toml:{line}: not valid TOML: ")), "{text:?}: {error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn what_is_wrong_in_the_environment_is_said_with_its_variable() {
    for (name, value, expected) in [
        (
            "PACK_ENCODE_PRESETS",
            "fast",
            "environment variable PACK_ENCODE_PRESETS: there is no setting PACK_ENCODE_PRESETS; did you mean \
             PACK_ENCODE_PRESET?",
        ),
        (
            "PACK_ENCODE_JOBS",
            "many",
            "environment variable PACK_ENCODE_JOBS: encode.jobs = \"many\": expected a whole number from 0 to 1024",
        ),
        (
            "PACK_ENCODE_JOBS",
            "",
            "environment variable PACK_ENCODE_JOBS: encode.jobs = \"\": expected a whole number from 0 to 1024",
        ),
    ] {
        let error = environment(&[(name, value)]).and_then(|layer| resolve([layer])).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn several_addresses_are_a_list_or_a_text_with_commas() {
    let listed = file("[origin]\nlisten = [\"127.0.0.1:80\", \"unix:/x\"]").unwrap();
    let told = environment(&[("PACK_ORIGIN_LISTEN", "127.0.0.1:80, unix:/x")]).unwrap();
    let (listed, told) = (resolve([listed]).unwrap().settings, resolve([told]).unwrap().settings);
    assert_eq!(listed.origin.listen, told.origin.listen);
    assert_eq!(listed.origin.listen.len(), 2);
    let pairs = [("PACK_ORIGIN_TLS_CERTIFICATES", "[{ certificate = \"c\", key = \"k\" }]")];
    let [pair] = &resolve([environment(&pairs).unwrap()]).unwrap().settings.origin.tls.certificates[..] else {
        panic!("one pair");
    };
    assert_eq!((pair.certificate.to_str(), pair.key.to_str()), (Some("c"), Some("k")));
}

#[test]
fn a_plain_text_in_place_of_a_folder_s_table_is_its_path() {
    let resolved = |file_text: &str, variables: &[(&str, &str)], flag| {
        let flags = Layer::default().with_flag("ingest.path", "--ingest", flag);
        resolve([file(file_text).unwrap(), environment(variables).unwrap(), flags]).unwrap()
    };
    let (text, table) = ("ingest = \"text\"", "[ingest]\npath = \"table\"\nsettle = \"7s\"");
    let (plain, long) = (("PACK_INGEST", "plain"), ("PACK_INGEST_PATH", "long"));
    for (file_text, variables, flag, path, place) in [
        (text, &[][..], None, "text", "pack.toml:1"),
        (table, &[], None, "table", "pack.toml:2"),
        (table, &[plain], None, "plain", "environment variable PACK_INGEST"),
        (text, &[long], None, "long", "environment variable PACK_INGEST_PATH"),
        (text, &[plain, long], None, "long", "environment variable PACK_INGEST_PATH"),
        (table, &[plain], Some("flag"), "flag", "--ingest"),
    ] {
        let resolved = resolved(file_text, variables, flag);
        assert_eq!(resolved.settings.ingest.path, PathBuf::from(path));
        assert_eq!(place_of(&resolved, "ingest.path"), place);
        assert_eq!(resolved.settings.ingest.settle, (file_text == table).then_some(7), "the table's rest stays");
    }
    for (text, expected) in [
        ("ingest = 3", "pack.toml:1: ingest.path = 3: expected a path, such as \"./library\""),
        ("libary = \"x\"", "pack.toml:1: there is no setting libary; did you mean library?"),
        (
            "[ingest]\nsettle = 5",
            "pack.toml:2: ingest.settle = 5: expected \"auto\", or a time with a unit (s, min, h, d) from \"0s\" to \"1d\"",
        ),
        (
            "[ingest]\nexclude = [\"a[\"]",
            "pack.toml:2: ingest.exclude = [\"a[\"]: expected a list of globs, such as [\"*.draft.mp4\", \"old/**\"]",
        ),
    ] {
        let error = file(text).and_then(|layer| resolve([layer])).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_weak_layer_must_be_right_even_when_it_is_overridden() {
    let weak = file("[encode]\njobs = -1").unwrap();
    let strong = environment(&[("PACK_ENCODE_JOBS", "1")]).unwrap();
    assert!(resolve([weak, strong]).is_err());
}

#[test]
fn what_changed_is_named_and_what_needs_a_restart() {
    let read = |text: &str| resolve([file(text).unwrap()]).unwrap();
    let before = read("[origin]\ndrain = \"5s\"\ncache = \"1GiB\"");
    let after = read(
        "library = \"x\"\n[origin]\ndrain = \"7s\"\ncache = \"1GiB\"\nlisten = \"[::]:80\"\n[origin.limits]\nidle = \"9s\"",
    );
    let keys: Vec<_> = changed(&before, &after).map(|key| (key, needs_restart(key))).collect();
    let wanted =
        [("library.path", true), ("origin.drain", false), ("origin.limits.idle", false), ("origin.listen", true)];
    assert_eq!(keys, wanted);
    assert_eq!(changed(&after, &after.clone()).count(), 0);
    for (key, wanted) in [
        ("ingest.path", true),
        ("encode.preset", false),
        ("encode.jobs", true),
        ("hooks.webhook", true),
        ("ffmpeg.ffmpeg", false),
        ("origin.admin", true),
        ("origin.tls.listen", true),
        ("origin.tls.certificates", false),
        ("origin.cache_control.current", false),
        ("origin.cors_origins", false),
        ("origin.signing_keys", false),
    ] {
        assert_eq!(needs_restart(key), wanted, "{key}");
    }
}

#[test]
fn a_title_file_changes_encode_alone() {
    let base = Encode { jobs: 3, ..Settings::default().encode };
    let changed = base.with_title_file(Path::new("clip.toml"), "[encode]\npreset = \"slow\"").unwrap();
    assert_eq!(changed, Encode { preset: "slow".into(), ..base.clone() });
    for (text, expected) in [
        (
            "library = \"x\"",
            "clip.toml:1: library.path can't be set for one title; only keys of [encode], and priority in [ingest], can",
        ),
        ("[encode]\njobs = -3", "clip.toml:2: encode.jobs = -3: expected a whole number from 0 to 1024"),
    ] {
        assert_eq!(base.with_title_file(Path::new("clip.toml"), text).unwrap_err().to_string(), expected);
    }
}

/// A value that is allowed for `key`, and the next draw of which differs.
fn allowed() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        "[a-z]{1,8}".prop_map(|s| ("library.path", format!("./lib-{s}"))),
        (1u32..=10).prop_map(|n| ("encode.gop_seconds", n.to_string())),
        (0u32..=1024).prop_map(|n| ("encode.jobs", n.to_string())),
        prop::sample::select(vec!["fast", "slow", "medium"]).prop_map(|p| ("encode.preset", p.into())),
    ]
}

fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

proptest! {
    #[test]
    fn any_text_is_settings_or_an_error(text in ".{0,200}") {
        let _ = file(&text).and_then(|layer| resolve([layer]));
        let _ = Settings::default().encode.with_title_file(Path::new("t"), &text);
    }

    #[test]
    fn any_toml_like_text_is_settings_or_an_error(lines in prop::collection::vec(
        "(\\[(encode|origin|ffmpeg|x)\\]|(encode\\.)?(preset|jobs|listen|cache|library|q) ?= ?(\"[^\"]{0,9}\"|-?[0-9]{1,22}|\\[1, *2\\]|\\{a=1\\}|true|1e9))",
        0..6,
    )) {
        let _ = file(&lines.join("\n")).and_then(|layer| resolve([layer]));
    }

    #[test]
    fn any_variable_is_a_setting_or_an_error(name in "PACK_[A-Z_]{0,20}", value in ".{0,20}") {
        let _ = environment(&[(&name, &value)]).and_then(|layer| resolve([layer]));
    }

    #[test]
    fn the_last_that_says_so_wins(layers in prop::collection::vec(prop::collection::vec(allowed(), 0..4), 0..5)) {
        let mut expected: BTreeMap<&str, (String, String)> = BTreeMap::new();
        let mut made = Vec::new();
        for (n, values) in layers.iter().enumerate() {
            let flag = format!("--layer-{n}");
            let mut layer = Layer::default();
            for (key, value) in values {
                layer = layer.with_flag(key, &flag, Some(value));
                expected.insert(key, (value.clone(), flag.clone()));
            }
            made.push(layer);
        }
        let resolved = resolve(made).unwrap();
        for entry in &resolved.entries {
            let got = (text_of(&entry.value), entry.place.to_string());
            let default = || (text_of(&keys::DEFAULTS[&entry.key]), "default".to_owned());
            prop_assert_eq!(got, expected.get(entry.key.as_str()).cloned().unwrap_or_else(default));
        }
        let mut in_force = BTreeMap::new();
        keys::flatten("", &Table::try_from(&resolved.settings).unwrap(), &mut in_force);
        for entry in &resolved.entries {
            prop_assert_eq!(&in_force[&entry.key], &entry.value);
        }
    }
}

#[test]
fn steering_that_leads_nowhere_is_refused() {
    let two = r#"{ id = "a", url = "https://a.example.com/vod/", weight = 1 }, { id = "b", url = "http://b:8080/", weight = 0 }"#;
    for (text, says) in [
        (format!("pathways = [{two}]"), None),
        (format!("server = \"https://a.example.com/steering\"\npathways = [{two}]"), None),
        ("server = \"https://a.example.com/steering\"".into(), Some("no pathway to steer to")),
        ("server = \"/steering\"".into(), Some("expected a URL")),
        ("server = \"https://a.example.com/st\\\"eering\"".into(), Some("expected a URL")),
        (
            format!("pathways = [{two}, {{ id = \"a\", url = \"https://c.example.com/\", weight = 1 }}]"),
            Some("two pathways"),
        ),
        ("pathways = [{ id = \"a b\", url = \"https://a.example.com/\", weight = 1 }]".into(), Some("ids of letters")),
        (
            "pathways = [{ id = \"a\", url = \"https://a.example.com\", weight = 1 }]".into(),
            Some("URLs that end with /"),
        ),
        ("pathways = [{ id = \"a\", url = \"vod/\", weight = 1 }]".into(), Some("URLs that end with /")),
        (
            "pathways = [{ id = \"a\", url = \"https://a.example.com/\", weight = 1001 }]".into(),
            Some("weights up to 1000"),
        ),
        ("pathways = [{ id = \"a\", url = \"https://a.example.com/\" }]".into(), Some("expected a list")),
        (
            format!(
                "pathways = [{two}, {{ id = \"c\", url = \"https://c.example.com/\", weight = 1, clone_of = \"d\" }}]"
            ),
            Some("clone of d"),
        ),
        (
            format!(
                "pathways = [{two}, {{ id = \"c\", url = \"https://c.example.com/\", weight = 1, clone_of = \"a\" }}]"
            ),
            None,
        ),
    ] {
        let resolved = file(&format!("[origin.steering]\n{text}")).and_then(|layer| resolve([layer]));
        match (says, resolved) {
            (None, Ok(_)) => {}
            (Some(says), Err(error)) => assert!(error.to_string().contains(says), "{text}: {error}"),
            (says, resolved) => panic!("{text}: {says:?}, but {resolved:?}"),
        }
    }
}

#[test]
fn rungs_are_asked_for_by_name() {
    let encode = Settings::default().encode;
    assert_eq!(encode.asked_rungs(), []);
    let text = "[encode]\nrungs = [\"1080p-6000\", \"360p-365\"]\ncrf_offset = -2\nframe_rate = \"30000/1001\"";
    let encode = encode.with_title_file(Path::new("clip.toml"), text).unwrap();
    assert_eq!(encode.asked_rungs(), [(360, 365_000), (1080, 6_000_000)]);
    assert_eq!((encode.crf_offset, encode.frame_rate.as_str()), (-2, "30000/1001"));
    let twice = encode.with_title_file(Path::new("clip.toml"), "[encode]\nrungs = [\"360p-365\", \"0360p-365\"]");
    assert!(twice.is_err(), "one rung, twice");
}
