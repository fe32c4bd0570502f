//! `graph.bin`: who is whose neighbour among the vectors.
//!
//! ```text
//! "FOOTGRPH"  u32 version   u32 rows   u32 entry row   u32 worn
//! list of u32: the tail, rows that no walk finds, ascending
//! list of layers, the lowest and fullest first, at most 16:
//!     rows × u16 number of links   the links of row 0, of row 1, …, each u32
//! ```
//!
//! `hnsw_rs` makes the graph, but we keep it in our own file and walk it ourselves ([`crate::hnsw`]). Its own dump holds
//! every vector a second time, takes longer to load than an exact scan takes to answer, differs between machines, and
//! is read in a way that ends the process when a byte is wrong.

use super::bytes::{Malformed, Put, Reader};

const MAGIC: &[u8; 8] = b"FOOTGRPH";
const VERSION: u32 = 1;

/// No graph is higher: with 16 links a node, 16 layers are enough for 16^16 vectors.
pub(crate) const MAX_LAYERS: usize = 16;

/// Links between rows, in layers. A row of a higher layer is in all lower ones too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    /// How many rows there are, with and without links.
    pub(crate) rows: usize,
    /// Where a walk begins: a row of the highest layer. Meaningless when there are no layers.
    pub(crate) entry: u32,
    /// How many rows came or went since it was built.
    pub(crate) worn: u32,
    /// Rows that no walk finds, ascending. They are to be scanned.
    pub(crate) tail: Vec<u32>,
    /// The lowest and fullest first.
    pub(crate) layers: Vec<Layer>,
}

/// The links of one layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Layer {
    /// Where the links of each row end.
    ends: Vec<u32>,
    links: Vec<u32>,
}

impl Layer {
    /// A layer in which row `i` has `links[i]`.
    pub(crate) fn new(links: &[Vec<u32>]) -> Self {
        let mut layer = Self::default();
        for links in links {
            layer.links.extend_from_slice(links);
            layer.ends.push(layer.links.len() as u32);
        }
        layer
    }

    /// This layer when row `i` is now row `places[i]`, or gone, of `rows`.
    pub(crate) fn carry(&self, places: &[Option<u32>], rows: usize) -> Self {
        let mut links = vec![Vec::new(); rows];
        for (row, place) in (0..).zip(places) {
            if let Some(place) = place {
                let kept = self.links(row).iter().filter_map(|&link| places[link as usize]);
                links[*place as usize] = kept.collect();
            }
        }
        Self::new(&links)
    }

    /// The rows that `row` links to; none for a row that is not in this layer.
    pub(crate) fn links(&self, row: u32) -> &[u32] {
        let end = |row: usize| self.ends.get(row).map_or(0, |&end| end as usize);
        let start = (row as usize).checked_sub(1).map_or(0, end);
        self.links.get(start..end(row as usize)).unwrap_or_default()
    }
}

impl Graph {
    /// The bytes of the file.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.put(MAGIC);
        out.put_u32(VERSION);
        out.put_len(self.rows);
        out.put_u32(self.entry);
        out.put_u32(self.worn);
        put_u32s(&mut out, &self.tail);
        out.put_len(self.layers.len());
        for layer in &self.layers {
            for row in 0..self.rows as u32 {
                out.put_u16(layer.links(row).len() as u16);
            }
            layer.links.iter().for_each(|&link| out.put_u32(link));
        }
        out
    }

    /// Reads the file.
    ///
    /// # Errors
    /// When the bytes are not such a file, or name a row that is not there.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.header(MAGIC, VERSION)?;
        let rows = reader.u32()? as usize;
        let entry = reader.u32()?;
        let worn = reader.u32()?;
        let tail = {
            let count = reader.count(4)?;
            rows_below(&mut reader, count, rows)?
        };
        let layer_count = reader.count(rows.saturating_mul(2))?;
        if layer_count > MAX_LAYERS {
            return Err(reader.malformed(format!("{layer_count} layers")));
        }
        let layers = (0..layer_count).map(|_| layer(&mut reader, rows)).collect::<Result<Vec<_>, _>>()?;
        if !layers.is_empty() && entry as usize >= rows {
            return Err(reader.malformed(format!("row {entry} of {rows}")));
        }
        reader.finish()?;
        Ok(Self { rows, entry, worn, tail, layers })
    }
}

fn layer(reader: &mut Reader<'_>, rows: usize) -> Result<Layer, Malformed> {
    let degrees = reader.take(rows.saturating_mul(2))?;
    let mut end = 0_u32;
    let mut ends = Vec::with_capacity(rows);
    for &degree in degrees.as_chunks().0 {
        end = end
            .checked_add(u32::from(u16::from_le_bytes(degree)))
            .ok_or_else(|| reader.malformed("too many links"))?;
        ends.push(end);
    }
    Ok(Layer { ends, links: rows_below(reader, end as usize, rows)? })
}

/// Row numbers, each below `rows`.
fn rows_below(reader: &mut Reader<'_>, count: usize, rows: usize) -> Result<Vec<u32>, Malformed> {
    let numbers = reader.u32s(count)?;
    match numbers.iter().find(|&&row| row as usize >= rows) {
        Some(row) => Err(reader.malformed(format!("row {row} of {rows}"))),
        None => Ok(numbers),
    }
}

fn put_u32s(out: &mut Vec<u8>, values: &[u32]) {
    out.put_len(values.len());
    values.iter().for_each(|&value| out.put_u32(value));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Graph {
        let base = Layer::new(&[vec![1, 2], vec![0], vec![], vec![0, 1, 2]]);
        let top = Layer::new(&[vec![3], vec![], vec![], vec![0]]);
        Graph { rows: 4, entry: 3, worn: 7, tail: vec![2], layers: vec![base, top] }
    }

    #[test]
    fn what_is_written_is_read() {
        let check = |graph: Graph| assert_eq!(Graph::decode(&graph.encode()), Ok(graph));
        check(sample());
        check(Graph::default());
        check(Graph { rows: 3, tail: vec![0, 1, 2], ..Graph::default() });
    }

    #[test]
    fn links_belong_to_their_row() {
        let graph = sample();
        let check =
            |layer: usize, row, expected: &[u32]| assert_eq!(graph.layers[layer].links(row), expected);
        check(0, 0, &[1, 2]);
        check(0, 2, &[]);
        check(0, 3, &[0, 1, 2]);
        check(1, 3, &[0]);
        check(1, 4, &[]);
        check(1, u32::MAX, &[]);
    }

    #[test]
    fn rows_that_are_not_there_are_refused() {
        let check =
            |graph: Graph| assert!(Graph::decode(&graph.encode()).unwrap_err().why.starts_with("row "));
        check(Graph { tail: vec![4], ..sample() });
        check(Graph { entry: 4, ..sample() });
        let stray = Layer::new(&[vec![4], vec![], vec![], vec![]]);
        check(Graph { layers: vec![stray], ..sample() });
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0_usize..100, flip in 1_u8.., cut in 0_usize..100) {
            let mut bytes = sample().encode();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            if let Ok(graph) = Graph::decode(&bytes) {
                let rows = graph.rows as u32;
                let links = (0..rows).flat_map(|row| graph.layers.iter().flat_map(move |layer| layer.links(row)));
                prop_assert!(links.chain(&graph.tail).all(|&row| row < rows));
            }
            bytes[at] ^= flip;
            bytes.truncate(cut % bytes.len());
            prop_assert!(Graph::decode(&bytes).is_err());
        }
    }
}
