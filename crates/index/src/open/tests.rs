use std::fs;
use std::path::PathBuf;

use super::*;
use crate::testing::{Desk, HashingEmbedder};
use crate::{FileState, check};

/// Enough notes that a graph is walked and not passed over for being small.
fn desk() -> Desk {
    let desk = Desk::new(&[]);
    for n in 0..40 {
        let part = |m| {
            format!("# Part {m} of {n}\n\nParagraph {m} of note {n} tells of thing{n}x{m} and colour{m}.\n\n")
        };
        desk.write(&format!("note-{n:02}.md"), &(0..4).map(part).collect::<String>());
    }
    desk.build();
    desk
}

/// The files of the only generation, relative to it.
fn files(desk: &Desk) -> Vec<String> {
    let check = check(&desk.index_dir()).unwrap();
    assert!(check.is_ok(), "{check:?}");
    check.files.into_iter().map(|file| file.name).collect()
}

fn folder(desk: &Desk) -> PathBuf {
    desk.index_dir().join("generation-000001")
}

/// What a sound index answers to some questions.
fn answers(index: &Index) -> Vec<Vec<u32>> {
    let ask = |n: u32| {
        let question = HashingEmbedder::vector(&format!("what does note {n} tell of thing{n}x2"));
        index.store().nearest(&question, 5, None).iter().map(|hit| hit.row).collect()
    };
    (0..40).map(ask).collect()
}

/// Opens an index of which `file` was spoiled: it must either answer as before and say what is wrong, or name the file.
fn must_be_noticed(desk: &Desk, file: &str, how: &str, expected: &[Vec<u32>]) {
    let derived = file == GRAPH || file.starts_with("lexical/");
    match desk.open() {
        Ok(index) => {
            assert!(derived, "{file}, {how}: opened");
            assert_eq!(index.notices().len(), 1, "{file}, {how}: {:?}", index.notices());
            assert_eq!(answers(&index), expected, "{file}, {how}");
        }
        Err(OpenError::Damaged { file: named, .. }) => {
            assert!(!derived, "{file}, {how}: not opened");
            assert_eq!(named, folder(desk).join(file), "{how}");
        }
        // A digit of the manifest's version may become another.
        Err(OpenError::Stale { what: "format", .. }) if file == MANIFEST => {}
        Err(error) => panic!("{file}, {how}: {error}"),
    }
    let check = check(&desk.index_dir());
    if let Ok(check) = check {
        let bad: Vec<_> = check.files.iter().filter(|file| file.state != FileState::Ok).collect();
        assert_eq!(bad.len(), 1, "{file}, {how}");
        assert_eq!((bad[0].name.as_str(), bad[0].derived), (file, derived));
    }
}

#[test]
fn damage_is_noticed_wherever_it_is() {
    let desk = desk();
    let sound = desk.open().unwrap();
    let expected = answers(&sound);
    for file in files(&desk) {
        let path = folder(&desk).join(&file);
        let whole = fs::read(&path).unwrap();
        for part in 0..=8 {
            if whole.is_empty() {
                break;
            }
            let at = (whole.len() - 1) * part / 8;
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            // White space between the manifest's values means nothing.
            if file == MANIFEST && Manifest::decode(&bytes).is_ok() {
                continue;
            }
            must_be_noticed(&desk, &file, &format!("byte {at} flipped"), &expected);

            fs::write(&path, &whole[..at]).unwrap();
            must_be_noticed(&desk, &file, &format!("cut to {at} bytes"), &expected);
        }
        fs::write(&path, [whole.as_slice(), b"more"].concat()).unwrap();
        must_be_noticed(&desk, &file, "longer", &expected);
        fs::write(&path, &whole).unwrap();
    }
    assert_eq!(answers(&desk.open().unwrap()), expected);
}

#[test]
fn what_is_missing_is_told() {
    let desk = desk();
    let expected = answers(&desk.open().unwrap());
    for file in files(&desk) {
        let path = folder(&desk).join(&file);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        if file == MANIFEST {
            assert!(matches!(desk.open(), Err(OpenError::Missing { .. })));
        } else {
            must_be_noticed(&desk, &file, "missing", &expected);
        }
        fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn a_build_mends_what_is_damaged_and_embeds_nothing_it_can_read() {
    let check_mended = |file: &str, embedded: usize| {
        let desk = desk();
        desk.embedder.take_count();
        let path = folder(&desk).join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes.pop();
        fs::write(&path, bytes).unwrap();
        let report = desk.build();
        assert_eq!((report.generation, report.embedded), (2, embedded), "{file}");
        assert_eq!(report.notices.len(), usize::from(embedded > 0), "{:?}", report.notices);
        assert_eq!(desk.open().unwrap().notices(), Vec::<String>::new(), "{file}");
        assert!(check(&desk.index_dir()).unwrap().is_ok());
    };
    check_mended(GRAPH, 0);
    check_mended(VECTORS, 160);
    check_mended(CHUNKS, 160);
}

#[test]
fn a_damaged_generation_falls_back_on_the_vectors_of_the_one_before() {
    let desk = desk();
    desk.write("new.md", "Something new.");
    desk.build();
    desk.embedder.take_count();
    fs::write(desk.index_dir().join("generation-000002").join(CHUNKS), "nonsense").unwrap();
    assert!(matches!(desk.open(), Err(OpenError::Damaged { .. })), "the one before is not answered from");
    let report = desk.build();
    assert_eq!((report.generation, report.embedded, report.notices.len()), (3, 1, 1));
    assert_eq!(desk.open().unwrap().note_count(), 41);
}

#[test]
fn errors_say_what_to_do() {
    let desk = Desk::new(&[]);
    let missing = desk.open().unwrap_err().to_string();
    assert!(
        missing.starts_with("there is no index in ") && missing.ends_with("run `footnote index` to build it")
    );
    assert!(check(&desk.index_dir()).is_err());
}

#[test]
fn an_index_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) -> bool {
        true
    }
    assert!(shared(&desk().open().unwrap()));
}
