//! Query strings.

use percent_encoding::percent_decode_str;
use shared::error::{DetailCode, Error, Violation};

use crate::http::Result;

/// Decodes `application/x-www-form-urlencoded` pairs, strictly: what is not UTF-8 is refused.
pub(super) fn decode_query(query: &str) -> Result<Vec<(String, String)>> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned).ok()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        decode(name).zip(decode(value)).ok_or_else(|| {
            let violation = Violation::new(
                name.chars().take(100).collect::<String>(),
                DetailCode::Encoding,
                "Is not percent-encoded UTF-8.",
            );
            Error::BadQuery(vec![violation]).into()
        })
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Code;

    #[test]
    fn query_strings_are_decoded_strictly() {
        let pairs = decode_query("a=1+2&b%5Bin%5D=%C3%A9&&c").unwrap();
        let expected = [("a", "1 2"), ("b[in]", "é"), ("c", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(decode_query("a=%FF").unwrap_err().code, Code::InvalidQuery);
    }
}
