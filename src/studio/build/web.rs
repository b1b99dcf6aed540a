//! Scripts and styles: built by Vite in a copy of `web`, embedded under names that have the hash of their content.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Result;

/// All that they are built from.
pub(crate) const SOURCES: [&str; 6] =
    ["package.json", "package-lock.json", ".npmrc", "vite.config.ts", "plugins", "src"];
/// Below this path they are served.
const BASE: &str = "/studio/assets/";
/// The texts that must go with the code of others.
const LICENCES: [&str; 4] =
    ["@noble/hashes/LICENSE", "hls.js/LICENSE", "media-chrome/LICENSE", "tus-js-client/LICENSE"];

/// The Rust source of two tables: the paths of what pages name, and each file with its path and entity tag.
pub(crate) fn code(web: &Path, out: &Path) -> Result<String> {
    let (copy, site) = (out.join("web"), out.join("site"));
    if let Err(error) = build(web, &copy, &site) {
        println!(
            "cargo::warning=the studio's pages are built without scripts and styles: {error}. Where npm and the network \
             are there, `touch src/studio/build.rs` and build again"
        );
        fs::remove_dir_all(&site).or_else(|error| if site.exists() { Err(error) } else { Ok(()) })?;
        fs::create_dir_all(&site)?;
    }
    let mut code = String::from("const NAMES: &[(&str, &str)] = &[\n");
    for (name, file) in named(&site)? {
        writeln!(code, "    ({name:?}, {:?}),", format!("{BASE}{file}"))?;
    }
    code.push_str("];\nconst FILES: &[(&str, &str, &[u8])] = &[\n");
    for file in files(&site)? {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("a file's name is no text")?;
        if name == "manifest.json" {
            continue;
        }
        let tag = format!("\"{}\"", &blake3::hash(&fs::read(&file)?).to_hex()[..16]);
        writeln!(code, "    ({name:?}, {tag:?}, include_bytes!({:?})),", file.display().to_string())?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// Builds `web` into `site`. What npm installs is kept for as long as the lock file stays the same.
fn build(web: &Path, copy: &Path, site: &Path) -> Result<()> {
    fs::create_dir_all(copy)?;
    for source in SOURCES {
        let target = copy.join(source);
        if target.is_dir() {
            fs::remove_dir_all(&target)?;
        }
        copy_all(&web.join(source), &target)?;
    }
    let (lock, stamp) = (fs::read(copy.join("package-lock.json"))?, copy.join("installed.lock"));
    if fs::read(&stamp).ok().as_ref() != Some(&lock) {
        run(Command::new("npm")
            .args(["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline"])
            .args(["--fetch-retries=0", "--fetch-timeout=30000", "--loglevel=error"])
            .current_dir(copy))?;
        fs::write(&stamp, lock)?;
    }
    let vite = ["node_modules/vite/bin/vite.js", "build", "--logLevel", "error", "--outDir"];
    run(Command::new("node").args(vite).arg(site).current_dir(copy))?;
    let licences = LICENCES
        .map(|file| fs::read_to_string(copy.join("node_modules").join(file)).map(|text| format!("{file}\n\n{text}")));
    let licences = licences.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    fs::write(site.join("licences.txt"), licences.join("\n\n----\n\n"))?;
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().display().to_string();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name} cannot be run ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let cause = said.lines().find(|line| line.to_lowercase().contains("error")).unwrap_or("it did not say why");
    Err(format!("{name} failed ({}): {}", output.status, cause.trim()).into())
}

/// What pages name, with the file that it is: from Vite's manifest, and nothing where that is missing.
fn named(site: &Path) -> Result<Vec<(&'static str, String)>> {
    let Ok(manifest) = fs::read(site.join("manifest.json")) else { return Ok(Vec::new()) };
    let manifest: Value = serde_json::from_slice(&manifest)?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("manifest.json is not as Vite writes it");
    let main = &manifest["src/main.ts"];
    Ok(vec![
        ("main.js", text(&main["file"])?),
        ("main.css", text(&main["css"][0])?),
        ("icon.svg", text(&manifest["src/icon.svg"]["file"])?),
        ("licences.txt", "licences.txt".into()),
    ])
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    if from.is_file() {
        fs::copy(from, to).map_err(|error| format!("{}: {error}", from.display()))?;
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))? {
        let entry = entry?;
        copy_all(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// The files of a folder in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
