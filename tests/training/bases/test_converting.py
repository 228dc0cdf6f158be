import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from foundation.errors import ConfigError
from foundation.files import sha256_of_file
from training.bases.converting import convert_base
from training.bases.finding import find_base
from training.bases.loading import load_model, load_tokenizer
from training.bases.quirks import quirks_of
from training.bases.unpickling import RefusedWeightsError, convert, parts_of, read_tensors


class Malicious:
    """Unpickled without care it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.path}",))


def check_manifest(folder: Path, source: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [(entry["path"], entry["sha256"]) for entry in manifest["source_files"]] == [
        ("pytorch_model.bin", sha256_of_file(source))
    ]
    assert {entry["path"]: entry["sha256"] for entry in manifest["files"]} == {
        path.name: sha256_of_file(path) for path in folder.iterdir() if path.name != "manifest.json"
    }
    assert not any(folder.glob("*.bin*"))


def convert_here(folder: Path) -> list[Path]:
    """As the process of its own does it, in this one and into the same folder: it takes seconds to start."""
    convert(parts_of(folder), folder)
    return sorted(folder.glob("model*.safetensors"))


def test_what_was_converted_is_found_by_the_same_name(copy_of, only_bin, tmp_path: Path) -> None:
    folder = copy_of("bert")
    before = load_model(find_base(str(folder))).state_dict()
    only_bin(folder)
    (folder / "README.md").write_text("---\nlicense: cc-by-4.0\n---\n")
    converted = convert_base(str(folder), cache=tmp_path / "cache")
    assert find_base(str(folder), cache=tmp_path / "cache") == converted
    assert (converted.name, converted.licence) == ("bert", "cc-by-4.0")
    assert converted.folder.parent == tmp_path / "cache" / "bases"
    model, tokenizer = load_model(converted), load_tokenizer(converted)
    after = model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    check_manifest(converted.folder, folder / "pytorch_model.bin")
    assert "converted" in [quirk.key for quirk in quirks_of(converted, tokenizer, model.config)]


@pytest.mark.parametrize("shape", [{}, {"parts": 3}, {"old_format": True}])
def test_every_bit_is_kept(copy_of, only_bin, tmp_path: Path, shape: dict[str, Any]) -> None:
    folder = copy_of("bert")
    tensors = only_bin(folder, **shape)
    weights = convert_here(folder)
    assert len(weights) == shape.get("parts", 1)
    written = {name: tensor for path in weights for name, tensor in load_file(path).items()}
    assert written.keys() == tensors.keys()
    assert all(written[name].numpy().tobytes() == tensors[name].numpy().tobytes() for name in tensors)
    load_model(find_base(str(folder)))  # with its index, where there are several


def test_a_part_of_a_larger_memory_and_half_precision_are_kept(copy_of, tmp_path: Path) -> None:
    folder = copy_of("bert")
    (folder / "model.safetensors").unlink()
    whole = torch.arange(24, dtype=torch.bfloat16).reshape(4, 6)
    torch.save({"part": whole[1:3], "turned": whole.T, "number": torch.tensor(7)}, folder / "pytorch_model.bin")
    written = load_file(convert_here(folder)[0])
    assert torch.equal(written["part"], whole[1:3])
    assert torch.equal(written["turned"], whole.T)
    assert written["number"] == 7


def test_a_program_in_the_weights_is_not_run(copy_of, tmp_path: Path) -> None:
    folder, witness = copy_of("bert"), tmp_path / "it-ran"
    (folder / "model.safetensors").unlink()
    torch.save({"weight": Malicious(witness)}, folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match=r"pytorch_model.bin is not only tensors \(it asks for .*system\), so it is"):
        convert_base(str(folder), cache=tmp_path / "cache")
    assert not witness.exists()
    assert [path.name for path in (tmp_path / "cache" / "bases").iterdir() if path.is_dir()] == []


@pytest.mark.parametrize("writer", ["pickle", "torch", "old torch"])
def test_no_form_of_a_program_is_run(tmp_path: Path, writer: str) -> None:
    weights, witness = tmp_path / "pytorch_model.bin", tmp_path / "it-ran"
    if writer == "pickle":
        weights.write_bytes(pickle.dumps({"weight": Malicious(witness)}, protocol=2))
    else:
        torch.save({"weight": Malicious(witness)}, weights, _use_new_zipfile_serialization=writer == "torch")
    with pytest.raises(RefusedWeightsError, match=r"pytorch_model.bin is not only tensors"):
        read_tensors(weights)
    assert not witness.exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"", "damaged"),
        ({"model": {"weight": torch.zeros(2)}, "step": 3}, "not a plain table of tensors"),
        ([torch.zeros(2)], "not a plain table of tensors"),
        ({}, "not a plain table of tensors"),
    ],
)
def test_what_is_not_weights_is_one_sentence(tmp_path: Path, content: Any, expected: str) -> None:
    path = tmp_path / "pytorch_model.bin"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)
    with pytest.raises(RefusedWeightsError, match=rf"pytorch_model.bin is .*{expected}"):
        read_tensors(path)


@pytest.mark.parametrize(
    "named", ["../pytorch_model-00001-of-00002.bin", "/etc/pytorch_model-00001-of-00002.bin", "other.bin", 3]
)
def test_an_index_cannot_name_files_elsewhere(tmp_path: Path, named: object) -> None:
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": {"weight": named}}))
    with pytest.raises(RefusedWeightsError, match="names files that are not parts of the weights"):
        parts_of(tmp_path)


def test_a_missing_part_is_named(copy_of, only_bin, tmp_path: Path) -> None:
    folder = copy_of("bert")
    only_bin(folder, parts=2)
    (folder / "pytorch_model-00001-of-00002.bin").unlink()
    with pytest.raises(RefusedWeightsError, match=r"pytorch_model-00001-of-00002.bin is not in it"):
        parts_of(folder)


def test_what_was_converted_is_taken_only_as_it_was_and_for_what_it_was(copy_of, only_bin, tmp_path: Path) -> None:
    folder = copy_of("bert")
    tensors = only_bin(folder)
    base = convert_base(str(folder), cache=tmp_path / "cache")
    weights = base.folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ConfigError, match=r"damaged; run: tvaerkom base .* --convert"):
        find_base(str(folder), cache=tmp_path / "cache")
    assert convert_base(str(folder), cache=tmp_path / "cache") == base
    torch.save({name: tensor + 1 for name, tensor in tensors.items()}, folder / "pytorch_model.bin")
    with pytest.raises(ConfigError, match=r"convert it once with"):
        find_base(str(folder), cache=tmp_path / "cache")


def test_a_base_with_safetensors_is_not_converted(bases: dict[str, Path], tmp_path: Path) -> None:
    assert convert_base(str(bases["bert"]), cache=tmp_path) == find_base(str(bases["bert"]))
    assert list(tmp_path.iterdir()) == []


def test_the_process_that_converts_is_confined(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    attempts = [
        "import socket; socket.socket()", "import subprocess; subprocess.run(['true'])", "import os; os.system('true')",
        "import os; os.fork()", "open('outside', 'w')", "open('inside/../outside', 'w')", "open(b'outside', 'ab')",
    ]  # fmt: skip
    allowed = ["open('inside/file', 'w').close()", "open('/etc/hostname').close()"]
    program = f"""
from pathlib import Path
from training.bases.unpickling import confine
confine(Path('inside').resolve())
for attempt in {attempts + allowed}:
    try:
        exec(attempt)
    except PermissionError:
        continue
    print(attempt)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == allowed
    assert not (tmp_path / "outside").exists()


def test_the_metadata_say_that_torch_wrote_it(copy_of, only_bin, tmp_path: Path) -> None:
    folder = copy_of("bert")
    only_bin(folder)
    with safe_open(convert_here(folder)[0], framework="pt") as weights:
        assert weights.metadata() == {"format": "pt"}
