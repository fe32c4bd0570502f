//! Choices that look random and are not: a counter mixed by SplitMix64 (Steele, Lea and Flood 2014), begun from a seed and
//! a text, so that a sentence's changes do not depend on the sentences before it.

/// Throws the same numbers for the same seed and text, on every machine.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64, text: &str) -> Self {
        // FNV-1a.
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(text.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, fold))
    }

    /// One of `choices`; none of none.
    pub(super) fn pick<T: Clone>(&mut self, choices: &[T]) -> Option<T> {
        let n = u64::try_from(choices.len()).ok().filter(|&n| n > 0)?;
        usize::try_from(self.next() % n).ok().and_then(|at| choices.get(at)).cloned()
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_repeat_and_reach_everything() {
        let throws = |seed| {
            let mut dice = Dice::new(seed, "a");
            (0..60).filter_map(|_| dice.pick(&[1, 2, 3, 4, 5, 6])).collect::<Vec<_>>()
        };
        assert_eq!(throws(1), throws(1));
        assert_ne!(throws(1), throws(2));
        assert!((1..=6).all(|n| throws(1).contains(&n)));
        assert_eq!(Dice::new(1, "a").pick::<u8>(&[]), None);
    }
}
