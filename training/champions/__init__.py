"""Champion and challenger: the gate, the model in use, promotion and the way back."""
