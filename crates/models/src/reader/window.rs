//! How a passage that is too long to be read at once is read in pieces.

use std::ops::Range;

/// Tokens that two neighbouring windows share: an answer at a window's edge is whole in the other one.
const OVERLAP: usize = 64;

/// A stretch of a passage that is read at once, in tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) read: Range<usize>,
    /// The part of `read` that is farther from this window's edges than from those of its neighbours.
    pub(super) kept: Range<usize>,
}

/// The windows of a passage of `tokens` tokens, `room` at a time (more than the overlap). There is always one.
pub(super) fn windows(tokens: usize, room: usize) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    let mut start = 0;
    loop {
        let end = tokens.min(start + room);
        let mut kept = start..end;
        if let Some(before) = windows.last_mut() {
            kept.start = start + OVERLAP / 2;
            before.kept.end = kept.start;
        }
        windows.push(Window { read: start..end, kept });
        if end == tokens {
            return windows;
        }
        start = end - OVERLAP.min(room.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_overlap_and_share_what_they_both_read() {
        let check = |tokens, room, expected: &[(Range<usize>, Range<usize>)]| {
            let found: Vec<_> = windows(tokens, room).into_iter().map(|w| (w.read, w.kept)).collect();
            assert_eq!(found, expected);
        };
        check(0, 200, &[(0..0, 0..0)]);
        check(200, 200, &[(0..200, 0..200)]);
        check(201, 200, &[(0..200, 0..168), (136..201, 168..201)]);
        check(400, 200, &[(0..200, 0..168), (136..336, 168..304), (272..400, 304..400)]);
    }

    proptest! {
        #[test]
        fn every_token_is_kept_once(tokens in 0usize..5000, room in 189usize..253) {
            let windows = windows(tokens, room);
            let kept: Vec<usize> = windows.iter().flat_map(|window| window.kept.clone()).collect();
            prop_assert_eq!(kept, (0..tokens).collect::<Vec<_>>());
            for window in windows {
                prop_assert!(window.read.len() <= room);
                prop_assert!(window.read.start <= window.kept.start && window.kept.end <= window.read.end);
            }
        }
    }
}
