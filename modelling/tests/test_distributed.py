import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from one_step import one_step

from r2d2.training.distributed import gather, processes, share


def test_one_process_has_all_of_a_batch() -> None:
    part = torch.ones(3, 2)
    assert processes() == 1
    assert share(10) == slice(0, 10)
    assert gather(part) is part


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes make of the step together."""
    out = tmp_path_factory.mktemp("distributed") / "two.pt"
    tests = Path(__file__).parent
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    subprocess.run(
        [*torchrun, "--nproc-per-node=2", str(tests / "one_step.py"), str(out)],
        env=os.environ | {"PYTHONPATH": str(tests), "OMP_NUM_THREADS": "1"},
        check=True,
        timeout=600,
    )
    return out


@pytest.mark.parametrize("stage", ["align", "rank", "tune", "tune text", "distil"])
def test_two_processes_take_the_step_of_one(together: Path, stage: str) -> None:
    two, one = torch.load(together), one_step()
    losses, gradients = two[stage]
    expected_losses, expected = one[stage]
    assert losses == pytest.approx(expected_losses, rel=1e-3)
    assert set(gradients) == set(expected)
    for name, gradient in gradients.items():
        # Products in bfloat16 are summed in another order; a share that is missing or counted twice
        # would be an error of a half or one.
        error = (gradient - expected[name]).norm() / (expected[name].norm() + 1e-6)
        assert error < 0.1, name


def test_all_processes_end_with_the_same_weights(together: Path) -> None:
    weights = torch.load(together)["weights"]
    assert len(weights) == 2
    torch.testing.assert_close(weights[0], weights[1], rtol=0, atol=0)
    # Only the first one wrote.
    assert (together.parent / "align.state").exists()
    assert len(list((together.parent / "tensorboard").iterdir())) == 1
