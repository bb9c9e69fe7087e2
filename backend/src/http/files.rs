//! The files of a folder, kept compressed until they change on disk. Which of them are public is
//! decided in `spa`.

use super::precompressed::Precompressed;
use actix_files::NamedFile;
use actix_web::web;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;
use tokio::sync::Mutex;

/// The files that were asked for, compressed, each for as long as it does not change on disk.
pub struct Files {
    folder: PathBuf,
    /// Only files that exist have an entry, so nobody can make it grow.
    kept: RwLock<HashMap<String, Kept>>,
    /// Held while a file is compressed, so that a crowd of first visitors does not do it many times, nor on many threads,
    /// each of which keeps the memory it took.
    loading: Mutex<()>,
}

struct Kept {
    version: Version,
    compressed: Arc<Precompressed>,
}

/// What tells a file from its earlier self, for the price of one system call.
pub type Version = (Option<SystemTime>, u64);

impl Files {
    /// The files of a folder. Reads nothing yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), kept: RwLock::default(), loading: Mutex::default() }
    }

    /// Where they are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of the folder, if there is one of that name. Names are not checked here.
    pub async fn find(self: &Arc<Self>, name: &str) -> Option<Arc<Precompressed>> {
        let path = self.folder.join(name);
        let version = version(&path)?;
        if let Some(compressed) = self.kept(name, version) {
            return Some(compressed);
        }
        let _alone = self.loading.lock().await;
        if let Some(compressed) = self.kept(name, version) {
            return Some(compressed);
        }
        let (files, name) = (Arc::clone(self), name.to_owned());
        web::block(move || files.load(&path, name, version).ok()).await.ok().flatten()
    }

    fn kept(&self, name: &str, version: Version) -> Option<Arc<Precompressed>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(name).filter(|kept| kept.version == version);
        kept.map(|kept| Arc::clone(&kept.compressed))
    }

    fn load(&self, path: &Path, name: String, version: Version) -> io::Result<Arc<Precompressed>> {
        let kind = NamedFile::open(path)?.content_type().clone();
        let kind = match (kind.type_().as_str(), kind.subtype().as_str()) {
            // Scripts that are modules are UTF-8 whatever is said.
            ("text", "html" | "css" | "plain") => format!("{}; charset=utf-8", kind.essence_str()),
            _ => kind.essence_str().to_owned(),
        };
        let compressed = Precompressed::new(&kind, fs::read(path)?);
        // Names carry no hash, so a file is asked for each time and usually not sent again.
        let compressed = Arc::new(compressed.cached("no-cache"));
        let kept = Kept { version, compressed: Arc::clone(&compressed) };
        self.kept.write().unwrap_or_else(PoisonError::into_inner).insert(name, kept);
        Ok(compressed)
    }
}

/// The file as it is now, if there is one.
pub fn version(path: &Path) -> Option<Version> {
    let file = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((file.modified().ok(), file.len()))
}
