//! Brings the cosines of any model to where those of the bundled one lie.

/// Texts that have nothing to do with each other, in both languages.
pub(super) const UNRELATED: [&str; 8] = [
    "The tide tables for the harbour are printed once a year.",
    "Knead the dough until it no longer sticks to the bowl.",
    "The treaty was signed by eleven states in the spring of 1921.",
    "A queue is a list from which the oldest entry leaves first.",
    "这位画家晚年只用黑白两种颜色作画。",
    "列车因大雪晚点了四个小时。",
    "给多肉植物浇水要等土壤完全干透。",
    "合同的任何一方可以提前三十天书面解除。",
];

/// The mean cosine of these texts by the bundled model.
const BUNDLED_BACKGROUND: f32 = 0.78;

/// The square of the number that is put before each vector.
///
/// Each model has a range of cosines of its own: texts that have nothing to do with each other have .8 in one, .1 in
/// another. What is calibrated on the bundled model, the gate above all, would find everything far off in the second. A
/// number that is the same in all vectors brings all cosines nearer to 1 in proportion, and with this one the background
/// lies where it does with the bundled model. In steps, so that noise of the server's does not change it.
pub(super) fn lift(probe: &[Vec<f32>]) -> f32 {
    const STEP: f32 = 0.05;
    let background = background(probe);
    let lift = (BUNDLED_BACKGROUND - background) / (1.0 - background).max(STEP);
    ((lift / STEP).round() * STEP).clamp(0.0, 0.9)
}

/// The mean cosine of different vectors; 1 where there are none.
fn background(vectors: &[Vec<f32>]) -> f32 {
    let pairs = vectors.iter().enumerate().flat_map(|(at, a)| vectors[at + 1..].iter().map(move |b| (a, b)));
    let cosines: Vec<f32> = pairs.map(|(a, b)| index::dot(a, b)).collect();
    if cosines.is_empty() { 1.0 } else { cosines.iter().sum::<f32>() / cosines.len() as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_is_lifted_to_that_of_the_bundled_model() {
        let check = |apart: f32, expected: f32| {
            // Each has `apart` of its own and shares the rest.
            let probe: Vec<Vec<f32>> = (0..8)
                .map(|at| {
                    let mut vector = vec![0.0; 9];
                    vector[8] = (1.0 - apart).sqrt();
                    vector[at] = apart.sqrt();
                    vector
                })
                .collect();
            assert!((background(&probe) - (1.0 - apart)).abs() < 1e-5);
            let lift = lift(&probe);
            assert!((lift - expected).abs() < 1e-5, "{lift}");
            let lifted = lift + (1.0 - lift) * (1.0 - apart);
            assert!((lifted - BUNDLED_BACKGROUND).abs() < 0.03 || apart < 0.25, "{lifted}");
        };
        check(1.0, 0.8);
        check(0.6, 0.65);
        check(0.3, 0.25);
        check(0.1, 0.0);
    }

    #[test]
    fn the_bundled_model_has_that_background() {
        let cache = std::env::var_os("FOOTNOTE_CACHE")
            .map(std::path::PathBuf::from)
            .unwrap_or_else(|| std::env::home_dir().unwrap_or_default().join(".cache").join("footnote"));
        let options = crate::EmbedderOptions { cache_dir: cache, ..crate::EmbedderOptions::default() };
        let model = crate::open_embedder(&options, &mut |_| {}).unwrap();
        let found = background(&model.embed_passages(&UNRELATED).unwrap());
        assert!((found - BUNDLED_BACKGROUND).abs() < 0.005, "{found}");
    }
}
