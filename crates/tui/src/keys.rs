//! What keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::Effect;
use crate::layout::input_width;
use crate::model::{Focus, Model};
use crate::overlay::Overlay;
use crate::scroll::Scroll;
use crate::update::{ask, ask_alone, cancel, open, page, quote, scroll};

/// The keys, as the help shows them.
pub(crate) const TABLE: &[(&str, &str)] = &[
    ("Enter", "ask"),
    ("Alt+Enter  Ctrl+J", "new line (Shift+Enter where the terminal tells it apart)"),
    ("↑ ↓", "earlier questions, while nothing is typed"),
    ("Esc  Ctrl+C", "stop the answer; what was written stays"),
    ("", ""),
    ("Tab", "to the passages and back (with nothing asked: an example)"),
    ("Enter  1-9", "there: open the note at the lines"),
    ("← →", "there: passages of the question before or after"),
    ("Alt+1 … Alt+9", "open the note behind a number, from anywhere"),
    ("Ctrl+Q", "answer the last question with quotes of the notes"),
    ("Ctrl+G", "let the next model that runs here write"),
    ("Ctrl+T", "unfold what the model thought, or fold it"),
    ("Ctrl+O", "the same question without your notes, to compare"),
    ("Ctrl+Y", "copy the answer with its footnotes"),
    ("", ""),
    ("PgUp PgDn  wheel", "scroll"),
    ("Home End", "to the start, to the end (while nothing is typed)"),
    ("Ctrl+L", "draw the screen anew"),
    ("Ctrl+D  Ctrl+C twice", "leave"),
    ("", ""),
    ("/open 2  /clear", "open note 2; begin a new conversation"),
    ("/help  /quit", "this help; leave"),
    ("", ""),
    ("✓ supported", "the cited lines say it"),
    ("~ partly", "the cited lines say part of it"),
    ("? unsupported", "no passage says it"),
    ("✗ contradicted", "a passage says the contrary"),
    ("· not checked", "not compared with the notes"),
];

/// Takes in a key.
pub(crate) fn press(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.hint = None;
    let was_leaving = model.leaving.take().is_some();
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => return interrupt(model, was_leaving),
        KeyCode::Char('z') if control => return vec![Effect::Suspend],
        KeyCode::Char('t') if control => return fold(model),
        KeyCode::Char('l') if control => return vec![Effect::Redraw],
        KeyCode::Char('g') if control => return next_writer(model),
        KeyCode::Char('q') if control && model.overlay.is_none() => return quote(model),
        KeyCode::Char('d') if control && model.input.is_empty() => return leave(model),
        _ => {}
    }
    match (&model.overlay, model.focus) {
        (Some(_), _) => in_overlay(model, key),
        (None, Focus::Passages) => in_passages(model, key),
        (None, Focus::Input) => in_input(model, key),
    }
}

/// Shows the thoughts of all questions, or hides them.
fn fold(model: &mut Model) -> Vec<Effect> {
    let unfold = model.entries.iter().any(|entry| !entry.unfolded && !entry.thought.is_empty());
    for entry in &mut model.entries {
        entry.unfolded = unfold;
        entry.rows_width = None;
    }
    Vec::new()
}

fn next_writer(model: &mut Model) -> Vec<Effect> {
    if model.status.offer.is_some() {
        return vec![Effect::NextWriter];
    }
    model.hint = Some("no other model was found on this machine".to_owned());
    Vec::new()
}

fn interrupt(model: &mut Model, was_leaving: bool) -> Vec<Effect> {
    if model.running().is_some() {
        return cancel(model);
    }
    if model.overlay.take().is_some() {
        return Vec::new();
    }
    if !model.input.is_empty() {
        model.input.take();
        model.recalled = None;
        return Vec::new();
    }
    if was_leaving {
        return leave(model);
    }
    model.leaving = Some(model.now);
    model.hint = Some("Ctrl+C once more to leave".to_owned());
    Vec::new()
}

fn leave(model: &mut Model) -> Vec<Effect> {
    let mut effects = cancel(model);
    effects.push(Effect::Quit);
    effects
}

fn in_overlay(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let page = i64::from(model.overlay_inner().height.saturating_sub(1).max(1));
    match key.code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') | KeyCode::F(1) => model.overlay = None,
        KeyCode::Up | KeyCode::Char('k') => scroll(model, -1),
        KeyCode::Down | KeyCode::Char('j') => scroll(model, 1),
        KeyCode::PageUp | KeyCode::Char('b') => scroll(model, -page),
        KeyCode::PageDown | KeyCode::Char(' ') => scroll(model, page),
        KeyCode::Home | KeyCode::Char('g') => scroll(model, i64::MIN),
        KeyCode::End | KeyCode::Char('G') => scroll(model, i64::MAX),
        KeyCode::Left | KeyCode::Char('p') => return neighbour(model, -1),
        KeyCode::Right | KeyCode::Char('n') => return neighbour(model, 1),
        KeyCode::Char(digit @ '1'..='9') => return open_number(model, digit),
        _ => {}
    }
    Vec::new()
}

