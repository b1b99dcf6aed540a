//! The formats and codecs that are read from files: those that recordings have.
//!
//! ffmpeg knows several hundred more, of games and of test instruments, which nobody attends to but who looks for holes,
//! and formats that name other files to be opened (`hls`, `dash`, `concat`). Tracks of text and data have no list: ffprobe would
//! refuse a whole broadcast for its teletext, and nothing else decodes them.

use std::ffi::{OsStr, OsString};

/// Demuxers, by ffmpeg's names.
const FORMATS: &str = "mov,matroska,mpegts,mpeg,avi,flv,live_flv,asf,wtv,mxf,gxf,dv,ogg,rm,nut,ivf,obu,av1,h264,hevc,\
    vvc,m4v,mpegvideo,h263,h261,vc1,mjpeg,yuv4mpegpipe,gif,apng,wav,w64,aiff,au,caf,mp3,aac,loas,ac3,eac3,dts,dtshd,\
    truehd,mlp,flac,amr,amrnb,amrwb,ape,tta,wv,tak,dsf,iff,mpc,mpc8,oma,image2,jpeg_pipe,png_pipe,webp_pipe,bmp_pipe,\
    tiff_pipe,gif_pipe,srt,webvtt,ass,ttml,voc,dhav,nuv,shn,vqf,rpl,smjpeg,mpjpeg";

/// Decoders of video, by ffmpeg's names. Not magicyuv: it is rare, and wrote beyond its memory until 2026 (CVE-2026-8461).
const VIDEO: &str = "h264,hevc,vvc,av1,libdav1d,libaom-av1,vp9,libvpx-vp9,vp8,libvpx,vp7,vp6,vp6f,vp6a,vp5,vp3,theora,\
    mpeg1video,mpeg2video,mpegvideo,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4,h261,h263,h263i,h263p,flv,flashsv,flashsv2,wmv1,\
    wmv2,wmv3,vc1,wmv3image,vc1image,mss1,mss2,mjpeg,mjpegb,dvvideo,prores,dnxhd,cfhd,hap,hq_hqa,hqx,cllc,ffv1,\
    huffyuv,ffvhuff,utvideo,lagarith,zmbv,tscc2,qtrle,rpza,smc,svq1,svq3,cinepak,indeo2,indeo3,indeo4,indeo5,\
    cavs,dirac,libschroedinger,snow,rawvideo,v210,v210x,v308,v408,v410,r210,r10k,avrp,ayuv,yuv4,y41p,wrapped_avframe,\
    rv10,rv20,rv30,rv40,speedhq,notchlc,png,apng,gif,bmp,tiff,webp,jpeg2000,libopenjpeg,jpegls,012v,8bps,aasc,aic,amv,\
    apv,asv1,asv2,avrn,avui,bitpacked,camstudio,camtasia,clearvideo,cljr,cyuv,dxtory,dxv,fic,fmvc,fraps,g2m,hymt,kgv1,\
    libdavs2,libuavs3d,loco,lscr,m101,media100,mimic,mscc,msp2,msrle,msvideo1,mszh,mts2,mwsc,mxpeg,nuv,pixlet,\
    prores_raw,prosumer,rasc,rscc,screenpresso,sheervideo,smvjpeg,sp5x,srgc,tdsc,truemotion1,truemotion2,vble,vcr1,\
    vmnc,vp4,wcmv,wnv1,xl,ylc,zerocodec,zlib";

/// Decoders of audio, by ffmpeg's names.
const AUDIO: &str = "aac,aac_fixed,aac_latm,libfdk_aac,ac3,ac3_fixed,eac3,dca,truehd,mlp,mp1,mp1float,mp2,mp2float,\
    mp3,mp3float,mp3adu,mp3adufloat,mp3on4,mp3on4float,flac,alac,als,opus,libopus,vorbis,libvorbis,wmav1,wmav2,wmapro,\
    wmalossless,wmavoice,amrnb,amrwb,libopencore_amrnb,libopencore_amrwb,gsm,gsm_ms,libgsm,libgsm_ms,g722,g723_1,g726,\
    g726le,g729,speex,libspeex,cook,sipr,atrac1,atrac3,atrac3al,nellymoser,tta,wavpack,ape,tak,shorten,mpc7,mpc8,qdm2,\
    qdmc,qcelp,evrc,ilbc,dsd_lsbf,dsd_lsbf_planar,dsd_msbf,dsd_msbf_planar,s302m,dolby_e,mace3,mace6,dvaudio,pcm_alaw,\
    pcm_mulaw,pcm_bluray,pcm_dvd,pcm_f16le,pcm_f24le,pcm_f32be,pcm_f32le,pcm_f64be,pcm_f64le,pcm_lxf,pcm_s16be,\
    pcm_s16be_planar,pcm_s16le,pcm_s16le_planar,pcm_s24be,pcm_s24daud,pcm_s24le,pcm_s24le_planar,pcm_s32be,pcm_s32le,\
    pcm_s32le_planar,pcm_s64be,pcm_s64le,pcm_s8,pcm_s8_planar,pcm_u16be,pcm_u16le,pcm_u24be,pcm_u24le,pcm_u32be,\
    pcm_u32le,pcm_u8,pcm_vidc,adpcm_ima_wav,adpcm_ima_qt,adpcm_ima_ws,adpcm_ms,adpcm_swf,adpcm_yamaha,adpcm_g722,\
    adpcm_g726,adpcm_g726le,real_144,real_288,adpcm_ct,adpcm_ima_amv,adpcm_ima_dk3,adpcm_ima_dk4,adpcm_sbpro_2,\
    adpcm_sbpro_3,adpcm_sbpro_4,atrac3plus,atrac3plusal,dss_sp,dst,g728,iac,imc,metasound,msnsiren,on2avc,ralf,sbc,\
    siren,truespeech,twinvq";

/// `args` with what holds for each input that is a file: only these formats, and codecs of video and audio.
///
/// This is said where processes start, so that no command can be made without, and no job's name holds it.
#[must_use]
pub fn guarded(args: &[OsString]) -> Vec<OsString> {
    let mut guarded = Vec::with_capacity(args.len() + 8);
    for (at, arg) in args.iter().enumerate() {
        let is_file = |url: &OsString| url.as_encoded_bytes().starts_with(b"file:");
        if arg == OsStr::new("-i") && args.get(at + 1).is_some_and(is_file) {
            guarded.extend(
                ["-format_whitelist", FORMATS, "-codec_whitelist:v", VIDEO, "-codec_whitelist:a", AUDIO]
                    .map(OsString::from),
            );
        }
        guarded.push(arg.clone());
    }
    guarded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_guarded_and_no_pipe() {
        let args = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        let list = "-format_whitelist F -codec_whitelist:v V -codec_whitelist:a A";
        let expected = args(&format!("-v error {list} -i file:a.mp4 -i pipe:0 {list} -i file:-i -y file:b.mkv"));
        let expected = expected.into_iter().map(|arg| match arg.to_str() {
            Some("F") => FORMATS.into(),
            Some("V") => VIDEO.into(),
            Some("A") => AUDIO.into(),
            _ => arg,
        });
        let made = guarded(&args("-v error -i file:a.mp4 -i pipe:0 -i file:-i -y file:b.mkv"));
        assert_eq!(made, expected.collect::<Vec<_>>());
    }

    #[test]
    fn the_lists_are_plain() {
        for name in [FORMATS, VIDEO, AUDIO].into_iter().flat_map(|list| list.split(',')) {
            assert!(
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)),
                "{name}"
            );
        }
    }
}
