//! What a message does to the model.

use std::time::Duration;

use answer::{Failure, FailureKind, Step, sanitize_line};

use crate::entry::{Entry, State};
use crate::keys;
use crate::model::{Focus, Model, Progress, clean_paste};
use crate::overlay::{NoteView, Overlay, Page};
use crate::scroll::Scroll;
use crate::view::SPINNER_MS;
use crate::{Effect, Manner, Msg, Status};

/// A follow-up is understood from so many questions before it.
const HISTORY: usize = 8;
/// How long a first Ctrl-C counts.
const LEAVING: Duration = Duration::from_secs(3);

/// Takes in a message and tells what is to be done. Pure: the same model and message always give the same.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    if let Msg::Tick(now) = msg {
        tick(model, now);
        return Vec::new();
    }
    model.dirty = true;
    let effects = match msg {
        Msg::Key(key) => keys::press(model, key),
        Msg::Paste(text) => {
            if model.overlay.is_none() {
                model.focus = Focus::Input;
                model.recalled = None;
                model.input.insert(&clean_paste(&text));
            }
            Vec::new()
        }
        Msg::Scroll(rows) => {
            scroll(model, rows.into());
            Vec::new()
        }
        Msg::Resize(width, height) => {
            model.size = (width, height);
            Vec::new()
        }
        Msg::Step { id, step } => {
            take_step(model, id, step);
            Vec::new()
        }
        Msg::Ended { id, reason } => {
            ended(model, id, reason);
            Vec::new()
        }
        Msg::NoteOpened { path, text } => {
            if let Some(note) = awaited_note(model, &path) {
                note.open(&text);
            }
            Vec::new()
        }
        Msg::NoteFailed { path, reason } => {
            if let Some(note) = awaited_note(model, &path) {
                note.page = Page::Failed(sanitize_line(&reason).into_owned());
            }
            Vec::new()
        }
        Msg::Indexing { done, total } => {
            let going = total == 0 || done < total;
            model.progress = going.then(|| Progress { what: "Reading your notes".to_owned(), done, total });
            Vec::new()
        }
        Msg::Loading(what) => {
            let what = sanitize_line(&what).into_owned();
            model.progress = Some(Progress { what, done: 0, total: 0 });
            Vec::new()
        }
        Msg::Ready(status) => ready(model, &status),
        Msg::Unavailable(failure) => {
            unavailable(model, &failure);
            Vec::new()
        }
        Msg::Tick(_) => Vec::new(),
    };
    model.settle();
    effects
}

/// Asks the last question again, to be answered with quotes of the notes: at once, whatever became of it.
pub(crate) fn quote(model: &mut Model) -> Vec<Effect> {
    let Some(question) = model.entries.last().map(|entry| entry.question.clone()) else {
        model.hint = Some("nothing was asked yet".to_owned());
        return Vec::new();
    };
    let mut effects = cancel(model);
    effects.extend(push(model, question, Manner::Quoted));
    effects
}

/// Asks a question, or keeps it until the index is there.
pub(crate) fn ask(model: &mut Model, question: &str) -> Vec<Effect> {
    let question = question.trim().to_owned();
    if question.is_empty() { Vec::new() } else { push(model, question, Manner::Usual) }
}

fn push(model: &mut Model, question: String, manner: Manner) -> Vec<Effect> {
    if model.asked.last() != Some(&question) {
        model.asked.push(question.clone());
    }
    let id = model.next_id;
    model.next_id += 1;
    model.scroll = Scroll::Tail;
    model.shown = None;
    model.selected = 0;
    model.recalled = None;
    let state = if model.ready { State::Searching } else { State::Waiting };
    model.entries.push(Entry { manner, ..Entry::new(id, question, model.now, state) });
    if let Some((message, hint)) = model.unavailable.clone() {
        let failure = Failure { kind: FailureKind::Search, message, hint };
        model.entries.iter_mut().rev().take(1).for_each(|entry| entry.fail(&failure));
        return Vec::new();
    }
    if model.ready { ask_last(model) } else { Vec::new() }
}

/// Asks the last question once more, without notes: what the model says by itself stands below what the notes say.
pub(crate) fn ask_alone(model: &mut Model) -> Vec<Effect> {
    let last = model.entries.last().filter(|_| model.ready);
    let Some((question, manner)) = last.map(|entry| (entry.question.clone(), entry.manner)) else {
        model.hint = Some("ask a question first".to_owned());
        return Vec::new();
    };
    if model.running().is_some() {
        model.hint = Some("still answering: Esc stops it".to_owned());
        return Vec::new();
    }
    if manner == Manner::Alone {
        model.hint = Some("the answer above is the one without your notes".to_owned());
        return Vec::new();
    }
    push(model, question, Manner::Alone)
}