fn neighbour(model: &mut Model, step: isize) -> Vec<Effect> {
    let Some(Overlay::Note(note)) = &model.overlay else { return Vec::new() };
    note.nth.checked_add_signed(step).map_or_else(Vec::new, |nth| open(model, nth))
}

fn in_passages(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    match key.code {
        KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab => model.focus = Focus::Input,
        KeyCode::Up | KeyCode::Char('k') => model.selected = model.selected.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => model.selected = model.selected.saturating_add(1),
        KeyCode::Home | KeyCode::Char('g') => model.selected = 0,
        KeyCode::End | KeyCode::Char('G') => model.selected = usize::MAX,
        KeyCode::Enter => return open(model, model.selected),
        KeyCode::Left | KeyCode::Char('h') => show_entry(model, false),
        KeyCode::Right | KeyCode::Char('l') => show_entry(model, true),
        KeyCode::Char(digit @ '1'..='9') => return open_number(model, digit),
        KeyCode::Char(_) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
            // Somebody who types wants to ask.
            model.focus = Focus::Input;
            return in_input(model, key);
        }
        _ => return anywhere(model, key),
    }
    Vec::new()
}

/// Shows the passages of the next question that has any, or of the one before.
fn show_entry(model: &mut Model, later: bool) {
    let Some(current) = model.shown_entry() else { return };
    let has_any = |&nth: &usize| !model.entries[nth].passages.is_empty();
    let found = if later {
        (current + 1..model.entries.len()).find(has_any)
    } else {
        (0..current).rev().find(has_any)
    };
    if let Some(nth) = found {
        model.shown = Some(nth);
        model.selected = 0;
        model.scroll = Scroll::to_entry(nth, &model.heights(), page(model));
    }
}

fn in_input(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let empty = model.input.is_empty();
    let width = input_width(model.size.0);
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let before = model.input.text().len();
    match key.code {
        KeyCode::Enter if alt || shift || control => model.input.insert("\n"),
        KeyCode::Enter => return enter(model),
        KeyCode::Tab if empty && model.entries.is_empty() => example(model, 0),
        KeyCode::Tab if model.entries.is_empty() => next_example(model),
        KeyCode::Tab | KeyCode::BackTab => enter_passages(model),
        KeyCode::F(1) => model.overlay = Some(Overlay::Help(0)),
        KeyCode::Char('?') if empty && !control && !alt => model.overlay = Some(Overlay::Help(0)),
        KeyCode::Esc if model.running().is_some() => return cancel(model),
        KeyCode::Up if empty || model.recalled.is_some() => recall(model, -1),
        KeyCode::Down if empty || model.recalled.is_some() => recall(model, 1),
        KeyCode::Up => drop(model.input.up(width)),
        KeyCode::Down => drop(model.input.down(width)),
        KeyCode::Left if control || alt => model.input.word_left(),
        KeyCode::Right if control || alt => model.input.word_right(),
        KeyCode::Left => model.input.left(),
        KeyCode::Right => model.input.right(),
        KeyCode::Home if !empty && !control => model.input.home(),
        KeyCode::End if !empty && !control => model.input.end(),
        KeyCode::Backspace if control || alt => model.input.delete_word(),
        KeyCode::Backspace => model.input.backspace(),
        KeyCode::Delete => model.input.delete(),
        KeyCode::Char(c) if control && !alt => return control_key(model, key, c),
        KeyCode::Char('b') if alt => model.input.word_left(),
        KeyCode::Char('f') if alt => model.input.word_right(),
        // AltGr arrives as Control and Alt together on some systems, and types a character.
        KeyCode::Char(c) if !alt || control => {
            model.input.insert(&answer::sanitize(c.encode_utf8(&mut [0; 4])));
        }
        _ => return anywhere(model, key),
    }
    if model.input.text().len() != before && !matches!(key.code, KeyCode::Up | KeyCode::Down) {
        model.recalled = None;
    }
    Vec::new()
}

fn control_key(model: &mut Model, key: KeyEvent, c: char) -> Vec<Effect> {
    match c {
        'j' => model.input.insert("\n"),
        'a' => model.input.home(),
        'e' => model.input.end(),
        'b' => model.input.left(),
        'f' => model.input.right(),
        'd' => model.input.delete(),
        'h' => model.input.backspace(),
        'w' => model.input.delete_word(),
        'u' => model.input.delete_to_start(),
        'k' => model.input.delete_to_end(),
        'p' => recall(model, -1),
        'n' => recall(model, 1),
        _ => return anywhere(model, key),
    }
    Vec::new()
}

