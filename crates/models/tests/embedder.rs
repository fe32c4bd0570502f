//! The bundled model, for real. ONNX Runtime is fetched on the first run.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod cache;

use std::sync::OnceLock;

use index::Embedder;
use models::{EmbedderOptions, ModelError, Origin, Runtime, RuntimeError, RuntimeOptions, open_embedder};

fn embedder() -> &'static dyn Embedder {
    static EMBEDDER: OnceLock<Box<dyn Embedder>> = OnceLock::new();
    let open = || {
        let options = EmbedderOptions { cache_dir: cache::dir(), ..EmbedderOptions::default() };
        open_embedder(&options, &mut |message| println!("{message}")).unwrap()
    };
    &**EMBEDDER.get_or_init(open)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[test]
fn vectors_are_unit_vectors() {
    let long = "显存 memory ".repeat(2000);
    let texts = ["Grouped-query attention", "什么是分组查询注意力？", "", "\u{0}\u{200d}🜁", long.as_str()];
    let mut vectors = embedder().embed_passages(&texts).unwrap();
    vectors.push(embedder().embed_question("").unwrap());
    assert_eq!(vectors.len(), texts.len() + 1);
    for vector in vectors {
        assert_eq!(vector.len(), 384);
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-4);
    }
    assert_eq!(embedder().dimension(), 384);
    assert!(embedder().embed_passages(&[]).unwrap().is_empty());
}

#[test]
fn what_means_the_same_is_near_across_languages() {
    let check = |question: &str, near: &str, far: &str| {
        let question = embedder().embed_question(question).unwrap();
        let passages = embedder().embed_passages(&[near, far]).unwrap();
        let (near_is, far_is) = (cosine(&question, &passages[0]), cosine(&question, &passages[1]));
        assert!(near_is > far_is + 0.03, "{near}: {near_is}, {far}: {far_is}");
    };
    let (gqa, bread) = (
        "Grouped-query attention shares each key and value head among a group of query heads.",
        "Let the dough rise for an hour before you bake the bread.",
    );
    check("什么是分组查询注意力？", gqa, bread);
    check("What is grouped-query attention?", gqa, bread);
    check("面团要发酵多久？", bread, gqa);
    check(
        "How long must dough rise?",
        "面包烘烤之前，面团要发酵一个小时。",
        "分组查询注意力让一组查询头共用键和值。",
    );
}

#[test]
fn questions_and_passages_are_read_differently() {
    let passage = embedder().embed_passages(&["attention"]).unwrap();
    assert_ne!(embedder().embed_question("attention").unwrap(), passage[0]);
}

#[test]
fn side_by_side_is_bit_for_bit_one_by_one() {
    let texts: Vec<String> =
        (0..40).map(|n| format!("{n}: {}", "keys and values, 键和值; ".repeat(n % 7 + 1))).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let together = embedder().embed_passages(&texts).unwrap();
    for (text, vector) in texts.iter().zip(&together) {
        assert_eq!(embedder().embed_passages(&[text]).unwrap()[0], *vector, "{text}");
    }
}

#[test]
fn tokens_are_counted_without_limit_and_without_special_ones() {
    let count = |text: &str| embedder().count(text);
    assert_eq!(count(""), 0);
    assert_eq!(count("attention"), 1);
    let (one, many) = (count("显存估算 memory estimate "), count(&"显存估算 memory estimate ".repeat(1000)));
    assert!((4..=12).contains(&one), "{one}");
    assert!(many > 512 && (many as f64 / (one as f64 * 1000.0) - 1.0).abs() < 0.2, "{one} {many}");
    // Counting leaves the limit of the model as it was.
    let long = "显存估算 memory estimate ".repeat(2000);
    embedder().count(&long);
    let cut: String = long.chars().take(long.chars().count() / 2).collect();
    let vectors = embedder().embed_passages(&[&long, &cut]).unwrap();
    assert_eq!(vectors[0], vectors[1], "both are cut to the same 512 tokens");
}

#[test]
fn the_id_tells_all_that_shapes_a_vector() {
    let id = embedder().id();
    for part in ["multilingual-e5-small", "0789932d5a90", "mean", "query:", "passage:", "512"] {
        assert!(id.contains(part), "{part} is not in {id}");
    }
}

#[test]
fn a_library_that_is_none_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    // A file that is a library, whole, for this very machine, and still not ONNX Runtime.
    let program = std::env::current_exe().unwrap();
    let rubbish = dir.path().join("libonnxruntime.so");
    std::fs::write(&rubbish, [0x7f; 4096]).unwrap();
    let missing = dir.path().join("nowhere.so");
    for path in [&rubbish, &missing, &dir.path().to_path_buf()] {
        let options =
            EmbedderOptions { onnxruntime: Some(path.clone()), offline: true, ..EmbedderOptions::default() };
        match open_embedder(&options, &mut |_| {}).err().unwrap() {
            ModelError::Runtime(error @ RuntimeError::Unusable { .. }) => {
                assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
                assert!(error.hint().contains("[embedding]"), "{}", error.hint());
            }
            other => panic!("{other}"),
        }
    }
    // Loading is tried in a process of its own: this one may have the true library loaded already.
    let output = std::process::Command::new(&program)
        .args(["loads_what_it_is_told_to", "--exact", "--ignored", "--nocapture"])
        .env("ORT_DYLIB_PATH", &program)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("cannot be used: "), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
}

