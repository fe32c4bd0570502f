#!/usr/bin/env bash
# Answers of a small real model beside the quoted ones, over the sample notes' questions in both languages. Opt-in: the
# model is 1.1 GB, and on one core each answer takes a minute or more. Prints a table; nothing is kept.
#
#   side-by-side.sh [QUESTIONS]     so many of the 156 questions, spread evenly over the file (40)
#
# FOOTNOTE: the program (target/debug/footnote). MODEL: qwen15, or smollm2 to try the script. FOOTNOTE_TEST_CACHE and
# THREADS as for endpoint.sh. RAW: a file to which every line of raw figures is appended.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
footnote=${FOOTNOTE:-$here/../target/debug/footnote}
model=${MODEL:-qwen15}
"$here/endpoint.sh" install "$model" || { echo "skipped: the model cannot be had here" >&2; exit 3; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=$("$here/endpoint.sh" start "$model" "$port")
work=$(mktemp -d)
trap '"$here/endpoint.sh" stop "$port" || true; rm -rf "$work"' EXIT

# The settings of whoever runs this must not change the figures.
for name in $(compgen -e FOOTNOTE_); do
  case $name in FOOTNOTE_CACHE | FOOTNOTE_TEST_CACHE) ;; *) unset "$name" ;; esac
done
export XDG_CONFIG_HOME=$work FOOTNOTE_ENDPOINT_URL=$url FOOTNOTE_ENDPOINT_MAX_TOKENS=${MAX_TOKENS:-256}
export FOOTNOTE_ENDPOINT_FIRST_BYTE_SECONDS=1800 FOOTNOTE_ENDPOINT_SILENCE_SECONDS=600
cd "$work"
"$footnote" --notes "$here/../notes" --index "$work/index" index >&2
python3 - "$footnote" "$here" "$work/index" "${1:-40}" "${RAW:-}" <<'PYTHON'
import json, subprocess, sys, time

footnote, here, index, wanted, raw = sys.argv[1:]
questions = [json.loads(line) for line in open(f"{here}/questions.jsonl", encoding="utf-8") if line.strip()]
wanted = min(int(wanted), len(questions))
# The languages take turns in the file: a step that is odd takes both.
chosen = [questions[at * len(questions) // wanted] for at in range(wanted)]
rows = []
for question in chosen:
    for generator in ["extractive", "openai"]:
        started = time.time()
        ran = subprocess.run(
            [footnote, "--notes", f"{here}/../notes", "--index", index, "ask", "--json",
             "--generator", generator, question["question"]],
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        answer = json.loads(ran.stdout) if ran.stdout.strip() else {"status": "failed", "sentences": [], "answer": ""}
        verdicts = [sentence["verdict"] for sentence in answer["sentences"]]
        row = {
            "id": question["id"], "lang": question["lang"], "answerable": question["answerable"],
            "generator": generator, "exit": ran.returncode, "status": answer["status"],
            "seconds": time.time() - started, "sentences": len(verdicts),
            "supported": verdicts.count("supported"), "not_checked": verdicts.count("not_checked"),
            "cited": sum(bool(sentence["citations"]) for sentence in answer["sentences"]),
            "right": any(text.lower() in answer["answer"].lower() for text in question.get("answers", [])),
            "answer": answer["answer"],
        }
        rows.append(row)
        if raw:
            with open(raw, "a", encoding="utf-8") as out:
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        print(".", end="", file=sys.stderr, flush=True)
print(file=sys.stderr)

def share(part, whole):
    return f"{part / whole:6.2f}" if whole else "     -"

print("generator  lang    n  answered  cut short  contains  declined (of unanswerable)  supported  cited  seconds (median)")
for generator in ["extractive", "openai"]:
    for lang in ["en", "zh"]:
        all_ = [row for row in rows if row["generator"] == generator and row["lang"] == lang]
        yes = [row for row in all_ if row["answerable"]]
        no = [row for row in all_ if not row["answerable"]]
        sentences = sum(row["sentences"] for row in all_)
        checked = sentences - sum(row["not_checked"] for row in all_)
        seconds = sorted(row["seconds"] for row in all_ if row["status"] in ("answered", "cut_short"))
        median = f"{seconds[len(seconds) // 2]:.1f}" if seconds else "-"
        print(f"{generator:10} {lang:4} {len(all_):4}    {share(sum(r['status'] in ('answered', 'cut_short') for r in yes), len(yes))}"
              f"     {share(sum(r['status'] == 'cut_short' for r in all_), len(all_))}"
              f"    {share(sum(r['right'] for r in yes), len(yes))}"
              f"                      {share(sum(r['exit'] == 1 for r in no), len(no))}"
              f"     {share(sum(r['supported'] for r in all_), checked)} {share(sum(r['cited'] for r in all_), sentences)}"
              f"  {median:>16}")
failed = [row for row in rows if row["exit"] not in (0, 1, 5)]
if failed:
    print(f"{len(failed)} failed: {', '.join(row['id'] for row in failed)}")
    sys.exit(1)
PYTHON
