//! `docs/FAULTS.md` names tests: each of them exists, and each row names one for each provider or says why not.

use std::fs::{read_dir, read_to_string};
use std::path::Path;

/// The columns that name tests, by how their heads begin.
const TESTS: [&str; 3] = ["held by", "with MessageBird", "with Twilio"];
/// What a cell without a name may begin with; a reason follows.
const REASONS: [&str; 2] = ["not applicable: ", "no test of its own: "];
/// So many words make a name that can be nothing but a test's.
const LONG: usize = 5;

/// The names of all functions below a directory.
fn functions(below: &Path, names: &mut Vec<String>) {
    for entry in read_dir(below).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read_to_string(&path).unwrap();
            let named = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            names.extend(named.map(str::to_owned));
        }
    }
}

/// What stands between backticks and may name a test; with an ellipsis it names all that begin so.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    text.split('`').skip(1).step_by(2).filter(move |name| {
        name.contains('_') && name.trim_end_matches('…').chars().all(|it| plain(it) || it == '_')
    })
}

/// The cells of a row of a table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.trim_end().strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

#[test]
fn every_test_that_a_row_names_exists_and_every_row_names_one() {
    let backend = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = Vec::new();
    for below in ["src", "tests", "crates"] {
        functions(&backend.join(below), &mut known);
    }
    let exists = |name: &str| match name.strip_suffix('…') {
        Some(start) => known.iter().any(|it| it.starts_with(start)),
        None => known.iter().any(|it| it == name),
    };
    let (mut missing, mut silent, mut rows) = (Vec::new(), Vec::new(), 0);
    let text = read_to_string(backend.join("../docs/FAULTS.md")).unwrap();
    let mut heads = Vec::new();
    for line in text.lines() {
        let numbered = |name: &str| {
            name.strip_prefix('f')
                .is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()))
        };
        let is_test = |name: &&str| numbered(name) || name.split('_').count() >= LONG;
        missing.extend(names(line).filter(is_test).filter(|name| !exists(name)));
        let Some(cells) = cells(line) else {
            heads.clear();
            continue;
        };
        if heads.is_empty() {
            heads = cells;
            continue;
        }
        if !cells[0].starts_with('F') {
            continue;
        }
        rows += 1;
        assert_eq!(cells.len(), heads.len(), "{line}");
        for (_, cell) in heads.iter().zip(&cells).filter(|(head, _)| TESTS.contains(head)) {
            missing.extend(names(cell).filter(|name| !exists(name)));
            let told =
                names(cell).next().is_some() || REASONS.iter().any(|it| cell.starts_with(it));
            if !told {
                silent.push(line);
            }
        }
    }
    assert_eq!((missing, silent), (vec![], vec![]));
    assert!(rows >= 60, "{rows} rows: the tables are read");
}
