//! The page: the files under the front-end folder, as they are written. Which of them are public is
//! decided here; nothing is built.

use super::packed::Packed;
use super::problem::{Kind, Problem};
use super::state::State;
use actix_files::NamedFile;
use actix_web::http::Method;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

/// What a visitor may have. Tests, tools and their settings live beside these and are not served.
const PUBLIC: [&str; 9] = [
    "index.html",
    "main.js",
    "phone-verification.js",
    "favicon.svg",
    "api",
    "elements",
    "i18n",
    "state",
    "styles",
];

/// The files that were asked for, compressed, each for as long as it does not change on disk.
pub struct Page {
    folder: PathBuf,
    /// Only files that exist have an entry, so nobody can make it grow.
    kept: RwLock<HashMap<String, Kept>>,
    /// Held while a file is compressed, so that a crowd of first visitors does not do it many times.
    loading: Mutex<()>,
}

struct Kept {
    version: Version,
    packed: Arc<Packed>,
}

/// What tells a file from its earlier self, for the price of one system call.
type Version = (Option<SystemTime>, u64);

impl Page {
    /// The page in a folder. Reads nothing yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), kept: RwLock::default(), loading: Mutex::default() }
    }

    async fn find(self: &Arc<Self>, name: &str) -> Option<Arc<Packed>> {
        let path = self.folder.join(name);
        let version = version(&path)?;
        if let Some(packed) = self.kept(name, version) {
            return Some(packed);
        }
        let (page, name) = (Arc::clone(self), name.to_owned());
        web::block(move || page.load(&path, name, version).ok()).await.ok().flatten()
    }

    fn kept(&self, name: &str, version: Version) -> Option<Arc<Packed>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(name).filter(|kept| kept.version == version);
        kept.map(|kept| Arc::clone(&kept.packed))
    }

    fn load(&self, path: &Path, name: String, version: Version) -> io::Result<Arc<Packed>> {
        let _alone = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packed) = self.kept(&name, version) {
            return Ok(packed);
        }
        let kind = NamedFile::open(path)?.content_type().clone();
        let kind = match (kind.type_().as_str(), kind.subtype().as_str()) {
            // Scripts that are modules are UTF-8 whatever is said.
            ("text", "html" | "css" | "plain") => format!("{}; charset=utf-8", kind.essence_str()),
            _ => kind.essence_str().to_owned(),
        };
        let packed = Packed::new(&kind, fs::read(path)?);
        // Names carry no hash, so a file is asked for each time and usually not sent again; the
        // page itself is never kept.
        let packed = if name == "index.html" { packed } else { packed.cached("no-cache") };
        let packed = Arc::new(packed);
        let kept = Kept { version, packed: Arc::clone(&packed) };
        self.kept.write().unwrap_or_else(PoisonError::into_inner).insert(name, kept);
        Ok(packed)
    }
}

fn version(path: &Path) -> Option<Version> {
    let file = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((file.modified().ok(), file.len()))
}

/// Any path that no route has: a file of the page, or 404; never the page in its place.
///
/// # Errors
/// [`Kind::NotFound`], [`Kind::MethodNotAllowed`].
pub async fn file(request: HttpRequest, state: Data<State>) -> Result<HttpResponse, Problem> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let allow = Some("GET, HEAD");
        return Err(Problem { allow, ..Problem::from(Kind::MethodNotAllowed) });
    }
    let name = public(request.path()).ok_or(Kind::NotFound)?;
    let packed = state.page.find(name).await.ok_or(Kind::NotFound)?;
    Ok(packed.respond(&request))
}

/// The name of a public file. A name is plain letters between slashes: what is encoded, hidden or
/// climbs is none.
fn public(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    let name = if name.is_empty() { "index.html" } else { name };
    let plain = |part: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
        !part.starts_with('.') && !part.is_empty() && part.bytes().all(plain)
    };
    let listed = name.split('/').next().is_some_and(|first| PUBLIC.contains(&first));
    (listed && name.split('/').all(plain)).then_some(name)
}
