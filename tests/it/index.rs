//! The index is never lost and never garbled.

use std::process::Stdio;
use std::time::Duration;

use crate::harness::Place;

const NOTES: &[(&str, &str)] = &[
    (
        "gqa.md",
        "# Grouped-query attention\n\nGrouped-query attention (GQA) lets a few query heads share one key/value head.\n",
    ),
    ("bread.md", "# Bread\n\nA sourdough loaf rises overnight in a cool kitchen before it is baked.\n"),
    ("显存.md", "# 显存\n\n全参数微调每个参数大约需要十六字节显存，激活值另算。\n"),
];

#[test]
fn a_second_run_embeds_only_what_is_new() {
    let place = Place::of(NOTES);
    let first = place.run(&["index"]).ok();
    assert!(first.err.contains("3 notes") && first.err.contains("3 embedded"), "{}", first.err);
    assert!(place.run(&["index"]).ok().err.contains("Up to date"));
    place.write(
        "rope.md",
        "# RoPE\n\nRotary position embedding turns each pair of coordinates by an angle.\n",
    );
    let third = place.run(&["index"]).ok();
    assert!(third.err.contains("1 embedded, 3 kept"), "{}", third.err);
    std::fs::rename(place.notes.join("rope.md"), place.notes.join("rotary.md")).unwrap();
    let renamed = place.run(&["index"]).ok();
    assert!(renamed.err.contains("0 embedded"), "{}", renamed.err);
    let rebuilt = place.run(&["index", "--rebuild"]).ok();
    assert!(rebuilt.err.contains("0 embedded, 4 kept"), "{}", rebuilt.err);
}

#[test]
fn a_changed_note_is_taken_in_before_the_answer() {
    let place = Place::of(NOTES);
    place.run(&["index"]).ok();
    place.write(
        "zebra.md",
        "# Zebra finch\n\nThe zebra finch learns its song from its father within ninety days.\n",
    );
    let found = place
        .run(&["search", "-k", "1", "--json", "whom does a zebra finch learn its song from"])
        .ok()
        .json();
    assert_eq!(found["passages"][0]["path"], "zebra.md");
    std::fs::remove_file(place.notes.join("zebra.md")).unwrap();
    let found = place.run(&["search", "--json", "zebra finch song"]).ok().json();
    assert!(found["passages"].as_array().unwrap().iter().all(|p| p["path"] != "zebra.md"));
}

/// Whatever byte of whatever file is wrong: the question is answered from a sound index, or the error is a clear one.
#[test]
fn a_flipped_byte_in_any_file_is_survived() {
    let place = Place::of(NOTES);
    place.run(&["index"]).ok();
    let files = place.index_files();
    assert!(files.len() >= 4, "{files:?}");
    let mut survived = 0;
    for file in &files {
        let whole = std::fs::read(file).unwrap();
        for at in [0, whole.len() / 2, whole.len().saturating_sub(1)] {
            let Some(_) = whole.get(at) else { continue };
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            // The index of before, with this one byte changed.
            let before: Vec<_> =
                place.index_files().into_iter().map(|f| (f.clone(), std::fs::read(&f).unwrap())).collect();
            std::fs::write(file, &bytes).unwrap();
            let check = place.run(&["index", "--check"]);
            assert_eq!(check.code, 3, "--check overlooks byte {at} of {}: {}", file.display(), check.out);
            let found = place.run(&["search", "-k", "1", "--json", "what is GQA"]).ok();
            assert_eq!(found.json()["passages"][0]["path"], "gqa.md", "byte {at} of {}", file.display());
            survived += 1;
            // A rebuild may have made a new generation: put the old one back as the only one.
            std::fs::remove_dir_all(&place.index).unwrap();
            for (path, bytes) in before {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            }
            std::fs::write(file, &whole).unwrap();
        }
    }
    println!("{survived} flipped bytes in {} files survived", files.len());
}

