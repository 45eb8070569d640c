import importlib.util
import subprocess
import sys

import pytest

from synth.errors import ModelError, UsageError
from synth.models import registry
from synth.models.chat import ChatModel
from synth.models.registry import ModelOptions, default_model, open_model


@pytest.mark.parametrize("spec", ["", "gpt-9", "nosuch:thing", "openai:", ":x"])
def test_an_unknown_name_is_answered_with_what_there_is(spec):
    with pytest.raises(UsageError, match=r"openai:.*llama:qwen2\.5-coder-0\.5b"):
        open_model(spec)


def test_unknown_weights_are_answered_with_the_known():
    with pytest.raises(UsageError, match=r"'qwen9'.*llama:qwen2\.5-coder-0\.5b.*PATH\.gguf"):
        open_model("llama:qwen9")


def test_a_missing_file_is_named(tmp_path):
    if importlib.util.find_spec("xllamacpp") is None:  # only LlamaCpp itself may import it
        pytest.skip("the extra `llama` is not installed")
    with pytest.raises(ModelError, match=r"no weights at .*none\.gguf"):
        open_model(f"llama:{tmp_path}/none.gguf")
    (tmp_path / "text.gguf").write_text("hello")
    with pytest.raises(ModelError, match="not a GGUF file"):
        open_model(str(tmp_path / "text.gguf"))


def test_an_http_model_opens_without_a_word_to_the_server():
    model = open_model("openai:some/model", base_url="http://127.0.0.1:1/v1", api_key="k")
    assert isinstance(model, ChatModel)
    assert model.name == "openai:some/model"


def test_a_record_is_opened_by_name_and_wraps_any_model(tmp_path):
    with pytest.raises(ModelError, match="no record at"):
        open_model(f"recorded:{tmp_path}/none.jsonl")
    path = str(tmp_path / "r.jsonl")
    model = open_model("openai:m", base_url="http://127.0.0.1:1/v1", api_key="k", record=path)
    assert model.name == "openai:m"


def test_importing_the_registry_is_light():
    code = (
        "import sys, synth.models.registry; "
        "heavy = {'openai', 'xllamacpp', 'numpy', 'pydantic', 'httpx', 'vllm'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_plug_in_adds_a_kind_by_an_entry_point(tmp_path):
    """A distribution as an installer leaves it: a module, and metadata with the entry point."""
    (tmp_path / "parrot.py").write_text(
        "class Parrot:\n"
        "    def __init__(self, name, options): self.name = 'parrot:' + name\n"
        "    async def complete(self, request): raise NotImplementedError\n"
        "    async def close(self): pass\n"
    )
    info = tmp_path / "parrot-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[synth.models]\nparrot = parrot:Parrot\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from synth.models.registry import kinds, open_model\n"
        "assert 'parrot' in kinds() and 'parrot' not in sys.modules\n"
        "assert open_model('parrot:polly').name == 'parrot:polly'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_engine_the_default_says_what_to_install(monkeypatch):
    monkeypatch.setattr(registry.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'synth-search\[llama\]'.*--base-url"):
        default_model()


def test_options_do_not_show_the_key():
    options = ModelOptions(base_url="http://me:word@h/v1", api_key="sk-secret")
    assert "secret" not in repr(options)
    assert "word" not in repr(options)