/// Keys that mean the same wherever they are pressed, but in an overlay.
fn anywhere(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    let height = i64::try_from(page(model)).unwrap_or(1);
    let rows = (height - 2).max(1);
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::PageUp => scroll(model, -rows),
        KeyCode::PageDown => scroll(model, rows),
        KeyCode::Home => scroll(model, i64::MIN),
        KeyCode::End => scroll(model, i64::MAX),
        KeyCode::Char('o') if control => return ask_alone(model),
        KeyCode::Char('y') if control => return copy(model),
        KeyCode::Char(digit @ '1'..='9') if key.modifiers.contains(KeyModifiers::ALT) => {
            return open_number(model, digit);
        }
        _ => {}
    }
    Vec::new()
}

fn enter(model: &mut Model) -> Vec<Effect> {
    let text = model.input.text().trim().to_owned();
    if let Some(effects) = command(model, &text) {
        model.input.take();
        return effects;
    }
    if model.running().is_some() {
        if !text.is_empty() {
            model.hint = Some("still answering: Esc stops it".to_owned());
        }
        return Vec::new();
    }
    model.input.take();
    ask(model, &text)
}

/// `/quit` and its like: a slash, a word, perhaps a number. Anything else with a slash is a question.
fn command(model: &mut Model, text: &str) -> Option<Vec<Effect>> {
    let mut words = text.strip_prefix('/')?.split_whitespace();
    let (name, argument) = (words.next()?, words.next());
    let plain = name.chars().all(|c| c.is_ascii_lowercase()) && words.next().is_none();
    if !plain || argument.is_some_and(|word| word.parse::<u32>().is_err()) {
        return None;
    }
    match (name, argument.and_then(|word| word.parse::<u32>().ok())) {
        ("quit" | "exit" | "q", None) => return Some(leave(model)),
        ("help", None) => model.overlay = Some(Overlay::Help(0)),
        ("clear" | "new", None) => {
            let effects = cancel(model);
            model.entries.clear();
            model.shown = None;
            model.scroll = Scroll::Tail;
            return Some(effects);
        }
        ("open", Some(number)) => return Some(open_numbered(model, number)),
        _ => model.hint = Some(format!("no command /{name}: /help lists them")),
    }
    Some(Vec::new())
}

fn open_number(model: &mut Model, digit: char) -> Vec<Effect> {
    digit.to_digit(10).map_or_else(Vec::new, |number| open_numbered(model, number))
}

/// Opens the source with this number, or, where no source has a number, the one at this place.
fn open_numbered(model: &mut Model, number: u32) -> Vec<Effect> {
    let sources = model.sources();
    let found = if sources.iter().any(|source| source.number.is_some()) {
        sources.iter().position(|source| source.number == Some(number))
    } else {
        (number as usize).checked_sub(1).filter(|&nth| nth < sources.len())
    };
    match found {
        Some(nth) => open(model, nth),
        None => {
            model.hint = Some(format!("there is no passage {number}"));
            Vec::new()
        }
    }
}

fn enter_passages(model: &mut Model) {
    model.focus = Focus::Passages;
    model.selected = 0;
    if model.sources().is_empty() {
        model.hint = Some("no passages yet".to_owned());
    }
}

/// Puts an example question into the input.
fn example(model: &mut Model, nth: usize) {
    if let Some(text) = model.examples.get(nth).cloned() {
        model.input.set(&text);
    }
}

fn next_example(model: &mut Model) {
    if let Some(nth) = model.examples.iter().position(|example| example == model.input.text()) {
        example(model, (nth + 1) % model.examples.len());
    }
}

/// Puts the question before the one recalled, or the one after it, into the input; past the last the input is empty.
fn recall(model: &mut Model, step: isize) {
    let current = model.recalled.unwrap_or(model.asked.len());
    let Some(nth) = current.checked_add_signed(step) else { return };
    match model.asked.get(nth).cloned() {
        Some(question) => {
            model.input.set(&question);
            model.recalled = Some(nth);
        }
        None if model.recalled.is_some() => {
            model.input.take();
            model.recalled = None;
        }
        None => {}
    }
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let entry = model.shown_entry().or(model.entries.len().checked_sub(1));
    match entry.and_then(|nth| model.entries[nth].plain()) {
        Some(text) => {
            model.hint = Some("copied, if your terminal allows it".to_owned());
            vec![Effect::Copy { text }]
        }
        None => {
            model.hint = Some("nothing to copy yet".to_owned());
            Vec::new()
        }
    }
}
