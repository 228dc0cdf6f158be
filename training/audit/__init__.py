"""Whether a finished run tells of what it was trained on, tried out instead of argued."""
