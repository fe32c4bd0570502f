//! Where things are on the screen.

use ratatui::layout::{Constraint, Layout, Rect};

/// From this width on the passages stand beside the transcript, below it they stand under it.
const SIDE_BY_SIDE: u16 = 100;
/// Lines longer than this are hard to read.
const TEXT_WIDTH: u16 = 96;
/// No screen at all below this size.
const SMALLEST: (u16, u16) = (20, 6);

/// Where things are on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) transcript: Rect,
    /// The passages, with their frame.
    pub(crate) panel: Option<Rect>,
    /// Whether the panel is beside the transcript, not under it.
    pub(crate) beside: bool,
    /// The row that says what is going on; empty on a low screen.
    pub(crate) activity: Rect,
    /// The input, with its frame.
    pub(crate) input: Rect,
    pub(crate) framed: bool,
    pub(crate) status: Rect,
}

/// Divides a screen; none when it is too small. `input_rows` is what the input would like to have.
pub(crate) fn areas(width: u16, height: u16, input_rows: usize, has_panel: bool) -> Option<Areas> {
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let framed = height >= 12;
    let most = (height / 3).clamp(1, 8);
    let input_rows = u16::try_from(input_rows).unwrap_or(most).clamp(1, most) + if framed { 2 } else { 0 };
    let [body, activity, input, status] = Layout::vertical([
        Constraint::Min(1),
        Constraint::Length(u16::from(height >= 8)),
        Constraint::Length(input_rows),
        Constraint::Length(1),
    ])
    .areas(Rect::new(0, 0, width, height));

    let beside = width >= SIDE_BY_SIDE;
    let (transcript, panel) = if has_panel && beside {
        let panel_width = (width * 2 / 5).clamp(36, 64);
        let [transcript, panel] =
            Layout::horizontal([Constraint::Min(1), Constraint::Length(panel_width)]).areas(body);
        (transcript, Some(panel))
    } else if has_panel && body.height >= 14 {
        let panel_height = (body.height / 3).clamp(5, 12);
        let [transcript, panel] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(panel_height)]).areas(body);
        (transcript, Some(panel))
    } else {
        (body, None)
    };
    Some(Areas {
        transcript: inset(transcript),
        panel,
        beside,
        activity: inset(activity),
        input,
        framed,
        status: inset(status),
    })
}

/// The columns that text may take in an area.
pub(crate) fn text_width(area: Rect) -> usize {
    area.width.min(TEXT_WIDTH).into()
}

/// The columns that the input has for text on a screen of this width: less the frame and the `› ` before it.
pub(crate) fn input_width(width: u16) -> usize {
    width.saturating_sub(6).max(4).into()
}

/// Where an overlay is, with its frame: everything but the line at the bottom.
pub(crate) fn overlay(width: u16, height: u16) -> Rect {
    Rect::new(0, 0, width, height.saturating_sub(1))
}

fn inset(area: Rect) -> Rect {
    Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panel_goes_where_there_is_room() {
        let check = |width, height, expected: Option<(bool, bool)>| {
            let found = areas(width, height, 1, true).map(|areas| (areas.panel.is_some(), areas.beside));
            assert_eq!(found, expected, "{width}x{height}");
        };
        check(19, 30, None);
        check(120, 5, None);
        check(20, 6, Some((false, false)));
        check(99, 40, Some((true, false)));
        check(99, 16, Some((false, false)));
        check(100, 10, Some((true, true)));
        check(300, 100, Some((true, true)));
    }

    #[test]
    fn everything_fits_on_every_screen() {
        for (width, height) in (20..140).flat_map(|width| (6..50).map(move |height| (width, height))) {
            let areas = areas(width, height, 99, true).unwrap();
            let screen = Rect::new(0, 0, width, height);
            for area in [areas.transcript, areas.activity, areas.input, areas.status, overlay(width, height)]
            {
                assert_eq!(area.intersection(screen), area, "{width}x{height}");
            }
            assert!(areas.transcript.height >= 1, "{width}x{height}");
            assert!(areas.input.height >= if areas.framed { 3 } else { 1 }, "{width}x{height}");
        }
    }
}
