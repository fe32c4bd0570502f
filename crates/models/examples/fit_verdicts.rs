//! Fits the coefficients of the sentence verdicts on half of some support files and reports the other half:
//! `cargo run -p models --example fit_verdicts -- CACHE OUT FILE.jsonl…`
//!
//! `claims` tells which half a line is in. Vectors are kept in the file CACHE. The coefficients go to the file OUT. Claims whose context is in the other language come from `cross_claims.py`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a tool for developers")]

#[path = "../tests/cache/mod.rs"]
mod cache;
mod claims;
mod hash;
mod kept;

use std::collections::BTreeMap;
use std::io::{BufWriter, Write as _};

use answer::Verdict;
use answer::verify::{Checked, Checker, Logistic, Pair, line};
use claims::Row;
use index::eval::auroc;
use kept::keep;
use models::{EmbedderOptions, open_embedder};

struct Measured {
    row: Row,
    signals: Vec<f64>,
    pair: Pair,
    /// What is said of it with the coefficients that are in the program: those of the run before.
    checked: Checked,
    tuned: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [cache, out, files @ ..] = arguments.as_slice() else { return println!("CACHE OUT FILE.jsonl…") };
    let cache_dir = cache::dir();
    let embedder =
        open_embedder(&EmbedderOptions { cache_dir, ..EmbedderOptions::default() }, &mut |_| {}).unwrap();
    let kept = keep(embedder.as_ref(), cache);
    let mut all = Vec::new();
    for row in Row::read(files) {
        let tuned = row.is_tuned_on();
        let mut checker = Checker::of_text(&row.question, &row.context);
        if let Some(measured) = checker.measure(&row.claim, &kept).unwrap() {
            let checked = checker.check(&row.claim, &kept).unwrap();
            all.push(Measured { row, signals: measured.signals, pair: measured.pair, checked, tuned });
        }
        if all.len() % 1000 == 0 {
            println!("{} measured", all.len());
        }
    }
    kept.flush();
    if let Some(out) = std::env::var_os("FEATURES") {
        let mut file = BufWriter::new(std::fs::File::create(out).unwrap());
        for it in &all {
            let row = &it.row;
            let digits = row.claim.chars().any(|c| c.is_ascii_digit());
            write!(
                file,
                "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                row.set,
                row.id,
                row.lang,
                it.pair.kind,
                it.pair.languages,
                it.tuned,
                row.supported,
                digits,
                !row.question.is_empty()
            )
            .unwrap();
            it.signals.iter().for_each(|x| write!(file, "\t{x:.5}").unwrap());
            writeln!(file).unwrap();
        }
    }
    let models = fit(&all, true);
    let lines: Vec<String> = models.iter().map(|(pair, model)| line(*pair, model)).collect();
    let head = "# Fitted by crates/models/examples/fit_verdicts.rs.";
    std::fs::write(out, format!("{head}\n{}\n", lines.join("\n"))).unwrap();
    println!("fitted on one half, measured on the other");
    report(&all, &models, false);
    println!("the other way round");
    report(&all, &fit(&all, false), true);
}

/// The coefficients of each pair, from the rows of one half.
fn fit(all: &[Measured], half: bool) -> BTreeMap<Pair, Logistic> {
    let mut models = BTreeMap::new();
    for pair in all.iter().map(|it| it.pair).collect::<std::collections::BTreeSet<_>>() {
        // What contradicts a text is made of its words: that is for rules to find, no weight of words will.
        let rows: Vec<&Measured> = all
            .iter()
            .filter(|it| {
                it.pair == pair && it.tuned == half && !it.row.is_contradicted() && it.row.set != "perturbed"
            })
            .collect();
        let alike = |one: &&&Measured, with: &Measured| {
            one.row.set == with.row.set && one.row.supported == with.row.supported
        };
        // Within a set both kinds count the same, so that no share of either is learnt.
        let count = |it: &&Measured| {
            let of_set = rows.iter().filter(|one| one.row.set == it.row.set).count() as f64;
            of_set / 2.0 / rows.iter().filter(|one| alike(one, it)).count() as f64
        };
        let counts: Vec<f64> = rows.iter().map(count).collect();
        let signals: Vec<Vec<f64>> = rows.iter().map(|it| it.signals.clone()).collect();
        let right: Vec<bool> = rows.iter().map(|it| it.row.supported).collect();
        let fitted = (rows.len() >= 30).then(|| Logistic::fit(&signals, &right, &counts, PENALTY)).flatten();
        models.extend(fitted.map(|model| (pair, model)));
    }
    models
}

/// Strong: there are many signals, and most say much the same.
const PENALTY: f64 = 30.0;

fn report(all: &[Measured], models: &BTreeMap<Pair, Logistic>, half: bool) {
    let mut groups: BTreeMap<String, Vec<(f64, bool, &Measured)>> = BTreeMap::new();
    for it in all.iter().filter(|it| it.tuned == half) {
        let Some(model) = models.get(&it.pair) else { continue };
        let p = model.probability(&it.signals);
        let mut add = |name: String| groups.entry(name).or_default().push((p, it.row.supported, it));
        add(format!("{}/{}", it.row.set, it.row.lang));
        add(format!("{}/{} as {}/{}", it.row.set, it.row.lang, it.pair.kind, it.pair.languages));
        if it.row.claim.chars().any(|c| c.is_ascii_digit()) && it.row.question.is_empty() {
            add(format!("{}/{} with digits", it.row.set, it.row.lang));
        }
    }
    for (name, group) in &groups {
        let of =
            |right: bool| group.iter().filter(move |it| it.1 == right).map(|it| it.0).collect::<Vec<_>>();
        let (right, wrong) = (of(true), of(false));
        let share = |values: &[f64], above: bool| {
            values.iter().filter(|p| (**p >= 0.5) == above).count() as f64 / values.len().max(1) as f64
        };
        let balanced = (share(&right, true) + share(&wrong, false)) / 2.0;
        let judged = |right: bool| {
            let of = group.iter().filter(move |it| it.1 == right);
            of.map(|it| f64::from(it.2.checked.support)).collect::<Vec<_>>()
        };
        let agreed = |right: bool| {
            let of = group.iter().filter(|it| it.1 == right);
            let n = of.clone().count().max(1) as f64;
            of.filter(|it| (it.2.checked.verdict == Verdict::Supported) == right).count() as f64 / n
        };
        println!(
            "{name:45} n {:5}  weighed: {:.3} {balanced:.3}  judged: {:.3} {:.3} (accepted {:.3}, refused {:.3})",
            group.len(),
            auroc(&right, &wrong),
            auroc(&judged(true), &judged(false)),
            f64::midpoint(agreed(true), agreed(false)),
            agreed(true),
            agreed(false)
        );
    }
    if std::env::var_os("ERRORS").is_some() {
        for (p, right, it) in
            groups.iter().filter(|(name, _)| !name.contains(" as ")).flat_map(|(_, group)| group)
        {
            let said = it.checked.verdict;
            if (said == Verdict::Supported) != *right {
                println!("ERROR {} {} {p:.2} {right} {said:?} {}", it.row.set, it.row.id, it.row.claim);
            }
        }
    }
}
