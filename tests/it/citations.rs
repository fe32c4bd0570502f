//! Citations, checked against the files: each names lines that hold the sentence word for word, and a generator that lies is
//! not believed.

#[path = "../../crates/models/tests/cache/mod.rs"]
mod cache;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use answer::{
    Answer, Asker, BoxStream, Delta, Extractive, Failure, Generator, Passage, Prompt, Question, Source, Step,
    Verdict,
};
use futures_util::{StreamExt as _, stream};
use index::{Embedder, Index};
use models::{EmbedderOptions, open_embedder};
use serde_json::Value;

use crate::harness::{Place, root, sample};

/// Every so many-th question is asked.
const STEP: usize = 3;

/// Says what it was given, whatever it is asked.
#[derive(Default)]
struct Liar(Mutex<String>);

impl Generator for Liar {
    fn name(&self) -> &str {
        "liar"
    }

    fn generate(&self, _: Prompt) -> BoxStream<Result<Delta, Failure>> {
        Box::pin(stream::iter([Ok(Delta::Text(self.0.lock().unwrap().clone()))]))
    }
}

fn embedder() -> Arc<dyn Embedder> {
    let options = EmbedderOptions { cache_dir: cache::dir(), ..EmbedderOptions::default() };
    Arc::from(open_embedder(&options, &mut |message| println!("{message}")).unwrap())
}

fn asker(place: &Place, embedder: &Arc<dyn Embedder>, generator: Arc<dyn Generator>) -> Asker {
    Asker {
        index: Arc::new(Index::open(&place.index, embedder.as_ref()).unwrap()),
        embedder: Arc::clone(embedder),
        generator,
        budget: answer::Budget::default(),
        private: Vec::new(),
        bars: answer::Bars::default(),
        second_opinion: None,
    }
}

/// The answer, if there is one, and the passages that were found.
fn ask(asker: &Asker, question: &str) -> (Option<Answer>, Vec<Passage>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let question = Question { text: question.to_owned(), passages: 6, ..Question::default() };
    runtime.block_on(async {
        let (mut steps, mut found, mut answered) = (asker.ask(question), Vec::new(), None);
        while let Some(step) = steps.next().await {
            match step {
                Step::Retrieved(retrieval) => found = retrieval.passages.to_vec(),
                Step::Answered(answer) => answered = Some(*answer),
                Step::Failed { failure, .. } => panic!("{failure}"),
                _ => {}
            }
        }
        (answered, found)
    })
}

fn questions(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let question =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["question"].as_str().unwrap().to_owned();
    text.lines().filter(|line| !line.trim().is_empty()).map(question).collect()
}

/// Letters and digits, in small letters.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether the lines hold the sentence: word for word, or, where they are a row of a table, each of its cells.
fn holds(lines: &str, sentence: &str) -> bool {
    let all = letters(&notes::plain(lines));
    let row = lines.trim_start().starts_with('|');
    let cell = |part: &str| {
        let value = part.split_once(": ").or(part.split_once('：')).map_or(part, |(_, value)| value);
        all.contains(&letters(value)) || letters(lines).contains(&letters(value))
    };
    all.contains(&letters(sentence)) || row && sentence.split(['；', ';']).all(cell)
}

/// Right and all citations, then sentences with a right one and all sentences, of the quoted answers to some questions.
fn measure(place: &Place, asker: &Asker, questions: &[String]) -> [usize; 4] {
    let mut counts = [0; 4];
    for question in questions {
        let (Some(answer), _) = ask(asker, question) else { continue };
        let lines = |n: u32| {
            let citation = answer.citations.iter().find(|citation| citation.n == n).unwrap();
            let note = std::fs::read_to_string(place.notes.join(&citation.path)).unwrap();
            let (start, end) = (citation.lines.start as usize, citation.lines.end as usize);
            let text: Vec<&str> = note.lines().skip(start - 1).take(end + 1 - start).collect();
            (text.join("\n"), citation.quote.clone(), citation.path.ends_with(".html"))
        };
        for citation in &answer.citations {
            let (text, quote, html) = lines(citation.n);
            counts[0] += usize::from(html || text.contains(&quote));
            counts[1] += 1;
        }
        for sentence in &answer.sentences {
            let found = sentence.citations.iter().any(|&n| holds(&lines(n).0, &sentence.text));
            if !found {
                println!("{question}: {:?} is not where it is said to be", sentence.text);
            }
            counts[2] += usize::from(found);
            counts[3] += 1;
        }
    }
    counts
}

fn share([part, all]: [usize; 2]) -> f64 {
    part as f64 / all.max(1) as f64
}

