#!/usr/bin/env python3
"""Train the reader: layers and a head on top of the bundled embedding model.

    train.py --questions FILE --out reader.onnx [--examples N]

FILE has one question a line, as JSON: `lang` ("zh" or "en"), `title`, `question`, `context` (the
paragraph), `answers` (texts found in it) and `answerable`. README.md tells what is trained, and why
so; examples.py makes the examples. The figures it prints are measured on titles kept out.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from examples import Corpus, Example

MODEL = Path(__file__).resolve().parent.parent / "e5-small" / "model.onnx"
FROZEN, LAYERS, HEADS, WIDTH = 8, 12, 12, 384
EPSILON = 1e-12
SHARED = f"t{19 + 12 * (FROZEN - 1)}"  # what layer FROZEN gives, by its name in model.onnx
LINEAR, NORMS = ("q", "k", "v", "ao", "fi", "fo"), ("aln", "oln")

BATCH, CHUNK, WARM_UP = 8, 256, 60
LAYER_RATE, HEAD_RATE = 1.8e-4, 8e-4


# --- The frozen layers -----------------------------------------------------


def split_model() -> tuple[bytes, dict[str, np.ndarray]]:
    """The embedding model up to the shared layer, and the weights of the layers above it."""
    model = onnx.load(MODEL)
    graph = model.graph
    end = next(i for i, node in enumerate(graph.node) if SHARED in node.output) + 1
    nodes = list(graph.node[:end])
    used = {name for node in nodes for name in node.input}
    upper = tuple(f"l{layer}." for layer in range(FROZEN, LAYERS))
    weights = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if tensor.name.startswith(upper)
    }
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    for field, values in ((graph.node, nodes), (graph.initializer, kept)):
        del field[:]
        field.extend(values)
    del graph.output[:]
    shape = ["batch", "seq", WIDTH]
    graph.output.append(helper.make_tensor_value_info(SHARED, TensorProto.FLOAT, shape))
    return model.SerializeToString(), weights


class Frozen:
    """Runs the frozen layers exactly as Footnote does: one text at a time."""

    def __init__(self, model: bytes) -> None:
        self.session = onnxruntime.InferenceSession(model)

    def __call__(self, example: Example) -> torch.Tensor:
        ids = np.array([example.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        return torch.from_numpy(self.session.run(None, inputs)[0][0])


# --- What learns -----------------------------------------------------------


def dequantise(weights: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A layer's matrix, [outputs, inputs] float32, from int8 or from pairs of 4-bit codes."""
    codes, scales = weights[name], weights[name + ".s"]
    if codes.dtype == np.int8:
        return (codes * scales).T
    rows = len(codes)
    wide = np.stack([codes & 15, codes >> 4], axis=-1).reshape(rows, -1, 32).astype(np.float32)
    return ((wide - 8) * scales.reshape(rows, -1, 1)).reshape(rows, -1)


class Layer(nn.Module):
    """A BERT layer, begun from the embedding model's."""

    def __init__(self, weights: dict[str, np.ndarray], prefix: str) -> None:
        super().__init__()
        for name in LINEAR:
            matrix = torch.tensor(dequantise(weights, f"{prefix}{name}.w"))
            linear = nn.Linear(matrix.shape[1], matrix.shape[0])
            linear.weight.data = matrix
            linear.bias.data = torch.tensor(weights[f"{prefix}{name}.b"])
            setattr(self, name, linear)
        for name in NORMS:
            norm = nn.LayerNorm(WIDTH, eps=EPSILON)
            norm.weight.data = torch.tensor(weights[f"{prefix}{name}.w"])
            norm.bias.data = torch.tensor(weights[f"{prefix}{name}.b"])
            setattr(self, name, norm)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        batch, length, _ = hidden.shape
        query, key, value = (
            linear(hidden).view(batch, length, HEADS, -1).transpose(1, 2)
            for linear in (self.q, self.k, self.v)
        )
        context = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        context = self.ao(context.transpose(1, 2).reshape(batch, length, WIDTH))
        hidden = self.aln(hidden + self.dropout(context))
        return self.oln(hidden + self.dropout(self.fo(F.gelu(self.fi(hidden)))))


