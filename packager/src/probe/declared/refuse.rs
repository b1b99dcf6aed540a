//! Sources that can't be packaged, by what they declare.

use std::path::Path;

use super::facts::container_id;
use super::json::Stream;
use super::{aperture, container};
use crate::probe::error::ProbeError;

/// Refuses containers that hold no recording of their own.
pub(in crate::probe) fn format(format: &str, path: &Path) -> Result<(), ProbeError> {
    let first = format.split(',').next().unwrap_or_default();
    if first == "webp_pipe" && container::animated_webp(path).map_err(|error| ProbeError::io(path, error))? {
        return Err(ProbeError::AnimatedWebp(path.into()));
    }
    if first == "image2" || first.ends_with("_pipe") {
        return Err(ProbeError::StillImage(path.into()));
    }
    Ok(())
}

/// Refuses a track that cannot be decoded, saying why.
pub(in crate::probe) fn undecodable(stream: &Stream, path: &Path) -> Result<(), ProbeError> {
    let protected = |tag: &str| matches!(tag, "encv" | "enca" | "drmi" | "drms");
    let declared = stream.side_data_list.iter().any(|data| data.side_data_type.starts_with("Encryption"));
    if declared || stream.codec_tag_string.as_deref().is_some_and(protected) {
        return Err(ProbeError::Encrypted { path: path.into(), track: stream.index });
    }
    if !stream.decodable() {
        let protected = || container_id(stream).map_or(Ok(false), |id| aperture::is_protected(path, id));
        let locked = container::scrambled(path).and_then(|scrambled| Ok(scrambled || protected()?));
        if locked.map_err(|error| ProbeError::io(path, error))? {
            return Err(ProbeError::Encrypted { path: path.into(), track: stream.index });
        }
        let codec = stream.codec().to_owned();
        return Err(ProbeError::Undecodable { path: path.into(), track: stream.index, codec });
    }
    Ok(())
}

/// Refuses Dolby Vision whose base layer cannot be shown by itself, such as profile 5.
pub(in crate::probe) fn dolby(stream: &Stream, path: &Path) -> Result<(), ProbeError> {
    let told =
        stream.side_data_list.iter().find_map(|data| Some((data.dv_profile?, data.dv_bl_signal_compatibility_id)));
    match told {
        Some((profile, compatible)) if compatible.map_or(profile == 5, |id| id == 0) => {
            Err(ProbeError::DolbyVision { path: path.into(), track: stream.index, profile })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(json: &str) -> Stream {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn dolby_vision_needs_a_base_layer_of_its_own() {
        let refused = |data: &str| {
            let stream = stream(&format!(r#"{{"side_data_list": [{{"side_data_type": "Display Matrix"}}, {data}]}}"#));
            dolby(&stream, Path::new("x.mp4")).err().map(|error| error.to_string())
        };
        let message = refused(r#"{"dv_profile": 5, "dv_bl_signal_compatibility_id": 0}"#).unwrap();
        assert!(message.starts_with("x.mp4: track 0 is Dolby Vision of profile 5, "), "{message}");
        assert!(refused(r#"{"dv_profile": 5}"#).is_some());
        assert!(refused(r#"{"dv_profile": 10, "dv_bl_signal_compatibility_id": 0}"#).is_some());
        for id in [1, 2, 4, 6] {
            assert_eq!(refused(&format!(r#"{{"dv_profile": 8, "dv_bl_signal_compatibility_id": {id}}}"#)), None);
        }
        assert_eq!(refused("{}"), None);
    }
}
