//! Whole documents, and what an independent reader makes of them.

use m3u8_rs::{AlternativeMediaType, Playlist};

use super::*;
use crate::presentation::samples::{assert_golden, audio_alone, full, revision, silent, steering, with_text};

#[test]
fn documents_are_golden() {
    let full = full();
    assert_golden("hls/full.m3u8", &multivariant_playlist(&full, &revision(), None));
    assert_golden("hls/silent.m3u8", &multivariant_playlist(&silent(), &revision(), None));
    assert_golden("hls/audio-alone.m3u8", &multivariant_playlist(&audio_alone(), &revision(), None));
    assert_golden("hls/steered.m3u8", &multivariant_playlist(&full, &revision(), Some(&steering())));
    let best = full.video_tracks().last().unwrap();
    assert_golden("hls/video.m3u8", &media_playlist(&full, &best.track));
    assert_golden("hls/audio.m3u8", &media_playlist(&full, &full.audio().next().unwrap().tracks[0].track));
    assert_golden("hls/iframes.m3u8", &iframe_playlist(best));
    let with_text = with_text();
    assert_golden("hls/text.m3u8", &multivariant_playlist(&with_text, &revision(), None));
    assert_golden("hls/text-steered.m3u8", &multivariant_playlist(&with_text, &revision(), Some(&steering())));
    assert_golden("hls/text-en.m3u8", &text_playlist(&with_text, with_text.text().next().unwrap()));
}

#[test]
fn bandwidths_hold_the_text_that_may_be_shown() {
    let (with, without) = (with_text(), full());
    let most = with.text().map(|set| set.track.peak_bandwidth(with.target_duration())).max().unwrap();
    for (with, without) in with.variants().iter().zip(without.variants()) {
        assert_eq!(with.peak_bandwidth, without.peak_bandwidth + most);
        assert_eq!(with.codecs, without.codecs);
    }
}

#[test]
fn a_reader_finds_every_variant_with_the_presentations_figures() {
    let full = full();
    let text = multivariant_playlist(&full, &revision(), None);
    let Ok((_, Playlist::MasterPlaylist(read))) = m3u8_rs::parse_playlist(text.as_bytes()) else { panic!("{text}") };
    let (variants, iframes): (Vec<_>, Vec<_>) = read.variants.iter().partition(|variant| !variant.is_i_frame);
    assert_eq!((variants.len(), iframes.len()), (6, 3));
    assert_eq!(variants[0].uri, "R0123456789abcdef/video/540p-2000/index.m3u8");
    let target = full.target_duration();
    for variant in variants {
        let video = full.video_tracks().find(|video| variant.uri.contains(&video.track.path)).unwrap();
        let group = read.alternatives.iter().filter(|media| Some(&media.group_id) == variant.audio.as_ref());
        let uris: Vec<&str> = group.filter_map(|media| media.uri.as_deref()).collect();
        let audio = full.audio().flat_map(|set| &set.tracks);
        let audio = audio.filter(|audio| uris.iter().any(|uri| uri.contains(&format!("{}/", audio.track.path))));
        let peak = audio.map(|audio| audio.track.peak_bandwidth(target)).max().unwrap();
        assert_eq!(variant.bandwidth, video.track.peak_bandwidth(target) + peak);
        assert!(variant.average_bandwidth.unwrap() <= variant.bandwidth);
        assert_eq!(variant.resolution.unwrap().height, u64::from(video.height));
        assert_eq!(variant.codecs, Some(format!("{},mp4a.40.2", video.track.codecs)));
    }
    assert!(iframes.iter().all(|iframe| iframe.frame_rate.is_none() && iframe.uri.ends_with("/iframes.m3u8")));
}

/// Name, DEFAULT, AUTOSELECT, CHANNELS and folder of each member of a group.
fn members(text: &str, group: &str) -> Vec<(String, bool, bool, String, String)> {
    let Ok((_, Playlist::MasterPlaylist(read))) = m3u8_rs::parse_playlist(text.as_bytes()) else { panic!("{text}") };
    assert!(read.alternatives.iter().all(|media| media.media_type == AlternativeMediaType::Audio));
    let of = read.alternatives.into_iter().filter(|media| media.group_id == group);
    let folder = |uri: Option<String>| uri.unwrap().split('/').nth_back(1).unwrap().to_owned();
    of.map(|m| (m.name, m.default, m.autoselect, m.channels.unwrap(), folder(m.uri))).collect()
}

