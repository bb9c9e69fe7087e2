//! The page as one release: every file of it below one path that carries the digest of them all, so
//! that browsers may keep them for good, and `index.html`, filled in with that path. Which files are public is decided in `spa`.

use super::files::{Files, Version, version};
use super::precompressed::Precompressed;
use actix_web::web;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

/// Below it lies one folder for each release that a browser may still know.
pub const ASSETS: &str = "/assets/";

/// The release at hand, made again when a file changes.
#[derive(Default)]
pub struct Releases(RwLock<Option<Arc<Release>>>);

/// The files as they are now.
pub struct Release {
    /// Names them all.
    pub digest: String,
    files: Vec<(String, Version)>,
    /// `index.html` as it is written.
    page: String,
    /// The same, filled in for each language of words; the empty name is for none.
    pages: RwLock<HashMap<String, Arc<Precompressed>>>,
}

impl Releases {
    /// The release of what is on disk now. `None` where there is no page.
    pub async fn now(
        self: &Arc<Self>,
        files: &Arc<Files>,
        public: &'static [&str],
    ) -> Option<Arc<Release>> {
        let (releases, files) = (Arc::clone(self), Arc::clone(files));
        web::block(move || releases.read(files.folder(), public)).await.ok().flatten()
    }

    /// The release that was made last, if the digest is its own.
    #[must_use]
    pub fn named(&self, digest: &str) -> Option<Arc<Release>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|release| release.digest == digest).map(Arc::clone)
    }

    fn read(&self, folder: &Path, public: &[&str]) -> Option<Arc<Release>> {
        let mut files = Vec::new();
        for name in public {
            list(folder, name, &mut files);
        }
        files.sort();
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.files == files) {
            return Some(known);
        }
        let page = fs::read_to_string(folder.join("index.html")).ok()?;
        let mut digest = Sha256::new();
        for (name, _) in &files {
            let bytes = fs::read(folder.join(name)).ok()?;
            digest.update(format!("{name}\0{}\0", bytes.len()));
            digest.update(bytes);
        }
        let digest = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let release = Arc::new(Release { digest, files, page, pages: RwLock::default() });
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&release));
        Some(release)
    }
}

/// Adds a file, or every file below a folder.
fn list(folder: &Path, name: &str, files: &mut Vec<(String, Version)>) {
    let path = folder.join(name);
    if let Some(version) = version(&path) {
        files.push((name.to_owned(), version));
        return;
    }
    for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
        if let Some(inside) = entry.file_name().to_str().filter(|inside| !inside.starts_with('.')) {
            list(folder, &format!("{name}/{inside}"), files);
        }
    }
}

impl Release {
    /// `index.html` for a reader: its links lead to the files of this release, and the words of the
    /// reader's language are asked for with the first bytes.
    #[must_use]
    pub fn page(&self, wanted: &str) -> Arc<Precompressed> {
        let words = self.words(wanted).unwrap_or_default();
        let known = self.pages.read().unwrap_or_else(PoisonError::into_inner).get(words).cloned();
        if let Some(page) = known {
            return page;
        }
        let page = Arc::new(Precompressed::new("text/html; charset=utf-8", self.filled(words)));
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.insert(words.to_owned(), Arc::clone(&page));
        page
    }

    /// Whether a file is still the one of this release.
    #[must_use]
    pub fn has(&self, name: &str, folder: &Path) -> bool {
        let own = self.files.iter().find(|(known, _)| known == name);
        own.is_some_and(|(_, own)| version(&folder.join(name)).as_ref() == Some(own))
    }

    fn filled(&self, words: &str) -> String {
        let mut page = self.page.clone();
        for link in [" href=\"", " src=\""] {
            let mut parts = page.split(link);
            let mut filled = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                filled.push_str(link);
                // What begins with a slash is the service's own path.
                if !part.starts_with('/') {
                    filled.push_str(&format!("{ASSETS}{}/", self.digest));
                }
                filled.push_str(part);
            }
            page = filled;
        }
        if words.is_empty() {
            return page;
        }
        let early = format!(
            "<link rel=\"modulepreload\" href=\"{ASSETS}{}/i18n/{words}.js\">\n  <script",
            self.digest
        );
        page.replacen("<script", &early, 1)
    }

    /// The language whose words are likely wanted: that of the first wish that has any. A wrong guess
    /// costs a request, so what is not plain is not guessed.
    fn words(&self, wanted: &str) -> Option<&str> {
        let has = |tag: &str| {
            let file = format!("i18n/{tag}.js");
            let found = self.files.iter().find(|(name, _)| name.eq_ignore_ascii_case(&file));
            found.and_then(|(name, _)| name.strip_prefix("i18n/")?.strip_suffix(".js"))
        };
        wanted.split(',').take(10).find_map(|wish| {
            let tag = wish.split(';').next()?.trim();
            has(tag).or_else(|| has(tag.split('-').next()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> Release {
        let files = ["i18n/en.js", "i18n/pt-BR.js", "i18n/pt.js", "main.js"];
        let files = files.map(|name| (name.to_owned(), (None, 0))).to_vec();
        let page = "<link href=\"styles/page.css\"><a href=\"/docs\"><script src=\"main.js\">";
        Release { digest: "0a1b".into(), files, page: page.into(), pages: RwLock::default() }
    }

    #[test]
    fn the_page_names_the_release_and_the_words_of_its_reader() {
        for (wanted, words) in [
            ("", ""),
            ("en-GB,en;q=0.9", "en"),
            ("pt-br, en", "pt-BR"),
            ("pt-AO;q=1", "pt"),
            ("tlh, */*;q=0.1, en", "en"),
            ("\u{fffd};;;,,,", ""),
        ] {
            assert_eq!(release().words(wanted).unwrap_or_default(), words, "{wanted}");
        }
        assert_eq!(
            release().filled("pt"),
            "<link href=\"/assets/0a1b/styles/page.css\"><a href=\"/docs\">\
             <link rel=\"modulepreload\" href=\"/assets/0a1b/i18n/pt.js\">\n  \
             <script src=\"/assets/0a1b/main.js\">"
        );
    }
}