class Reader(nn.Module):
    """Three logits a token: an answer starts here, ends here, and (first token) there is one."""

    def __init__(self, weights: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(weights, f"l{n}.") for n in range(FROZEN, LAYERS))
        self.head = nn.Linear(WIDTH, 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return self.head(hidden)


# --- Training --------------------------------------------------------------


def collate(batch: list[tuple[Example, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Hidden states padded to one length, and where they are."""
    hidden = nn.utils.rnn.pad_sequence([states for _, states in batch], batch_first=True)
    lengths = torch.tensor([len(states) for _, states in batch])
    return hidden, torch.arange(hidden.shape[1]) < lengths[:, None]


def loss_of(net: Reader, batch: list[tuple[Example, torch.Tensor]]) -> torch.Tensor:
    """Where the answer starts and ends (the first token when there is none), and whether there is one."""
    hidden, mask = collate(batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(hidden, mask)
    logits = logits.float()
    may_answer = torch.zeros_like(mask)
    may_answer[:, 0] = True
    for row, (example, _) in enumerate(batch):
        may_answer[row, example.passage] = True
    spans = logits[..., :2].masked_fill(~may_answer[..., None], -1e4)
    target = torch.tensor([example.target for example, _ in batch])
    answerable = torch.tensor([float(example.answerable) for example, _ in batch])
    return (
        F.cross_entropy(spans[..., 0], target[:, 0]) / 2
        + F.cross_entropy(spans[..., 1], target[:, 1]) / 2
        + F.binary_cross_entropy_with_logits(logits[:, 0, 2], answerable)
    )


def train(net: Reader, frozen: Frozen, corpus: Corpus, examples: int, rng: random.Random) -> None:
    """Goes once through so many examples, at a rate that warms up and then falls to nothing."""
    matrices = [p for p in net.layers.parameters() if p.dim() > 1]
    vectors = [p for p in net.layers.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [
            {"params": matrices, "lr": LAYER_RATE, "weight_decay": 0.01},
            {"params": vectors, "lr": LAYER_RATE, "weight_decay": 0.0},
            {"params": net.head.parameters(), "lr": HEAD_RATE, "weight_decay": 0.0},
        ],
        betas=(0.9, 0.98),
    )
    steps = examples // BATCH
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
    )
    stream = corpus.training(rng)
    net.train()
    for done in range(0, examples, CHUNK):
        chunk = [(example, frozen(example)) for example, _ in zip(stream, range(CHUNK))]
        # Batches of like length waste little on padding.
        chunk.sort(key=lambda pair: len(pair[1]) + rng.random() * 20)
        batches = [chunk[i : i + BATCH] for i in range(0, CHUNK, BATCH)]
        rng.shuffle(batches)
        losses = []
        for batch in batches:
            loss = loss_of(net, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            rate.step()
            losses.append(loss.item())
        print(f"{time.strftime('%H:%M:%S')} {done + CHUNK} examples, loss {np.mean(losses):.3f}", flush=True)


# --- Writing it down -------------------------------------------------------


class Fragment:
    """The nodes and weights that complete model.onnx; nothing that is there already."""

    LIMIT = np.float32(63)  # seven bits: processors without VNNI would saturate with eight

    def __init__(self, net: Reader) -> None:
        self.state = {name: p.detach().numpy() for name, p in net.state_dict().items()}
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), f"r.{name}"))
        return f"r.{name}"

    def node(self, kind: str, inputs: list[str], contrib: bool = False, **attributes) -> str:
        name, domain = f"r{len(self.nodes)}", "com.microsoft" if contrib else ""
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes)
        )
        return name

    def linear(self, source: str, name: str) -> str:
        weights = self.state[f"{name}.weight"]
        scales = np.abs(weights).max(axis=1) / self.LIMIT
        codes = np.rint(weights / scales[:, None]).clip(-self.LIMIT, self.LIMIT).astype(np.int8)
        codes, scales = self.constant(f"{name}.w", codes.T), self.constant(f"{name}.s", scales)
        bias = self.constant(f"{name}.b", self.state[f"{name}.bias"])
        return self.node("DynamicQuantizeMatMul", [source, codes, scales, "", bias], contrib=True)

    def norm(self, source: str, other: str, name: str) -> str:
        total = self.node("Add", [source, other])
        parts = [self.constant(f"{name}.{p}", self.state[f"{name}.{p}"]) for p in ("weight", "bias")]
        return self.node("LayerNormalization", [total, *parts], axis=-1, epsilon=EPSILON)

    def build(self) -> bytes:
        hidden = SHARED
        for n in range(LAYERS - FROZEN):
            p = f"layers.{n}."
            projected = [self.linear(hidden, p + name) for name in "qkv"]
            context = self.node("MultiHeadAttention", projected, contrib=True, num_heads=HEADS)
            hidden = self.norm(hidden, self.linear(context, p + "ao"), p + "aln")
            inner = self.node("Gelu", [self.linear(hidden, p + "fi")], contrib=True)
            hidden = self.norm(hidden, self.linear(inner, p + "fo"), p + "oln")
        head = self.node("MatMul", [hidden, self.constant("head.w", self.state["head.weight"].T)])
        bias = self.constant("head.b", self.state["head.bias"])
        self.nodes.append(helper.make_node("Add", [head, bias], ["reading"], name="reading"))
        shape = ["batch", "seq", 3]
        output = helper.make_tensor_value_info("reading", TensorProto.FLOAT, shape)
        model = onnx.ModelProto()
        model.graph.node.extend(self.nodes)
        model.graph.initializer.extend(self.constants)
        model.graph.output.append(output)
        return model.SerializeToString()


def joined(fragment: bytes) -> onnxruntime.InferenceSession:
    """The network as Footnote joins it."""
    base = onnx.load(MODEL)
    del base.graph.output[:]
    return onnxruntime.InferenceSession(base.SerializeToString() + fragment)


# --- Measuring, on what is written -----------------------------------------


def auroc(positive: np.ndarray, negative: np.ndarray) -> float:
    """How often a positive is above a negative."""
    return float((positive[:, None] > negative[None, :]).mean())


def best_span(example: Example, logits: np.ndarray) -> tuple[int, int, float]:
    """The best start and end in the passage, and how much better than none."""
    start, end = (logits[example.passage, k] - logits[0, k] for k in (0, 1))
    total = start[:, None] + end[None, :]
    at = np.arange(len(start))
    length = at[None, :] - at[:, None]
    total[(length < 0) | (length >= 40)] = -np.inf
    first, last = np.unravel_index(total.argmax(), total.shape)
    offset = example.passage.start
    return int(first) + offset, int(last) + offset, float(total[first, last])


def calibrate(signals: np.ndarray, answerable: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Logistic regression by Newton's method: one coefficient a signal, and the constant."""
    table = np.column_stack([signals, np.ones(len(signals))])
    found = np.zeros(table.shape[1])
    for _ in range(50):
        odds = 1 / (1 + np.exp(-table @ found))
        slope = table.T @ (weight * (answerable - odds))
        curve = (table * (weight * odds * (1 - odds))[:, None]).T @ table
        found += np.linalg.solve(curve + 1e-3 * np.eye(len(found)), slope)
    return found


def measure(fragment: bytes, examples: list[Example]) -> None:
    """Prints what the written network knows, and the constants of crates/models/src/reader."""
    network = joined(fragment)
    signals, hits = [], {"en": [], "zh": []}
    for example in examples:
        ids = np.array([example.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        logits = network.run(["reading"], inputs)[0][0]
        first, last, score = best_span(example, logits)
        signals.append((logits[0, 2], score))
        if example.answerable:
            hits[example.lang].append((first, last) == example.target)
    signals = np.array(signals)
    answerable = np.array([example.answerable for example in examples])
    langs = np.array([example.lang for example in examples])
    weight = np.ones(len(examples))
    for lang in ("en", "zh"):
        for side in (True, False):
            group = (langs == lang) & (answerable == side)
            weight[group] = len(examples) / 4 / max(1, group.sum())
    constants = calibrate(signals, answerable, weight)
    odds = signals @ constants[:2] + constants[2]
    for lang in ("en", "zh"):
        yes, no = (odds[(langs == lang) & (answerable == side)] for side in (True, False))
        balanced = ((yes > 0).mean() + (no <= 0).mean()) / 2
        print(
            f"{lang}: {len(yes)} answerable, {len(no)} not: AUROC {auroc(yes, no):.3f}, balanced "
            f"accuracy {balanced:.3f}, exact spans {np.mean(hits[lang]):.3f}"
        )
    print("OWN_WORD, BEST_SPAN, CONSTANT = {:.3f}, {:.3f}, {:.3f}".format(*constants))


def main() -> None:
    parser = argparse.ArgumentParser(description="Train the reader.")
    parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE")
    parser.add_argument("--examples", type=int, default=25_000, metavar="N")
    parser.add_argument("--held-out", type=int, default=500, metavar="N", help="examples to measure on")
    arguments = parser.parse_args()
    torch.manual_seed(1)
    lower, weights = split_model()
    corpus = Corpus.read(arguments.questions)
    net = Reader(weights)
    train(net, Frozen(lower), corpus, arguments.examples, random.Random(11))
    fragment = Fragment(net).build()
    arguments.out.write_bytes(fragment)
    stream = corpus.held_out(random.Random(77))
    measure(fragment, [example for example, _ in zip(stream, range(arguments.held_out))])


if __name__ == "__main__":
    main()