#[test]
fn killing_index_at_any_time_leaves_the_old_index_answering() {
    let place = Place::of(NOTES);
    place.run(&["index"]).ok();
    for round in 0..12_u64 {
        for n in 0..4 {
            place.write(
                &format!("new-{round}-{n}.md"),
                format!("# Note {round}.{n}\n\nA new sentence, number {round}-{n}, about nothing at all.\n"),
            );
        }
        let mut child = place.command(&["index", "--rebuild"]).stderr(Stdio::null()).spawn().unwrap();
        // From the loading of the model to the last rename.
        std::thread::sleep(Duration::from_millis(150 * (round + 1)));
        child.kill().ok();
        child.wait().unwrap();
        // `search` takes in the new notes; they must not hide that the index still opens.
        let found = place.run(&["search", "-k", "1", "--json", "what is GQA"]).ok();
        assert_eq!(found.json()["passages"][0]["path"], "gqa.md", "round {round}");
        assert!(!found.err.contains("damaged"), "round {round}: {}", found.err);
    }
}

#[test]
fn a_second_writer_is_turned_away() {
    let place = Place::of(NOTES);
    place.run(&["index"]).ok();
    let lock = std::fs::File::open(place.index.join("lock")).unwrap();
    lock.lock().unwrap();
    let ran = place.run(&["index", "--rebuild"]).exits(3);
    assert!(ran.err.contains("another"), "{}", ran.err);
    // Reading goes on meanwhile.
    place.run(&["search", "what is GQA"]).ok();
}

#[test]
fn a_folder_without_notes_is_told_of() {
    let place = Place::of(&[("picture.png", "not a note")]);
    let ran = place.run(&["ask", "what is GQA"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
}

#[test]
fn encodings_and_formats_are_read() {
    let place = Place::empty();
    let (gb, _, _) =
        encoding_rs::GB18030.encode("# 量化\n\n权重量化把每个参数压缩到四比特，从而节省显存。\n");
    place.write("gb.md", gb);
    let utf16: Vec<u8> = "\u{feff}The capital of Atlantis is Poseidonia, says the old chart.\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    place.write("wide.txt", utf16);
    place.write("page.html", "<html><head><title>Finch</title><script>alert('no')</script></head><body><p>The zebra finch sings at dawn.</p></body></html>");
    place.write("plan.org", "* Plan\n\nThe garden gets its roses in the last week of October.\n");
    for (question, path, words) in [
        ("权重量化节省什么", "gb.md", "四比特"),
        ("what is the capital of Atlantis", "wide.txt", "Poseidonia"),
        ("when does the zebra finch sing", "page.html", "at dawn"),
        ("when do the roses come", "plan.org", "October"),
    ] {
        let found = place.run(&["search", "-k", "1", "--json", question]).ok().json();
        assert_eq!(found["passages"][0]["path"], path, "{question}");
        let text = found["passages"][0]["text"].as_str().unwrap();
        assert!(text.contains(words) && !text.contains("alert"), "{text}");
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_ends_cleanly_and_keeps_what_was_embedded() {
    const NOTES: usize = 300;
    let place = Place::empty();
    for n in 0..NOTES {
        place.write(
            &format!("{n}.md"),
            format!("# Note {n}\n\nThe {n}th lamp of the harbour is lit at dusk by keeper number {n}.\n"),
        );
    }
    let child = place.command(&["index"]).stderr(Stdio::piped()).spawn().unwrap();
    let journal = place.index.join("journal.bin");
    while std::fs::metadata(&journal).map_or(0, |file| file.len()) < 10_000 {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(!err.contains("error"), "{err}");
    // Nothing is embedded twice.
    let again = place.run(&["index"]).ok().err;
    let words: Vec<&str> = again.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "embedded,").unwrap_or_else(|| panic!("{again}"));
    let embedded: usize = words[at - 1].parse().unwrap();
    assert!(embedded > 0 && embedded < NOTES, "{again}");
}
