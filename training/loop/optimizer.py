"""AdamW and its learning rate.

In: a model and the settings. Out: an optimizer whose moments are there from the start, and the share of the learning
rate at each step. Does not step.
"""

import torch

from foundation.errors import BrokenRunError
from training.bases.loading import MaskedModel
from training.config import OptimizerConfig, ScheduleConfig
from training.devices import free_bytes

_TIMES_WEIGHTS = 3  # gradient, and the two moments of AdamW


def make_optimizer(model: torch.nn.Module, config: OptimizerConfig) -> torch.optim.AdamW:
    """AdamW with weight decay on matrices only; biases and layer norms have one dimension.

    Its moments are made at once: a machine without the memory for them says so before the first step.
    """
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in learnt if parameter.ndim > 1]
    vectors = [parameter for parameter in learnt if parameter.ndim <= 1]
    groups = [
        {"params": matrices, "weight_decay": config.weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(
        groups, lr=config.learning_rate, betas=(config.beta1, config.beta2), eps=config.epsilon, fused=True
    )
    for parameter in (*matrices, *vectors):
        optimizer.state[parameter] = {
            "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
            "exp_avg": torch.zeros_like(parameter), "exp_avg_sq": torch.zeros_like(parameter),
        }  # fmt: skip
    return optimizer


def check_memory(trainee: MaskedModel) -> None:
    """Raises BrokenRunError where gradients and moments of the weights do not fit beside them."""
    learnt = [parameter for parameter in trainee.model.parameters() if parameter.requires_grad]
    weights = sum(parameter.numel() * parameter.element_size() for parameter in learnt)
    free = free_bytes(trainee.device)
    if _TIMES_WEIGHTS * weights > free:
        raise BrokenRunError(
            f"too little memory: training {trainee.base.name} takes {_TIMES_WEIGHTS * weights / 1e9:.1f} GB more, and "
            f"{free / 1e9:.1f} GB are free; close other programs, or take a smaller base or a larger machine"
        )


def learning_rate_share(step: int, num_steps: int, schedule: ScheduleConfig) -> float:
    """Share of the highest learning rate at a step, counted from 0; the first and the last have some."""
    rising, falling_from = schedule.warmup * num_steps, schedule.constant_until * num_steps
    if step < rising:
        return min((step + 1) / rising, 1.0)
    if step < falling_from:
        return 1.0
    return (num_steps - step) / max(num_steps - falling_from, 1.0)
