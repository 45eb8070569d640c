"""What a model is asked to do: one file an action, its prompts as text files in `prompts/`."""
