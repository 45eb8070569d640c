"""synth as the inference back end of other agents."""
