//! Rules of decoded video and audio: judged with `--decode` alone, by ffmpeg's decoders.

crate::report::rule::rules! {
    WHOLE = "decode-whole", Must, "the codec's standard",
        "a decoder gets through the track to its end",
        why "players stop in the middle"
        mend "write the track anew; look at the segment where the decoder stopped";
    ERRORS = "decode-errors", Must, "the codec's standard",
        "a decoder finds nothing wrong with the track",
        why "viewers see blocks and smears, or hear clicks, until the next sync sample"
        mend "encode the segment anew; verify copies by their digests";
    FRAMES = "decode-frames", Must, "ISOBMFF §3.1",
        "decoding gives as many frames as there are samples",
        why "a sample without a frame is a frame that viewers miss, and sound and picture part"
        mend "encode the track anew; write one access unit a sample";
    ALIGNED = "decode-aligned", Must, "R §6.2.4, CMAF §7.3.4.1",
        "all renditions of a switching set show the same picture at the same time, to the frame",
        why "each switch repeats a picture or skips one, and lips and voice part in one quality alone"
        mend "make all renditions from one decode; count frames on one clock";
    SAME = "decode-same-picture", Must, "R §6.2.4, CMAF §7.3.4.1",
        "all renditions of a switching set show the same content",
        why "viewers see something else when their network gets slower"
        mend "name the right files; encode the rendition that differs anew";
    BLACK = "decode-black", Should, "pack's own",
        "the picture is not black for two seconds or longer; in a rendition, not while the best one is not",
        why "viewers think that the stream has failed"
        mend "look whether it is so in the source; if not, encode anew";
    FROZEN = "decode-frozen", Should, "pack's own",
        "the picture does not stand still for two seconds or longer; in a rendition, not while the best one moves",
        why "viewers think that the stream has failed"
        mend "look whether it is so in the source; if not, encode anew";
    SILENT = "decode-silent", Should, "pack's own",
        "the sound is not silent for two seconds or longer",
        why "viewers think that the sound has failed"
        mend "look whether it is so in the source; if not, look which channels are mapped";
    UNJUDGED = "decode-unjudged", Should, "pack's own",
        "ffmpeg here can decode every track",
        why "nothing is proved of what is seen or heard of the others"
        mend "use an ffmpeg with the decoder; check an encrypted presentation before it is encrypted";
}