#[test]
fn all_groups_have_every_programme_with_the_nearest_number_of_channels() {
    let text = multivariant_playlist(&full(), &revision(), None);
    let row = |name: &str, default, auto, channels: &str, folder: &str| {
        (name.to_owned(), default, auto, channels.to_owned(), folder.to_owned())
    };
    let commentary = row("'Director's' <cut> & more", false, false, "2", "en-2ch-2");
    let german = row("Deutsch", false, true, "2", "de-2ch");
    let stereo = [
        row("English", true, true, "2", "en-2ch"),
        german.clone(),
        commentary.clone(),
        row("Described", false, true, "2", "en-2ch-3"),
    ];
    assert_eq!(members(&text, "audio-2ch"), stereo);
    let surround =
        [row("English", true, true, "6", "en-6ch"), german, commentary, row("Described", false, true, "6", "en-6ch-2")];
    assert_eq!(members(&text, "audio-6ch"), surround);
    let described = text.lines().filter(|l| l.contains("CHARACTERISTICS=\"public.accessibility.describes-video\""));
    assert!(described.clone().count() == 2 && described.clone().all(|line| line.contains("NAME=\"Described\"")));
}

#[test]
fn audio_alone_is_a_stream_of_its_default_programme() {
    let text = multivariant_playlist(&audio_alone(), &revision(), None);
    let Ok((_, Playlist::MasterPlaylist(read))) = m3u8_rs::parse_playlist(text.as_bytes()) else { panic!("{text}") };
    let streams: Vec<_> = read.variants.iter().map(|v| (v.uri.as_str(), v.codecs.as_deref(), v.resolution)).collect();
    let of = |folder| format!("R0123456789abcdef/audio/{folder}/index.m3u8");
    assert_eq!(
        streams,
        [(of("en-2ch").as_str(), Some("mp4a.40.2"), None), (of("en-6ch").as_str(), Some("mp4a.40.2"), None)]
    );
}

#[test]
fn a_reader_finds_every_segment_and_iframe() {
    let full = full();
    let video = full.video_tracks().next().unwrap();
    let read = |text: &str| match m3u8_rs::parse_playlist(text.as_bytes()) {
        Ok((_, Playlist::MediaPlaylist(read))) => read,
        other => panic!("{other:?}"),
    };
    let media = read(&media_playlist(&full, &video.track));
    assert_eq!((media.version, media.target_duration, media.end_list), (Some(6), 6, true));
    assert_eq!(
        media.segments.iter().map(|s| s.uri.as_str()).collect::<Vec<_>>(),
        ["00001.m4s", "00002.m4s", "00003.m4s", "00004.m4s"]
    );
    assert_eq!(media.segments[0].map.as_ref().unwrap().uri, "init.mp4");
    let iframes = read(&iframe_playlist(video));
    assert!(iframes.i_frames_only && iframes.version == Some(5));
    let ranges = iframes.segments.iter().map(|s| s.byte_range.clone().unwrap());
    let fragments = video.track.segments.iter().flat_map(|segment| &segment.fragments);
    assert!(ranges.map(|r| (r.length, r.offset)).eq(fragments.map(|f| (f.first_sample_end, Some(f.offset)))));
}

#[test]
fn every_pathway_has_all_streams_with_groups_of_its_own() {
    let text = multivariant_playlist(&full(), &revision(), Some(&steering()));
    let Ok((_, Playlist::MasterPlaylist(read))) = m3u8_rs::parse_playlist(text.as_bytes()) else { panic!("{text}") };
    let plain = multivariant_playlist(&full(), &revision(), None);
    let Ok((_, Playlist::MasterPlaylist(alone))) = m3u8_rs::parse_playlist(plain.as_bytes()) else { panic!("{plain}") };
    for (id, base) in [("a", "https://a.example.com/vod/shows/ep-1/"), ("b-2", "https://b.example.com/x/shows/ep-1/")] {
        let of_this = |uri: &str| uri.strip_prefix(base).map(str::to_owned);
        let mark = format!("PATHWAY-ID=\"{id}\"");
        assert_eq!(text.lines().filter(|line| line.contains("-STREAM-INF") && line.contains(&mark)).count(), 9);
        let streams: Vec<_> = read.variants.iter().filter_map(|variant| of_this(&variant.uri)).collect();
        assert_eq!(streams, alone.variants.iter().map(|variant| variant.uri.clone()).collect::<Vec<_>>());
        for media in read.alternatives.iter().filter(|media| media.group_id.ends_with(&format!("-{id}"))) {
            assert!(media.uri.as_deref().and_then(of_this).is_some(), "{media:?}");
        }
        let named = read.variants.iter().filter(|variant| variant.uri.starts_with(base));
        assert!(named.filter_map(|variant| variant.audio.as_ref()).all(|group| group.ends_with(&format!("-{id}"))));
    }
    assert!(
        text.contains("#EXT-X-CONTENT-STEERING:SERVER-URI=\"https://www.example.com/steering\",PATHWAY-ID=\"a\"\n")
    );
}
