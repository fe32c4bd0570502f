//! Which part of the transcript is on the screen.

/// Where the transcript is looked at. Held by entry, so that a new width or a longer answer leaves it in place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// The end, wherever that moves.
    #[default]
    Tail,
    /// This row of this entry is at the top, both from 0.
    At {
        /// Of the entries.
        entry: usize,
        /// Of the entry's rows.
        row: usize,
    },
}

impl Scroll {
    /// The row at the top of a window of `height` rows, counted over all entries.
    pub(crate) fn top(self, heights: &[usize], height: usize) -> usize {
        let last = last_top(heights, height);
        match self {
            Self::Tail => last,
            Self::At { entry, row } => {
                let before: usize = heights.iter().take(entry).sum();
                let within = heights.get(entry).map_or(0, |&rows| row.min(rows.saturating_sub(1)));
                (before + within).min(last)
            }
        }
    }

    /// Moved by `rows`, down when positive. At the end it follows the tail.
    pub(crate) fn moved(self, rows: i64, heights: &[usize], height: usize) -> Self {
        let top = i64::try_from(self.top(heights, height)).unwrap_or(i64::MAX).saturating_add(rows).max(0);
        let mut row = usize::try_from(top).unwrap_or(usize::MAX);
        if row >= last_top(heights, height) {
            return Self::Tail;
        }
        for (entry, &rows) in heights.iter().enumerate() {
            if row < rows {
                return Self::At { entry, row };
            }
            row -= rows;
        }
        Self::Tail
    }

    /// With the first row of `entry` at the top.
    pub(crate) fn to_entry(entry: usize, heights: &[usize], height: usize) -> Self {
        Self::At { entry, row: 0 }.moved(0, heights, height)
    }

    /// Adapted to an entry whose rows went from `before` to `after`, as on a new width.
    pub(crate) fn rewrapped(self, nth: usize, before: usize, after: usize) -> Self {
        match self {
            Self::At { entry, row } if entry == nth && before > 0 => {
                Self::At { entry, row: row * after / before }
            }
            other => other,
        }
    }
}

fn last_top(heights: &[usize], height: usize) -> usize {
    heights.iter().sum::<usize>().saturating_sub(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_at_both_ends_and_follows_the_tail() {
        let heights = [10, 20, 5];
        let check = |from: Scroll, rows, expected: Scroll, top| {
            let moved = from.moved(rows, &heights, 12);
            assert_eq!((moved, moved.top(&heights, 12)), (expected, top));
        };
        let at = |entry, row| Scroll::At { entry, row };
        check(Scroll::Tail, 0, Scroll::Tail, 23);
        check(Scroll::Tail, 5, Scroll::Tail, 23);
        check(Scroll::Tail, -1, at(1, 12), 22);
        check(Scroll::Tail, -100, at(0, 0), 0);
        check(at(0, 0), 10, at(1, 0), 10);
        check(at(0, 9), i64::MAX, Scroll::Tail, 23);
        check(at(7, 0), i64::MIN, at(0, 0), 0);
        assert_eq!(Scroll::Tail.moved(-3, &[4], 12), Scroll::Tail);
        assert_eq!(Scroll::Tail.top(&[], 0), 0);
        assert_eq!(Scroll::to_entry(1, &heights, 12), at(1, 0));
        assert_eq!(Scroll::to_entry(2, &heights, 12), Scroll::Tail);
    }

    #[test]
    fn a_new_width_keeps_the_place() {
        let at = |entry, row| Scroll::At { entry, row };
        assert_eq!(at(1, 10).rewrapped(1, 20, 40), at(1, 20));
        assert_eq!(at(1, 10).rewrapped(0, 20, 40), at(1, 10));
        assert_eq!(Scroll::Tail.rewrapped(0, 20, 40), Scroll::Tail);
    }
}
