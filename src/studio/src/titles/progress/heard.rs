//! What is said in titles: the cues of the subtitles that are published with them, for the search.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use config::title::{TextKind, Title as Described};
use config::tree::{TEXT, WHOLE_TEXT};

use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Cue, cues};
use crate::store::search::cues as spoken;
use crate::store::titles::Title;

/// Most bytes of a text that are read. The packager writes it: as WebVTT, in UTF-8.
const MOST: u64 = 16 << 20;

/// Brings the cues of a title in line with what is published of it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn note(app: &App, made: &Title, published: &Described) -> Result<(), Problem> {
    if made.heard == published.revision {
        return Ok(());
    }
    let folder = app.ports.library.join(made.title.as_str()).join(&published.revision).join(TEXT);
    let texts = texts(published);
    let read = tokio::task::spawn_blocking(move || read(&folder, &texts)).await;
    let heard = read.map_err(|error| Problem::internal(&error.to_string()))?;
    let mut db = app.store.write().await?;
    spoken::replace(&mut db, &made.id, &published.revision, &heard).await?;
    Ok(db.commit().await?)
}

/// The renditions to read, by language: what is said, rather than what is heard as well. What is forced is in them.
fn texts(published: &Described) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for kind in [TextKind::Captions, TextKind::Subtitles] {
        let of_kind = published.text.iter().filter(|text| text.kind == kind);
        texts.extend(of_kind.map(|text| (text.language.clone(), text.name.clone())));
    }
    texts
}

/// The cues of each language. A text that can't be read has none.
fn read(folder: &Path, texts: &BTreeMap<String, String>) -> BTreeMap<String, Vec<Cue>> {
    let of = |name: &str| {
        let path: PathBuf = folder.join(name).join(WHOLE_TEXT);
        let mut text = String::new();
        std::fs::File::open(&path)?.take(MOST).read_to_string(&mut text)?;
        Ok::<_, std::io::Error>(cues(&text))
    };
    let read = |(language, name): (&String, &String)| match of(name) {
        Ok(cues) => Some((language.clone(), cues)),
        Err(error) => {
            tracing::warn!("what is said in '{}' can't be searched for: {error}", folder.join(name).display());
            None
        }
    };
    texts.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_is_heard_once() {
        let dir = tempfile::tempdir().unwrap();
        for (name, said) in [("en", "Hello"), ("fr", "Bonjour")] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
            let text = format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{said}\n");
            std::fs::write(dir.path().join(name).join(WHOLE_TEXT), text).unwrap();
        }
        let texts = ["en", "fr", "de"].map(|name| (name.to_owned(), name.to_owned())).into();
        let heard = read(dir.path(), &texts);
        assert_eq!(heard.keys().collect::<Vec<_>>(), ["en", "fr"]);
        assert_eq!(heard["fr"], [Cue { start: 1000, text: "Bonjour".into() }]);
    }
}
