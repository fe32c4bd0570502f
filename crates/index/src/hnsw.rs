//! A vector store that walks a graph of neighbours (HNSW) instead of comparing the question with every vector.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::hash::{DefaultHasher, Hasher};

use hnsw_rs::prelude::{Distance, Hnsw as Builder};
use rayon::prelude::*;

use crate::disk::graph::{Graph, Layer, MAX_LAYERS};
use crate::store::{self, Exact, Hit, VectorStore};

/// Links of a row in each layer; twice as many in the lowest.
const LINKS: usize = 16;
/// How many candidates are weighed for the links of a new row.
const WIDTH_OF_BUILD: usize = 200;
/// A graph is built anew when more than one in so many rows came or went.
const WEAR: usize = 10;

/// Walks a graph: its answers are nearly always those of [`Exact`], in a time that hardly grows with the number of
/// vectors.
#[derive(Debug, Clone)]
pub struct Hnsw {
    exact: Exact,
    graph: Graph,
}

impl Hnsw {
    /// Builds the graph over the vectors of `exact`, on all cores. The graph differs a little from build to build.
    #[must_use]
    pub fn build(exact: Exact) -> Self {
        let graph = links(&exact);
        let rows: Vec<u32> = (0..exact.len() as u32).collect();
        let mut store = Self { exact, graph };
        store.graph.tail = store.lost(&rows);
        store
    }

    /// Carries the graph over from a store whose row `i` is now row `places[i]`, or gone. New rows go to the tail. `None`
    /// when so much has changed since it was built that it is better built anew: that takes minutes where there are
    /// many vectors, and an edited note should not.
    pub(crate) fn carry(exact: Exact, old: &Graph, places: &[Option<u32>]) -> Option<Self> {
        let rows = exact.len();
        let mut is_new = vec![true; rows];
        places.iter().flatten().for_each(|&row| is_new[row as usize] = false);
        let new = (0..rows as u32).filter(|&row| is_new[row as usize]);
        let gone = (0..old.rows as u32).filter(|&row| places[row as usize].is_none());
        let worn = old.worn as usize + new.clone().count() + gone.clone().count();
        if old.layers.is_empty() || worn > rows / WEAR {
            return None;
        }

        // Where a row is gone, those that it linked to may be cut off.
        let place = |row: &u32| places[*row as usize];
        let shaken: BTreeSet<u32> = gone
            .flat_map(|row| old.layers.iter().flat_map(move |layer| layer.links(row)))
            .filter_map(place)
            .collect();
        let mut tail: BTreeSet<u32> = old.tail.iter().filter_map(place).chain(new).collect();
        let layers: Vec<Layer> = old.layers.iter().map(|layer| layer.carry(places, rows)).collect();
        let highest = || {
            layers.iter().rev().find_map(|layer| (0..rows as u32).find(|&row| !layer.links(row).is_empty()))
        };
        let entry = place(&old.entry).or_else(highest)?;
        let mut store =
            Self { exact, graph: Graph { rows, entry, worn: worn as u32, tail: Vec::new(), layers } };
        tail.extend(store.lost(&shaken.into_iter().collect::<Vec<_>>()));
        store.graph.tail = tail.into_iter().collect();
        Some(store)
    }

    /// A store over a graph that was built over the vectors of `exact`: it has as many rows.
    pub(crate) fn with_graph(exact: Exact, graph: Graph) -> Self {
        debug_assert_eq!(exact.len(), graph.rows);
        Self { exact, graph }
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Those of `rows` that a walk does not find when asked for their own vector. The heuristic that chooses links cuts
    /// a few rows off, and equal vectors were not put into the graph more than once.
    fn lost(&self, rows: &[u32]) -> Vec<u32> {
        let found = |row| self.walk(self.exact.vector(row), width(1)).iter().any(|hit| hit.row == row);
        rows.par_iter().copied().filter(|&row| !found(row)).collect()
    }

    /// About the `width` nearest rows, in no order.
    fn walk(&self, question: &[f32], width: usize) -> Vec<Hit> {
        let Some((base, upper)) = self.graph.layers.split_first() else { return Vec::new() };
        let mut at = self.exact.hit(question, self.graph.entry);
        for layer in upper.iter().rev() {
            while let Some(nearer) = self.step(question, layer, at) {
                at = nearer;
            }
        }
        self.spread(question, base, at, width)
    }

    /// The best neighbour of `at`, when it is nearer than `at` itself.
    fn step(&self, question: &[f32], layer: &Layer, at: Hit) -> Option<Hit> {
        let neighbours = layer.links(at.row).iter().map(|&row| self.exact.hit(question, row));
        neighbours.filter(|hit| hit.score > at.score).min_by(Hit::compare)
    }

    /// Looks at the neighbours of the best row not looked at yet, until `width` rows are better than any of those.
    fn spread(&self, question: &[f32], layer: &Layer, start: Hit, width: usize) -> Vec<Hit> {
        let mut seen = vec![false; self.exact.len()];
        seen[start.row as usize] = true;
        let mut open = BinaryHeap::from([Reverse(Ranked(start))]);
        let mut kept = BinaryHeap::from([Ranked(start)]);
        while let Some(Reverse(Ranked(hit))) = open.pop() {
            if kept.len() >= width && kept.peek().is_some_and(|worst| worst.0.compare(&hit).is_lt()) {
                break;
            }
            for &row in layer.links(hit.row) {
                if std::mem::replace(&mut seen[row as usize], true) {
                    continue;
                }
                let next = self.exact.hit(question, row);
                if kept.len() < width || kept.peek().is_some_and(|worst| next.compare(&worst.0).is_lt()) {
                    open.push(Reverse(Ranked(next)));
                    kept.push(Ranked(next));
                    if kept.len() > width {
                        kept.pop();
                    }
                }
            }
        }
        kept.into_iter().map(|ranked| ranked.0).collect()
    }
}

impl VectorStore for Hnsw {
    fn len(&self) -> usize {
        self.exact.len()
    }

