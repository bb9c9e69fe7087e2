//! Content that is the same for everybody: compressed once, tagged, and sent as often as asked for.
//! Which content that is, and how long it is kept, is for those who have it.

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, Encoding, EntityTag,
    Header, HeaderValue, IfNoneMatch, Preference, Quality, VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use std::io::{self, Write};

/// What is larger is compressed less hard: at the end of brotli's scale 1 MB takes seconds.
const HARDEST: usize = 128 * 1024;

/// One content in every encoding that makes it smaller.
#[derive(Debug)]
pub struct Precompressed {
    kind: HeaderValue,
    cache: Option<HeaderValue>,
    plain: Variant,
    gzip: Option<Variant>,
    brotli: Option<Variant>,
}

#[derive(Debug)]
struct Variant {
    encoding: Option<HeaderValue>,
    tag: EntityTag,
    body: Bytes,
}

impl Precompressed {
    /// Compresses `plain`, of the media type `kind`. Takes up to two milliseconds for each KB.
    #[must_use]
    pub fn new(kind: &str, plain: impl Into<Bytes>) -> Self {
        Self::beside(kind, plain, "")
    }

    /// The same where the tag stands for `headers`, too: who is told that nothing has changed keeps those of before.
    #[must_use]
    pub fn beside(kind: &str, plain: impl Into<Bytes>, headers: &str) -> Self {
        let plain = plain.into();
        let digest = Sha256::new_with_prefix(headers).chain_update(&plain).finalize();
        let variant = |encoding: Option<&'static str>, body: Bytes| {
            let hash: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
            let tag = EntityTag::new_strong(format!("{hash}-{}", encoding.unwrap_or("plain")));
            Variant { encoding: encoding.map(HeaderValue::from_static), tag, body }
        };
        let smaller = |encoding, compressed: io::Result<Vec<u8>>| {
            let compressed = compressed.ok().filter(|compressed| compressed.len() < plain.len())?;
            Some(variant(Some(encoding), compressed.into()))
        };
        Self {
            kind: HeaderValue::from_str(kind)
                .unwrap_or(HeaderValue::from_static("application/octet-stream")),
            cache: None,
            gzip: smaller("gzip", gzip(&plain)),
            brotli: smaller("br", brotli(&plain)),
            plain: variant(None, plain),
        }
    }

    /// The same with a `Cache-Control` of its own.
    #[must_use]
    pub fn cached(self, rule: &'static str) -> Self {
        Self { cache: Some(HeaderValue::from_static(rule)), ..self }
    }

    /// The answer to a `GET` or `HEAD`: in the encoding that the client likes best, or 304.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let variant = self.variant(request);
        let mut response = if knows(request, &variant.tag) {
            HttpResponse::NotModified().finish()
        } else {
            let mut response = HttpResponse::Ok().body(variant.body.clone());
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, self.kind.clone());
            if let Some(encoding) = &variant.encoding {
                headers.insert(CONTENT_ENCODING, encoding.clone());
            }
            response
        };
        let headers = response.headers_mut();
        if let Ok(tag) = HeaderValue::try_from(variant.tag.to_string()) {
            headers.insert(ETAG, tag);
        }
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(cache) = &self.cache {
            headers.insert(CACHE_CONTROL, cache.clone());
        }
        response
    }

    /// The smallest of those that the client likes best. What it does not name is not wanted,
    /// unless a star stands for it.
    fn variant(&self, request: &HttpRequest) -> &Variant {
        let accepted =
            AcceptEncoding::parse(request).unwrap_or_else(|_| AcceptEncoding(Vec::new()));
        let quality = |encoding: Encoding| {
            let named = Preference::Specific(encoding);
            let of = |wanted| accepted.iter().find(|item| item.item == wanted);
            of(named).or_else(|| of(Preference::Any)).map_or(Quality::ZERO, |item| item.quality)
        };
        let (brotli, gzip) = (quality(Encoding::brotli()), quality(Encoding::gzip()));
        let gzip_is_best = self.brotli.is_none() || gzip > brotli;
        match (&self.brotli, &self.gzip) {
            (_, Some(variant)) if gzip > Quality::ZERO && gzip_is_best => variant,
            (Some(variant), _) if brotli > Quality::ZERO => variant,
            _ => &self.plain,
        }
    }
}

/// Whether the client has this very content already. Tags are compared weakly, as RFC 9110 asks
/// here: proxies that compress weaken a tag.
fn knows(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let hardest = plain.len() <= HARDEST;
    let settings = BrotliEncoderParams {
        mode: BrotliEncoderMode::BROTLI_MODE_TEXT,
        quality: if hardest { 11 } else { 5 },
        // A window as large as the content: the tables for it are as large.
        lgwin: if hardest { plain.len().max(1 << 10).ilog2() as i32 + 1 } else { 22 },
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &plain[..], &mut compressed, &settings)?;
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn answer(headers: &[(&'static str, &str)]) -> HttpResponse {
        let text = "the same words over and over, ".repeat(40);
        let mut request = TestRequest::get();
        for header in headers {
            request = request.insert_header(*header);
        }
        Precompressed::new("text/plain", text).respond(&request.to_http_request())
    }

    #[test]
    fn sends_what_the_client_likes_best() {
        for (accepted, encoding) in [
            ("", None),
            ("gzip", Some("gzip")),
            ("gzip, deflate, br, zstd", Some("br")),
            ("GZIP;q=0.9, br;q=0.5", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("gzip;q=0", None),
            ("identity", None),
            ("gzip;q=nonsense", None),
        ] {
            let answer = answer(&[("accept-encoding", accepted)]);
            let got = answer.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(got, encoding, "{accepted}");
            assert_eq!(answer.headers().get(VARY).unwrap(), "accept-encoding");
        }
    }

    #[test]
    fn does_not_send_again_what_is_known() {
        let first = answer(&[("accept-encoding", "br")]);
        let tag = first.headers().get(ETAG).unwrap().to_str().unwrap();
        for known in [tag, &format!("W/{tag}"), &format!("\"other\", {tag}"), "*"] {
            let again = answer(&[("accept-encoding", "br"), ("if-none-match", known)]);
            assert_eq!((again.status().as_u16(), again.headers().len()), (304, 2), "{known}");
        }
        // The same words in another encoding are other bytes.
        assert_eq!(answer(&[("if-none-match", tag)]).status(), 200);
    }

    #[test]
    fn leaves_alone_what_does_not_shrink() {
        let compressed = Precompressed::new("text/plain", "x");
        assert!(compressed.gzip.is_none() && compressed.brotli.is_none());
    }
}
