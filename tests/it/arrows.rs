//! The arrows between the crates, as ARCHITECTURE.md draws them.

use std::collections::BTreeSet;

use crate::harness::root;

/// Each crate and the crates of this workspace it may know.
const ARROWS: &[(&str, &[&str])] = &[
    ("notes", &[]),
    ("index", &["notes"]),
    ("answer", &["index"]),
    ("models", &["answer", "index"]),
    ("tui", &["answer"]),
    ("app", &["answer", "index", "models", "notes", "tui"]),
];

/// What a crate must not depend on, whatever it is good for.
const NEVER: &[(&str, &[&str])] = &[
    ("notes", &["tokio", "reqwest", "fastembed", "ort", "hnsw_rs"]),
    ("index", &["tokio", "reqwest", "fastembed", "ort", "ratatui"]),
    ("answer", &["reqwest", "fastembed", "ort", "ratatui", "toml", "clap"]),
    ("tui", &["reqwest", "fastembed", "ort", "toml", "clap"]),
    ("app", &["reqwest", "fastembed", "ort", "hnsw_rs", "tantivy"]),
];

fn dependencies(krate: &str) -> BTreeSet<String> {
    let manifest = root().join("crates").join(krate).join("Cargo.toml");
    let table: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
    let mut tables = vec![table.get("dependencies")];
    if let Some(targets) = table.get("target").and_then(|targets| targets.as_table()) {
        tables.extend(targets.values().map(|target| target.get("dependencies")));
    }
    tables.into_iter().flatten().flat_map(|table| table.as_table().unwrap().keys().cloned()).collect()
}

#[test]
fn crates_know_only_those_below_them() {
    let ours: BTreeSet<&str> = ARROWS.iter().map(|(krate, _)| *krate).collect();
    for (krate, allowed) in ARROWS {
        let known: BTreeSet<String> =
            dependencies(krate).into_iter().filter(|name| ours.contains(name.as_str())).collect();
        let allowed: BTreeSet<String> = allowed.iter().map(|&name| name.to_owned()).collect();
        assert!(known.is_subset(&allowed), "{krate} knows {known:?}, and may know {allowed:?}");
    }
}

#[test]
fn every_crate_has_its_arrows() {
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let listed: BTreeSet<String> = ARROWS.iter().map(|(krate, _)| (*krate).to_owned()).collect();
    assert_eq!(folders, listed);
}

#[test]
fn heavy_and_effectful_dependencies_stay_at_the_edge() {
    for (krate, never) in NEVER {
        let known = dependencies(krate);
        for name in *never {
            assert!(!known.contains(*name), "{krate} depends on {name}");
        }
    }
}