/// Not a test by itself: the one above runs it in a process of its own.
#[test]
#[ignore = "run by another test"]
fn loads_what_it_is_told_to() {
    let located = Runtime::locate(&RuntimeOptions::default()).unwrap();
    assert_eq!(located.origin, Origin::Environment);
    let error = Runtime::load(&located).unwrap_err();
    println!("{error}\n{}", error.hint());
}

#[test]
fn offline_and_with_an_empty_cache_says_what_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let options = RuntimeOptions { cache_dir: dir.path().into(), offline: true, ..RuntimeOptions::default() };
    let mut messages = Vec::new();
    match Runtime::ensure(&options, &mut |message| messages.push(message.to_owned())) {
        Err(error @ RuntimeError::Missing { offline: true, .. }) => {
            assert!(error.to_string().contains("ONNX Runtime 1.32.0 is missing"), "{error}");
            for part in ["footnote setup", "onnxruntime = ", "install"] {
                assert!(error.hint().contains(part), "{}", error.hint());
            }
        }
        // This machine has one of its own.
        Ok(located) => assert!(matches!(located.origin, Origin::System | Origin::Environment)),
        Err(other) => panic!("{other}"),
    }
    assert_eq!(messages, [""; 0]);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is written when offline");
}

#[test]
fn a_damaged_library_is_not_used_and_is_mended() {
    let whole = Runtime::ensure(
        &RuntimeOptions { cache_dir: cache::dir(), ..RuntimeOptions::default() },
        &mut |_| {},
    )
    .unwrap();
    if whole.origin != Origin::Cache {
        println!("skipped: this machine has a library of its own at {}", whole.path.display());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("onnxruntime-1.32.0");
    std::fs::create_dir(&folder).unwrap();
    let mut bytes = std::fs::read(&whole.path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let path = folder.join(whole.path.file_name().unwrap());
    std::fs::write(&path, bytes).unwrap();

    let mut options =
        RuntimeOptions { cache_dir: dir.path().into(), offline: true, ..RuntimeOptions::default() };
    assert!(matches!(Runtime::ensure(&options, &mut |_| {}), Err(RuntimeError::Damaged { .. })));
    options.offline = false;
    // Two at a time do not get in each other's way.
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let located = Runtime::ensure(&options, &mut |message| println!("{message}")).unwrap();
                assert_eq!(located.path, path);
            });
        }
    });
    assert!(Runtime::locate(&options).is_ok());
}

#[test]
fn a_model_of_the_hub_says_when_it_cannot_be_had() {
    let dir = tempfile::tempdir().unwrap();
    let open = |model: &str, offline| {
        let options = EmbedderOptions {
            model: model.into(),
            cache_dir: dir.path().into(),
            onnxruntime: Runtime::locate(&RuntimeOptions { cache_dir: cache::dir(), ..Default::default() })
                .ok()
                .map(|located| located.path),
            offline,
        };
        open_embedder(&options, &mut |_| {}).err().unwrap()
    };
    embedder();
    let error = open("BAAI/bge-small-zh-v1.6", true);
    assert!(
        matches!(&error, ModelError::Unknown { near: Some(near), .. } if near == "BAAI/bge-small-zh-v1.5")
    );
    let error = open("BAAI/bge-small-zh-v1.5", true);
    assert!(matches!(error, ModelError::NotCached { .. }), "{error}");
    assert!(error.hint().contains("bundled"), "{}", error.hint());
}

/// The hub's address is read from the environment, so this runs in a process of its own.
#[test]
fn a_hub_that_cannot_be_reached_is_told() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["asks_a_hub_that_is_not_there", "--exact", "--ignored"])
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .env_remove("HF_HOME")
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}");
}

/// Not a test by itself: the one above runs it in a process of its own.
#[test]
#[ignore = "run by another test"]
fn asks_a_hub_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let runtime = RuntimeOptions { cache_dir: cache::dir(), ..RuntimeOptions::default() };
    let options = EmbedderOptions {
        model: "BAAI/bge-small-zh-v1.5".into(),
        cache_dir: dir.path().into(),
        onnxruntime: Some(Runtime::ensure(&runtime, &mut |_| {}).unwrap().path),
        offline: false,
    };
    let mut messages = Vec::new();
    let error = open_embedder(&options, &mut |message| messages.push(message.to_owned())).err().unwrap();
    assert!(matches!(error, ModelError::Hub { .. }), "{error}");
    assert!(error.to_string().contains("http://127.0.0.1:9 could not be reached"), "{error}");
    assert!(error.hint().contains("bundled"), "{}", error.hint());
    assert!(messages[0].contains("fetching the embedding model BAAI/bge-small-zh-v1.5"), "{messages:?}");
}