/// Stops the running question; what was written stays.
pub(crate) fn cancel(model: &mut Model) -> Vec<Effect> {
    let Some(entry) = model.running_mut() else { return Vec::new() };
    let kept = entry.state == State::Waiting;
    let id = entry.id;
    entry.become_state(State::Cancelled);
    if kept { Vec::new() } else { vec![Effect::Cancel { id }] }
}

/// Opens the note of a source of the entry shown.
pub(crate) fn open(model: &mut Model, nth: usize) -> Vec<Effect> {
    let sources = model.sources();
    let (Some(source), Some(entry)) = (sources.get(nth), model.shown_entry()) else { return Vec::new() };
    let of_rank = model.entries[entry].passages.iter().find(|passage| passage.rank == source.rank);
    let passage =
        of_rank.filter(|passage| passage.raw_path == source.raw_path).map_or(source.lines, |it| it.lines);
    let (path, lines) = (source.raw_path.clone(), source.lines);
    model.selected = nth;
    model.overlay = Some(Overlay::Note(Box::new(NoteView::new(nth, source.clone(), passage))));
    vec![Effect::OpenNote { path, lines }]
}

/// Moves whatever is in front by `rows`, down when positive.
pub(crate) fn scroll(model: &mut Model, rows: i64) {
    let shift = |top: usize| {
        usize::try_from(i64::try_from(top).unwrap_or(i64::MAX).saturating_add(rows).max(0))
            .unwrap_or(usize::MAX)
    };
    match &mut model.overlay {
        Some(Overlay::Note(note)) => note.top = shift(note.top),
        Some(Overlay::Help(top)) => *top = shift(*top).min(keys::TABLE.len()),
        None => {
            let height = page(model);
            model.scroll = model.scroll.moved(rows, &model.heights(), height);
        }
    }
}

/// The rows of the transcript on the screen.
pub(crate) fn page(model: &Model) -> usize {
    model.areas().map_or(1, |areas| areas.transcript.height.into())
}

fn ask_last(model: &mut Model) -> Vec<Effect> {
    let Some((entry, before)) = model.entries.split_last_mut() else { return Vec::new() };
    entry.become_state(State::Searching);
    let (question, manner) = (entry.question.clone(), entry.manner);
    let with_notes = before.iter().filter(|entry| entry.manner != Manner::Alone);
    let mut history: Vec<String> = with_notes.map(|entry| entry.question.clone()).collect();
    // A question that is asked again does not follow up on itself.
    while history.last() == Some(&question) {
        history.pop();
    }
    history.drain(..history.len().saturating_sub(HISTORY));
    vec![Effect::Ask { id: entry.id, question, history, manner }]
}

fn take_step(model: &mut Model, id: u64, step: Step) {
    if let Some(entry) = model.running_mut().filter(|entry| entry.id == id) {
        entry.step(step);
    }
}

fn ended(model: &mut Model, id: u64, reason: Option<String>) {
    if let Some(entry) = model.running_mut().filter(|entry| entry.id == id) {
        let message = reason.unwrap_or_else(|| "the answer ended before it was whole".to_owned());
        let hint = Some("ask again; if it happens again, `footnote doctor` may know why".to_owned());
        entry.fail(&Failure { kind: FailureKind::CutShort, message, hint });
    }
}

fn ready(model: &mut Model, status: &Status) -> Vec<Effect> {
    model.set_status(status);
    model.ready = true;
    model.progress = None;
    model.unavailable = None;
    if model.running().is_some_and(|entry| entry.state == State::Waiting) {
        ask_last(model)
    } else {
        Vec::new()
    }
}

fn unavailable(model: &mut Model, failure: &Failure) {
    model.progress = None;
    if let Some(entry) = model.running_mut() {
        entry.fail(failure);
    }
    let hint = failure.hint.as_deref().map(|hint| sanitize_line(hint).into_owned());
    model.unavailable = Some((sanitize_line(&failure.message).into_owned(), hint));
}

fn awaited_note<'a>(model: &'a mut Model, path: &str) -> Option<&'a mut NoteView> {
    match &mut model.overlay {
        Some(Overlay::Note(note)) if note.source.raw_path == path => Some(&mut **note),
        _ => None,
    }
}

fn tick(model: &mut Model, now: Duration) {
    let frame = |now: Duration| now.as_millis() / SPINNER_MS;
    model.dirty |= model.is_busy() && frame(now) != frame(model.now);
    model.now = now;
    if model.leaving.is_some_and(|since| now.saturating_sub(since) > LEAVING) {
        model.leaving = None;
        model.hint = None;
        model.dirty = true;
    }
}
