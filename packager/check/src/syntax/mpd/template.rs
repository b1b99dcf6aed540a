//! URL templates (ISO/IEC 23009-1 §5.3.9.4.4).

/// A longer name is refused: a template can repeat a long identifier without end.
const MAX_EXPANDED: usize = 8 << 10;

/// Values of a template's identifiers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) id: &'a str,
    pub(crate) bandwidth: u64,
    pub(crate) number: u64,
    pub(crate) time: u64,
}

/// Replaces the identifiers of `template`; `Err` says what is wrong with it.
pub(crate) fn expand(template: &str, values: Values<'_>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let Some((identifier, tail)) = after.split_once('$') else {
            return Err(format!("'{template}' has a $ that is not closed"));
        };
        out.push_str(
            &replace(identifier, values).ok_or_else(|| format!("'{template}' has the unknown ${identifier}$"))?,
        );
        rest = tail;
        if out.len() > MAX_EXPANDED {
            break;
        }
    }
    out.push_str(rest);
    if out.len() > MAX_EXPANDED {
        Err(format!("a name of more than {MAX_EXPANDED} bytes is not read"))
    } else {
        Ok(out)
    }
}

fn replace(identifier: &str, values: Values<'_>) -> Option<String> {
    let (name, format) = identifier.split_once('%').map_or((identifier, None), |(n, f)| (n, Some(f)));
    let number = match name {
        "" if format.is_none() => return Some("$".into()),
        // No width goes with it.
        "RepresentationID" if format.is_none() => return Some(values.id.to_owned()),
        "Number" => values.number,
        "Time" => values.time,
        "Bandwidth" => values.bandwidth,
        _ => return None,
    };
    let width = match format {
        None => 1,
        Some(format) => format.strip_prefix('0')?.strip_suffix('d')?.parse::<usize>().ok().filter(|w| *w <= 20)?,
    };
    Some(format!("{number:0width$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_an_end() {
        let id = "x".repeat(5000);
        let values = Values { id: &id, bandwidth: 7, number: 12, time: 900 };
        assert!(expand("$RepresentationID$", values).is_ok());
        assert!(expand(&"$RepresentationID$".repeat(1000), values).is_err());
    }

    #[test]
    fn identifiers_are_replaced() {
        let values = Values { id: "v1", bandwidth: 7, number: 12, time: 900 };
        for (template, expected) in [
            ("$RepresentationID$/$Number%05d$.m4s", Some("v1/00012.m4s")),
            ("$Time$-$Bandwidth%03d$", Some("900-007")),
            ("a$$b", Some("a$b")),
            ("plain", Some("plain")),
            ("$Number", None),
            ("$Number%5d$", None),
            ("$RepresentationID%02d$", None),
            ("$Foo$", None),
        ] {
            assert_eq!(expand(template, values).ok().as_deref(), expected, "{template}");
        }
    }
}
