"""Writes a Qwen2 GGUF file as the Hugging Face style directory that vLLM reads.

`gguf_to_hf.py NAME_OR_FILE OUT`: NAME is one of `synth model list`. Weights are de-quantised to
bfloat16; the tokenizer comes out of the same file, so nothing else is needed. Runs in the
environment that `setup.sh` makes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from transformers import AutoTokenizer

from synth.models import weights

LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}


def parameter_name(tensor: str, *, tied: bool) -> str | None:
    """The name transformers gives a GGUF tensor; None for one that another stands for.

    Where the file holds the output matrix of a tied model too, that copy is the more precise.
    """
    match tensor.split("."):
        case ["token_embd", _]:
            return None if tied else "model.embed_tokens.weight"
        case ["output", _]:
            return "model.embed_tokens.weight"
        case ["output_norm", _]:
            return "model.norm.weight"
        case ["blk", layer, part, kind]:
            return f"model.layers.{layer}.{LAYER[part]}.{kind}"
        case _:
            raise SystemExit(f"unexpected tensor {tensor}: only Qwen2 files are understood")


def convert(source: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    reader = GGUFReader(source)

    def value(key: str) -> Any:
        return reader.fields[f"qwen2.{key}"].contents()

    tied = any(tensor.name == "output.weight" for tensor in reader.tensors)
    state = {}
    for tensor in reader.tensors:
        name = parameter_name(tensor.name, tied=tied)
        if name is None:
            continue
        shape = [int(size) for size in reversed(tensor.shape)]
        array = np.ascontiguousarray(dequantize(tensor.data, tensor.tensor_type).reshape(shape))
        state[name] = torch.from_numpy(array).to(torch.bfloat16)
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})

    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    tokenizer.save_pretrained(out)
    end = tokenizer.convert_tokens_to_ids(["<|im_end|>", "<|endoftext|>"])
    config = {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_size": value("embedding_length"),
        "intermediate_size": value("feed_forward_length"),
        "num_hidden_layers": value("block_count"),
        "num_attention_heads": value("attention.head_count"),
        "num_key_value_heads": value("attention.head_count_kv"),
        "max_position_embeddings": value("context_length"),
        "rms_norm_eps": float(value("attention.layer_norm_rms_epsilon")),
        "rope_theta": value("rope.freq_base"),
        "hidden_act": "silu",
        "vocab_size": int(state["model.embed_tokens.weight"].shape[0]),
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "bos_token_id": end[1],
        "eos_token_id": end[0],
        "use_sliding_window": False,
    }
    (out / "config.json").write_text(json.dumps(config, indent=1))
    generation = {"eos_token_id": end, "pad_token_id": end[1]}
    (out / "generation_config.json").write_text(json.dumps(generation))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", help="a name of `synth model list`, or a .gguf file")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    path = Path(arguments.source)
    convert(path if path.is_file() else weights.pull(arguments.source), arguments.out)
    print(f"written: {arguments.out}")


if __name__ == "__main__":
    main()
