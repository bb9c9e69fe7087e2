//! What somebody could try who holds less than he should: one test for each row of the table in
//! `docs/proof.md`.
