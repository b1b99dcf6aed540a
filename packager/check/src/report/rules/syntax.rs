//! Playlists of HLS as text.

crate::report::rule::rules! {
    EXTM3U = "hls-extm3u", Must, "R §4.4.1.1",
        "a playlist's first line is #EXTM3U",
        why "players tell playlists from other text by it, and stop where it is missing"
        mend "write #EXTM3U as the first line, nothing before it";
    ENCODING = "hls-encoding", Must, "R §4",
        "a playlist is UTF-8 without byte order mark and without control characters",
        why "clients must refuse a playlist that has a byte order mark or is no UTF-8"
        mend "write plain UTF-8; only line feed, and carriage return before it, may be control characters";
    SECOND_READER = "hls-second-reader", Must, "R §4",
        "a second, independent reader takes the playlist and finds the same in it",
        why "what two readers understand differently, two players play differently"
        mend "see the reader's words in the message; most often a value has the wrong type or the wrong quotes";
    LIMIT = "hls-limit", Must, "R §10",
        "a playlist stays within what a careful client reads",
        why "clients bound what they read, to be safe from endless playlists"
        mend "make the playlist shorter, or the window of a live one";
    TAG_TWICE = "hls-tag-twice", Must, "R §4.4",
        "tags that describe the whole playlist stand in it once",
        why "clients must refuse a playlist with two versions, and take either of two target durations"
        mend "write the tag once";
    TAG_VALUE = "hls-tag-value", Must, "R §4.4",
        "a tag's value has the form that the tag wants",
        why "clients drop the tag or the whole playlist"
        mend "write the value in the tag's form";
    MIXED = "hls-mixed-tags", Must, "R §4.1",
        "media playlist tags stand in media playlists, multivariant ones in multivariant playlists",
        why "clients must refuse a playlist that is both"
        mend "move the tag to the playlist of its kind";
    ATTRIBUTE_LIST = "hls-attribute-list", Must, "R §4.2",
        "an attribute list is NAME=value pairs with commas between and no spaces",
        why "clients give up at the first character that does not fit"
        mend "write NAME=value,NAME=\"text\"; no space, no comma at the end, every quote closed";
    ATTRIBUTE_TWICE = "hls-attribute-twice", Must, "R §4.2",
        "no attribute stands twice in a tag",
        why "one client takes the first, another the last"
        mend "write the attribute once";
    ATTRIBUTE_MISSING = "hls-attribute-missing", Must, "R §4.4",
        "a tag has the attributes that it requires",
        why "clients ignore or refuse a tag without them"
        mend "add the attribute";
    STRING_UNQUOTED = "hls-string-unquoted", Must, "R §4.2",
        "quoted-string attributes stand in quotes",
        why "strict clients refuse the tag"
        mend "put the value in double quotes";
    VALUE_QUOTED = "hls-value-quoted", Must, "R §4.2",
        "enumerated strings, numbers and resolutions stand without quotes",
        why "TYPE=\"AUDIO\" is not AUDIO to a strict client, and the rendition is lost"
        mend "take the quotes away";
    ATTRIBUTE_VALUE = "hls-attribute-value", Must, "R §4.2",
        "an attribute's value is one that the attribute may have",
        why "clients ignore the attribute or the tag"
        mend "use a value that the message names";
    URI = "hls-uri", Must, "R §4.1",
        "a URI is one",
        why "nothing can be loaded from it"
        mend "escape what may not stand in a URI";
    URI_ALONE = "hls-uri-alone", Must, "R §4.4.6.2",
        "each URI line of a multivariant playlist follows an EXT-X-STREAM-INF",
        why "clients do not know what is there"
        mend "write the tag before the line, or take the line away";
    VARIANT_URI = "hls-variant-uri", Must, "R §4.4.6.2",
        "each EXT-X-STREAM-INF has a URI line after it",
        why "the variant cannot be played"
        mend "write the media playlist's URI in the next line";
    VERSION = "hls-version", Must, "R §7",
        "EXT-X-VERSION is at least what the playlist's tags need",
        why "a client that believes the number reads the playlist by older rules"
        mend "raise EXT-X-VERSION to the number in the message";
    TARGET_MISSING = "hls-target-missing", Must, "R §4.4.3.1",
        "a media playlist has EXT-X-TARGETDURATION",
        why "clients pace their reloads and buffers by it, and refuse a playlist without"
        mend "write EXT-X-TARGETDURATION";
    SEQUENCE_LATE = "hls-sequence-late", Must, "R §4.4.3.2",
        "EXT-X-MEDIA-SEQUENCE stands before the first segment",
        why "clients have numbered segments by then"
        mend "move it to the head of the playlist";
    EXTINF_MISSING = "hls-extinf-missing", Must, "R §4.4.4.1",
        "each segment has an EXTINF",
        why "without durations nothing can be sought or scheduled"
        mend "write #EXTINF:<seconds>, before each URI";
    EXTINF_ALONE = "hls-extinf-alone", Must, "R §4.4.4.1",
        "each EXTINF has a URI after it",
        why "the segment is lost"
        mend "write the segment's URI, or take the tag away";
    EXTINF_COMMA = "hls-extinf-comma", Should, "R §4.4.4.1",
        "EXTINF's duration is followed by a comma",
        why "the comma is part of the tag even without a title, and some clients look for it"
        mend "write #EXTINF:6.000,";
    BYTERANGE_OFFSET = "hls-byterange-offset", Must, "R §4.4.4.2",
        "a byte range without an offset follows a range of the same file",
        why "nobody knows where it starts"
        mend "write N@O";
    KEY_URI = "hls-key-uri", Must, "R §4.4.4.4",
        "EXT-X-KEY has a URI unless METHOD=NONE",
        why "the segments cannot be decrypted"
        mend "add URI";
    EMPTY = "hls-empty", Must, "R §6.2.1",
        "a media playlist names at least one segment",
        why "there is nothing to play"
        mend "name the segments";
}
