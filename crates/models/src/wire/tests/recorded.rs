//! Streams as servers send them, cut everywhere.

use super::*;

/// Dialect, content type, bytes: with LF and CRLF, comments and keep-alives, thoughts, the count after the end.
const RECORDED: [(Wire, &str, &str, bool); 5] = [
    (
        Wire::OpenAi,
        "text/event-stream",
        concat!(
            "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null}}],\"created\":1}\n\n",
            "data: {\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{\"content\":\"👩 你\"}}],\"created\":1}\n\n",
            "data: {\"choices\":[{\"finish_reason\":\"length\",\"index\":0,\"delta\":{}}],\"created\":1}\n\n",
            "data: {\"choices\":[],\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":11,\"total_tokens\":13}}\n\n",
            "data: [DONE]\n\n",
        ),
        false,
    ),
    (
        Wire::OpenAi,
        "text/event-stream",
        concat!(
            ": PROCESSING\r\n\r\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"<think>嗯</think>👩 你\"}}],\"usage\":null}\r\n\r\n",
            "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}],",
            "\"usage\":{\"completion_tokens\":2,\"prompt_tokens\":11}}\r\n\r\n",
            "data: [DONE]\r\n\r\n",
        ),
        true,
    ),
    (
        Wire::Ollama,
        "application/x-ndjson",
        concat!(
            "{\"model\":\"qwen3\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"thinking\":\"嗯\"},\"done\":false}\n",
            "{\"model\":\"qwen3\",\"message\":{\"role\":\"assistant\",\"content\":\"👩\"},\"done\":false}\r\n",
            "{\"model\":\"qwen3\",\"message\":{\"role\":\"assistant\",\"content\":\" 你\"},\"done\":false}\n\n",
            "{\"model\":\"qwen3\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"length\",\"prompt_eval_count\":11,\"eval_count\":2}\n",
        ),
        true,
    ),
    (
        Wire::Anthropic,
        "text/event-stream; charset=utf-8",
        concat!(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}\n\n",
            "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"嗯\"}}\n\n",
            "event: ping\ndata: {\"type\":\"ping\"}\n\n",
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"type\":\"text_delta\",\"text\":\"👩 你\"}}\n\n",
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"max_tokens\"},\"usage\":{\"output_tokens\":2}}\n\n",
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
        ),
        true,
    ),
    (
        Wire::OpenAi,
        "application/json",
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"👩 你\"},\"finish_reason\":\"length\"}],\n\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":2}}",
        false,
    ),
];

#[test]
fn a_stream_means_the_same_wherever_it_is_cut() {
    let mut cases = 0;
    for (wire, kind, stream, thought) in RECORDED {
        let mut expected: Vec<Delta> = thought.then(|| thinking("嗯")).into_iter().collect();
        expected.extend([t("👩 你"), Delta::Cut, USAGE]);
        let expected = (expected, Ok(()));
        let unified = stream.replace("\r\n", "\n");
        for stream in [stream.to_owned(), unified.replace('\n', "\r\n"), unified] {
            let bytes = stream.as_bytes();
            assert_eq!(read(wire, kind, &bytes.chunks(1).collect::<Vec<_>>()), expected, "{wire:?}");
            for at in 0..=bytes.len() {
                assert_eq!(read(wire, kind, &[&bytes[..at], &bytes[at..]]), expected, "{wire:?} cut at {at}");
            }
            cases += bytes.len() + 2;
        }
    }
    println!("{cases} ways to cut five recorded streams");
    assert!(cases > 5000);
}

/// A stream that stops anywhere is never taken for a whole draft, unless the server had said why it stopped.
#[test]
fn a_stream_that_ends_early_is_told_from_a_whole_one() {
    for (wire, kind, stream, _) in RECORDED {
        let bytes = stream.as_bytes();
        let reasons = ["\"length\"", "\"max_tokens\""];
        let told = reasons.iter().filter_map(|reason| stream.find(reason)).min().unwrap();
        for at in 0..told {
            let (_, end) = read(wire, kind, &[&bytes[..at]]);
            assert!(end.is_err(), "{wire:?}: whole at {at}");
        }
    }
}

proptest! {
    /// Whatever comes, however it is cut: no panic, and the same is understood.
    #[test]
    fn rubbish_means_the_same_wherever_it_is_cut(
        wire in prop::sample::select(Wire::ALL.to_vec()),
        kind in prop::sample::select(vec!["text/event-stream", "application/json", "application/x-ndjson", ""]),
        pieces in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..12),
            prop::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec()),
        ], 0..24),
        cuts in prop::collection::vec(1..40_usize, 1..8),
    ) {
        let bytes = pieces.concat();
        let whole = read(wire, kind, &[&bytes]);
        let mut rest = &bytes[..];
        let mut cut = Vec::new();
        for size in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            cut.push(piece);
            rest = after;
        }
        prop_assert_eq!(&read(wire, kind, &cut), &whole);
        prop_assert_eq!(&read(wire, kind, &bytes.chunks(1).collect::<Vec<_>>()), &whole);
    }
}

/// What real streams are made of, and what could be taken for it.
const PIECES: [&str; 18] = [
    "data: ",
    "\n",
    "\r\n",
    "\n\n",
    ": keep-alive\n\n",
    "event: error\n",
    "[DONE]",
    "{\"choices\":[{\"delta\":{\"content\":\"分组\"}}]}\n",
    "data: {\"choices\":[{\"delta\":{\"content\":\"<think>\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
    "{\"message\":{\"content\":\"a\",\"thinking\":\"b\"}}\n",
    "{\"done\":true,\"prompt_eval_count\":3}\n",
    "data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"注意\"}}\n\n",
    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":4294967296}}\n\n",
    "data: {\"type\":\"message_stop\"}\n\n",
    "{\"error\":\"out of memory\"}\n",
    "<html>",
    "{\"choices\":null,\"message\":[],\"type\":7}\n",
];
