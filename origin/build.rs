//! Embeds the pages (`web/pages`) and the players that they use (`web/package-lock.json`, from npm) in the program.
//!
//! Everything is made below `OUT_DIR`; the source tree is only read. Where npm or the network is missing the pages are
//! built all the same and say so themselves.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A player: the name that the pages know it by, its npm package, and the file of it that a browser loads.
const PLAYERS: [(&str, &str, &str); 3] = [
    ("hls", "hls.js", "dist/hls.min.mjs"),
    ("shaka", "shaka-player", "dist/shaka-player.compiled-es2021.js"),
    ("dash", "dashjs", "dist/modern/esm/dash.mediaplayer.min.js"),
];

/// The texts that must go with the players' code.
const LICENCES: [&str; 4] = [
    "hls.js/LICENSE",
    "shaka-player/LICENSE",
    "dashjs/LICENSE.md",
    "dashjs/dist/modern/esm/dash.mediaplayer.min.js.LICENSE.txt",
];

fn main() -> Result<()> {
    let web = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("web");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for watched in ["pages", "package.json", "package-lock.json"] {
        println!("cargo::rerun-if-changed=web/{watched}");
    }
    if let Err(error) = fetch_players(&web, &out) {
        println!(
            "cargo::warning=the pages are built without players: {error}. Where npm and the network are there, \
             `touch origin/build.rs` and build again"
        );
    }
    let mut site = Site::default();
    let players = site.add_players(&out.join("players"))?;
    let assets = site.add_assets(&web.join("pages"))?;
    for page in ["index.html", "watch.html"] {
        let html = fs::read_to_string(web.join("pages").join(page))?;
        let html = html.replace("{{assets}}", &assets).replace("{{players}}", &players);
        fs::write(out.join(page), html)?;
        site.pages.push(out.join(page));
    }
    fs::write(out.join("web.rs"), site.code()?)?;
    Ok(())
}

/// Puts the players' files into `out/players`, unless those of this lock file are there.
fn fetch_players(web: &Path, out: &Path) -> Result<()> {
    let (npm, players, stamp) = (out.join("npm"), out.join("players"), out.join("players.lock"));
    let lock = fs::read(web.join("package-lock.json"))?;
    if fs::read(&stamp).is_ok_and(|made_from| made_from == lock) {
        return Ok(());
    }
    for old in [&npm, &players] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
        fs::create_dir_all(old)?;
    }
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(web.join(file), npm.join(file))?;
    }
    install(&npm)?;
    let modules = npm.join("node_modules");
    for (name, package, file) in PLAYERS {
        let extension = Path::new(file).extension().unwrap_or_default();
        fs::copy(modules.join(package).join(file), players.join(name).with_extension(extension))?;
    }
    let licences = LICENCES.map(|file| fs::read_to_string(modules.join(file)).map(|text| format!("{file}\n\n{text}")));
    let licences = licences.into_iter().collect::<std::result::Result<Vec<_>, _>>()?;
    fs::write(players.join("licences.txt"), licences.join("\n\n----\n\n"))?;
    fs::remove_dir_all(&npm)?; // a quarter of a gigabyte, of which two megabytes were wanted
    fs::write(stamp, lock)?;
    Ok(())
}

/// Installs what the lock file in `folder` names: only code that is fetched, none that runs.
fn install(folder: &Path) -> Result<()> {
    let output = Command::new("npm")
        .args([
            "ci",
            "--ignore-scripts",
            "--prefer-offline",
            "--fetch-retries=0",
            "--fetch-timeout=30000",
            "--loglevel=error",
        ])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("npm cannot be run ({error})"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let cause = said.lines().find(|line| line.contains("code ")).unwrap_or("npm said nothing");
    Err(format!("`npm ci` failed ({}): {}", output.status, cause.trim()).into())
}

/// What the program serves besides titles.
#[derive(Default)]
struct Site {
    assets: Vec<Asset>,
    pages: Vec<PathBuf>,
}

/// A file whose URL has the hash of its content in it.
struct Asset {
    url: String,
    file: PathBuf,
}

impl Site {
    /// Adds what there is of the players and their licences. Returns a JSON object of their URLs by name.
    fn add_players(&mut self, folder: &Path) -> Result<String> {
        let mut urls = Vec::new();
        for file in files(folder)? {
            let hash = short_hash(&fs::read(&file)?);
            let name = name_of(&file)?;
            let url = format!("/assets/{hash}/{name}");
            urls.push(format!("{:?}:{url:?}", name.split('.').next().unwrap_or(name)));
            self.assets.push(Asset { url, file });
        }
        Ok(format!("{{{}}}", urls.join(",")))
    }

    /// Adds the pages' own scripts and styles below one folder of URLs, named by the hash of them all, since they
    /// refer to each other by relative names. Returns that folder.
    fn add_assets(&mut self, folder: &Path) -> Result<String> {
        let files =
            files(folder)?.into_iter().filter(|file| file.extension().is_some_and(|extension| extension != "html"));
        let named = files.map(|file| Ok((file.strip_prefix(folder)?.display().to_string(), file)));
        let named = named.collect::<Result<Vec<_>>>()?;
        let mut all = Vec::new();
        for (name, file) in &named {
            all.extend(name.bytes().chain([0]));
            all.extend(fs::read(file)?);
        }
        let base = format!("/assets/{}", short_hash(&all));
        for (name, file) in named {
            self.assets.push(Asset { url: format!("{base}/{name}"), file });
        }
        Ok(base)
    }

    /// The Rust source that embeds it all: tables of (URL or page's name, entity tag, content).
    fn code(&self) -> Result<String> {
        let mut code = String::new();
        let pages = self.pages.iter().map(|file| Ok((name_of(file)?, file))).collect::<Result<Vec<_>>>()?;
        let assets = self.assets.iter().map(|asset| (asset.url.as_str(), &asset.file)).collect();
        for (table, entries) in [("PAGES", pages), ("ASSETS", assets)] {
            writeln!(code, "const {table}: &[(&str, &str, &[u8])] = &[")?;
            for (name, file) in entries {
                let tag = format!("\"{}\"", short_hash(&fs::read(file)?));
                writeln!(code, "    ({name:?}, {tag:?}, include_bytes!({:?})),", file.display().to_string())?;
            }
            code.push_str("];\n");
        }
        Ok(code)
    }
}

/// The files below a folder in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() { files.extend(self::files(&path)?) } else { files.push(path) }
    }
    files.sort();
    Ok(files)
}

fn name_of(file: &Path) -> Result<&str> {
    let name = file.file_name().and_then(|name| name.to_str());
    name.ok_or_else(|| format!("{}: its name is no text", file.display()).into())
}

fn short_hash(content: &[u8]) -> String {
    blake3::hash(content).to_hex()[..16].to_owned()
}
