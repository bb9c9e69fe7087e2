//! messagebird-verify
