//! The page as one release: every file of it below one path that carries the digest of them all, so
//! that browsers may keep them for good, and `index.html`, filled in with that path. Which files are public is decided in `spa`.

use super::files::{Version, version};
use super::precompressed::Precompressed;
use super::security_headers;
use actix_web::web;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Below it lies one folder for each release that a browser may still know.
pub const ASSETS: &str = "/assets/";

/// For how long nobody looks again whether a file has changed: a look is a hundred system calls.
const FRESH: Duration = Duration::from_secs(1);

/// The release at hand, made again when a file changes.
pub struct Releases {
    folder: PathBuf,
    public: &'static [&'static str],
    last: RwLock<Option<(Instant, Arc<Release>)>>,
    /// Held while one is made, so that a crowd of visitors does not do it many times.
    making: Mutex<()>,
}

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
    /// The releases of a folder, with the one of now: another replica's page may already lead here.
    #[must_use]
    pub fn new(folder: &Path, public: &'static [&'static str]) -> Self {
        let (last, making) = (RwLock::default(), Mutex::default());
        let releases = Self { folder: folder.to_owned(), public, last, making };
        releases.read();
        releases
    }

    /// The release of what is on disk now, or was a second ago. `None` where there is no page.
    pub async fn now(self: &Arc<Self>) -> Option<Arc<Release>> {
        if let Some((seen, release)) = self.last()
            && seen.elapsed() < FRESH
        {
            return Some(release);
        }
        let releases = Arc::clone(self);
        web::block(move || releases.read()).await.ok().flatten()
    }

    /// The release that was made last, if the digest is its own.
    #[must_use]
    pub fn named(&self, digest: &str) -> Option<Arc<Release>> {
        let (_, release) = self.last()?;
        Some(release).filter(|release| release.digest == digest)
    }

    fn last(&self) -> Option<(Instant, Arc<Release>)> {
        self.last.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, release: Arc<Release>) -> Arc<Release> {
        let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
        *last = Some((Instant::now(), Arc::clone(&release)));
        release
    }

    fn read(&self) -> Option<Arc<Release>> {
        let mut files = Vec::new();
        for name in self.public {
            list(&self.folder, name, &mut files);
        }
        files.sort();
        let known = || self.last().map(|(_, known)| known).filter(|known| known.files == files);
        if let Some(known) = known() {
            return Some(self.keep(known));
        }
        let _alone = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known() {
            return Some(known);
        }
        let page = fs::read_to_string(self.folder.join("index.html")).ok()?;
        let mut digest = Sha256::new();
        for (name, _) in &files {
            let bytes = fs::read(self.folder.join(name)).ok()?;
            digest.update(format!("{name}\0{}\0", bytes.len()));
            digest.update(bytes);
        }
        let digest = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(self.keep(Arc::new(Release { digest, files, page, pages: RwLock::default() })))
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
        let (kind, headers) = ("text/html; charset=utf-8", security_headers::of_documents());
        let page = Precompressed::beside(kind, self.filled(words), &headers).cached("no-cache");
        let page = Arc::new(page);
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
