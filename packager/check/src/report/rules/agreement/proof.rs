//! A title against its source, looked at and listened to: what publishing proves, and `--source` tells.

crate::report::rule::rules! {
    READ = "proof-read", Must, "pack's contract",
        "the source can be read, looked at and listened to, so that the title can be compared with it",
        why "what was not compared is not proven"
        mend "keep the source until its title is published; look at what ffmpeg says of it";
    DURATION = "proof-duration", Must, "pack's contract",
        "the picture lasts as long as what the source's packets hold, its stretches laid end to end, with sound that begins before or ends after it",
        why "a part of the recording is missing, or a picture stands that nobody recorded"
        mend "lay recordings that are joined end to end by what their packets last; hold the first and the last picture while there is sound alone";
    PICTURES = "proof-pictures", Must, "pack's contract",
        "most of the source's pictures are shown: the frame rate is not below what the source has for most of its time",
        why "motion stutters, since pictures are left out"
        mend "take the usual rate that is nearest to the source's, never the one below";
    REPEATED = "proof-repeated", Must, "pack's contract",
        "no picture is repeated in a pattern: film that came in video's 29.97 frames a second has its own 23.976",
        why "motion judders four times a second, and every fifth picture is encoded for nothing"
        mend "undo the pulldown: match the fields and leave out what repeats; take the source's own rate";
    TORN = "proof-torn", Must, "pack's contract",
        "each frame shows one moment: where the source is of fields, frames are made of them",
        why "whatever moves has torn edges, which no player mends"
        mend "deinterlace, as the frames' flags or a look at them tell; encode.deinterlace = \"off\" keeps lines as they are";
    VIDEO_TRACKS = "proof-video-tracks", Must, "pack's contract",
        "every video track of the source is packaged, or title.json names it as left out",
        why "nobody knows that a part of the recording is missing"
        mend "say of each track that is left out which it is";
    AUDIO_TRACKS = "proof-audio-tracks", Must, "pack's contract",
        "every audio track of the source is heard in a rendition, or title.json names it as left out",
        why "a language or a commentary is missing, and nobody knows"
        mend "package every audio track; say of each that is left out which it is";
    CAPTIONS = "proof-captions", Must, "RFC 8216bis §4.4.6.2, DASH-IF IOP",
        "CEA-608 and CEA-708 captions within the video are declared: CLOSED-CAPTIONS in HLS, Accessibility in DASH",
        why "players offer captions that are declared; those who need them do not find the others"
        mend "declare each caption service, or take the captions out of the video";
    PURPOSE = "proof-purpose", Must, "RFC 8216bis §4.4.6.1, ETSI TS 103 285 §6.1.2, ISO/IEC 23009-1 §5.8.5.5",
        "audio that the source marks as a description of the video, as a commentary or as for people who hear badly is marked so: CHARACTERISTICS in HLS, Role or Accessibility in DASH, and no commentary plays unasked",
        why "those who need it do not find it, and others hear it unasked"
        mend "take over the source's disposition (visual_impaired, descriptions, hearing_impaired, comment)";
    SHAPE = "proof-shape", Must, "pack's contract",
        "the picture has the shape of the source's, as ffprobe tells it: turned, and with its pixels' shape, within 1 %",
        why "people look fat or thin, or lie on their side"
        mend "apply the source's rotation and pixel aspect ratio once";
    PICTURE = "proof-picture", Must, "pack's contract",
        "where a segment begins and in its middle, the picture is the one that the source shows at that time, upright and whole",
        why "viewers see another picture than was recorded: after each join of chunks, or all the time"
        mend "enter the source at a key frame that is shown in time; decode from there; look at the filters";
    COLOUR = "proof-colour", Must, "pack's contract",
        "the picture has the source's colours and brightness",
        why "faces are green, or all is dim"
        mend "convert with the source's own matrix, transfer and range; declare what was written";
    POSTER = "proof-poster", Must, "pack's contract",
        "a poster that is taken from the video has its shape, its colours and its lines",
        why "it is the first that people see of a title"
        mend "make the poster with the filters of the video; convert to a JPEG's matrix and range";
    STILL = "proof-still", Must, "pack's contract",
        "the picture does not stand while the source's moves",
        why "viewers think that the stream has failed"
        mend "look at the frame clock of the filters, and at holes in the source's time stamps";
    SILENT = "proof-silent", Must, "pack's contract",
        "there is sound wherever the source has it, and none where it has none",
        why "words are missing, or are heard at another time"
        mend "package all of each audio track, with silence in its holes; look at which channels are mapped";
    STEP = "proof-step", Must, "pack's contract",
        "at its start and at its end, sound is within 10 ms of where the source has it beside the picture",
        why "lips and voice part: people notice from 20 ms of delay on"
        mend "keep the source's own offset between sound and picture, and describe the encoder's priming";
}
