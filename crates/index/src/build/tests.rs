use std::fs;
use std::path::Path;

use super::*;
use crate::disk::folder::lock;
use crate::disk::manifest::MANIFEST;
use crate::testing::{Desk, HashingEmbedder};
use crate::{Changes, TokenCounter, changes};

const GQA: &str = "# Grouped queries\n\nGrouped-query attention shares key and value heads between query heads.\n\n\
                   ## Cost\n\nThe cache shrinks by the number of query heads in a group, and little quality is lost.\n";
const CAKE: &str = "---\ntitle: Cake\ntags: [kitchen, sweet]\naliases: [Torte]\ndate: 2024-03-01\n---\n\n\
                    Beat three eggs with sugar, fold in flour, and bake it for half an hour.\n";
const ZH: &str =
    "# 注意力\n\n分组查询注意力让多个查询头共享同一组键和值。\n\n## 代价\n\n缓存按组内查询头的数量缩小。\n";

fn desk() -> Desk {
    Desk::new(&[("gqa.md", GQA), ("kitchen/cake.md", CAKE), ("zh/注意力.md", ZH)])
}

/// The report, without what depends on the clock.
fn summary(report: &BuildReport) -> String {
    let BuildReport { generation, notes, chunks, embedded, reused, removed, up_to_date, .. } = report;
    let fate = if *up_to_date { "up to date" } else { "built" };
    format!(
        "generation {generation} {fate}: {notes} notes, {chunks} chunks, {embedded} embedded, {reused} reused, {removed} removed"
    )
}

#[test]
fn an_index_holds_what_the_notes_say() {
    let desk = desk();
    let report = desk.build();
    assert_eq!(summary(&report), "generation 1 built: 3 notes, 5 chunks, 5 embedded, 0 reused, 0 removed");
    let index = desk.open().unwrap();
    assert_eq!(index.notices(), Vec::<String>::new());
    assert_eq!((index.generation(), index.note_count(), index.chunk_count()), (1, 3, 5));

    let cake = index.note(1).unwrap();
    assert_eq!((cake.path.as_str(), cake.title.as_str()), ("kitchen/cake.md", "Cake"));
    assert_eq!((cake.tags.join(" "), cake.aliases.join(" ")), ("kitchen sweet".into(), "Torte".into()));
    assert_eq!((cake.date.as_deref(), cake.date_from_file), (Some("2024-03-01"), false));
    assert!(index.note(0).unwrap().date_from_file);
    assert_eq!(index.note(0).unwrap().file_len, GQA.len() as u64);

    for (number, note) in (0..).zip(index.notes()) {
        let text = fs::read_to_string(desk.notes_dir().join(&note.path)).unwrap();
        for chunk in note.chunks.clone() {
            let record = index.chunk(chunk).unwrap();
            assert_eq!(record.note, number);
            assert_eq!(record.text, text[record.span.start as usize..record.span.end as usize]);
            assert!(index.rows_to_chunks(record.row).contains(&chunk));
            assert_eq!(index.store().nearest(index.vector(record.row), 1, None)[0].row, record.row);
        }
    }
    assert_eq!(index.chunk(1).unwrap().headings, ["Grouped queries", "Cost"]);
}

#[test]
fn only_what_changed_is_embedded() {
    let desk = desk();
    let check = |expected: &str| {
        desk.embedder.take_count();
        let report = desk.build();
        assert_eq!(summary(&report), expected);
        assert_eq!(desk.embedder.take_count(), report.embedded);
        assert!(changes(&desk.open().unwrap(), &desk.notes_dir(), &[]).unwrap().is_empty());
    };
    check("generation 1 built: 3 notes, 5 chunks, 5 embedded, 0 reused, 0 removed");
    check("generation 1 up to date: 3 notes, 5 chunks, 0 embedded, 5 reused, 0 removed");

    desk.write("gqa.md", &GQA.replace("little quality is lost", "hardly any quality is lost"));
    check("generation 2 built: 3 notes, 5 chunks, 1 embedded, 4 reused, 0 removed");

    // A rename, a move, a copy: the texts are the same.
    fs::rename(desk.notes_dir().join("gqa.md"), desk.notes_dir().join("kitchen/queries.md")).unwrap();
    check("generation 3 built: 3 notes, 5 chunks, 0 embedded, 5 reused, 1 removed");
    desk.write("copy.md", ZH);
    check("generation 4 built: 4 notes, 7 chunks, 0 embedded, 7 reused, 0 removed");

    fs::remove_file(desk.notes_dir().join("copy.md")).unwrap();
    fs::remove_file(desk.notes_dir().join("kitchen/cake.md")).unwrap();
    check("generation 5 built: 2 notes, 4 chunks, 0 embedded, 4 reused, 2 removed");
    check("generation 5 up to date: 2 notes, 4 chunks, 0 embedded, 4 reused, 0 removed");
}

