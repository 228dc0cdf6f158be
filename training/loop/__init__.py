"""The training loop and what keeps it safe: checkpoints, interruption, several GPUs, little memory."""