fn assert_cited(name: &str, [right, cited, found, sentences]: [usize; 4]) {
    println!(
        "{name}: {right} of {cited} citations hold their quote, {found} of {sentences} sentences stand in their lines"
    );
    assert!(sentences > 20, "{name}: too few to say anything");
    assert!(share([right, cited]) >= 0.97 && share([found, sentences]) >= 0.97, "{name}");
}

#[test]
fn quoted_sentences_stand_in_the_lines_that_are_cited() {
    let embedder = embedder();
    let quoter = || Arc::new(Extractive::new(Arc::clone(&embedder)));
    let own: Vec<String> =
        questions(&root().join("tests/questions.jsonl")).into_iter().step_by(STEP).collect();
    assert_cited("sample notes", measure(sample(), &asker(sample(), &embedder, quoter()), &own));

    // A larger folder of notes and questions, where one is named: XQuAD in the form of `footnote eval`.
    let Some(folder) = std::env::var_os("FOOTNOTE_TEST_FOLDER").map(PathBuf::from) else { return };
    let mut place = Place::empty();
    place.notes = folder.join("notes");
    place.run(&["index"]).ok();
    let asked: Vec<String> = questions(&folder.join("questions.jsonl")).into_iter().take(200).collect();
    assert_cited("the folder named", measure(&place, &asker(&place, &embedder, quoter()), &asked));
}

/// What nobody's notes say.
const INVENTED: &[&str] = &[
    "The first transformer was built by a baker in Lyon in 1921.",
    "Grouped-query attention was banned by the city of Oslo.",
    "Its heads are painted green to keep them cool.",
    "Every answer costs the reader exactly 4,217 points.",
    "第一个大模型是在一九三二年的邮局里写成的。",
    "词表必须每周用清水浇灌三次。",
    "这种方法由南极的企鹅委员会批准。",
    "显存每增加一倍，模型就会多学一种方言。",
];

#[test]
fn lies_are_shown_for_what_they_are() {
    let embedder = embedder();
    let quoter = asker(sample(), &embedder, Arc::new(Extractive::new(Arc::clone(&embedder))));
    let liar = Arc::new(Liar::default());
    let lying = Asker { generator: Arc::clone(&liar) as Arc<dyn Generator>, ..quoter.clone() };
    let mut kinds = [("changed", 0, Vec::new()), ("invented", 0, Vec::new())];
    let asked = questions(&root().join("tests/questions.jsonl")).into_iter().step_by(STEP);
    for (at, question) in asked.enumerate() {
        let (Some(answer), passages) = ask(&quoter, &question) else { continue };
        let sources: Vec<Source<'_>> = passages
            .iter()
            .take(3)
            .map(|it| Source { path: &it.path, line: it.lines.start, headings: &it.headings, text: &it.text })
            .collect();
        let changed = answer::perturb(&sources, at as u64).into_iter().filter(|claim| !claim.supported);
        let changed: Vec<String> = changed.step_by(5).take(4).map(|claim| claim.claim).collect();
        let invented = [0, 3].map(|by| INVENTED[(at + by) % INVENTED.len()].to_owned());
        let truth = &answer.sentences[0].text;
        let lies = changed.iter().chain(&invented);
        *liar.0.lock().unwrap() =
            lies.chain([truth]).map(|text| format!("- {text} [1]\n")).collect::<String>();
        let (Some(answer), _) = ask(&lying, &question) else { continue };
        for ((_, shown, believed), lies) in kinds.iter_mut().zip([&changed[..], &invented[..]]) {
            // A lie of two sentences has a true half; whole ones count.
            let is_lie =
                |sentence: &answer::Sentence| lies.iter().any(|lie| letters(lie) == letters(&sentence.text));
            for sentence in answer.sentences.iter().filter(|sentence| is_lie(sentence)) {
                *shown += 1;
                if sentence.verdict == Verdict::Supported {
                    believed.push(format!("{question}: {} ({:.2})", sentence.text, sentence.confidence));
                }
            }
        }
    }
    for (kind, shown, believed) in &kinds {
        println!("{kind}: {} of {shown} lies are shown without a mark: {believed:#?}", believed.len());
        assert!(*shown > 40, "too few to say anything: {shown}");
    }
    let of = |at: usize| share([kinds[at].2.len(), kinds[at].1]);
    // The aim is one in a hundred. Where this stands: none of 61 that were changed in a word, and two of 84 that were
    // invented, both in the other language than the passages.
    assert!(of(0) <= 0.02 && of(1) <= 0.03);
}
