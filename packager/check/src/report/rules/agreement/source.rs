//! A package against what it was made from: known to who packages, kept in `title.json`, or probed from `--source`.

crate::report::rule::rules! {
    DURATION = "source-duration", Must, "pack's contract",
        "the picture lasts as long as the source's, within one frame",
        why "the end of the recording is missing, or something was added"
        mend "package the whole source; count frames on its own clock";
    START = "source-sound-start", Must, "pack's contract",
        "the sound begins where it did in the source, relative to the picture: at most 5 ms later",
        why "lips and voice part: people notice from 20 ms of delay on"
        mend "describe the encoder's priming, and keep the source's own offset between sound and picture";
    END = "source-sound-end", Must, "pack's contract",
        "the sound ends where it did in the source, relative to the picture: at most 5 ms earlier",
        why "the end of the sound is cut off, or it has run ahead of the picture on the way"
        mend "package all of the sound, at the source's own speed";
    ASPECT = "source-aspect", Must, "pack's contract",
        "the picture has the source's shape, after rotation and with its pixels' shape, within 0.5 %",
        why "people look fat or thin"
        mend "scale both sides by the same factor; apply the source's rotation and pixel aspect ratio";
    UPSCALED = "source-upscaled", Must, "pack's contract",
        "no rendition is larger than the source",
        why "it costs bits and shows nothing that a smaller one does not"
        mend "leave rungs above the source's size out";
    RATE = "source-frame-rate", Must, "pack's contract",
        "no rendition has more frames a second than the source",
        why "frames that are shown twice cost bits, and motion stutters"
        mend "package at the source's own rate, or half of it";
    SOUND = "source-sound", Must, "pack's contract",
        "there is sound if and only if the source has it",
        why "a silent title with sound, or sound that nobody hears"
        mend "map the source's sound tracks, and none where it has none";
}