    fn nearest(&self, question: &[f32], k: usize, allowed: Option<&[u32]>) -> Vec<Hit> {
        // A walk that must pass over most rows costs many times a scan of the few that count.
        if allowed.is_some() || width(k) >= self.len() {
            return self.exact.nearest(question, k, allowed);
        }
        let mut hits = self.walk(question, width(k));
        hits.extend(self.exact.nearest(question, k, Some(&self.graph.tail)));
        hits.sort_unstable_by(Hit::compare);
        hits.dedup_by_key(|hit| hit.row);
        hits.truncate(k);
        hits
    }
}

/// How many rows a walk keeps when `k` are wanted.
fn width(k: usize) -> usize {
    k.saturating_mul(4).max(64)
}

/// Links each row to its neighbours. The tail is left empty.
fn links(exact: &Exact) -> Graph {
    let rows = exact.len();
    let mut graph = Graph { rows, ..Graph::default() };
    // Equal vectors would link to nothing but each other. One whose fingerprint is taken by chance loses nothing by
    // being left to the tail.
    let mut known = HashSet::new();
    let points: Vec<(&[f32], usize)> = (0..rows)
        .map(|row| (exact.vector(row as u32), row))
        .filter(|(vector, _)| known.insert(fingerprint(vector)))
        .collect();
    let Some((first, others)) = points.split_first() else { return graph };

    let builder = Builder::new(LINKS, points.len(), MAX_LAYERS, WIDTH_OF_BUILD, Apart);
    // With no row to begin from, rows inserted at the same time would not find each other.
    builder.insert_slice(*first);
    others.par_iter().for_each(|&point| builder.insert_slice(point));

    let top = usize::from(builder.get_max_level_observed());
    let mut layers = vec![vec![Vec::new(); rows]; top + 1];
    for height in 0..=top {
        for point in builder.get_point_indexation().get_layer_iterator(height) {
            let row = point.get_origin_id();
            graph.entry = row as u32;
            for (layer, neighbours) in layers.iter_mut().zip(point.get_neighborhood_id()).take(height + 1) {
                layer[row] = neighbours.iter().map(|neighbour| neighbour.d_id as u32).collect();
            }
        }
    }
    graph.layers = layers.iter().map(|links| Layer::new(links)).collect();
    graph
}

fn fingerprint(vector: &[f32]) -> u64 {
    let mut hasher = DefaultHasher::new();
    vector.iter().for_each(|x| hasher.write_u32(x.to_bits()));
    hasher.finish()
}

/// How far two unit vectors are apart. Never negative and never NaN, at which the builder would panic.
struct Apart;

impl Distance<f32> for Apart {
    fn eval(&self, a: &[f32], b: &[f32]) -> f32 {
        (1.0 - store::dot(a, b)).max(0.0)
    }
}

/// The greatest is the worst, as in a heap that forgets its worst member.
#[derive(Clone, Copy, PartialEq)]
struct Ranked(Hit);

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.compare(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::clustered;

    const DIMENSION: usize = 48;

    /// The share of the exact `k` nearest that the graph finds too, over 100 questions near the vectors.
    fn recall(store: &Hnsw, k: usize) -> f64 {
        let questions = clustered(100, DIMENSION, 12, 99);
        let (mut found, mut wanted) = (0_usize, 0_usize);
        for question in questions.chunks(DIMENSION) {
            let exact = store.exact.nearest(question, k, None);
            let walked = store.nearest(question, k, None);
            wanted += exact.len();
            found += exact.iter().filter(|hit| walked.iter().any(|other| other.row == hit.row)).count();
        }
        found as f64 / wanted as f64
    }

    fn store(vectors: Vec<f32>) -> Hnsw {
        Hnsw::build(Exact::new(DIMENSION, vectors))
    }

    #[test]
    fn it_finds_what_the_scan_finds() {
        let store = store(clustered(3000, DIMENSION, 12, 1));
        assert!(recall(&store, 10) >= 0.98, "{}", recall(&store, 10));
        assert!(recall(&store, 1) >= 0.98, "{}", recall(&store, 1));
    }

    #[test]
    fn every_row_is_found_by_its_own_vector() {
        let store = store(clustered(1500, DIMENSION, 3, 2));
        for row in 0..store.len() as u32 {
            assert_eq!(store.nearest(store.exact.vector(row), 1, None)[0].row, row);
        }
    }

    #[test]
    fn equal_vectors_are_all_found() {
        let mut vectors = clustered(40, DIMENSION, 2, 3).repeat(10);
        vectors.splice(0..0, clustered(1, DIMENSION, 1, 4).repeat(100));
        let store = store(vectors);
        assert!(store.graph.tail.len() >= 360 + 99, "{}", store.graph.tail.len());
        let hits = store.nearest(store.exact.vector(100), 10, None);
        assert_eq!(hits, store.exact.nearest(store.exact.vector(100), 10, None));
        assert!(recall(&store, 10) >= 0.98);
    }

    #[test]
    fn small_stores_are_exact() {
        for count in [0, 1, 2, 3, 17, 70] {
            let store = store(clustered(count, DIMENSION, 2, 5));
            assert_eq!(store.len(), count);
            for question in clustered(9, DIMENSION, 2, 6).chunks(DIMENSION) {
                let (walked, exact) =
                    (store.nearest(question, 5, None), store.exact.nearest(question, 5, None));
                assert_eq!(walked, exact, "{count} vectors");
            }
        }
    }

    #[test]
    fn a_filtered_search_is_exact() {
        let store = store(clustered(1000, DIMENSION, 5, 7));
        let allowed: Vec<u32> = (0..1000).step_by(37).collect();
        for question in clustered(9, DIMENSION, 5, 8).chunks(DIMENSION) {
            let hits = store.nearest(question, 7, Some(&allowed));
            assert_eq!(hits, store.exact.nearest(question, 7, Some(&allowed)));
        }
    }

    #[test]
    fn a_graph_is_carried_over_small_changes() {
        let vectors = clustered(2000, DIMENSION, 12, 1);
        let old = store(vectors.clone());
        // Every 25th row is gone, among them the entry; the others are turned round, and 40 new ones come first.
        let stays = |row: u32| row % 25 != 3 && row != old.graph.entry;
        let kept: Vec<u32> = (0..2000).rev().filter(|&row| stays(row)).collect();
        let mut turned = clustered(40, DIMENSION, 12, 77);
        let mut places = vec![None; 2000];
        for (place, &row) in (40..).zip(&kept) {
            places[row as usize] = Some(place);
            turned.extend_from_slice(old.exact.vector(row));
        }
        let carried = Hnsw::carry(Exact::new(DIMENSION, turned), &old.graph, &places).unwrap();
        assert_eq!(carried.graph.worn as usize, 40 + 2000 - kept.len());
        assert!((0..40).all(|row| carried.graph.tail.contains(&row)));
        assert!(recall(&carried, 10) >= 0.98, "{}", recall(&carried, 10));
        for row in 0..carried.len() as u32 {
            assert_eq!(carried.nearest(carried.exact.vector(row), 1, None)[0].row, row);
        }

        // The wear adds up until it is too much.
        let same: Vec<Option<u32>> = (0..carried.len() as u32).map(Some).collect();
        let mut more = carried.exact.vectors().to_vec();
        more.extend(clustered(60, DIMENSION, 12, 78));
        assert!(Hnsw::carry(Exact::new(DIMENSION, more.clone()), &carried.graph, &same).is_some());
        more.extend(clustered(60, DIMENSION, 12, 79));
        assert!(Hnsw::carry(Exact::new(DIMENSION, more), &carried.graph, &same).is_none());
    }

    #[test]
    fn a_graph_survives_its_file() {
        let built = store(clustered(500, DIMENSION, 5, 9));
        let graph = Graph::decode(&built.graph.encode()).unwrap();
        assert_eq!(graph, built.graph);
        assert!(graph.layers.len() > 1, "500 rows with one layer");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        /// A graph that passes its checksum but was made for nothing like these vectors gives poor answers, not a crash.
        #[test]
        fn no_graph_makes_it_panic(links in proptest::collection::vec(proptest::collection::vec(0_u32..90, 0..6), 90), entry in 0_u32..90) {
            let exact = Exact::new(DIMENSION, clustered(90, DIMENSION, 3, 10));
            let layers = vec![Layer::new(&links), Layer::new(&links)];
            let store = Hnsw::with_graph(exact, Graph { rows: 90, entry, worn: 0, tail: vec![3], layers });
            let hits = store.nearest(&clustered(1, DIMENSION, 1, 11), 9, None);
            prop_assert!(hits.len() <= 9 && hits.is_sorted_by(|a, b| a.compare(b).is_lt()));
        }
    }
}
