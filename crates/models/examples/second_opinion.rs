//! What a second opinion is worth: `cargo run -p models --example second_opinion -- WHO COUNT FILE.jsonl…`
//!
//! WHO is the address of an OpenAI-compatible server, or a folder with an ONNX cross-encoder. The first COUNT undecided
//! claims of each set are asked about, from the half that nothing was fitted on (with `HALF=fit`, from the other).
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

#[path = "../tests/cache/mod.rs"]
mod cache;
mod claims;
mod hash;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use answer::verify::Checker;
use answer::{Doubt, Entailment, Verdict};
use claims::Row;
use models::{
    EmbedderOptions, Endpoint, EndpointOptions, RuntimeOptions, Timeouts, Wire, open_embedder,
    open_entailment,
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [who, count, files @ ..] = arguments.as_slice() else { return println!("WHO COUNT FILE.jsonl…") };
    let (count, half) =
        (count.parse::<usize>().unwrap(), std::env::var("HALF").is_ok_and(|half| half == "fit"));
    let cache_dir = cache::dir();
    let options = EmbedderOptions { cache_dir, ..EmbedderOptions::default() };
    let embedder = open_embedder(&options, &mut |_| {}).unwrap();
    let entailment = open(who);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    // Of each set: how many were asked about, and how often a verdict was right, of true and of other claims.
    let mut sets: BTreeMap<String, [Share; 4]> = BTreeMap::new();
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    let (mut seconds, mut of) = (0.0, 0);
    for row in Row::read(files).filter(|row| row.is_tuned_on() == half) {
        let set = format!("{}/{}", row.set, row.lang);
        if asked.get(&set).is_some_and(|asked| *asked >= count) {
            continue;
        }
        let mut checker = Checker::of_text(&row.question, &row.context);
        let checked = checker.check(&row.claim, embedder.as_ref()).unwrap();
        let Some((_, span)) = checked.place.clone().filter(|_| checked.undecided) else { continue };
        *asked.entry(set.clone()).or_default() += 1;
        let doubt = Doubt::new(&row.question, &row.claim, "", &row.context, &span);
        let start = Instant::now();
        let entailed = match runtime.block_on(entailment.entails(doubt)) {
            Ok(entailed) => entailed,
            Err(error) => {
                println!("{set} {}: {error}", row.id);
                continue;
            }
        };
        seconds += start.elapsed().as_secs_f64();
        of += 1;
        let after = checked.clone().with(entailed);
        println!("ROW\t{set}\t{}\t{:.4}\t{entailed:.4}\t{}", row.id, checked.support, row.supported);
        let kinds = sets.entry(set).or_default();
        let says = |verdict| (verdict == Verdict::Supported) == row.supported;
        kinds[usize::from(row.supported)].add(says(checked.verdict));
        kinds[2 + usize::from(row.supported)].add(says(after.verdict));
    }
    for (set, [refused, accepted, refused_after, accepted_after]) in sets {
        println!(
            "{set:16} {} undecided: balanced accuracy {:.3} alone, {:.3} with (accepted {:.3} -> {:.3}, refused {:.3} -> {:.3})",
            refused.1 + accepted.1,
            f64::midpoint(accepted.of(), refused.of()),
            f64::midpoint(accepted_after.of(), refused_after.of()),
            accepted.of(),
            accepted_after.of(),
            refused.of(),
            refused_after.of(),
        );
    }
    println!("{:.2} s a sentence, {of} sentences", seconds / f64::from(of.max(1)));
}

/// How many of how many.
#[derive(Default)]
struct Share(u32, u32);

impl Share {
    fn add(&mut self, right: bool) {
        self.0 += u32::from(right);
        self.1 += 1;
    }

    fn of(&self) -> f64 {
        f64::from(self.0) / f64::from(self.1.max(1))
    }
}

fn open(who: &str) -> Arc<dyn Entailment> {
    if !who.starts_with("http") {
        let options = RuntimeOptions { cache_dir: cache::dir(), ..RuntimeOptions::default() };
        return open_entailment(Path::new(who), &options, &mut |_| {}).unwrap();
    }
    let options = EndpointOptions {
        wire: Wire::OpenAi,
        url: who.to_owned(),
        model: "default".into(),
        api_key: None,
        temperature: None,
        window: None,
        allow_http: false,
        timeouts: Timeouts::default(),
    };
    Endpoint::new(options).unwrap().checker()
}