#[test]
fn a_rebuild_writes_anew_and_embeds_nothing() {
    let desk = desk();
    desk.build();
    let request = BuildRequest { rebuild: true, ..desk.request() };
    let report = build(&request, &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(summary(&report), "generation 2 built: 3 notes, 5 chunks, 0 embedded, 5 reused, 0 removed");
}

#[test]
fn other_limits_cut_anew() {
    let desk = desk();
    desk.build();
    let request = BuildRequest { limits: ChunkLimits { target: 100, max: 200 }, ..desk.request() };
    let report = build(&request, &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((report.generation, report.up_to_date), (2, false));
    assert!(build(&request, &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap().up_to_date);
}

#[test]
fn equal_chunks_are_embedded_once() {
    let desk = Desk::new(&[("a.md", CAKE), ("b.md", CAKE), ("c/d.md", CAKE)]);
    let report = desk.build();
    assert_eq!(summary(&report), "generation 1 built: 3 notes, 3 chunks, 1 embedded, 0 reused, 0 removed");
    let index = desk.open().unwrap();
    assert_eq!(index.store().len(), 1);
    assert_eq!(index.rows_to_chunks(0), [0, 1, 2]);
    assert_eq!(index.rows_to_chunks(1), [0_u32; 0]);
}

#[test]
fn a_touched_note_keeps_its_chunks_and_gets_its_new_day() {
    let desk = desk();
    desk.build();
    let file = fs::File::options().write(true).open(desk.notes_dir().join("gqa.md")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(86_400 * 366)).unwrap();
    let index = desk.open().unwrap();
    assert!(changes(&index, &desk.notes_dir(), &[]).unwrap().is_empty(), "the bytes are the same");
    let report = desk.build();
    assert_eq!(summary(&report), "generation 2 built: 3 notes, 5 chunks, 0 embedded, 5 reused, 0 removed");
    let index = desk.open().unwrap();
    assert_eq!(index.note(0).unwrap().date.as_deref(), Some("1971-01-02"));
}

#[test]
fn changes_name_the_notes() {
    let desk = desk();
    desk.build();
    let index = desk.open().unwrap();
    desk.write("new.md", "Something new.");
    desk.write("binary.txt", "\0\u{1}\0\u{2}\0\0\0");
    desk.write("gqa.md", &GQA.replace("shares", "splits"));
    fs::remove_file(desk.notes_dir().join("zh/注意力.md")).unwrap();
    let found = changes(&index, &desk.notes_dir(), &[]).unwrap();
    let expected = Changes {
        added: vec!["new.md".into()],
        changed: vec!["gqa.md".into()],
        removed: vec!["zh/注意力.md".into()],
    };
    assert_eq!(found, expected);

    let report = desk.build();
    assert_eq!(report.warnings.len(), 1, "{:?}", report.warnings);
    assert!(report.warnings[0].contains("binary.txt"), "{:?}", report.warnings);
    assert!(changes(&desk.open().unwrap(), &desk.notes_dir(), &[]).unwrap().is_empty());
}

#[test]
fn no_notes_make_an_empty_index() {
    let desk = Desk::new(&[("empty.md", "")]);
    let report = desk.build();
    assert_eq!(summary(&report), "generation 1 built: 1 notes, 0 chunks, 0 embedded, 0 reused, 0 removed");
    let index = desk.open().unwrap();
    assert_eq!(index.notices(), Vec::<String>::new());
    assert!(index.store().nearest(&HashingEmbedder::vector("anything"), 5, None).is_empty());
}

#[test]
fn what_is_left_of_a_killed_build_is_cleared_away() {
    let desk = desk();
    desk.build();
    let index = desk.index_dir();
    fs::write(index.join("README.md"), "kept").unwrap();
    for half in ["building-1", "generation-000007"] {
        fs::create_dir(index.join(half)).unwrap();
        fs::write(index.join(half).join("chunks.bin"), "half").unwrap();
    }
    let opened = desk.open().unwrap();
    assert_eq!(opened.generation(), 1);
    assert!(
        opened.notices()[0].contains("a newer generation has no manifest.json"),
        "{:?}",
        opened.notices()
    );

    assert!(desk.build().up_to_date);
    desk.write("gqa.md", "Changed.");
    assert_eq!(desk.build().generation, 2);
    desk.write("gqa.md", "Changed again.");
    assert_eq!(desk.build().generation, 3);
    let mut names: Vec<_> = fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["README.md", "generation-000002", "generation-000003", "lock"]);
    assert_eq!(fs::read_to_string(index.join("README.md")).unwrap(), "kept");
}

#[test]
fn a_second_builder_is_told_of_the_first() {
    let desk = desk();
    desk.build();
    let _held = lock(&desk.index_dir()).unwrap().unwrap();
    let error = build(&desk.request(), &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(matches!(&error, BuildError::Locked { dir } if *dir == desk.index_dir()), "{error}");
    assert!(desk.open().is_ok(), "readers need no lock");
}

#[test]
fn a_build_that_stops_keeps_what_it_embedded() {
    let text: String =
        (0..100).map(|n| format!("# Part {n}\n\nParagraph number {n} speaks of item {n}.\n\n")).collect();
    let desk = Desk::new(&[("long.md", &text)]);
    let stop = |progress| match progress {
        Progress::Embedding { done, .. } if done >= 48 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let error = build(&desk.request(), &desk.embedder, &mut { stop }).unwrap_err();
    assert!(matches!(error, BuildError::Cancelled));
    assert_eq!(desk.embedder.take_count(), 48);
    assert!(matches!(desk.open(), Err(OpenError::Missing { .. })));

    let report = desk.build();
    assert_eq!(
        summary(&report),
        "generation 1 built: 1 notes, 100 chunks, 52 embedded, 48 reused, 0 removed"
    );
    assert!(!desk.index_dir().join("journal.bin").exists());
}

#[test]
fn a_failing_model_leaves_the_index_as_it_was() {
    let mut desk = desk();
    desk.build();
    desk.write("new.md", "Something new.");
    desk.embedder.fail_from = Some(0);
    let error = build(&desk.request(), &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(error.to_string(), "the embedding model failed: asked to fail");
    assert_eq!(desk.open().unwrap().generation(), 1);
}

/// Gives the same vectors whatever it is asked.
struct Broken(Vec<Vec<f32>>);

impl TokenCounter for Broken {
    fn count(&self, text: &str) -> usize {
        HashingEmbedder::default().count(text)
    }
}

impl Embedder for Broken {
    fn id(&self) -> &str {
        "broken"
    }

    fn dimension(&self) -> usize {
        2
    }

    fn embed_passages(&self, _: &[&str]) -> Result<Vec<Vec<f32>>, EmbedError> {
        Ok(self.0.clone())
    }

    fn embed_question(&self, question: &str) -> Result<Vec<f32>, EmbedError> {
        Err(EmbedError::Failed(question.to_owned()))
    }
}

#[test]
fn vectors_that_cannot_be_compared_are_refused() {
    let desk = Desk::new(&[("a.md", "One."), ("b.md", "Two.")]);
    let check = |vectors: &[&[f32]], expected: &str| {
        let broken = Broken(vectors.iter().map(|vector| vector.to_vec()).collect());
        let error = build(&desk.request(), &broken, &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.to_string(), format!("the embedding model failed: {expected}"));
        assert!(matches!(desk.open(), Err(OpenError::Missing { .. })));
    };
    check(&[&[1.0, 0.0]], "it gave 1 vectors for 2 texts");
    check(&[&[1.0, 0.0], &[1.0]], "a vector has 1 floats, not 2");
    check(&[&[1.0, 0.0], &[f32::NAN, 0.0]], "a vector is not of length 1");
    check(&[&[1.0, 0.0], &[3.0, 4.0]], "a vector is not of length 1");
}

#[test]
fn an_edit_carries_the_graph_over_and_a_rebuild_does_not() {
    let text = |n| format!("Note number {n} speaks of item {n}.");
    let desk = Desk::new(&[]);
    (0..60).for_each(|n| desk.write(&format!("{n:02}.md"), &text(n)));
    let worn = |generation: u64| {
        let path = desk.index_dir().join(format!("generation-{generation:06}")).join(GRAPH);
        Graph::decode(&fs::read(path).unwrap()).unwrap().worn
    };
    desk.build();
    assert_eq!(worn(1), 0);
    desk.write("07.md", &text(107));
    desk.build();
    assert_eq!(worn(2), 2, "one came, one went");
    let index = desk.open().unwrap();
    let row = index.chunks().iter().find(|chunk| chunk.text.contains("107")).unwrap().row;
    assert_eq!(index.store().nearest(&HashingEmbedder::vector(&text(107)), 1, None)[0].row, row);

    let request = BuildRequest { rebuild: true, ..desk.request() };
    build(&request, &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(worn(3), 0);
}

#[test]
fn another_model_embeds_everything_anew() {
    let mut desk = desk();
    desk.build();
    desk.embedder.variant = "another";
    insta::assert_snapshot!(desk.open().unwrap_err(), @"the index is out of date: its model is hashing-64, but another is needed; run `footnote index` to build it anew");
    let report = desk.build();
    assert_eq!(summary(&report), "generation 2 built: 3 notes, 5 chunks, 5 embedded, 0 reused, 0 removed");
    insta::assert_snapshot!(report.notices.join("\n"), @"nothing of generation 1 could be used: its model is hashing-64 and not another");
    assert_eq!(desk.open().unwrap().generation(), 2);
}

#[test]
fn progress_goes_forward_to_the_end() {
    let desk = desk();
    let mut heard = Vec::new();
    let mut on = |progress| {
        heard.push(progress);
        ControlFlow::Continue(())
    };
    build(&desk.request(), &desk.embedder, &mut on).unwrap();
    let expected = [
        Progress::Reading { done: 0, total: 3 },
        Progress::Reading { done: 3, total: 3 },
        Progress::Embedding { done: 0, total: 5 },
        Progress::Embedding { done: 5, total: 5 },
        Progress::Writing,
    ];
    assert_eq!(heard, expected);
}

#[test]
fn a_missing_folder_is_named() {
    let desk = desk();
    let request = BuildRequest { notes_dir: Path::new("no/such/folder").into(), ..desk.request() };
    let error = build(&request, &desk.embedder, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("no/such/folder"), "{error}");
}

#[test]
fn an_index_of_another_format_keeps_its_vectors() {
    let desk = desk();
    let first = desk.build();
    let folder = desk.index_dir().join("generation-000001");
    let manifest = fs::read_to_string(folder.join(MANIFEST)).unwrap();
    let current = format!("\"format\": {FORMAT}");
    fs::write(folder.join(MANIFEST), manifest.replace(&current, "\"format\": 1, \"colour\": \"blue\""))
        .unwrap();
    fs::write(folder.join(CHUNKS), "written by other rules").unwrap();
    assert!(matches!(desk.open(), Err(OpenError::Stale { what: "format", .. })));

    desk.write("new.md", "One more note.");
    let report = desk.build();
    assert_eq!((report.embedded, report.reused), (1, first.chunks), "{report:?}");
    let expected =
        format!("nothing but the vectors of generation 1 could be used: its format is 1 and not {FORMAT}");
    assert_eq!(report.notices, [expected]);
    assert_eq!(desk.open().unwrap().chunk_count(), first.chunks + 1);
}

#[test]
fn damaged_vectors_of_another_format_are_made_anew() {
    let desk = desk();
    let first = desk.build();
    let folder = desk.index_dir().join("generation-000001");
    let manifest = fs::read_to_string(folder.join(MANIFEST)).unwrap();
    fs::write(folder.join(MANIFEST), manifest.replace(&format!("\"format\": {FORMAT}"), "\"format\": 1"))
        .unwrap();
    let mut vectors = fs::read(folder.join(VECTORS)).unwrap();
    *vectors.last_mut().unwrap() ^= 1;
    fs::write(folder.join(VECTORS), vectors).unwrap();
    let report = desk.build();
    assert_eq!(report.embedded, first.embedded);
    assert!(report.notices[0].starts_with("nothing of generation 1 could be used"), "{report:?}");
}
