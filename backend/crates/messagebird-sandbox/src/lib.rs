//! messagebird-sandbox
