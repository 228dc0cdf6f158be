"""What a run tells: metrics, speed, energy, its picture, the model card."""
