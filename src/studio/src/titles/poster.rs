//! A poster of one's own: made anew from its pixels, within bounds, and put beside the source, where the packager finds it.
//! It becomes a new revision without encoding video again.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use super::beside;
use crate::http::App;
use crate::http::problem::Problem;
use crate::store::titles::Title;

/// Most bytes of a picture.
pub const MOST: usize = 10 << 20;
/// Most pixels of one (ASVS 5.0 5.2.6).
const PIXELS: u64 = 40_000_000;
/// Most memory of reading one: its pixels in 16 bits and four channels.
const MEMORY: u64 = PIXELS * 8;
/// Longest side of what is kept.
const SIDE: u32 = 3840;
/// Latest time of a frame, seconds.
const LONGEST: f64 = 1e7;
/// JPEG's quality.
const QUALITY: u8 = 90;

/// Why a picture is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It is none of the kinds that are read.
    #[error("this is no picture in JPEG, PNG or WebP; export it as one of them")]
    Kind,
    /// It is too large.
    #[error("a poster has at most 40 megapixels; make it smaller")]
    TooLarge,
    /// It is broken.
    #[error("this picture is damaged; export it again")]
    Damaged,
}

/// Gives a title `picture` as its poster.
///
/// # Errors
/// 400 for what is no picture; 403 where the source is the operator's; 409 where it is gone.
pub async fn set(app: &App, title: &Title, picture: Vec<u8>) -> Result<(), Problem> {
    let to = place(app, title)?;
    let made = in_turn(&app.pictures, move || {
        let jpeg = match renewed(&picture) {
            Ok(jpeg) => jpeg,
            Err(error) => return Ok(Err(error)),
        };
        beside::put(&to, &jpeg).map(Ok)
    });
    match made.await? {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Problem::invalid("poster", &error.to_string())),
        Err(error) => Err(Problem::internal(&format!("the poster can't be kept: {error}"))),
    }
}

/// Gives a title the frame that is shown at this many seconds as its poster.
///
/// # Errors
/// 400 where there is no picture then; otherwise as [`set`].
pub async fn choose(app: &App, title: &Title, seconds: f64) -> Result<(), Problem> {
    place(app, title)?;
    if !(0.0..=LONGEST).contains(&seconds) {
        return Err(Problem::invalid("at", "expected seconds from the beginning"));
    }
    #[allow(clippy::cast_possible_truncation, reason = "it is bounded above")]
    let at = (seconds * 1000.0) as i64;
    let (packager, name) = (app.ports.packager.clone(), title.title.clone());
    let taken = in_turn(&app.pictures, move || packager.still(&name, at)).await?;
    let picture = taken.map_err(|error| Problem::internal(&error.to_string()))?;
    let none = || Problem::invalid("at", "there is no picture at this time; give the title a picture of your own");
    set(app, title, picture.ok_or_else(none)?).await
}

/// Takes a title's own poster away: the packager makes one.
///
/// # Errors
/// As for [`set`].
pub async fn clear(app: &App, title: &Title) -> Result<(), Problem> {
    let path = place(app, title)?;
    let removed = tokio::task::spawn_blocking(move || crate::uploads::file::remove(&path));
    let removed = removed.await.map_err(|error| Problem::internal(&error.to_string()))?;
    removed.map_err(|error| Problem::internal(&error.to_string()))
}

/// Does blocking `work` when there is a turn for it. The turn is the work's, which goes on where whoever asked went away.
async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(|error| Problem::internal(&error.to_string()))?;
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error.to_string()))
}

/// Where a title's own poster lies.
fn place(app: &App, title: &Title) -> Result<PathBuf, Problem> {
    beside::source(app, title).map(|source| source.with_extension("jpg"))
}

/// The picture as a JPEG of its pixels alone: nothing else that was in the file is kept.
fn renewed(picture: &[u8]) -> Result<Vec<u8>, PictureError> {
    let mut reader = ImageReader::new(Cursor::new(picture)).with_guessed_format().map_err(|_| PictureError::Kind)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(PictureError::Kind);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| why(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(PictureError::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(|error| why(&error))?;
    pixels.apply_orientation(orientation);
    if pixels.width().max(pixels.height()) > SIDE {
        pixels = pixels.thumbnail(SIDE, SIDE);
    }
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    pixels.into_rgb8().write_with_encoder(encoder).map_err(|_| PictureError::Damaged)?;
    Ok(jpeg)
}

const fn why(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        image::ImageError::Unsupported(_) => PictureError::Kind,
        _ => PictureError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::new_rgba8(width, height).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn pictures_are_made_anew_within_bounds() {
        let small = image::load_from_memory(&renewed(&png(64, 36)).unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (64, 36));
        let wide = image::load_from_memory(&renewed(&png(7680, 100)).unwrap()).unwrap();
        assert_eq!((wide.width(), wide.height()), (3840, 50));
        assert_eq!(renewed(&png(8000, 5001)), Err(PictureError::TooLarge));
        for text in ["", "<svg xmlns='http://www.w3.org/2000/svg'/>", "GIF89a", "#EXTM3U\nhttp://a/", "\u{89}PNG"] {
            assert_eq!(renewed(text.as_bytes()), Err(PictureError::Kind), "{text}");
        }
        let whole = png(64, 36);
        assert_eq!(renewed(&whole[..whole.len() / 2]), Err(PictureError::Damaged));
    }

    #[tokio::test]
    async fn a_turn_lasts_as_long_as_its_work_though_nobody_waits_for_it() {
        let turns = Arc::new(Semaphore::new(2));
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let work = move || {
            begin.send(()).unwrap();
            ended.recv().unwrap();
        };
        // The one who asked goes away once the work has begun.
        tokio::select! {
            _ = in_turn(&turns, work) => unreachable!("it waits for `end`"),
            begun = begun => begun.unwrap(),
        }
        assert_eq!(turns.available_permits(), 1);
        end.send(()).unwrap();
        drop(turns.acquire_many(2).await.unwrap());
    }

    #[test]
    fn what_lies_behind_the_picture_does_not_come_along() {
        let mut polyglot = png(16, 16);
        polyglot.extend_from_slice(b"<script>alert(1)</script>");
        let renewed = renewed(&polyglot).unwrap();
        assert!(!renewed.windows(8).any(|window| window == b"<script>"));
    }
}
