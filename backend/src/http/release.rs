//! The page as one release: every file of it below one path that carries the digest of them all, so
//! that browsers may keep them for good, without the comments of those who write it, and `index.html`,
//! filled in with that path. Which files are public is decided in `spa`.

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
    /// Scripts and style sheets without their comments, by name.
    lean: RwLock<HashMap<String, Arc<Precompressed>>>,
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
        let release = Arc::new(Release {
            digest,
            files,
            page,
            pages: RwLock::default(),
            lean: RwLock::default(),
        });
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

    /// A script or style sheet of this release. `None` for any other file, and for none.
    pub async fn lean(
        self: &Arc<Self>,
        name: &str,
        files: &Arc<Files>,
    ) -> Option<Arc<Precompressed>> {
        let kind = match name.rsplit_once('.')?.1 {
            "js" => "text/javascript",
            "css" => "text/css; charset=utf-8",
            _ => return None,
        };
        self.files.iter().find(|(known, _)| known == name)?;
        if let Some(known) = self.lean.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(Arc::clone(known));
        }
        let (path, this, name) = (files.folder().join(name), Arc::clone(self), name.to_owned());
        let made = web::block(move || {
            let text = without_comments(&fs::read_to_string(path).ok()?);
            let made = Arc::new(Precompressed::new(kind, text));
            let mut lean = this.lean.write().unwrap_or_else(PoisonError::into_inner);
            lean.insert(name, Arc::clone(&made));
            Some(made)
        });
        made.await.ok().flatten()
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

/// The same without comments that have lines of their own. What stands beside code stays, so that
/// nothing has to be understood of it.
fn without_comments(text: &str) -> String {
    let mut inside = false;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let trimmed = line.trim();
        let begins = trimmed.starts_with("/*");
        let ends = trimmed.ends_with("*/");
        // A line that goes on after the end of its comment is code.
        let beside = begins && !ends && trimmed.contains("*/");
        if inside || (begins && !beside) {
            inside = !ends;
        } else if !trimmed.starts_with("//") && !trimmed.is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release() -> Release {
        let files = ["i18n/en.js", "i18n/pt-BR.js", "i18n/pt.js", "main.js"];
        let files = files.map(|name| (name.to_owned(), (None, 0))).to_vec();
        let page = "<link href=\"styles/page.css\"><a href=\"/docs\"><script src=\"main.js\">";
        let (pages, lean) = (RwLock::default(), RwLock::default());
        Release { digest: "0a1b".into(), files, page: page.into(), pages, lean }
    }

    #[test]
    fn only_comments_on_lines_of_their_own_are_left_out() {
        let written = "/**\n * What it is.\n */\n\nimport a from './a.js';\n/** One. */\nconst x = \
                       /** @type {const} */ (1); // why\n  // why\n/** @type {X} */ (x).y();\n/* z */\n";
        let lean = "import a from './a.js';\nconst x = /** @type {const} */ (1); // why\n\
                    /** @type {X} */ (x).y();\n";
        assert_eq!(without_comments(written), lean);
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
